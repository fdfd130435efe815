import { type CryptoProvider, type KeyPair, requireSize } from '../crypto/crypto-provider.js';
import { concatBytes } from '../encoding/byte-strings.js';
import { type HandshakeFault, LockProtocolError } from '../protocol-error.js';
import { type NoisePattern, type NoiseToken, noisePatterns, protocolNameOf } from './noise-pattern.js';
import { noiseSuites, noiseTagSizeBytes, suiteOfPublicKey } from './noise-suite.js';
import {
  decryptPart,
  encryptPart,
  mixHash,
  mixPsk,
  mixSecret,
  type NoiseCipher,
  type SymmetricState,
  splitSymmetric,
  startSymmetric,
} from './noise-symmetric.js';

/** An ephemeral pair of an initiator who has computed its DH with the responder's static key beforehand. */
export interface PreparedEphemeral extends KeyPair {
  /** The DH result that the token `es` mixes in. */
  readonly es: Uint8Array;
}

/** The static key of an initiator whose secret never leaves its hardware. */
export interface HeldStatic {
  readonly publicKey: Uint8Array;
  /** The DH result that the token `se` mixes in; the hardware is asked for it once message 2 brought the ephemeral key. */
  readonly se?: Uint8Array;
}

/** A handshake after some of its messages: a value, never changed in place; each step returns the next. */
export interface NoiseHandshake {
  readonly role: 'initiator' | 'responder';
  readonly pattern: NoisePattern;
  /** How many messages have been written or read. */
  readonly step: number;
  readonly symmetric: SymmetricState;
  /** Absent for the initiator of N, who stays unknown. */
  readonly staticKeyPair: KeyPair | HeldStatic | undefined;
  readonly ephemeral: KeyPair | PreparedEphemeral | undefined;
  /** The peer's static public key: known beforehand, or since the message that carried it. */
  readonly remoteStatic: Uint8Array | undefined;
  readonly remoteEphemeral: Uint8Array | undefined;
  readonly psk: Uint8Array | undefined;
}

/** What one side brings to a handshake. */
export interface NoiseHandshakeOptions {
  readonly crypto: CryptoProvider;
  readonly role: 'initiator' | 'responder';
  readonly pattern: NoisePattern;
  /** Bytes both sides must agree on without sending them. */
  readonly prologue: Uint8Array;
  /**
   * An X25519 pair for suite 1, a P-256 pair for suite 2: the suite is that of this pair, and every other key is of it.
   * The initiator of N has none; there the suite is that of `remoteStatic`.
   */
  readonly staticKeyPair?: KeyPair | HeldStatic;
  /** The responder's public key, for the initiator of a pattern with `responderKnown`. */
  readonly remoteStatic?: Uint8Array;
  /** 32 bytes, for a pattern with `usesPsk`. */
  readonly psk?: Uint8Array;
  /** Drawn from `crypto` at the first write when absent; given in tests and by drivers that draw randomness themselves. */
  readonly ephemeral?: KeyPair | PreparedEphemeral;
}

/** What the initiator of XK brings: the caller, who knows the lock's static public key. */
export interface XkInitiatorOptions extends Pick<NoiseHandshakeOptions, 'crypto' | 'prologue' | 'ephemeral'> {
  readonly staticKeyPair: KeyPair | HeldStatic;
  readonly remoteStatic: Uint8Array;
}

/** What the responder of XK brings: the lock, who learns the caller's static public key in message 3. */
export interface XkResponderOptions extends Pick<NoiseHandshakeOptions, 'crypto' | 'prologue' | 'ephemeral'> {
  readonly staticKeyPair: KeyPair;
}

/** The two directions of an established session, and the hash of everything both sides said to get there. */
export interface NoiseTransport {
  readonly send: NoiseCipher;
  readonly receive: NoiseCipher;
  readonly handshakeHash: Uint8Array;
  /** The peer's static public key, proven by the handshake. */
  readonly remoteStatic: Uint8Array;
}

function fail(reason: HandshakeFault, message: string, cause?: unknown): never {
  throw new LockProtocolError({ code: 'handshake', reason }, message, cause === undefined ? {} : { cause });
}

/**
 * Starts a handshake of any pattern; sessions use {@link createXkInitiator} and {@link createXkResponder}.
 *
 * @throws LockProtocolError `handshake`/`length` for keys that are not all of one suite.
 */
export function createHandshake(o: NoiseHandshakeOptions): NoiseHandshake {
  const { crypto, role, pattern, staticKeyPair, ephemeral, psk } = o;
  if (pattern.usesPsk && psk?.length !== 32) fail('length', 'The pattern needs a pre-shared secret of 32 bytes.');
  const suite = suiteOfPublicKey(staticKeyPair?.publicKey ?? o.remoteStatic ?? new Uint8Array(0));
  if (suite === undefined) return fail('length', 'The static public key is of no suite.');
  const { publicKeySizeBytes } = noiseSuites[suite];
  if (ephemeral !== undefined && ephemeral.publicKey.length !== publicKeySizeBytes)
    return fail('length', `The ephemeral public key must have ${publicKeySizeBytes} bytes.`);
  const { prologue } = o;
  const symmetric = startSymmetric({ crypto, suite, protocolName: protocolNameOf(pattern, suite), prologue });
  const start = { role, pattern, step: 0, staticKeyPair, ephemeral, psk, remoteEphemeral: undefined } as const;
  if (!pattern.responderKnown) return { ...start, symmetric, remoteStatic: undefined };
  const known = role === 'initiator' ? o.remoteStatic : staticKeyPair?.publicKey;
  if (known?.length !== publicKeySizeBytes)
    return fail('length', `The responder’s public key must be known and have ${publicKeySizeBytes} bytes.`);
  return { ...start, symmetric: mixHash(symmetric, known), remoteStatic: o.remoteStatic };
}

/** Starts the caller's side of XK in the suite of its static pair. */
export function createXkInitiator(o: XkInitiatorOptions): NoiseHandshake {
  return createHandshake({ ...o, role: 'initiator', pattern: noisePatterns.XK });
}

/** Starts the lock's side of XK in the suite of its static pair. */
export function createXkResponder(o: XkResponderOptions): NoiseHandshake {
  return createHandshake({ ...o, role: 'responder', pattern: noisePatterns.XK });
}

/**
 * Brings in what the hardware of an initiator with a {@link HeldStatic} made of the peer's ephemeral key, before the
 * message with the token `se` is written.
 *
 * @throws LockProtocolError `crypto`/`size` for a result that has not 32 bytes.
 */
export function bringStaticAgreement(state: NoiseHandshake, se: Uint8Array): NoiseHandshake {
  requireSize(se, 32, 'se');
  const { publicKey } = state.staticKeyPair ?? fail('order', 'No static key.');
  return { ...state, staticKeyPair: { publicKey, se } };
}

/** Whether the next message is this side's to write, to read, or neither since the handshake is complete. */
export function handshakeTurn(state: NoiseHandshake): 'write' | 'read' | 'complete' {
  if (state.step >= state.pattern.messages.length) return 'complete';
  return (state.step % 2 === 0) === (state.role === 'initiator') ? 'write' : 'read';
}

function tokensFor(state: NoiseHandshake, turn: 'write' | 'read'): readonly NoiseToken[] {
  const tokens = state.pattern.messages[state.step];
  if (tokens === undefined || handshakeTurn(state) !== turn) {
    return fail('order', `Message ${state.step + 1} is not the ${state.role}'s to ${turn}.`);
  }
  return tokens;
}

function agree(
  state: NoiseHandshake,
  own: KeyPair | HeldStatic | undefined,
  remote: Uint8Array | undefined,
): NoiseHandshake {
  if (own === undefined || !('secret' in own) || remote === undefined)
    return fail('order', 'A handshake key is missing.');
  const { crypto, suite } = state.symmetric;
  let shared: Uint8Array;
  try {
    shared = noiseSuites[suite].agree(crypto, own.secret, remote);
  } catch (cause) {
    if (cause instanceof LockProtocolError && cause.info.code === 'crypto' && cause.info.reason === 'public-key')
      return fail('public-key', 'The peer sent a public key that is no point of the curve.', cause);
    return fail('weak-public-key', 'The peer sent a public key of small order.', cause);
  }
  return { ...state, symmetric: mixSecret(state.symmetric, shared) };
}

function mixToken(state: NoiseHandshake, token: 'ee' | 'es' | 'se' | 'psk'): NoiseHandshake {
  if (token === 'psk') return { ...state, symmetric: mixPsk(state.symmetric, state.psk ?? fail('order', 'No psk.')) };
  if (token === 'ee') return agree(state, state.ephemeral, state.remoteEphemeral);
  if (token === 'es' && state.role === 'initiator' && state.ephemeral && 'es' in state.ephemeral) {
    return { ...state, symmetric: mixSecret(state.symmetric, state.ephemeral.es) };
  }
  if (token === 'se' && state.role === 'initiator' && state.staticKeyPair && 'se' in state.staticKeyPair) {
    return { ...state, symmetric: mixSecret(state.symmetric, state.staticKeyPair.se) };
  }
  // `es` is the initiator's ephemeral with the responder's static, `se` the other way round.
  const ownEphemeral = (token === 'es') === (state.role === 'initiator');
  return ownEphemeral
    ? agree(state, state.ephemeral, state.remoteStatic)
    : agree(state, state.staticKeyPair, state.remoteEphemeral);
}

function mixEphemeral(state: NoiseHandshake, publicKey: Uint8Array): NoiseHandshake {
  const mixed = mixHash(state.symmetric, publicKey);
  // With a pre-shared secret the ephemeral also randomizes the cipher (Noise §9.2).
  return { ...state, symmetric: state.pattern.usesPsk ? mixSecret(mixed, publicKey) : mixed };
}

/**
 * Writes the next handshake message around `payload`. Go on with the returned state.
 *
 * @throws LockProtocolError `handshake`/`order` when it is not this side's turn.
 */
export function writeMessage(
  state: NoiseHandshake,
  payload: Uint8Array,
): { readonly state: NoiseHandshake; readonly message: Uint8Array } {
  const { crypto, suite } = state.symmetric;
  const parts: Uint8Array[] = [];
  let current = state;
  for (const token of tokensFor(state, 'write')) {
    if (token === 'e') {
      const ephemeral = current.ephemeral ?? noiseSuites[suite].drawKeyPair(crypto);
      parts.push(ephemeral.publicKey);
      current = mixEphemeral({ ...current, ephemeral }, ephemeral.publicKey);
    } else if (token === 's') {
      const { publicKey } = current.staticKeyPair ?? fail('order', 'No static key.');
      const { state: symmetric, sealed } = encryptPart(current.symmetric, publicKey);
      parts.push(sealed);
      current = { ...current, symmetric };
    } else current = mixToken(current, token);
  }
  const { state: symmetric, sealed } = encryptPart(current.symmetric, payload);
  return { state: { ...current, symmetric, step: state.step + 1 }, message: concatBytes(...parts, sealed) };
}

function decrypt(state: NoiseHandshake, sealed: Uint8Array): { state: NoiseHandshake; part: Uint8Array } {
  const { state: symmetric, part } = decryptPart(state.symmetric, sealed);
  if (part === undefined) return fail('tag', `Message ${state.step + 1} does not verify.`);
  return { state: { ...state, symmetric }, part };
}

/**
 * Reads the peer's next handshake message. The given state stays good, so a message that is refused costs nothing but
 * the work.
 *
 * @throws LockProtocolError `handshake`: `tag` when it does not verify, `length` when it is short, `weak-public-key`
 * or `public-key` when it brings no good key, or `order` when it is not the peer's turn.
 */
export function readMessage(
  state: NoiseHandshake,
  message: Uint8Array,
): { readonly state: NoiseHandshake; readonly payload: Uint8Array } {
  let rest = message;
  const take = (sizeBytes: number): Uint8Array => {
    if (rest.length < sizeBytes) fail('length', `Message ${state.step + 1} of ${message.length} bytes is too short.`);
    const part = rest.slice(0, sizeBytes);
    rest = rest.subarray(sizeBytes);
    return part;
  };
  const { publicKeySizeBytes } = noiseSuites[state.symmetric.suite];
  let current = state;
  for (const token of tokensFor(state, 'read')) {
    if (token === 'e') {
      const remoteEphemeral = take(publicKeySizeBytes);
      current = mixEphemeral({ ...current, remoteEphemeral }, remoteEphemeral);
    } else if (token === 's') {
      const sealedSizeBytes = publicKeySizeBytes + (current.symmetric.cipher === undefined ? 0 : noiseTagSizeBytes);
      const opened = decrypt(current, take(sealedSizeBytes));
      current = { ...opened.state, remoteStatic: opened.part };
    } else current = mixToken(current, token);
  }
  if (current.symmetric.cipher !== undefined && rest.length < noiseTagSizeBytes) take(noiseTagSizeBytes);
  const opened = decrypt(current, rest);
  return { state: { ...opened.state, step: state.step + 1 }, payload: opened.part };
}

/**
 * Ends a complete handshake and gives the session's ciphers.
 *
 * @throws LockProtocolError `handshake`/`order` before the last message.
 */
export function split(state: NoiseHandshake): NoiseTransport {
  const { remoteStatic } = state;
  if (handshakeTurn(state) !== 'complete' || remoteStatic === undefined) {
    return fail('order', `The handshake ends after message ${state.pattern.messages.length}, not ${state.step}.`);
  }
  const [first, second] = splitSymmetric(state.symmetric);
  const handshakeHash = state.symmetric.hash;
  return state.role === 'initiator'
    ? { send: first, receive: second, handshakeHash, remoteStatic }
    : { send: second, receive: first, handshakeHash, remoteStatic };
}
