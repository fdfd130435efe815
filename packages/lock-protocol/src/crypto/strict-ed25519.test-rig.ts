import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes } from '../encoding/byte-strings.js';

/** A signature beside the line of SPEC §3.3, as it stands in `primitives.json`. */
export interface StrictEd25519Vector {
  readonly what: string;
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
  /** What every verifier must say. */
  readonly valid: boolean;
}

const { Point } = ed25519;
const order = Point.Fn.ORDER;
const scalar = 123_456_789n;
const nonceScalar = 987_654_321n;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const order8 = Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05');
const publicKey = Point.BASE.multiply(scalar).toBytes();
const r = Point.BASE.multiply(nonceScalar).toBytes();

function encodeScalar(value: bigint): Uint8Array {
  return unhex(value.toString(16).padStart(64, '0')).reverse();
}

function challengeOf(encodedR: Uint8Array, signer: Uint8Array, message: Uint8Array): bigint {
  return BigInt(`0x${hex(sha512(concatBytes(encodedR, signer, message)).reverse())}`) % order;
}

interface Signing {
  readonly r?: Uint8Array;
  readonly nonce?: bigint;
  readonly signer?: Uint8Array;
  /** Of the signer's key; 0 for keys of which only what is of small order is left. */
  readonly secret?: bigint;
  /** What is added to S. */
  readonly more?: bigint;
  readonly message?: Uint8Array;
}

function sign(what: string, valid: boolean, o: Signing = {}): StrictEd25519Vector {
  const { r: encodedR = r, nonce = nonceScalar, signer = publicKey, secret = scalar, more = 0n } = o;
  const { message = Uint8Array.of(0, 0xff) } = o;
  const s = ((nonce + challengeOf(encodedR, signer, message) * secret) % order) + more;
  const signature = hex(concatBytes(encodedR, encodeScalar(s)));
  return { what, publicKey: hex(signer), message: hex(message), signature, valid };
}

/** The first message of one byte whose challenge is a multiple of 8, or is none: there a key's torsion cancels, or stays. */
function messageWhere(cancels: boolean, signer: Uint8Array): Uint8Array {
  const messages = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
  const found = messages.find((message) => (challengeOf(r, signer, message) % 8n === 0n) === cancels);
  return found ?? new Uint8Array(0);
}

function ofSmallOrder(what: string, signer: Uint8Array): StrictEd25519Vector {
  return sign(what, false, { signer, secret: 0n, message: messageWhere(true, signer) });
}

/** Signatures that verifiers of Ed25519 judge differently. All can be made by whoever knows no more than is public. */
export function makeStrictEd25519Vectors(): readonly StrictEd25519Vector[] {
  const neutral = Point.ZERO.toBytes();
  const withSign = (encoded: Uint8Array): Uint8Array =>
    concatBytes(encoded.slice(0, 31), Uint8Array.of((encoded[31] ?? 0) ^ 0x80));
  const torsion = Array.from({ length: 7 }, (_, index) => order8.multiplyUnsafe(BigInt(index + 1)).toBytes());
  const mixedKey = Point.BASE.multiply(scalar).add(order8).toBytes();
  const mixedR = Point.BASE.multiply(nonceScalar).add(order8).toBytes();
  const nonCanonical = (y: string): Uint8Array => unhex(`${y}${'ff'.repeat(30)}7f`);
  return [
    sign('an honest signature', true),
    sign('S + L: a second signature made from a first', false, { more: order }),
    sign('S + 8 L', false, { more: 8n * order }),
    ofSmallOrder('a key of small order: the neutral element, under which this fits every message', neutral),
    ofSmallOrder('the neutral element with the sign of x', withSign(neutral)),
    ...torsion.map((signer, index) => ofSmallOrder(`a key of small order: ${index + 1} T`, signer)),
    ofSmallOrder('a key that is not canonical: p + 1, which is the neutral element', nonCanonical('ee')),
    ofSmallOrder('a key that is not canonical: p, which is of order 4', nonCanonical('ed')),
    sign('a key with torsion, a challenge that cancels it', true, {
      signer: mixedKey,
      message: messageWhere(true, mixedKey),
    }),
    sign('a key with torsion, a challenge that does not', false, {
      signer: mixedKey,
      message: messageWhere(false, mixedKey),
    }),
    sign('an R with torsion, which the cofactored equation takes', false, { r: mixedR }),
    sign('an R of small order: the neutral element, which only the key’s holder can sign with', true, {
      r: neutral,
      nonce: 0n,
    }),
    sign('an R that is not canonical: p + 1', false, { r: nonCanonical('ee'), nonce: 0n }),
  ];
}
