import { demand } from './refusal.js';
import { isBytes, isUint, readSignedObject, refuseCriticalFields, verifyObject } from './signed-object.js';

/** Whom a lock obeys (SPEC §2). */
export interface Trust {
  readonly rootPublicKey: Uint8Array;
  readonly property: Uint8Array;
  /** The lowest epoch that is still accepted. */
  readonly epoch: number;
}

/** What the lock's calendar says; `utcSeconds` means nothing at quality none (SPEC §5.7). */
export interface Calendar {
  readonly quality: 'none' | 'stale' | 'good';
  readonly utcSeconds: number;
}

/** A property certificate (SPEC §5.2); times are UTC seconds. */
export interface Certificate {
  readonly property: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly use: number;
  readonly epoch: number;
  readonly notBefore: number;
  readonly expires: number;
}

/** The numbers of the uses that this lock knows. */
export const certificateUses = { grant: 2, cmd: 3 } as const;

const longestSeconds = 398 * 86_400;

/** Reads and decides a certificate, by the root's signature first; throws the answer when it does not count. */
export function verifyCertificate(bytes: Uint8Array, trust: Trust, calendar: Calendar): Certificate {
  const claims = verifyObject(readSignedObject(bytes), { type: 'OLP1-pac', publicKey: trust.rootPublicKey });
  refuseCriticalFields(claims, [2, 4, 8, 10, 12]);
  const [property, expires, notBefore, publicKey, epoch, use] = [2, 4, 5, 8, 10, 12].map((label) => claims.get(label));
  demand(isBytes(property, 8) && isBytes(publicKey, 32), 'auth', 'no certificate');
  demand(isUint(expires) && isUint(notBefore) && isUint(epoch) && isUint(use, 4), 'auth', 'no certificate');
  demand(use > 0 && expires > notBefore && expires - notBefore <= longestSeconds, 'auth', 'no certificate');
  const certificate = { property, publicKey, use, epoch, notBefore, expires };
  demand(epoch >= trust.epoch, 'epoch', 'an old epoch');
  demand(Buffer.compare(property, trust.property) === 0, 'wrong-lock', 'another property');
  demandWindow(certificate, calendar);
  return certificate;
}

/** Refuses what is not valid now; without a clock everything is. */
export function demandWindow(window: { notBefore: number; expires: number }, calendar: Calendar): void {
  if (calendar.quality === 'none') return;
  demand(calendar.utcSeconds >= window.notBefore, 'not-yet', 'not valid yet');
  demand(calendar.utcSeconds < window.expires, 'expired', 'not valid any more');
}

/** Refuses an object that was not issued while its certificate was valid (SPEC §5.3). */
export function demandIssuedUnder(certificate: Certificate, issuedAt: unknown): asserts issuedAt is number {
  demand(isUint(issuedAt), 'auth', 'no time of issue');
  demand(certificate.notBefore <= issuedAt && issuedAt < certificate.expires, 'auth', 'not issued under it');
}
