import type { AnswerCode } from '../answer-code.js';
import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { equalBytes } from '../encoding/byte-strings.js';
import { kidOf, readObject } from '../encoding/cose.js';
import { type LockMemory, raiseEpoch, rememberCertificate } from '../lock/lock-memory.js';
import type { LockReadings } from '../lock/lock-state.js';
import { type LockClock, readOrRefuse } from './object-decision.js';
import {
  type CertificateContext,
  decodePropertyCertificate,
  type PropertyCertificate,
  refusalOfCertificate,
  verifyCertificate,
} from './property-certificate.js';

/** The lock's clock as decisions see it: never before what it is known to be past. */
export function clockOf({ clockQuality, utcSeconds }: LockReadings, memory: LockMemory): LockClock {
  return { quality: clockQuality, utcSeconds: Math.max(utcSeconds, memory.timeFloor) };
}

/** The memory with a certificate that came along and verified, or the code that refuses it. */
export function learnCertificate(
  crypto: CryptoProvider,
  memory: LockMemory,
  o: CertificateContext & { readonly signed: Uint8Array | undefined },
): LockMemory | AnswerCode {
  const { signed } = o;
  if (!signed) return memory;
  const decision = verifyCertificate(crypto, signed, o);
  if (!decision.ok) return decision.code;
  return raiseEpoch(rememberCertificate(memory, signed), decision.certificate);
}

/**
 * The remembered certificate that a signed object names, if it serves now. One that has expired or whose epoch has
 * passed counts as unknown, so that the caller sends the renewed one.
 */
export function certificateOf(
  crypto: CryptoProvider,
  memory: LockMemory,
  o: CertificateContext & { readonly signed: Uint8Array },
): PropertyCertificate | undefined {
  const object = readOrRefuse(() => readObject(o.signed));
  if (!object.ok) return undefined;
  const known = memory.certificates.map(decodePropertyCertificate);
  return known.findLast(
    (certificate) =>
      equalBytes(kidOf(crypto, certificate.publicKey), object.value.kid) &&
      refusalOfCertificate(certificate, o) === undefined,
  );
}
