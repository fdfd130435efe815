import type { GatewayAddress } from '@latchwork/contract';
import { type IdKind, type IdOf, idPrefixes, isId } from '@latchwork/core';
import * as z from 'zod/mini';
import type { Enrollment } from './enrollment/enrollment-file.js';
import { GatewayError } from './gateway-error.js';
import { Secret } from './secret.js';

const nobleForks = ['abandonware', 'stoprocent'] as const;

/** The log levels of the gateway, the most talkative first. */
const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

/** Everything the gateway is told from outside, read once at its start. */
export interface GatewayConfig {
  /** Whose topics these are; the gateway's id is also its user name at the broker. */
  readonly address: GatewayAddress;
  /** The password of this gateway at the broker; empty where its certificate is enough. */
  readonly gatewaySecret: Secret;
  /** What it got when it enrolled; absent where the settings say everything. */
  readonly enrollment?: Enrollment;
  /** `mqtt:`, `mqtts:`, `ws:` or `wss:`, without user and password. */
  readonly mqttUrl: string;
  /** The folder of the journal and of the gateway's own keys. */
  readonly dataDir: string;
  /** Where health and metrics are served; null when switched off. */
  readonly http: { readonly host: string; readonly port: number } | null;
  /** Where phones of the property's own network are served, over TLS; null when they are not. */
  readonly lan: { readonly host: string; readonly port: number } | null;
  /** Which fork of noble drives the adapter. */
  readonly noble: (typeof nobleForks)[number];
  /** Number of the Bluetooth adapter (`hciN`); absent means the first one. */
  readonly adapter?: number;
  readonly logLevel: (typeof logLevels)[number];
}

const id = <Kind extends IdKind>(name: string, kind: Kind) =>
  z
    .string(`${name} is required.`)
    .check(z.refine((text) => isId(kind, text), `${name} must be ${idPrefixes[kind]}_ and 26 characters.`));

const port = (name: string, purpose: string) =>
  z
    .string()
    .check(
      z.refine(
        (text) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535,
        `${name} must be a port number, or 0 to switch ${purpose} off.`,
      ),
    );

const oneOf = (name: string, allowed: readonly string[]) => `${name} must be one of ${allowed.join(', ')}.`;

function mqttUrlFault(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['mqtt:', 'mqtts:', 'ws:', 'wss:'].includes(url.protocol) || url.hostname === '') {
    return 'LATCHWORK_MQTT_URL must be a URL that begins with mqtt://, mqtts://, ws:// or wss://.';
  }
  if (url.username !== '' || url.password !== '') {
    return 'LATCHWORK_MQTT_URL must not carry a user or a password; the secret goes into LATCHWORK_GATEWAY_SECRET.';
  }
  return undefined;
}

const mqttUrl = z.string('LATCHWORK_MQTT_URL is required.').check((context) => {
  const fault = mqttUrlFault(context.value);
  if (fault !== undefined) {
    // The value stays out of the issue: it may hold a password.
    context.issues.push({ code: 'custom', message: fault, input: undefined });
  }
});

const environment = z.object({
  LATCHWORK_GATEWAY_ID: id('LATCHWORK_GATEWAY_ID', 'gateway'),
  LATCHWORK_GATEWAY_SECRET: z
    .string('LATCHWORK_GATEWAY_SECRET is required.')
    .check(z.minLength(16, 'LATCHWORK_GATEWAY_SECRET is shorter than 16 characters.')),
  LATCHWORK_ORGANIZATION_ID: id('LATCHWORK_ORGANIZATION_ID', 'organization'),
  LATCHWORK_PROPERTY_ID: id('LATCHWORK_PROPERTY_ID', 'property'),
  LATCHWORK_MQTT_URL: mqttUrl,
  LATCHWORK_DATA_DIR: z.string('LATCHWORK_DATA_DIR is required.'),
  LATCHWORK_HTTP_HOST: z._default(z.string(), '127.0.0.1'),
  LATCHWORK_HTTP_PORT: z._default(port('LATCHWORK_HTTP_PORT', 'health and metrics'), '8081'),
  LATCHWORK_LAN_HOST: z._default(z.string(), '0.0.0.0'),
  LATCHWORK_LAN_PORT: z._default(port('LATCHWORK_LAN_PORT', 'the LAN'), '0'),
  LATCHWORK_NOBLE: z._default(z.enum(nobleForks, oneOf('LATCHWORK_NOBLE', nobleForks)), 'abandonware'),
  LATCHWORK_ADAPTER: z.optional(
    z.string().check(z.regex(/^\d{1,2}$/, 'LATCHWORK_ADAPTER must be the number of a Bluetooth adapter, such as 0.')),
  ),
  LATCHWORK_LOG_LEVEL: z._default(z.enum(logLevels, oneOf('LATCHWORK_LOG_LEVEL', logLevels)), 'info'),
});

const certifiedEnvironment = z.extend(environment, { LATCHWORK_GATEWAY_SECRET: z._default(z.string(), '') });

/** What an enrollment says instead of settings. */
function settingsOf({ organizationId, propertyId, gatewayId, mqttUrl, secret }: Enrollment): Record<string, string> {
  return {
    LATCHWORK_ORGANIZATION_ID: organizationId,
    LATCHWORK_PROPERTY_ID: propertyId,
    LATCHWORK_GATEWAY_ID: gatewayId,
    LATCHWORK_MQTT_URL: mqttUrl,
    ...(secret === null ? {} : { LATCHWORK_GATEWAY_SECRET: secret }),
  };
}

/** The settings as they count: what the environment leaves open, the enrollment says; one of another gateway says nothing. */
export function enrolledSettings(
  env: Readonly<Record<string, string | undefined>>,
  enrollment: Enrollment | undefined,
): Readonly<Record<string, string | undefined>> {
  const { LATCHWORK_GATEWAY_ID: gatewayId = '' } = env;
  if (enrollment === undefined || (gatewayId !== '' && gatewayId !== enrollment.gatewayId)) return env;
  const said = Object.entries(env).filter(([, value]) => value !== undefined && value !== '');
  return { ...settingsOf(enrollment), ...Object.fromEntries(said) };
}

/**
 * Reads the gateway's configuration from the environment, and what that leaves open from the gateway's enrollment; an empty
 * variable counts as absent.
 *
 * @throws {@link GatewayError} `config` with every fault at once, each a sentence that names its variable and never its value.
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>, enrollment?: Enrollment): GatewayConfig {
  const settings = enrolledSettings(env, enrollment);
  const isEnrolled = enrollment !== undefined && settings !== env;
  const present = Object.fromEntries(
    Object.entries(settings).filter(
      ([name, value]) => name.startsWith('LATCHWORK_') && value !== undefined && value !== '',
    ),
  );
  const parsed = (isEnrolled ? certifiedEnvironment : environment).safeParse(present);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => issue.message);
    throw new GatewayError({ code: 'config', faults }, `The configuration is wrong: ${faults.join(' ')}`);
  }
  const read = parsed.data;
  const httpPort = Number(read.LATCHWORK_HTTP_PORT);
  const lanPort = Number(read.LATCHWORK_LAN_PORT);
  return {
    address: {
      organizationId: read.LATCHWORK_ORGANIZATION_ID as IdOf<'organization'>,
      propertyId: read.LATCHWORK_PROPERTY_ID as IdOf<'property'>,
      gatewayId: read.LATCHWORK_GATEWAY_ID as IdOf<'gateway'>,
    },
    gatewaySecret: new Secret(read.LATCHWORK_GATEWAY_SECRET),
    ...(isEnrolled ? { enrollment } : {}),
    mqttUrl: read.LATCHWORK_MQTT_URL,
    dataDir: read.LATCHWORK_DATA_DIR,
    http: httpPort === 0 ? null : { host: read.LATCHWORK_HTTP_HOST, port: httpPort },
    lan: lanPort === 0 ? null : { host: read.LATCHWORK_LAN_HOST, port: lanPort },
    noble: read.LATCHWORK_NOBLE,
    ...(read.LATCHWORK_ADAPTER === undefined ? {} : { adapter: Number(read.LATCHWORK_ADAPTER) }),
    logLevel: read.LATCHWORK_LOG_LEVEL,
  };
}

/** The settings that can be used by themselves; what is missing or wrong is absent. */
export interface UsableSettings {
  readonly gatewayId?: string;
  readonly gatewaySecret?: Secret;
  readonly mqttUrl?: string;
  readonly dataDir?: string;
  readonly http?: GatewayConfig['http'];
  readonly noble?: GatewayConfig['noble'];
  readonly adapter?: number;
}

/** Reads each setting by itself, so that one wrong setting does not hide the others from the doctor. */
export function usableSettings(env: Readonly<Record<string, string | undefined>>): UsableSettings {
  const { shape } = environment;
  const read = <T>(name: keyof typeof shape, schema: { safeParse(value: unknown): { data?: T } }): T | undefined =>
    schema.safeParse(env[name] === '' ? undefined : env[name]).data;
  const gatewayId = read('LATCHWORK_GATEWAY_ID', shape.LATCHWORK_GATEWAY_ID);
  const secret = read('LATCHWORK_GATEWAY_SECRET', shape.LATCHWORK_GATEWAY_SECRET);
  const mqttUrl = read('LATCHWORK_MQTT_URL', shape.LATCHWORK_MQTT_URL);
  const dataDir = read('LATCHWORK_DATA_DIR', shape.LATCHWORK_DATA_DIR);
  const host = read('LATCHWORK_HTTP_HOST', shape.LATCHWORK_HTTP_HOST);
  const httpPort = read('LATCHWORK_HTTP_PORT', shape.LATCHWORK_HTTP_PORT);
  const noble = read('LATCHWORK_NOBLE', shape.LATCHWORK_NOBLE);
  const adapter = read('LATCHWORK_ADAPTER', shape.LATCHWORK_ADAPTER);
  return {
    ...(gatewayId === undefined ? {} : { gatewayId }),
    ...(secret === undefined ? {} : { gatewaySecret: new Secret(secret) }),
    ...(mqttUrl === undefined ? {} : { mqttUrl }),
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(host === undefined || httpPort === undefined
      ? {}
      : { http: Number(httpPort) === 0 ? null : { host, port: Number(httpPort) } }),
    ...(noble === undefined ? {} : { noble }),
    ...(adapter === undefined ? {} : { adapter: Number(adapter) }),
  };
}
