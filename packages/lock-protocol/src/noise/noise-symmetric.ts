import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { concatBytes } from '../encoding/byte-strings.js';
import type { SuiteName } from '../encoding/gatt.js';
import { encodeUtf8 } from '../encoding/utf8.js';
import { LockProtocolError } from '../protocol-error.js';
import { noiseSuites, noiseTagSizeBytes } from './noise-suite.js';

const empty = new Uint8Array(0);

// A record counter is a number here; sessions last a minute, so a lock is never near this end (Noise allows 2^64 - 1).
const lastCounter = 0xffff_ffff;

/** The keys of a handshake in progress: chaining key, transcript hash, and the cipher once a DH has been mixed. */
export interface SymmetricState {
  readonly crypto: CryptoProvider;
  readonly suite: SuiteName;
  readonly chainingSecret: Uint8Array;
  readonly hash: Uint8Array;
  readonly cipher: NoiseCipher | undefined;
}

/** One direction of an established session: a secret and the counter of its next record. */
export interface NoiseCipher {
  readonly crypto: CryptoProvider;
  readonly suite: SuiteName;
  readonly secret: Uint8Array;
  /** Counter of the next record; never travels, so a lost, repeated or reordered record does not open. */
  readonly counter: number;
}

// Noise HKDF (§4.3): RFC 5869 with the chaining key as salt and no info. Only a pre-shared secret needs a third part.
function derive(
  crypto: CryptoProvider,
  salt: Uint8Array,
  material: Uint8Array,
): readonly [first: Uint8Array, second: Uint8Array, third: () => Uint8Array] {
  const temporary = crypto.hmacSha256(salt, material);
  const first = crypto.hmacSha256(temporary, Uint8Array.of(1));
  const second = crypto.hmacSha256(temporary, concatBytes(first, Uint8Array.of(2)));
  return [first, second, () => crypto.hmacSha256(temporary, concatBytes(second, Uint8Array.of(3)))];
}

/** InitializeSymmetric and the prologue. */
export function startSymmetric(o: {
  readonly crypto: CryptoProvider;
  readonly suite: SuiteName;
  readonly protocolName: string;
  readonly prologue: Uint8Array;
}): SymmetricState {
  const { crypto, suite, protocolName, prologue } = o;
  const name = encodeUtf8(protocolName) ?? empty;
  const hash = name.length > 32 ? crypto.sha256(name) : concatBytes(name, new Uint8Array(32 - name.length));
  return mixHash({ crypto, suite, chainingSecret: hash, hash, cipher: undefined }, prologue);
}

/** MixHash: makes everything after depend on `data`. */
export function mixHash(state: SymmetricState, data: Uint8Array): SymmetricState {
  return { ...state, hash: state.crypto.sha256(concatBytes(state.hash, data)) };
}

/** MixKey: takes a DH result into the secrets. */
export function mixSecret(state: SymmetricState, material: Uint8Array): SymmetricState {
  const { crypto, suite } = state;
  const [chainingSecret, secret] = derive(crypto, state.chainingSecret, material);
  return { ...state, chainingSecret, cipher: { crypto, suite, secret, counter: 0 } };
}

/** MixKeyAndHash: takes a pre-shared secret into the secrets and the transcript. */
export function mixPsk(state: SymmetricState, psk: Uint8Array): SymmetricState {
  const { crypto, suite } = state;
  const [chainingSecret, extra, third] = derive(crypto, state.chainingSecret, psk);
  return { ...mixHash(state, extra), chainingSecret, cipher: { crypto, suite, secret: third(), counter: 0 } };
}

/** EncryptAndHash: seals a part of a handshake message, or passes it in the clear before the first DH. */
export function encryptPart(state: SymmetricState, part: Uint8Array): { state: SymmetricState; sealed: Uint8Array } {
  if (state.cipher === undefined) return { state: mixHash(state, part), sealed: part };
  const { cipher, record } = seal(state.cipher, state.hash, part);
  return { state: mixHash({ ...state, cipher }, record), sealed: record };
}

/** DecryptAndHash: opens what {@link encryptPart} made; `part` is `undefined` when the tag does not verify. */
export function decryptPart(
  state: SymmetricState,
  sealed: Uint8Array,
): { state: SymmetricState; part: Uint8Array | undefined } {
  if (state.cipher === undefined) return { state: mixHash(state, sealed), part: sealed };
  const { cipher, plaintext } = open(state.cipher, state.hash, sealed);
  return { state: mixHash({ ...state, cipher }, sealed), part: plaintext };
}

/** Split: the two transport ciphers, the initiator's direction first. */
export function splitSymmetric(state: SymmetricState): readonly [NoiseCipher, NoiseCipher] {
  const { crypto, suite } = state;
  const [first, second] = derive(crypto, state.chainingSecret, empty);
  return [
    { crypto, suite, secret: first, counter: 0 },
    { crypto, suite, secret: second, counter: 0 },
  ];
}

function next(cipher: NoiseCipher): NoiseCipher {
  if (cipher.counter >= lastCounter) {
    throw new LockProtocolError({ code: 'record', reason: 'counter' }, 'The session has used all its record counters.');
  }
  return { ...cipher, counter: cipher.counter + 1 };
}

function seal(cipher: NoiseCipher, ad: Uint8Array, plaintext: Uint8Array): { cipher: NoiseCipher; record: Uint8Array } {
  const { crypto, secret, counter } = cipher;
  const suite = noiseSuites[cipher.suite];
  return { cipher: next(cipher), record: suite.seal(crypto, { secret, nonce: suite.nonceOf(counter), ad, plaintext }) };
}

function open(
  cipher: NoiseCipher,
  ad: Uint8Array,
  ciphertext: Uint8Array,
): { cipher: NoiseCipher; plaintext: Uint8Array | undefined } {
  const { crypto, secret, counter } = cipher;
  const suite = noiseSuites[cipher.suite];
  const nonce = suite.nonceOf(counter);
  return { cipher: next(cipher), plaintext: suite.open(crypto, { secret, nonce, ad, ciphertext }) };
}

/**
 * Encrypts one transport record: `plaintext.length + 16` bytes. Go on with the returned cipher; sealing twice with the
 * same value would use one nonce for two texts.
 *
 * @throws LockProtocolError `record`/`counter` after 2^32 − 1 records.
 */
export function sealRecord(
  cipher: NoiseCipher,
  plaintext: Uint8Array,
): { readonly cipher: NoiseCipher; readonly record: Uint8Array } {
  return seal(cipher, empty, plaintext);
}

/**
 * Decrypts the next transport record of a direction. A record that does not open ends the session: the counter is
 * implicit, so there is no way back in step.
 *
 * @throws LockProtocolError `record`: `length` when shorter than a tag, `tag` when it does not verify, `counter` at the
 * end.
 */
export function openRecord(
  cipher: NoiseCipher,
  record: Uint8Array,
): { readonly cipher: NoiseCipher; readonly plaintext: Uint8Array } {
  if (record.length < noiseTagSizeBytes) {
    throw new LockProtocolError({ code: 'record', reason: 'length' }, `A record of ${record.length} bytes has no tag.`);
  }
  const opened = open(cipher, empty, record);
  if (opened.plaintext === undefined) {
    throw new LockProtocolError({ code: 'record', reason: 'tag' }, `Record ${cipher.counter} does not verify.`);
  }
  return { cipher: opened.cipher, plaintext: opened.plaintext };
}
