import { codeMac } from '../cards/door-code.js';
import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { concatBytes } from '../encoding/byte-strings.js';
import { encodeCbor } from '../encoding/cbor.js';
import { LockProtocolError } from '../protocol-error.js';
import {
  encodeEntryTerms,
  entryField,
  entryHashSizeBytes,
  hashSetEntry,
  readEntryTerms,
  readSetEntry,
  type SetCredential,
  type SetEntryTerms,
} from './set-entry.js';
import { readBodyMap } from './set-message.js';

/** A credential as the lock keeps it: of a code only what a guess can be compared with, so that flash tells no digits. */
export type HeldCredential =
  | Exclude<SetCredential, { kind: 'code' }>
  /**
   * With 32 bytes of `mac`: what `codeMac` makes of the digits under the secret of the lock's X25519 pair. The random bytes
   * are not kept: with them the entry's hash would tell the digits to whoever tries them all, without that secret.
   */
  | { readonly kind: 'code'; readonly mac: Uint8Array };

/** One entry of the set as the lock keeps it. */
export interface HeldEntry extends SetEntryTerms {
  readonly credential: HeldCredential;
  /** Of the entry as it arrived, 16 bytes. */
  readonly hash: Uint8Array;
  /** What goes to flash: the entry as it arrived; of a code its hash, and the entry with the MAC for the digits. */
  readonly stored: Uint8Array;
}

const macSizeBytes = 32;

/** An entry that arrived, as the lock keeps it; or the code with which it is refused. */
export function holdEntry(
  crypto: CryptoProvider,
  lockSecret: Uint8Array,
  encoded: Uint8Array,
): HeldEntry | 'bad-frame' | 'critical-field' {
  const entry = readSetEntry(encoded);
  if (typeof entry === 'string') return entry;
  const hash = hashSetEntry(crypto, encoded);
  const { credential, ...terms } = entry;
  if (credential.kind !== 'code') return { ...terms, credential, hash, stored: encoded };
  const mac = codeMac(crypto, lockSecret, credential.digits);
  const stored = concatBytes(hash, encodeCbor(encodeEntryTerms(terms).set(entryField.code, mac)));
  return { ...terms, credential: { kind: 'code', mac }, hash, stored };
}

/** Reads what a lock has stored of a card; `undefined` for anything else. */
export function readStoredCard(crypto: CryptoProvider, stored: Uint8Array): HeldEntry | undefined {
  const entry = readSetEntry(stored);
  if (typeof entry === 'string') return undefined;
  const { credential, ...terms } = entry;
  if (credential.kind === 'code') return undefined;
  return { ...terms, credential, hash: hashSetEntry(crypto, stored), stored };
}

/** Reads what a lock has stored of a code; `undefined` for anything else. */
export function readStoredCode(stored: Uint8Array): HeldEntry | undefined {
  const map = readBodyMap(stored.subarray(entryHashSizeBytes));
  const mac = map?.get(entryField.code);
  if (map === undefined || !(mac instanceof Uint8Array) || mac.length !== macSizeBytes) return undefined;
  try {
    const terms = readEntryTerms(map);
    return { ...terms, credential: { kind: 'code', mac }, hash: stored.slice(0, entryHashSizeBytes), stored };
  } catch (error) {
    if (error instanceof LockProtocolError) return undefined;
    throw error;
  }
}
