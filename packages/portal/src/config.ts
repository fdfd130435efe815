import { isIP } from 'node:net';
import type { SsoProvider } from '@latchwork/contract';
import * as z from 'zod/mini';
import { PortalError } from './portal-error.js';
import { Secret } from './secret.js';
import { type Network, readNetwork } from './webhooks/address-guard.js';

/** Everything the portal reads from its environment, once, at start. */
export interface PortalConfig {
  readonly http: { readonly host: string /** 0 takes a free port. */; readonly port: number };
  readonly mqtt: EmbeddedBrokerConfig;
  /** The MQTT broker that gateways connect to. Absent: one inside the portal, at `mqtt`. */
  readonly broker: BrokerConfig | undefined;
  /** For how long entries of locks' logs are kept. */
  readonly lockLogKeptMs: number;
  /** Where people reach the portal, for links in mails. Absent: where it listens. */
  readonly publicUrl: string | undefined;
  readonly mail: MailConfig;
  /** Networks that webhooks may be sent to although they are not the public internet. */
  readonly webhookNetworks: readonly Network[];
  readonly signIn: SignInConfig;
  readonly directories: DirectoryConfig;
  readonly dataDir: string;
  /** A PostgreSQL server's URL with user and password. Absent: an embedded database in the data directory. */
  readonly databaseUrl: Secret | undefined;
  readonly logLevel: LogLevel;
  /** Absent: made once and kept as `operator.key` in the data directory. */
  readonly operatorKey: Secret | undefined;
  /** 32 bytes as 64 hex digits. Absent: made once and kept as `sealing.key` in the data directory. */
  readonly sealingKey: Secret | undefined;
}

/** Where the portal's own broker listens. */
export interface EmbeddedBrokerConfig {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Names and addresses in its certificate; with one or more it asks every gateway for its own. Empty: plain text. */
  readonly tlsHosts: readonly string[];
  /** What gateways connect to. Absent: the first of `tlsHosts`, or `host`, with the port. */
  readonly publicUrl: string | undefined;
}

/** An MQTT broker that is not the portal's own. */
export interface BrokerConfig {
  readonly url: string;
  /** What gateways connect to, where that is another address than the portal's. */
  readonly publicUrl: string;
  /** The portal's client id and, with a password, its user name. */
  readonly username: string;
  /** Absent: the portal shows a certificate where the URL has TLS, and nothing where it has none. */
  readonly password: Secret | undefined;
  /** A file with the PEM of who certifies the broker. Absent: the portal's own authority, and those that Node.js trusts. */
  readonly caFile: string | undefined;
}

/** How people sign in from elsewhere. */
export interface SignInConfig {
  /** Proxies in front of the portal, whose `X-Forwarded-For` is believed: addresses and networks like `10.0.0.0/8`. */
  readonly trustedProxies: readonly string[];
  /** Where a browser may be sent after single sign-on: origins like `https://desk.example`, private schemes like `com.example.app:`. */
  readonly returnUrls: readonly string[];
  /** The registrations with identity providers; a provider without one cannot be used. */
  readonly providers: { readonly [Provider in SsoProvider]?: SsoRegistration };
}

/** The portal's registration with an identity provider. */
export interface SsoRegistration {
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** Where the provider's metadata begins. */
  readonly issuer: string;
}

/** How directories of people are read. */
export interface DirectoryConfig {
  /** How long a list of a directory's users can be looked at (S22). */
  readonly reviewLifetimeMs: number;
  /** Microsoft Graph with its version, where tokens for it come from, and the same of Google. */
  readonly graphUrl: string;
  readonly microsoftLoginUrl: string;
  readonly googleDirectoryUrl: string;
  readonly googleTokenUrl: string;
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
const databaseUrl = z
  .string()
  .check(z.refine(isDatabaseUrl, 'must be like postgresql://user:password@host:5432/database'));
const networks = z
  .string()
  .check(
    z.refine((text) => readNetworks(text) !== undefined, 'must be networks such as 10.0.0.0/8, separated by commas'),
  );
const mailFrom = z
  .string()
  .check(
    z.regex(/^(?:[^<>"\p{Cc}]+<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/u, 'must be an address or Name <address>'),
  );

const brokerUrl = z
  .string()
  .check(z.refine(isBrokerUrl, 'must be like mqtts://broker.example:8883, without a user or a password'));

const clientText = z.string().check(z.minLength(1, 'must not be empty'));
const hostNames = z
  .string()
  .check(
    z.refine(
      (text) => listOf(text).every((item) => isIP(item) !== 0 || /^[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*$/.test(item)),
      'must be host names and addresses with commas between them',
    ),
  );

const proxies = z
  .string()
  .check(z.refine((text) => listOf(text).every(isNetwork), 'must be addresses and networks with commas between them'));
const returnUrls = z
  .string()
  .check(
    z.refine(
      (text) => listOf(text).every(isReturnUrl),
      'must be origins like https://desk.example or schemes like com.example.app: with commas between them',
    ),
  );
const issuer = z
  .string()
  .check(z.refine(isIssuer, 'must be an https URL, or http on a loopback address, without query or fragment'));

const minutes = z
  .string()
  .check(z.refine((text) => /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= 1440, 'must be 1 to 1440'));

const days = z
  .string()
  .check(z.refine((text) => /^\d{1,5}$/.test(text) && Number(text) >= 1, 'must be a number of days, 1 to 99999'));

const environment = z.object({
  LATCHWORK_HTTP_HOST: z._default(z.string().check(z.minLength(1, 'must not be empty')), '127.0.0.1'),
  LATCHWORK_HTTP_PORT: z._default(port, '8080'),
  LATCHWORK_MQTT_HOST: z._default(clientText, '127.0.0.1'),
  LATCHWORK_MQTT_PORT: z._default(port, '18830'),
  LATCHWORK_MQTT_TLS_HOSTS: z._default(hostNames, ''),
  LATCHWORK_MQTT_ALLOW_PLAIN: z._default(z.enum(['yes', 'no'], 'must be yes or no'), 'no'),
  LATCHWORK_MQTT_URL: z.optional(brokerUrl),
  LATCHWORK_MQTT_PUBLIC_URL: z.optional(brokerUrl),
  LATCHWORK_MQTT_USERNAME: z._default(
    z
      .string()
      .check(z.regex(/^[0-9A-Za-z_.-]{1,64}$/, 'must be 1 to 64 letters, digits, points, dashes and underscores')),
    'latchwork-portal',
  ),
  LATCHWORK_MQTT_PASSWORD: z.optional(clientText),
  LATCHWORK_MQTT_CA_FILE: z.optional(clientText),
  LATCHWORK_DATA_DIR: z._default(z.string().check(z.minLength(1, 'must not be empty')), './data/portal'),
  DATABASE_URL: z.optional(databaseUrl),
  LATCHWORK_LOG_LEVEL: z._default(z.enum(logLevel.options, `must be one of ${logLevel.options.join(', ')}`), 'info'),
  LATCHWORK_PUBLIC_URL: z.optional(webUrl),
  LATCHWORK_WEBHOOK_NETWORKS: z._default(networks, ''),
  LATCHWORK_SMTP_URL: z.optional(smtpUrl),
  LATCHWORK_MAIL_FROM: z._default(mailFrom, 'Latchwork <latchwork@localhost>'),
  LATCHWORK_APP_DOWNLOAD_URL: z.optional(webUrl),
  LATCHWORK_TRUSTED_PROXIES: z._default(proxies, ''),
  LATCHWORK_SIGN_IN_RETURN_URLS: z._default(returnUrls, ''),
  LATCHWORK_GOOGLE_CLIENT_ID: z.optional(clientText),
  LATCHWORK_GOOGLE_CLIENT_SECRET: z.optional(clientText),
  LATCHWORK_GOOGLE_ISSUER: z._default(issuer, 'https://accounts.google.com'),
  LATCHWORK_MICROSOFT_CLIENT_ID: z.optional(clientText),
  LATCHWORK_MICROSOFT_CLIENT_SECRET: z.optional(clientText),
  LATCHWORK_MICROSOFT_ISSUER: z._default(issuer, 'https://login.microsoftonline.com/organizations/v2.0'),
  LATCHWORK_LOCK_LOG_DAYS: z._default(days, '400'),
  LATCHWORK_REVIEW_MINUTES: z._default(minutes, '30'),
  LATCHWORK_GRAPH_URL: z._default(issuer, 'https://graph.microsoft.com/v1.0'),
  LATCHWORK_MICROSOFT_LOGIN_URL: z._default(issuer, 'https://login.microsoftonline.com'),
  LATCHWORK_GOOGLE_DIRECTORY_URL: z._default(issuer, 'https://admin.googleapis.com/admin/directory/v1'),
  LATCHWORK_GOOGLE_TOKEN_URL: z._default(issuer, 'https://oauth2.googleapis.com/token'),
  LATCHWORK_OPERATOR_KEY: z.optional(z.string().check(z.minLength(24, 'must have at least 24 characters'))),
  LATCHWORK_SEALING_KEY: z.optional(z.string().check(z.regex(/^[0-9a-f]{64}$/i, 'must be 64 hex digits'))),
});

/**
 * Reads the portal's configuration from environment variables named `LATCHWORK_…`, and `DATABASE_URL`, which many hosts
 * set by themselves.
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
  const halves = providers.filter(
    (name) =>
      (values[`LATCHWORK_${name}_CLIENT_ID`] === undefined) !==
      (values[`LATCHWORK_${name}_CLIENT_SECRET`] === undefined),
  );
  if (halves.length > 0) {
    const faults = halves.map((name) => `LATCHWORK_${name}_CLIENT_ID and LATCHWORK_${name}_CLIENT_SECRET go together`);
    throw new PortalError({ code: 'config', faults });
  }
  const registration = (name: (typeof providers)[number]): SsoRegistration | undefined => {
    const clientId = values[`LATCHWORK_${name}_CLIENT_ID`];
    const clientSecret = secretOf(values[`LATCHWORK_${name}_CLIENT_SECRET`]);
    if (clientId === undefined || clientSecret === undefined) return undefined;
    return { clientId, clientSecret, issuer: values[`LATCHWORK_${name}_ISSUER`] };
  };
  const google = registration('GOOGLE');
  const microsoft = registration('MICROSOFT');
  return {
    http: { host: values.LATCHWORK_HTTP_HOST, port: Number(values.LATCHWORK_HTTP_PORT) },
    mqtt: embeddedBrokerOf(values),
    broker:
      values.LATCHWORK_MQTT_URL === undefined
        ? undefined
        : {
            url: values.LATCHWORK_MQTT_URL,
            publicUrl: values.LATCHWORK_MQTT_PUBLIC_URL ?? values.LATCHWORK_MQTT_URL,
            username: values.LATCHWORK_MQTT_USERNAME,
            password: secretOf(values.LATCHWORK_MQTT_PASSWORD),
            caFile: values.LATCHWORK_MQTT_CA_FILE,
          },
    publicUrl: values.LATCHWORK_PUBLIC_URL?.replace(/\/+$/, ''),
    lockLogKeptMs: Number(values.LATCHWORK_LOCK_LOG_DAYS) * 86_400_000,
    webhookNetworks: readNetworks(values.LATCHWORK_WEBHOOK_NETWORKS) ?? [],
    mail: {
      smtpUrl: secretOf(values.LATCHWORK_SMTP_URL),
      from: values.LATCHWORK_MAIL_FROM,
      appDownloadUrl: values.LATCHWORK_APP_DOWNLOAD_URL,
    },
    signIn: {
      trustedProxies: listOf(values.LATCHWORK_TRUSTED_PROXIES),
      returnUrls: listOf(values.LATCHWORK_SIGN_IN_RETURN_URLS),
      providers: { ...(google && { google }), ...(microsoft && { microsoft_365: microsoft }) },
    },
    directories: {
      reviewLifetimeMs: Number(values.LATCHWORK_REVIEW_MINUTES) * 60_000,
      graphUrl: values.LATCHWORK_GRAPH_URL,
      microsoftLoginUrl: values.LATCHWORK_MICROSOFT_LOGIN_URL,
      googleDirectoryUrl: values.LATCHWORK_GOOGLE_DIRECTORY_URL,
      googleTokenUrl: values.LATCHWORK_GOOGLE_TOKEN_URL,
    },
    dataDir: values.LATCHWORK_DATA_DIR,
    databaseUrl: secretOf(values.DATABASE_URL),
    logLevel: values.LATCHWORK_LOG_LEVEL,
    operatorKey: secretOf(values.LATCHWORK_OPERATOR_KEY),
    sealingKey: secretOf(values.LATCHWORK_SEALING_KEY?.toLowerCase()),
  };
}

/** @throws PortalError `broker-unprotected`, or `config` where gateways could not be told an address. */
function embeddedBrokerOf(values: z.output<typeof environment>): EmbeddedBrokerConfig {
  const host = values.LATCHWORK_MQTT_HOST;
  const tlsHosts = listOf(values.LATCHWORK_MQTT_TLS_HOSTS);
  const publicUrl = values.LATCHWORK_MQTT_PUBLIC_URL;
  const isPlain = tlsHosts.length === 0 && values.LATCHWORK_MQTT_URL === undefined;
  if (isPlain && !isLoopback(host) && values.LATCHWORK_MQTT_ALLOW_PLAIN === 'no') {
    throw new PortalError({ code: 'broker-unprotected', host });
  }
  if (isPlain && ['0.0.0.0', '::'].includes(host) && publicUrl === undefined) {
    const fault = `LATCHWORK_MQTT_PUBLIC_URL must say what gateways connect to where LATCHWORK_MQTT_HOST is every address`;
    throw new PortalError({ code: 'config', faults: [fault] });
  }
  if (values.LATCHWORK_MQTT_URL === undefined && tlsHosts.length > 0 && publicUrl?.startsWith('mqtts:') === false) {
    const fault = 'LATCHWORK_MQTT_PUBLIC_URL must begin with mqtts:// where LATCHWORK_MQTT_TLS_HOSTS is set';
    throw new PortalError({ code: 'config', faults: [fault] });
  }
  return { host, port: Number(values.LATCHWORK_MQTT_PORT), tlsHosts, publicUrl };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function secretOf(value: string | undefined): Secret | undefined {
  return value === undefined ? undefined : new Secret(value);
}

const providers = ['GOOGLE', 'MICROSOFT'] as const;

function listOf(text: string): readonly string[] {
  return text.split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()]));
}

function isNetwork(item: string): boolean {
  const [address = '', bits, ...rest] = item.split('/');
  const longest = { 4: 32, 6: 128 }[isIP(address)];
  return (
    longest !== undefined &&
    rest.length === 0 &&
    (bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= longest))
  );
}

// A private-use scheme has a dot (RFC 8252), which no scheme of the web has: not `javascript:`, not `data:`.
function isReturnUrl(item: string): boolean {
  if (/^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/.test(item)) return true;
  return isUrl(item, ['http:', 'https:']) && new URL(item).origin === item && !item.includes('*');
}

function isIssuer(text: string): boolean {
  if (!isUrl(text, ['http:', 'https:'])) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || ['127.0.0.1', '[::1]', 'localhost'].includes(hostname);
}

function readNetworks(text: string): readonly Network[] | undefined {
  const networks = text.split(',').flatMap((each) => (each.trim() === '' ? [] : [readNetwork(each.trim())]));
  return networks.every((network) => network !== undefined) ? networks : undefined;
}

function isBrokerUrl(text: string): boolean {
  if (!isUrl(text, ['mqtt:', 'mqtts:', 'ws:', 'wss:'])) return false;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}

function isUrl(text: string, protocols: readonly string[]): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, search, hash } = new URL(text);
  return protocols.includes(protocol) && hostname !== '' && search === '' && hash === '';
}

function isDatabaseUrl(text: string): boolean {
  try {
    return ['postgresql:', 'postgres:'].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}
