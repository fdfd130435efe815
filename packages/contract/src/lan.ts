import * as z from 'zod/mini';
import { base64urlBytes, hexBytes } from './bytes-text.js';
import { linkMtu, lockInfoBytes } from './gateway-tunnel-messages.js';
import type { ReadonlyData } from './readonly-data.js';
import { longestDeadlineMs } from './resources/attempt-state.js';

const tunnelId = hexBytes(16);
/** X25519, or P-256 compressed. */
const publicKey = z.string().check(z.regex(/^(?:[0-9a-f]{64}|0[23][0-9a-f]{64})$/));

/** What a lock's gateway serves on the property's own network, over TLS with a certificate that it made itself. */
export const lanAddress = z.object({
  /** `https://host:port`, one for each address of the machine. */
  urls: z.array(z.string().check(z.regex(/^https:\/\/[^\s/]{1,120}$/))).check(z.maxLength(8)),
  /** SHA-256 of the certificate's DER; an app believes this one and no other. */
  fingerprint: hexBytes(32),
});

/** Body of `POST /v1/challenges` on the LAN: the phone's public key. */
export const lanChallengeInput = z.strictObject({ publicKey });
/** Its answer: a key of the gateway's for one proof, of the same kind as the phone's. */
export const lanChallenge = z.object({ challenge: publicKey });

/**
 * Body of `POST /v1/tunnels` on the LAN: the grant of the phone for this lock with its signer's certificate, and the proof that the phone
 * holds the grant's key: HMAC-SHA-256, under the agreement of the phone's secret with the challenge, of `latchwork-lan/1`, the
 * fingerprint, the challenge, the tag and SHA-256 of the grant.
 */
export const lanTunnelInput = z.strictObject({
  tag: hexBytes(8),
  deadlineMs: z.int().check(z.minimum(2000), z.maximum(longestDeadlineMs)),
  grant: base64urlBytes(4096),
  certificate: base64urlBytes(4096),
  challenge: publicKey,
  proof: hexBytes(32),
});

/** A tunnel of the LAN; its frames go to `POST /v1/tunnels/<id>/frames`, in and out as those of the portal's. */
export const lanTunnel = z.object({
  id: tunnelId,
  state: z.enum(['open', 'closed']),
  code: z.nullable(z.string()),
  info: z.nullable(lockInfoBytes),
  mtu: z.nullable(linkMtu),
});

/** Why a gateway does not do what it is asked on the LAN. */
export const lanRefusalCodes = [
  'busy',
  'challenge-unknown',
  'grant-invalid',
  'grant-not-valid-now',
  'invalid-request',
  'no-right',
  'not-found',
  'proof-wrong',
  'rate-limited',
  'signer-unknown',
  'wrong-lock',
] as const;
/** Body of every refusal on the LAN. */
export const lanRefusal = z.object({ code: z.enum(lanRefusalCodes) });

/** {@link lanAddress} as data. */
export type LanAddress = ReadonlyData<z.output<typeof lanAddress>>;
/** {@link lanTunnelInput} as data. */
export type LanTunnelInput = ReadonlyData<z.output<typeof lanTunnelInput>>;
/** {@link lanTunnel} as data. */
export type LanTunnel = ReadonlyData<z.output<typeof lanTunnel>>;
/** One of {@link lanRefusalCodes}. */
export type LanRefusalCode = (typeof lanRefusalCodes)[number];
