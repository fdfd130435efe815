import type { LanRefusalCode, LanTunnelInput } from '@latchwork/contract';
import {
  type CryptoProvider,
  decodeGrant,
  type Grant,
  LockProtocolError,
  readObject,
  verifyObject,
} from '@latchwork/lock-protocol';
import { decodeBase64url } from '../base64url.js';
import type { Clock } from '../clock.js';
import type { LanSigners } from './lan-signers.js';

/** Lets those phones in that hold the key of a grant which the property signed. What may be done, the lock decides. */
export interface LanAdmission {
  /** A key for one proof by the holder of this public key; undefined when too many were asked for. */
  challenge(publicKey: Uint8Array): Uint8Array | undefined;
  /** Whose grant it is, by its public key, or why nobody is let in. Each challenge is good once. */
  admit(input: LanTunnelInput): { readonly holder: string } | { readonly refused: LanRefusalCode };
}

/** What admission is decided with. */
export interface LanAdmissionOptions {
  readonly crypto: CryptoProvider;
  readonly clock: Clock;
  /** Of the certificate that the phone must have seen, 64 hex digits. */
  readonly fingerprint: string;
  readonly signers: Pick<LanSigners, 'find'>;
}

const challengeLifeMs = 30_000;
const mostChallenges = 256;
/** A machine's clock and the portal's need not agree to the second. */
const clockSlackSeconds = 60;
const label = new TextEncoder().encode('latchwork-lan/1');

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Creates the admission. */
export function createLanAdmission(options: LanAdmissionOptions): LanAdmission {
  const { crypto, clock, signers } = options;
  const fingerprint = bytesOf(options.fingerprint);
  /** By the challenge: its secret, and whose it is. */
  const asked = new Map<string, { readonly secret: Uint8Array; readonly holder: string; readonly until: number }>();

  const forgetOld = (): void => {
    const now = clock.monotonic();
    for (const [challenge, { until }] of asked) if (until <= now) asked.delete(challenge);
  };

  /** The grant, when its signer is known and signed it. */
  const grantOf = (input: LanTunnelInput): Grant | LanRefusalCode => {
    const signer = signers.find(decodeBase64url(input.certificate));
    const now = Math.floor(clock.now() / 1000);
    if (signer === undefined) return 'signer-unknown';
    if (now >= signer.expires + clockSlackSeconds) return 'grant-not-valid-now';
    try {
      const bytes = decodeBase64url(input.grant);
      const claims = verifyObject(crypto, readObject(bytes), { publicKey: signer.publicKey, type: 'OLP1-grant' });
      return claims === undefined ? 'grant-invalid' : decodeGrant(bytes);
    } catch (error) {
      if (error instanceof LockProtocolError) return 'grant-invalid';
      throw error;
    }
  };

  const refusalOf = (grant: Grant, input: LanTunnelInput, holder: string): LanRefusalCode | undefined => {
    const now = Math.floor(clock.now() / 1000);
    if (hexOf(grant.holderPublicKey) !== holder) return 'proof-wrong';
    if (!grant.locks.some((tag) => hexOf(tag) === input.tag)) return 'wrong-lock';
    if (now + clockSlackSeconds < grant.notBefore || now >= grant.expires + clockSlackSeconds) {
      return 'grant-not-valid-now';
    }
    // Through a tunnel nobody stands at the door, as far as the lock is told.
    return grant.role === 'gateway' || !grant.rights.includes('remote') ? 'no-right' : undefined;
  };

  return {
    challenge(publicKey) {
      forgetOld();
      if (asked.size >= mostChallenges) return undefined;
      const made = publicKey.length === 32 ? crypto.x25519KeyPair() : crypto.p256KeyPair();
      const until = clock.monotonic() + challengeLifeMs;
      asked.set(hexOf(made.publicKey), { secret: made.secret, holder: hexOf(publicKey), until });
      return made.publicKey;
    },
    admit(input) {
      forgetOld();
      const known = asked.get(input.challenge);
      asked.delete(input.challenge);
      if (known === undefined) return { refused: 'challenge-unknown' };
      const grant = grantOf(input);
      if (typeof grant === 'string') return { refused: grant };
      const refused = refusalOf(grant, input, known.holder);
      if (refused !== undefined) return { refused };
      const agreed = agree(crypto, known.secret, grant.holderPublicKey);
      if (agreed === undefined) return { refused: 'proof-wrong' };
      const grantHash = crypto.sha256(decodeBase64url(input.grant));
      const proven = Buffer.concat([label, fingerprint, bytesOf(input.challenge), bytesOf(input.tag), grantHash]);
      // Compared under another secret, so that the time it takes tells nothing.
      const blind = crypto.randomBytes(32);
      const wanted = crypto.hmacSha256(blind, crypto.hmacSha256(agreed, new Uint8Array(proven)));
      const given = crypto.hmacSha256(blind, bytesOf(input.proof));
      return hexOf(wanted) === hexOf(given) ? { holder: known.holder } : { refused: 'proof-wrong' };
    },
  };
}

/** Undefined for a public key that is none. */
function agree(crypto: CryptoProvider, secret: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  try {
    return publicKey.length === 32 ? crypto.x25519(secret, publicKey) : crypto.p256(secret, publicKey);
  } catch (error) {
    if (error instanceof LockProtocolError) return undefined;
    throw error;
  }
}
