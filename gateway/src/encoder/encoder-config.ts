import { isId, type PropertyId } from '@latchwork/core';
import * as z from 'zod/mini';
import { GatewayError } from '../gateway-error.js';
import { isLoopback } from '../loopback.js';
import { Secret } from '../secret.js';

/** Everything the encoder is told from outside, read once at its start. */
export interface EncoderConfig {
  /** Where the portal's API is, without a slash at the end. */
  readonly portalUrl: string;
  /** An API key with the scope `keys`, and `hardware` where it enrolls cards. */
  readonly apiKey: Secret;
  readonly propertyId: PropertyId;
  /** The folder in which it notes which card it is writing. */
  readonly dataDir: string;
  /** A part of the reader's name; absent: every reader. */
  readonly reader?: string;
}

function urlFault(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    return 'LATCHWORK_PORTAL_URL must be a URL that begins with https:// or http://.';
  }
  if (url.username !== '' || url.password !== '') {
    return 'LATCHWORK_PORTAL_URL must not carry a user or a password; the API key goes into LATCHWORK_API_KEY.';
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    return 'LATCHWORK_PORTAL_URL must begin with https://: over the network the API key would be sent unencrypted.';
  }
  return undefined;
}

const portalUrl = z.string('LATCHWORK_PORTAL_URL is required.').check((context) => {
  const fault = urlFault(context.value);
  // The value stays out of the issue: it may hold a password.
  if (fault !== undefined) context.issues.push({ code: 'custom', message: fault, input: undefined });
});

const environment = z.object({
  LATCHWORK_PORTAL_URL: portalUrl,
  LATCHWORK_API_KEY: z
    .string('LATCHWORK_API_KEY is required.')
    .check(z.minLength(16, 'LATCHWORK_API_KEY is shorter than 16 characters.')),
  LATCHWORK_PROPERTY_ID: z
    .string('LATCHWORK_PROPERTY_ID is required.')
    .check(z.refine((text) => isId('property', text), 'LATCHWORK_PROPERTY_ID must be prop_ and 26 characters.')),
  LATCHWORK_DATA_DIR: z.string('LATCHWORK_DATA_DIR is required.'),
  LATCHWORK_READER: z.optional(z.string()),
});

/**
 * Reads the encoder's configuration from the environment; an empty variable counts as absent.
 *
 * @throws {@link GatewayError} `config` with every fault at once, each a sentence that names its variable and never its value.
 */
export function parseEncoderConfig(env: Readonly<Record<string, string | undefined>>): EncoderConfig {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = environment.safeParse(present);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => issue.message);
    throw new GatewayError({ code: 'config', faults }, `The configuration is wrong: ${faults.join(' ')}`);
  }
  const read = parsed.data;
  return {
    portalUrl: read.LATCHWORK_PORTAL_URL.replace(/\/+$/, ''),
    apiKey: new Secret(read.LATCHWORK_API_KEY),
    propertyId: read.LATCHWORK_PROPERTY_ID as PropertyId,
    dataDir: read.LATCHWORK_DATA_DIR,
    ...(read.LATCHWORK_READER === undefined ? {} : { reader: read.LATCHWORK_READER }),
  };
}
