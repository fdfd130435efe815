import type { Clock } from '../clock.js';
import { GatewayError } from '../gateway-error.js';
import type { Log } from '../log.js';
import { makeCertificateRequest } from './certificate-request.js';
import { type Enrollment, writeEnrollment } from './enrollment-file.js';
import { renewAt } from './portal-calls.js';

/** Keeps the gateway's certificate from ending. */
export interface CertificateRenewal extends AsyncDisposable {
  /** The newest, for the next connection. */
  readonly enrollment: Enrollment;
}

/** A third of its life is left: a month of tries for one that lasts three. */
const dueShare = 2 / 3;
const retryMs = 60 * 60 * 1000;
/** Timers of the system cannot be longer than 24 days. */
const longestWaitMs = 24 * 60 * 60 * 1000;

/** From when on the next certificate is asked for; ms since 1970. */
export function renewalDueAt({ gotAt, expiresAt }: Pick<Enrollment, 'gotAt' | 'expiresAt'>): number {
  return gotAt + (Date.parse(expiresAt) - gotAt) * dueShare;
}

/** Starts it: asks the portal for the next certificate in time, and keeps that in the data folder before it is used. */
export function startRenewal(o: {
  readonly enrollment: Enrollment;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
}): CertificateRenewal {
  const { dataDir, clock, log } = o;
  let { enrollment } = o;
  let callOff: () => void = () => undefined;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();

  const renew = async (): Promise<void> => {
    const { privateKey, request } = await makeCertificateRequest();
    const renewed = await renewAt(enrollment, request);
    const next = { ...enrollment, ...renewed, privateKey, gotAt: clock.now() };
    await writeEnrollment(dataDir, next);
    enrollment = next;
    log.info({ expiresAt: next.expiresAt }, 'certificate renewed');
  };
  const look = async (): Promise<void> => {
    const dueInMs = renewalDueAt(enrollment) - clock.now();
    if (dueInMs > 0) {
      wait(dueInMs);
      return;
    }
    try {
      await renew();
      wait(longestWaitMs);
    } catch (error) {
      const reason = error instanceof GatewayError && 'reason' in error.info ? error.info.reason : 'unknown';
      log.warn({ reason, expiresAt: enrollment.expiresAt }, 'certificate not renewed');
      wait(retryMs);
    }
  };
  const wait = (ms: number): void => {
    if (stopped) return;
    callOff = clock.after(Math.min(ms, longestWaitMs), () => {
      running = look();
    });
  };
  running = look();

  return {
    get enrollment() {
      return enrollment;
    },
    async [Symbol.asyncDispose]() {
      stopped = true;
      callOff();
      await running;
      callOff();
    },
  };
}
