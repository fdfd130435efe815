import type { Event } from '@latchwork/contract';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { verifyWebhook, type WebhookRequest } from './verify-webhook.js';
import { WebhookError, type WebhookErrorInfo } from './webhook-error.js';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const otherSecret = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const nowMs = Date.UTC(2026, 5, 12, 10, 0, 0, 250);
const sample: Event = {
  type: 'entrance.created',
  id: 'evt_01jxj3t3ypfqrhpdwrbt6nbz5d' as Event['id'],
  cursor: '7',
  occurredAt: '2026-06-12T09:59:59.000Z',
  recordedAt: '2026-06-12T09:59:59.000Z',
  propertyId: 'prop_01jxj3t3ypfqrhpdwrbt6nbz5d' as never,
  entranceId: 'ent_01jxj3t3ypfqrhpdwrbt6nbz5d' as never,
  actor: { kind: 'operator' },
};

/** A message as the reference library signs it. */
function message(options: { readonly body?: string; readonly with?: string; readonly atMs?: number } = {}) {
  const { body = JSON.stringify(sample), with: signingSecret = secret, atMs = nowMs } = options;
  const signature = new Webhook(signingSecret).sign(sample.id, new Date(atMs), body);
  const headers: Record<string, string> = {
    'webhook-id': sample.id,
    'webhook-timestamp': String(Math.floor(atMs / 1000)),
    'webhook-signature': signature,
  };
  return { secrets: secret as WebhookRequest['secrets'], headers, body, now: () => nowMs };
}

async function fault(request: WebhookRequest): Promise<WebhookErrorInfo> {
  const error = await verifyWebhook(request).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof WebhookError)) throw new Error('It was taken.', { cause: error });
  return error.info;
}

describe('what the reference library signed', () => {
  it('P-15: is taken, as the typed event', async () => {
    expect(await verifyWebhook(message())).toEqual(sample);
  });

  it('is taken as bytes, with headers of any kind and case', async () => {
    const { headers, body, ...rest } = message();
    const upper = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), [value]]));
    const bytes = new TextEncoder().encode(body);
    expect(await verifyWebhook({ ...rest, headers: new Headers(headers), body: bytes })).toEqual(sample);
    expect(await verifyWebhook({ ...rest, headers: upper, body: Buffer.from(bytes) })).toEqual(sample);
  });

  it('is taken with any of several secrets and any of several signatures, so that a secret can be replaced', async () => {
    const signed = message({ with: otherSecret });
    expect(await fault(signed)).toEqual({ code: 'signature-wrong' });
    expect(await verifyWebhook({ ...signed, secrets: [secret, otherSecret] })).toEqual(sample);
    const both = `v1a,AAAA ${message().headers['webhook-signature']} ${signed.headers['webhook-signature']}`;
    for (const secrets of [secret, otherSecret]) {
      expect(
        await verifyWebhook({ ...signed, secrets, headers: { ...signed.headers, 'webhook-signature': both } }),
      ).toEqual(sample);
    }
  });

  it('agrees with the library on any body, byte for byte', async () => {
    const bodies = fc
      .string({ unit: 'binary', maxLength: 200 })
      .map((text) => JSON.stringify({ ...sample, cursor: text }));
    await fc.assert(
      fc.asyncProperty(bodies, fc.nat(), async (body, at) => {
        const signed = message({ body });
        expect(await verifyWebhook(signed)).toEqual(JSON.parse(body));
        const changed = `${body.slice(0, at % body.length)}\u0000${body.slice((at % body.length) + 1)}`;
        expect(await fault({ ...signed, body: changed })).toEqual({ code: 'signature-wrong' });
      }),
      { numRuns: 50 },
    );
  });

  it('the vector of the Standard Webhooks specification', async () => {
    const vector = {
      secrets: secret,
      headers: {
        'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        'webhook-timestamp': '1614265330',
        'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
      },
      body: '{"test": 2432232314}',
      now: () => 1_614_265_330_000,
    };
    // The signature fits; what it signs is no event of ours.
    expect(await fault(vector)).toEqual({ code: 'event-malformed' });
    expect(await fault({ ...vector, body: '{"test": 2432232315}' })).toEqual({ code: 'signature-wrong' });
  });
});

describe('what is not taken', () => {
  it.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('a message without %s', async (name) => {
    const { [name]: _, ...headers } = message().headers;
    expect(await fault({ ...message(), headers })).toEqual({ code: 'headers-missing', headers: [name] });
  });

  it('another id, time or body than was signed', async () => {
    const signed = message();
    for (const [name, value] of [
      ['webhook-id', 'evt_other'],
      ['webhook-timestamp', String(Math.floor(nowMs / 1000) - 1)],
    ] as const) {
      expect(await fault({ ...signed, headers: { ...signed.headers, [name]: value } })).toEqual({
        code: 'signature-wrong',
      });
    }
    expect(await fault({ ...signed, body: `${signed.body} ` })).toEqual({ code: 'signature-wrong' });
  });

  it.each([
    ['too old', -301, 301],
    ['too far ahead', 301, -301],
  ])('%s', async (_, sentAfterSeconds, offSeconds) => {
    const signed = message({ atMs: nowMs + sentAfterSeconds * 1000 });
    expect(await fault(signed)).toEqual({ code: 'timestamp-out-of-tolerance', offSeconds });
    expect(await verifyWebhook({ ...signed, toleranceSeconds: 301 })).toEqual(sample);
  });

  it.each(['', ' ', 'soon', '-1', '1e9', '0x10', '1614265330.5'])('the time %j', async (time) => {
    const info = await fault({ ...message(), headers: { ...message().headers, 'webhook-timestamp': time } });
    expect(['timestamp-malformed', 'headers-missing']).toContain(info.code);
  });

  it.each(['', 'v1', 'v1,', 'v1,!!', 'v2,AAAA', 'v1,AAAA', 'v1a,AAAA'])('the signature %j', async (signature) => {
    const info = await fault({ ...message(), headers: { ...message().headers, 'webhook-signature': signature } });
    expect(['signature-wrong', 'headers-missing']).toContain(info.code);
  });

  it.each(['', 'whsec_', 'whsec_%%%'])('with the secret %j nothing is checked', async (secrets) => {
    expect(await fault({ ...message(), secrets })).toEqual({ code: 'secret-malformed' });
  });

  it('with no secret at all nothing is taken', async () => {
    expect(await fault({ ...message(), secrets: [] })).toEqual({ code: 'signature-wrong' });
  });

  it('an event of a type from the future says so, to be answered as handled', async () => {
    const body = JSON.stringify({ ...sample, type: 'sauna.heated' });
    expect(await fault(message({ body }))).toEqual({ code: 'event-unknown', type: 'sauna.heated' });
  });

  it.each(['', 'null', '[]', '7', '{}', '{"type":"entrance.created"}', '{'])('the body %j', async (body) => {
    expect(await fault(message({ body }))).toEqual({ code: 'event-malformed' });
  });
});
