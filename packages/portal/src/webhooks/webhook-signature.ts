import { randomBytes } from 'node:crypto';
import type { Instant, WebhookEndpointId } from '@latchwork/core';
import { Webhook } from 'standardwebhooks';
import type { Sealer } from '../access/sealer.js';
import type { WebhookSecret } from '../store/schema/delivery.js';
import type { Row } from '../store/store.js';

/** Makes a secret as Standard Webhooks writes it: `whsec_` and 32 random bytes in base64. */
export function makeWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** Seals a secret as the current one of its endpoint. */
export function sealWebhookSecret(sealer: Sealer, endpointId: WebhookEndpointId, secret: string): WebhookSecret {
  return { sealed: sealer.seal(Buffer.from(secret), sealContext(endpointId)), endsAt: null };
}

/** The secrets of an endpoint that sign at an instant, the current one first. */
export function signingSecrets(secrets: readonly WebhookSecret[], at: Instant): readonly WebhookSecret[] {
  return secrets.filter(({ endsAt }) => endsAt === null || endsAt > at);
}

/** The headers by which a receiver knows a message and its sender; one signature per secret that signs now. */
export function webhookHeaders(
  sealer: Sealer,
  endpoint: Row<'webhookEndpoint'>,
  message: { readonly id: string; readonly body: string; readonly at: Instant },
): Readonly<Record<`webhook-${string}`, string>> {
  const { id, body, at } = message;
  const sentAt = new Date(at);
  const signatures = signingSecrets(endpoint.secrets, at).map(({ sealed }) => {
    const secret = Buffer.from(sealer.open(sealed, sealContext(endpoint.id))).toString();
    return new Webhook(secret).sign(id, sentAt, body);
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at / 1000)),
    'webhook-signature': signatures.join(' '),
  };
}

function sealContext(id: WebhookEndpointId): string {
  return `webhook_endpoint/${id}`;
}
