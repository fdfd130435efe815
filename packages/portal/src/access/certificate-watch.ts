import type { Instant } from '@latchwork/core';
import type { Log } from '../log.js';
import type { Row } from '../store/store.js';

type Certified = Pick<Row<'propertySigner'>, 'propertyId' | 'use' | 'epoch' | 'expiresAt'>;

const dayMs = 24 * 60 * 60 * 1000;

/** How long before its end a certificate is warned of, once a day. */
export const certificateWarningMs = 30 * dayMs;

/** Sees certificates end before the locks do: a lock refuses every command of a property whose certificate has ended. */
export interface CertificateWatch {
  /** Warns of each certificate that ends soon or has ended; does nothing within a day of the last time. */
  check(now: Instant): void;
  /** Seconds until the first certificate ends, negative after it; infinite while there is none. */
  secondsLeft(now: Instant): number;
}

/** Creates the watch over the certificates in use, one per property and use. */
export function createCertificateWatch(parts: {
  readonly signers: { all(): readonly Certified[] };
  readonly log: Pick<Log, 'warn'>;
}): CertificateWatch {
  const { signers, log } = parts;
  let checkedAt = Number.NEGATIVE_INFINITY;
  return {
    check: (now) => {
      if (now - checkedAt < dayMs) return;
      checkedAt = now;
      for (const { propertyId, use, epoch, expiresAt } of signers.all()) {
        if (expiresAt - now > certificateWarningMs) continue;
        const secondsLeft = Math.floor((expiresAt - now) / 1000);
        log.warn({ propertyId, use, epoch, secondsLeft }, 'certificate of a property ends soon');
      }
    },
    secondsLeft: (now) => {
      let first = Number.POSITIVE_INFINITY;
      for (const { expiresAt } of signers.all()) first = Math.min(first, expiresAt);
      return (first - now) / 1000;
    },
  };
}
