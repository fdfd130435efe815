import type { CommandMessage } from '@latchwork/contract';
import { verifyCertificate, verifyCommandToken } from '@latchwork/lock-protocol';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import type { SampleHotel } from './sample-hotel.test-rig.js';

type TokenReply = Extract<CommandMessage, { type: 'token' }>;

const crypto = createNodeCrypto();
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const fromBase64url = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'));

/** What the sample hotel's lock makes of a token on the connection of a challenge: `ok`, or its refusal code. */
export function judgeToken(hotel: SampleHotel, reply: TokenReply, challenge: string): string {
  const { rootPublicKey, property, epoch } = hotel.property.lockTrust;
  const clock = { quality: 'good', utcSeconds: Math.floor(Date.now() / 1000), utcOffsetMinutes: 0 } as const;
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
