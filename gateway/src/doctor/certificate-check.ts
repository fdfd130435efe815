import type { Enrollment } from '../enrollment/enrollment-file.js';
import { renewalDueAt } from '../enrollment/renewal.js';
import { type Finding, findingsOf } from './finding.js';
import { enrollAnew, shellWord } from './remedy.js';

/** What is known of the certificate that the gateway enrolled for; times in ms since 1970, by this machine's clock. */
export interface CertificateFacts {
  readonly expiresAt: number;
  /** From when on the gateway asks the portal for the next one. */
  readonly dueAt: number;
  readonly now: number;
  /** Where it enrolled. */
  readonly portalUrl: string;
}

/** A gateway that runs asks every hour; what is not renewed by then does not come by itself. */
const toleranceMs = 24 * 60 * 60 * 1000;

/** Says how long the certificate is good; nothing where the gateway never enrolled. */
export function decideCertificate(facts: CertificateFacts | null): readonly Finding[] {
  if (facts === null) return [];
  const { ok, warning, failure } = findingsOf('certificate');
  const { expiresAt, dueAt, now, portalUrl } = facts;
  const end = new Date(expiresAt).toISOString().slice(0, 10);
  if (now >= expiresAt) {
    return [
      failure(
        `The certificate of this gateway ended on ${end}, or this clock is wrong. Have a new code made.`,
        enrollAnew(portalUrl),
      ),
    ];
  }
  if (now >= dueAt + toleranceMs) {
    return [
      warning(
        `The certificate of this gateway ends on ${end} and should have been renewed by now. The gateway was off, or the portal does not answer it.`,
        `curl --fail ${shellWord(`${portalUrl.replace(/\/+$/, '')}/readyz`)}`,
      ),
    ];
  }
  return [ok(`The certificate of this gateway is good until ${end}; a gateway that runs renews it by itself.`)];
}

/** What the enrollment says of it. */
export function certificateFacts(enrollment: Enrollment, now: number): CertificateFacts {
  const { expiresAt, portalUrl } = enrollment;
  return { expiresAt: Date.parse(expiresAt), dueAt: renewalDueAt(enrollment), now, portalUrl };
}
