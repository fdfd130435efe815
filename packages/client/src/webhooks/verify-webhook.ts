import { type Event, event, eventTypes } from '@latchwork/contract';
import { WebhookError } from './webhook-error.js';

/** Headers as any server has them; names in any case. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/** A message as it came in, and what it is checked by. */
export interface WebhookRequest {
  /** The endpoint's secret, `whsec_…`; while it is being replaced, the new and the former one. */
  readonly secrets: string | readonly string[];
  readonly headers: WebhookHeaders;
  /** The body exactly as received: parsed and written again it no longer fits its signature. */
  readonly body: string | Uint8Array;
  /** How far the sender's clock may be off; 300 when absent. */
  readonly toleranceSeconds?: number;
  /** The present, in milliseconds since 1970; the machine's when absent. */
  readonly now?: () => number;
}

const headerNames = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;
const defaultToleranceSeconds = 300;
/** More than a portal ever sends: each costs a comparison. */
const mostSignatures = 16;

/**
 * Checks that a message comes from the portal (Standard Webhooks, HMAC-SHA256) and gives its event. The same event can come
 * more than once: remember `event.id` and pass over what you have. Runs wherever WebCrypto does; compares in constant time.
 *
 * @throws WebhookError for anything that is not a fresh event of the portal's.
 */
export async function verifyWebhook(request: WebhookRequest): Promise<Event> {
  const { headers, body, toleranceSeconds = defaultToleranceSeconds, now = Date.now } = request;
  const secrets = (typeof request.secrets === 'string' ? [request.secrets] : request.secrets).map(readSecret);
  const [id, timestamp, signatures] = readHeaders(headers);
  if (!/^\d{1,12}$/.test(timestamp)) throw new WebhookError({ code: 'timestamp-malformed' });
  const offSeconds = Math.floor(now() / 1000) - Number(timestamp);
  if (Math.abs(offSeconds) > toleranceSeconds) {
    throw new WebhookError({ code: 'timestamp-out-of-tolerance', offSeconds });
  }
  const payload = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const signed = joined(new TextEncoder().encode(`${id}.${timestamp}.`), payload);
  const given = readSignatures(signatures);
  let isOurs = false;
  for (const secret of secrets) {
    const hmac = { name: 'HMAC', hash: 'SHA-256' };
    const signingKey = await crypto.subtle.importKey('raw', secret, hmac, false, ['verify']);
    for (const signature of given) {
      if (await crypto.subtle.verify(hmac, signingKey, signature, signed)) isOurs = true;
    }
  }
  if (!isOurs) throw new WebhookError({ code: 'signature-wrong' });
  return readEvent(payload);
}

type Bytes = Uint8Array<ArrayBuffer>;

function readHeaders(headers: WebhookHeaders): [id: string, timestamp: string, signatures: string] {
  const values = headerNames.map((name) => headerOf(headers, name));
  const missing = headerNames.filter((_, index) => !values[index]);
  if (missing.length > 0) throw new WebhookError({ code: 'headers-missing', headers: missing });
  return values as [string, string, string];
}

function headerOf(headers: WebhookHeaders, name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  for (const [each, value] of Object.entries(headers)) {
    if (each.toLowerCase() === name) return typeof value === 'object' ? value[0] : value;
  }
  return undefined;
}

function readSecret(secret: string): Bytes {
  const bytes = fromBase64(secret.replace(/^whsec_/, ''));
  if (bytes === undefined || bytes.length === 0) throw new WebhookError({ code: 'secret-malformed' });
  return bytes;
}

/** The signatures of the version we know, `v1,` and base64, among those that stand in the header. */
function readSignatures(header: string): readonly Bytes[] {
  const known = header.split(' ').filter((each) => each.startsWith('v1,'));
  return known.slice(0, mostSignatures).flatMap((each) => fromBase64(each.slice('v1,'.length)) ?? []);
}

function fromBase64(text: string): Bytes | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Bytes {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}

function readEvent(payload: Uint8Array): Event {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch (cause) {
    throw new WebhookError({ code: 'event-malformed' }, cause);
  }
  const parsed = event.safeParse(value);
  if (parsed.success) return parsed.data;
  const type = (value as { readonly type?: unknown } | null)?.type;
  if (typeof type === 'string' && !(eventTypes as readonly string[]).includes(type)) {
    throw new WebhookError({ code: 'event-unknown', type });
  }
  throw new WebhookError({ code: 'event-malformed' }, parsed.error);
}
