import { type CborValue, decodeCbor, encodeCbor } from './cbor.js';
import { ed25519Verify } from './primitives.js';
import { demand, RefusalError } from './refusal.js';

/** A COSE_Sign1 that was taken apart, and is not verified yet (SPEC §4.3). */
export interface SignedObject {
  readonly kid: Uint8Array;
  readonly protectedHeader: Uint8Array;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

/** Takes an object apart; throws `auth` when it is none. */
export function readSignedObject(bytes: Uint8Array): SignedObject {
  const [protectedHeader, unprotected, payload, signature, ...rest] = asArray(decodeAs('auth', bytes));
  demand(rest.length === 0 && isBytes(protectedHeader) && isBytes(payload), 'auth', 'no COSE_Sign1');
  demand(unprotected instanceof Map && unprotected.size === 0, 'auth', 'something unprotected');
  demand(isBytes(signature, 64), 'auth', 'no signature');
  const header = decodeAs('auth', protectedHeader);
  demand(header instanceof Map && header.size === 2 && header.get(1) === -8, 'auth', 'another algorithm');
  const kid: unknown = header.get(4);
  demand(isBytes(kid, 4), 'auth', 'no kid');
  return { kid, protectedHeader, payload, signature };
}

/** What a signature is asked about. */
export interface Signing {
  readonly type: 'OLP1-pac' | 'OLP1-cmd' | 'OLP1-grant' | 'OLP1-time';
  readonly publicKey: Uint8Array;
  /** The signer's epoch, for types that sign it without carrying it. */
  readonly epoch?: number;
}

/** The claims, once the signature verified; throws `auth` otherwise. */
export function verifyObject(
  object: SignedObject,
  { type, publicKey, epoch }: Signing,
): ReadonlyMap<number, CborValue> {
  const binding = epoch === undefined ? new Uint8Array(0) : encodeCbor(epoch);
  const context = Buffer.concat([Buffer.from(type), binding]);
  const signed = encodeCbor(['Signature1', object.protectedHeader, context, object.payload]);
  demand(ed25519Verify(publicKey, signed, object.signature), 'auth', 'bad signature');
  const claims = decodeAs('auth', object.payload);
  demand(claims instanceof Map, 'auth', 'claims are no map');
  return claims;
}

/** Refuses an even label that is not known (SPEC §4.2). */
export function refuseCriticalFields(map: ReadonlyMap<number, unknown>, known: readonly number[]): void {
  for (const label of map.keys()) demand(label % 2 !== 0 || known.includes(label), 'critical-field', `label ${label}`);
}

/** Whether a value is bytes, of one length if it is given. */
export function isBytes(value: unknown, sizeBytes?: number): value is Uint8Array {
  return value instanceof Uint8Array && (sizeBytes === undefined || value.length === sizeBytes);
}

/** Whether a value is an unsigned integer up to a limit, which is 32 bits unless said otherwise. */
export function isUint(value: unknown, most = 0xffffffff): value is number {
  return typeof value === 'number' && value >= 0 && value <= most;
}

/** The items of an array, or none. */
export function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function decodeAs(code: 'auth', bytes: Uint8Array): CborValue {
  try {
    return decodeCbor(bytes);
  } catch (error) {
    if (error instanceof RefusalError) throw new RefusalError(code, error.info.because);
    throw error;
  }
}
