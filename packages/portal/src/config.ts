import * as z from 'zod/mini';
import { PortalError } from './portal-error.js';
import { Secret } from './secret.js';

/** Everything the portal reads from its environment, once, at start. */
export interface PortalConfig {
  readonly http: { readonly host: string /** 0 takes a free port. */; readonly port: number };
  readonly mqtt: { readonly host: string /** 0 takes a free port. */; readonly port: number };
  readonly dataDir: string;
  readonly logLevel: LogLevel;
  /** Absent: made once and kept as `operator.key` in the data directory. */
  readonly operatorKey: Secret | undefined;
  /** 32 bytes as 64 hex digits. Absent: made once and kept as `sealing.key` in the data directory. */
  readonly sealingKey: Secret | undefined;
}

/** How much the portal writes to its log. */
export type LogLevel = z.infer<typeof logLevel>;

const logLevel = z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']);
const port = z
  .string()
  .check(z.refine((text) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535, 'must be a port number, 0 to 65535'));

const environment = z.object({
  LATCHWORK_HTTP_HOST: z._default(z.string().check(z.minLength(1, 'must not be empty')), '127.0.0.1'),
  LATCHWORK_HTTP_PORT: z._default(port, '8080'),
  LATCHWORK_MQTT_PORT: z._default(port, '18830'),
  LATCHWORK_DATA_DIR: z._default(z.string().check(z.minLength(1, 'must not be empty')), './data/portal'),
  LATCHWORK_LOG_LEVEL: z._default(z.enum(logLevel.options, `must be one of ${logLevel.options.join(', ')}`), 'info'),
  LATCHWORK_OPERATOR_KEY: z.optional(z.string().check(z.minLength(24, 'must have at least 24 characters'))),
  LATCHWORK_SEALING_KEY: z.optional(z.string().check(z.regex(/^[0-9a-f]{64}$/i, 'must be 64 hex digits'))),
});

/**
 * Reads the portal's configuration from environment variables named `LATCHWORK_…`.
 *
 * @throws PortalError `config` naming every fault together; values are never repeated in it.
 */
export function parsePortalConfig(env: Readonly<Record<string, string | undefined>>): PortalConfig {
  const present = Object.fromEntries(
    Object.keys(environment.shape).flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );
  const parsed = environment.safeParse(present);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
    throw new PortalError({ code: 'config', faults });
  }
  const values = parsed.data;
  return {
    http: { host: values.LATCHWORK_HTTP_HOST, port: Number(values.LATCHWORK_HTTP_PORT) },
    mqtt: { host: '127.0.0.1', port: Number(values.LATCHWORK_MQTT_PORT) },
    dataDir: values.LATCHWORK_DATA_DIR,
    logLevel: values.LATCHWORK_LOG_LEVEL,
    operatorKey: secretOf(values.LATCHWORK_OPERATOR_KEY),
    sealingKey: secretOf(values.LATCHWORK_SEALING_KEY?.toLowerCase()),
  };
}

function secretOf(value: string | undefined): Secret | undefined {
  return value === undefined ? undefined : new Secret(value);
}
