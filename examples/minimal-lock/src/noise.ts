import { chachaOpen, chachaSeal, hmacSha256, sha256, x25519, x25519PublicKey } from './primitives.js';

const protocolName = Buffer.from('Noise_XK_25519_ChaChaPoly_SHA256');
const empty = new Uint8Array(0);

/** The open session: one record in each direction after another (SPEC §9.1). */
export interface Transport {
  /** The payload; undefined when the tag does not fit. */
  open(record: Uint8Array): Uint8Array | undefined;
  seal(payload: Uint8Array): Uint8Array;
}

/** The lock's side of one Noise XK handshake of suite 1. */
export interface Responder {
  /** Takes message 1; false when it is not one for this lock. */
  readMessage1(message: Uint8Array): boolean;
  writeMessage2(payload: Uint8Array): Uint8Array;
  /** Takes message 3: who calls, with what request; undefined when a tag does not fit. */
  readMessage3(
    message: Uint8Array,
  ): { readonly callerPublicKey: Uint8Array; readonly payload: Uint8Array; readonly transport: Transport } | undefined;
  /** The transcript hash so far. */
  readonly hash: Uint8Array;
}

/** Begins a handshake; `ephemeralSecret` must serve this one connection only. */
export function createResponder(keys: {
  readonly secret: Uint8Array;
  readonly ephemeralSecret: Uint8Array;
  readonly info: Uint8Array;
}): Responder {
  let chaining: Uint8Array = protocolName;
  let hash: Uint8Array = protocolName;
  let seal: CipherState | undefined;
  let callerEphemeral: Uint8Array = empty;

  const mixHash = (data: Uint8Array) => {
    hash = sha256(hash, data);
  };
  const mixAgreement = (secret: Uint8Array, publicKey: Uint8Array): boolean => {
    const shared = x25519(secret, publicKey);
    if (shared === undefined) return false;
    const [next, key] = derive(chaining, shared);
    chaining = next;
    seal = createCipherState(key);
    return true;
  };
  const openAndHash = (sealed: Uint8Array): Uint8Array | undefined => {
    const text = seal?.open(hash, sealed);
    if (text !== undefined) mixHash(sealed);
    return text;
  };

  mixHash(Buffer.concat([Buffer.from('OLP/1'), sha256(keys.info), Uint8Array.of(1)]));
  mixHash(x25519PublicKey(keys.secret));
  return {
    get hash() {
      return hash;
    },
    readMessage1(message) {
      if (message.length !== 48) return false;
      callerEphemeral = message.slice(0, 32);
      mixHash(callerEphemeral);
      return mixAgreement(keys.secret, callerEphemeral) && openAndHash(message.subarray(32)) !== undefined;
    },
    writeMessage2(payload) {
      const ephemeral = x25519PublicKey(keys.ephemeralSecret);
      mixHash(ephemeral);
      mixAgreement(keys.ephemeralSecret, callerEphemeral);
      const sealed = seal?.seal(hash, payload) ?? empty;
      mixHash(sealed);
      return Buffer.concat([ephemeral, sealed]);
    },
    readMessage3(message) {
      if (message.length < 64) return undefined;
      const callerPublicKey = openAndHash(message.subarray(0, 48));
      if (callerPublicKey === undefined || !mixAgreement(keys.ephemeralSecret, callerPublicKey)) return undefined;
      const payload = openAndHash(message.subarray(48));
      if (payload === undefined) return undefined;
      const [fromCaller, toCaller] = derive(chaining, empty).map(createCipherState);
      const transport: Transport = {
        open: (record) => fromCaller?.open(empty, record),
        seal: (text) => toCaller?.seal(empty, text) ?? empty,
      };
      return { callerPublicKey, payload, transport };
    },
  };
}

interface CipherState {
  open(ad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
  seal(ad: Uint8Array, text: Uint8Array): Uint8Array;
}

function createCipherState(secret: Uint8Array): CipherState {
  let count = 0n;
  const nonce = () => {
    const bytes = Buffer.alloc(12);
    bytes.writeBigUInt64LE(count, 4);
    return bytes;
  };
  return {
    open(ad, sealed) {
      const text = chachaOpen({ secret, nonce: nonce(), ad }, sealed);
      if (text !== undefined) count += 1n;
      return text;
    },
    seal(ad, text) {
      const sealed = chachaSeal({ secret, nonce: nonce(), ad }, text);
      count += 1n;
      return sealed;
    },
  };
}

function derive(chaining: Uint8Array, input: Uint8Array): [Uint8Array, Uint8Array] {
  const extracted = hmacSha256(chaining, input);
  const first = hmacSha256(extracted, Uint8Array.of(1));
  return [first, hmacSha256(extracted, Buffer.concat([first, Uint8Array.of(2)]))];
}
