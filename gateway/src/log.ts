import { type DestinationStream, type Logger, pino } from 'pino';
import type { GatewayConfig } from './config.js';

/** The gateway's logger: JSON lines with constant messages and the values in fields. */
export type Log = Logger;

/** Fields that never leave, at any depth a log call here uses; nothing is meant to pass them, this is the second fence. */
const secretFields = ['token', 'certificate', 'secret', 'gatewaySecret', 'password', 'authority', 'keys'];

/** Makes the logger; lines go to standard output unless told otherwise. */
export function createLog(level: GatewayConfig['logLevel'], destination?: DestinationStream): Log {
  const options = {
    level,
    base: { program: 'latchwork-gateway' },
    redact: {
      paths: secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
      censor: '[secret]',
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
