import * as z from 'zod/mini';
import { PortalError } from './portal-error.js';
import { Secret } from './secret.js';

/** Everything the portal reads from its environment, once, at start. */
export interface PortalConfig {
  readonly http: { readonly host: string /** 0 takes a free port. */; readonly port: number };
  readonly mqtt: { readonly host: string /** 0 takes a free port. */; readonly port: number };
  /** Where people reach the portal, for links in mails. Absent: where it listens. */
  readonly publicUrl: string | undefined;
  readonly mail: MailConfig;
  readonly dataDir: string;
  readonly logLevel: LogLevel;
  /** Absent: made once and kept as `operator.key` in the data directory. */
  readonly operatorKey: Secret | undefined;
  /** 32 bytes as 64 hex digits. Absent: made once and kept as `sealing.key` in the data directory. */
  readonly sealingKey: Secret | undefined;
}

/** How mails are sent. */
export interface MailConfig {
  /** `smtp://` or `smtps://` with user and password. Absent: mails become files in the data directory. */
  readonly smtpUrl: Secret | undefined;
  /** Address or `Name <address>` that mails come from. */
  readonly from: string;
  /** Where the mobile booking app is to be had (S13). Absent: a page of the portal. */
  readonly appDownloadUrl: string | undefined;
}

/** How much the portal writes to its log. */
export type LogLevel = z.infer<typeof logLevel>;

const logLevel = z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']);
const port = z
  .string()
  .check(z.refine((text) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535, 'must be a port number, 0 to 65535'));

const webUrl = z
  .string()
  .check(
    z.refine((text) => isUrl(text, ['http:', 'https:']), 'must be an http or https URL without query or fragment'),
  );
const smtpUrl = z
  .string()
  .check(z.refine((text) => isUrl(text, ['smtp:', 'smtps:']), 'must be like smtps://user:password@host:465'));
const mailFrom = z
  .string()
  .check(
    z.regex(/^(?:[^<>"\p{Cc}]+<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/u, 'must be an address or Name <address>'),
  );

const environment = z.object({
  LATCHWORK_HTTP_HOST: z._default(z.string().check(z.minLength(1, 'must not be empty')), '127.0.0.1'),
  LATCHWORK_HTTP_PORT: z._default(port, '8080'),
  LATCHWORK_MQTT_PORT: z._default(port, '18830'),
  LATCHWORK_DATA_DIR: z._default(z.string().check(z.minLength(1, 'must not be empty')), './data/portal'),
  LATCHWORK_LOG_LEVEL: z._default(z.enum(logLevel.options, `must be one of ${logLevel.options.join(', ')}`), 'info'),
  LATCHWORK_PUBLIC_URL: z.optional(webUrl),
  LATCHWORK_SMTP_URL: z.optional(smtpUrl),
  LATCHWORK_MAIL_FROM: z._default(mailFrom, 'Latchwork <latchwork@localhost>'),
  LATCHWORK_APP_DOWNLOAD_URL: z.optional(webUrl),
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
    publicUrl: values.LATCHWORK_PUBLIC_URL?.replace(/\/+$/, ''),
    mail: {
      smtpUrl: secretOf(values.LATCHWORK_SMTP_URL),
      from: values.LATCHWORK_MAIL_FROM,
      appDownloadUrl: values.LATCHWORK_APP_DOWNLOAD_URL,
    },
    dataDir: values.LATCHWORK_DATA_DIR,
    logLevel: values.LATCHWORK_LOG_LEVEL,
    operatorKey: secretOf(values.LATCHWORK_OPERATOR_KEY),
    sealingKey: secretOf(values.LATCHWORK_SEALING_KEY?.toLowerCase()),
  };
}

function secretOf(value: string | undefined): Secret | undefined {
  return value === undefined ? undefined : new Secret(value);
}

function isUrl(text: string, protocols: readonly string[]): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, search, hash } = new URL(text);
  return protocols.includes(protocol) && hostname !== '' && search === '' && hash === '';
}
