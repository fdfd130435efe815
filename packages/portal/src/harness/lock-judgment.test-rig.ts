import type { CommandMessage } from '@latchwork/contract';
import { decodeCommandToken, verifyCertificate, verifyCommandToken } from '@latchwork/lock-protocol';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import type { SampleHotel } from './sample-hotel.test-rig.js';

type TokenReply = Extract<CommandMessage, { type: 'token' }>;

const crypto = createNodeCrypto();
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const fromBase64url = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'));

/**
 * What the sample hotel's lock makes of a token on the connection of a challenge: `ok`, or its refusal code. Its clock is
 * good and shows `at`.
 */
export function judgeToken(
  hotel: SampleHotel,
  reply: TokenReply,
  { challenge, at }: { readonly challenge: string; readonly at: number },
): string {
  const { rootPublicKey, property, epoch } = hotel.property.lockTrust;
  const clock = { quality: 'good', utcSeconds: Math.floor(at / 1000), utcOffsetMinutes: 0 } as const;
  const trust = { rootPublicKey: bytes(rootPublicKey), property: bytes(property), epoch };
  const certified = verifyCertificate(crypto, fromBase64url(reply.certificate), { trust, clock });
  if (!certified.ok) return certified.code;
  const decision = verifyCommandToken(crypto, fromBase64url(reply.token), {
    certificate: certified.certificate,
    epoch,
    lock: bytes(hotel.device.tag),
    challenge: bytes(challenge),
    commandId: bytes(reply.commandId),
    action: 'unlock',
    clock,
  });
  return decision.ok ? 'ok' : decision.code;
}

/** How old the connection of a token may be when the lock, by its own clock alone, still takes the token. */
export function tokenLifetimeMs(reply: TokenReply): number {
  const { issuedAt, expires } = decodeCommandToken(fromBase64url(reply.token));
  return (expires - issuedAt) * 1000;
}
