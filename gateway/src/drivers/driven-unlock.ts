import { type CryptoProvider, type LockTrust, verifyCertificate, verifyCommandToken } from '@latchwork/lock-protocol';
import type { Clock } from '../clock.js';
import { startTimeLimit } from '../time-limit.js';
import type { TokenAnswer } from '../token-desk.js';
import { decideRetry, type UnlockEnd, type UnlockJob } from '../unlock-job.js';
import { fetchToken, refusalCode, type UnlockParts, type UnlockRunOptions } from '../unlock-run.js';
import type { DriverEnd, LockDriver } from './lock-driver.js';

/** A driver's lock, and whom the gateway obeys in its place. */
export interface DrivenLock {
  readonly driver: LockDriver;
  readonly trust: LockTrust;
}

/**
 * Tries one unlock at a driver's lock: a fresh challenge, the portal's signed token for it, WRITTEN, the command, the lock's
 * own word. What the lock cannot verify, the gateway does: root, property, lock, challenge, command.
 *
 * After WRITTEN there is no other try. Before it, a lock out of reach leads to another while the deadline allows: then the
 * job to queue again is returned.
 *
 * @throws {@link GatewayError} `journal-write-failed`, when WRITTEN could not be made durable and so nothing was sent.
 */
export async function runDrivenUnlock(
  { driver, trust }: DrivenLock,
  parts: UnlockParts,
  { job, stop, ended }: UnlockRunOptions & { readonly job: UnlockJob },
): Promise<UnlockJob | undefined> {
  const { clock, crypto } = parts;
  const spansMs: { -readonly [Name in keyof UnlockEnd['spansMs']]: UnlockEnd['spansMs'][Name] } = {
    queue: clock.monotonic() - job.receivedAt,
  };
  const end = ({ outcome, code }: DriverEnd): undefined => {
    const { bolt, batteryPercent } = driver.observe();
    ended({ outcome, code, spansMs, ...(outcome === 'executed' ? { observed: { bolt, batteryPercent } } : {}) });
  };
  const limit = startTimeLimit(clock, stop, job.deadline);
  let journalFailure: unknown;
  let written = false;
  const beforeWrite = async (): Promise<void> => {
    await parts.journal
      .append({ type: 'written', commandId: job.commandId, at: clock.now() })
      .catch((error: unknown) => {
        journalFailure = error;
        throw error;
      });
    written = true;
  };
  try {
    if (!driver.observe().reachable) return tryAgain();
    const nonce = crypto.randomBytes(8);
    const answer = await fetchToken(parts, job, { nonce, limit, spansMs });
    if (!answer.granted) return end({ outcome: 'not-executed', code: refusalCode(answer.because, job) });
    if (!isAuthority(crypto, answer, { job, nonce, trust, clock })) {
      return end({ outcome: 'not-executed', code: 'token-refused' });
    }
    const startedAt = clock.monotonic();
    const result = await driver.unlock({ limit, beforeWrite });
    spansMs.command = clock.monotonic() - startedAt;
    return result.code === 'lock-unreachable' && !written ? tryAgain() : end(result);
  } catch (error) {
    if (journalFailure !== undefined) throw journalFailure;
    // What a driver throws, it throws before anything has left.
    if (limit.passed()) return end({ outcome: 'not-executed', code: 'deadline-passed' });
    if (stop.aborted) return end({ outcome: 'not-executed', code: 'gateway-restarted' });
    throw error;
  } finally {
    limit.end();
  }

  function tryAgain(): UnlockJob | undefined {
    const now = clock.monotonic();
    const again = decideRetry(job, 'lock-unreachable', { now, random: parts.random() });
    return again ?? end({ outcome: 'not-executed', code: 'lock-unreachable' });
  }
}

/** Whether the property's root stands behind this very command; the challenge makes a clock for the token needless. */
function isAuthority(
  crypto: CryptoProvider,
  { authority }: Extract<TokenAnswer, { granted: true }>,
  o: { readonly job: UnlockJob; readonly nonce: Uint8Array; readonly trust: LockTrust; readonly clock: Clock },
): boolean {
  if (authority.kind !== 'token') return false;
  const clock = { quality: 'good', utcSeconds: Math.floor(o.clock.now() / 1000) } as const;
  const signer = verifyCertificate(crypto, authority.certificate, { trust: o.trust, clock });
  if (!signer.ok) return false;
  const decision = verifyCommandToken(crypto, authority.token, {
    certificate: signer.certificate,
    epoch: o.trust.epoch,
    lock: Buffer.from(o.job.tag, 'hex'),
    challenge: o.nonce,
    commandId: Buffer.from(o.job.commandId, 'hex'),
    action: 'unlock',
    clock: { quality: 'none', utcSeconds: 0 },
  });
  return decision.ok;
}
