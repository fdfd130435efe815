import { type Logger, pino, stdTimeFunctions } from 'pino';
import type { LogLevel } from './config.js';

/** The portal's log: JSON lines with constant messages, values in fields. */
export type Log = Pick<Logger, 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'isLevelEnabled'>;

// A second net only: nothing on purpose ever logs a field of these names.
const redacted = ['authorization', 'password', 'token', 'secret', 'setupToken', 'operatorKey', 'sealingKey', 'headers'];

/** Creates the log on standard output, or on the given stream. */
export function createLog(level: LogLevel, stream?: { write(line: string): void }): Log {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    redact: { paths: [...redacted, ...redacted.map((name) => `*.${name}`)], censor: '[secret]' },
    serializers: { err: describeError },
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return stream === undefined ? pino(options) : pino(options, stream);
}

/** An error without its own fields: those of a failed statement hold the row that was to be written. */
function describeError(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { type: typeof error };
  const { name, message, stack, cause } = error;
  return { type: name, message, stack, ...(cause === undefined ? {} : { cause: describeError(cause) }) };
}
