import type { CryptoProvider } from '../crypto/crypto-provider.js';
import type { CborValue } from '../encoding/cbor.js';
import {
  failObject,
  hasUnknownCriticalClaim,
  largestUint32,
  requireBytes,
  requireUint,
} from '../encoding/claim-reader.js';
import { type Claims, kidOf, readClaims, readObject, signObject, verifyObject } from '../encoding/cose.js';
import { encodeUtf8 } from '../encoding/utf8.js';
import { type Refusal, refuse } from '../objects/object-decision.js';
import { LockProtocolError } from '../protocol-error.js';

const type = 'OLP1-firmware';
const claim = { model: 2, version: 12, digest: 14, size: 16, leastVersion: 18 } as const;
const mostModelBytes = 32;

/** A maker's word on one firmware image. */
export interface FirmwareManifest {
  /** The kind of lock that it is for, 1 to 32 bytes of UTF-8. */
  readonly model: string;
  /** 1 … 2^32 − 1; every later image has a higher one. */
  readonly version: number;
  /** Bytes of the image, at least 1. */
  readonly size: number;
  /** SHA-256 of the image. */
  readonly digest: Uint8Array;
  /** Once this image has proven itself the lock takes none below; at most `version`, and 0 when absent. */
  readonly leastVersion?: number;
}

/**
 * Signs a manifest with the maker's Ed25519 secret.
 *
 * @throws LockProtocolError `object` for a field outside its limits, `crypto`/`size` for the secret.
 */
export function signFirmwareManifest(
  crypto: CryptoProvider,
  makerSecret: Uint8Array,
  manifest: FirmwareManifest,
): Uint8Array {
  const { model, version, size, digest, leastVersion = 0 } = manifest;
  const claims = new Map<number, CborValue>([
    [claim.model, model],
    [claim.version, version],
    [claim.digest, digest],
    [claim.size, size],
  ]);
  if (leastVersion !== 0) claims.set(claim.leastVersion, leastVersion);
  parseManifest(claims);
  const { publicKey } = crypto.ed25519KeyPair(makerSecret);
  return signObject(crypto, { secret: makerSecret, kid: kidOf(crypto, publicKey), type, claims });
}

/**
 * Reads a manifest without verifying it, for tools and displays.
 *
 * @throws LockProtocolError `cbor`, `cose` or `object` for anything else.
 */
export function decodeFirmwareManifest(bytes: Uint8Array): FirmwareManifest {
  return parseManifest(readClaims(readObject(bytes)));
}

function parseManifest(claims: Claims): FirmwareManifest {
  const model = claims.get(claim.model);
  const modelBytes = typeof model === 'string' ? encodeUtf8(model)?.length : undefined;
  if (typeof model !== 'string' || !modelBytes || modelBytes > mostModelBytes) failObject(type, 'model');
  const version = requireUint(type, 'version', { value: claims.get(claim.version), least: 1, most: largestUint32 });
  const least = claims.get(claim.leastVersion);
  return {
    ...{ model, version },
    size: requireUint(type, 'size', { value: claims.get(claim.size), least: 1, most: largestUint32 }),
    digest: requireBytes(type, 'digest', { value: claims.get(claim.digest), sizeBytes: 32 }),
    ...(least === undefined
      ? {}
      : { leastVersion: requireUint(type, 'leastVersion', { value: least, least: 1, most: version }) }),
  };
}

/** Whether a maker signed a manifest. */
export type FirmwareDecision =
  | { readonly ok: true; readonly manifest: FirmwareManifest }
  | Refusal<'auth' | 'critical-field'>;

/** Decides in the order of SPEC §5.15: signature of the maker → critical fields. What the lock runs is not asked here. */
export function verifyFirmwareManifest(
  crypto: CryptoProvider,
  bytes: Uint8Array,
  makerPublicKey: Uint8Array,
): FirmwareDecision {
  try {
    const claims = verifyObject(crypto, readObject(bytes), { publicKey: makerPublicKey, type });
    if (claims === undefined) return refuse('auth');
    if (hasUnknownCriticalClaim(claims, claim)) return refuse('critical-field');
    return { ok: true, manifest: parseManifest(claims) };
  } catch (error) {
    if (!(error instanceof LockProtocolError)) throw error;
    return refuse('auth');
  }
}
