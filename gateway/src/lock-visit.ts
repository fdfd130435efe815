import type { DesiredMessage } from '@latchwork/contract';
import {
  type CarriedObject,
  type CryptoProvider,
  deliverParcel,
  type KeyPair,
  type LockParcel,
  LockProtocolError,
  type OperationAnswer,
  type OperationRequest,
  openVisit,
  type Visit,
} from '@latchwork/lock-protocol';
import type { Clock } from './clock.js';
import { lockLinkOf } from './lock-link.js';
import type { Central, Link } from './radio/central.js';
import type { Interruption } from './radio-queue.js';
import type { TimeDesk } from './time-desk.js';
import { startTimeLimit, type TimeLimit } from './time-limit.js';

/** What a visit needs around it. */
export interface VisitParts {
  readonly central: Pick<Central, 'connect'>;
  readonly times: TimeDesk;
  /** Whether the portal could answer at present; otherwise nobody asks it for the time. */
  readonly isPortalReachable: () => boolean;
  readonly crypto: CryptoProvider;
  /** The gateway's own key pair, which carries no right. */
  readonly keys: KeyPair;
  readonly clock: Clock;
}

/** The lock's answers as they come, so that they are known also when nobody waits for the visit's end any more. */
export type HearAnswer = (operation: OperationRequest, answer: OperationAnswer) => void;

/** A lock while it is visited. */
export interface VisitedLock extends Pick<Visit, 'ask'> {
  /** Delivers a parcel, and with it the portal's time where that can be asked; `noTime` is why the portal gave none, in its words. */
  deliver(
    parcel: LockParcel,
    hear: HearAnswer,
  ): Promise<Pick<Awaited<ReturnType<typeof deliverParcel>>, 'parts'> & { readonly noTime?: string }>;
}

/** What is done at which lock, and for how long. */
export interface VisitErrand<R> {
  readonly lock: DesiredMessage['lock'];
  readonly visitMs: number;
  /** What is left behind goes on and ends by itself, so it must not touch what was handed on. */
  readonly atLock: (lock: VisitedLock) => Promise<R>;
}

/** How a visit ended. */
export interface VisitEnd<R> {
  /** What `atLock` gave; absent where the lock was not reached, broke off or was left. */
  readonly brought?: R;
  /** Where the visit stood when it ended. */
  readonly stage: 'lock-unreachable' | 'handshake-failed' | 'link-lost' | 'interrupted';
  readonly spansMs: { readonly connect?: number; readonly visit?: number };
}

interface Progress {
  link?: Link;
  stage: VisitEnd<never>['stage'];
  connectedAt?: number;
}

/** One try to reach a lock that was heard. */
const connectMs = 5_000;

/**
 * Connects to one lock, opens a session and does something there. When it is interrupted it resolves at once and does not wait until
 * the link is down: only who wants the same lock must wait for that.
 */
export async function visitLock<R>(
  parts: VisitParts,
  errand: VisitErrand<R>,
  interruption: Interruption,
): Promise<VisitEnd<R>> {
  const { clock } = parts;
  const startedAt = clock.monotonic();
  const limit = startTimeLimit(clock, interruption.signal, startedAt + errand.visitMs);
  const progress: Progress = { stage: 'lock-unreachable' };
  let brought: R | undefined;
  const work = visit(parts, errand, { progress, limit });
  // Left behind by an interruption, it ends by itself.
  work.catch(() => undefined);
  try {
    brought = await limit.race(work);
  } catch (error) {
    if (!limit.signal.aborted) throw error;
    progress.stage = interruption.signal.aborted ? 'interrupted' : 'link-lost';
    void progress.link?.close();
    if (interruption.lane === errand.lock.tag) await progress.link?.closed;
  } finally {
    limit.end();
  }
  const { connectedAt, stage } = progress;
  return {
    ...(brought === undefined ? {} : { brought }),
    stage,
    spansMs:
      connectedAt === undefined ? {} : { connect: connectedAt - startedAt, visit: clock.monotonic() - connectedAt },
  };
}

async function visit<R>(
  { central, times, isPortalReachable, crypto, keys, clock }: VisitParts,
  { lock: { tag, publicKey }, atLock }: VisitErrand<R>,
  { progress, limit }: { readonly progress: Progress; readonly limit: TimeLimit },
): Promise<R | undefined> {
  const { signal } = limit;
  const startTimer = (delayMs: number, elapsed: () => void) => clock.after(delayMs, elapsed);
  const now = () => clock.monotonic();
  let link: Link;
  try {
    link = await central.connect(tag, { timeoutMs: connectMs, signal });
  } catch {
    // Whatever the radio's reason was, nothing has been asked of the lock.
    return undefined;
  }
  progress.link = link;
  try {
    signal.throwIfAborted();
    progress.connectedAt = now();
    progress.stage = 'handshake-failed';
    const opened = await openVisit({
      ...{ crypto, link: lockLinkOf(link), caller: keys, now, startTimer, signal },
      lockPublicKey: new Uint8Array(Buffer.from(publicKey, 'hex')),
    });
    progress.stage = 'link-lost';
    let noTime: string | undefined;
    const time = async (nonce: Uint8Array): Promise<CarriedObject> => {
      const question = { tag, challenge: Buffer.from(nonce).toString('hex') };
      try {
        const answer = await limit.race(times.request(question));
        if (answer.given) return answer.token;
        noTime = answer.because;
        throw new Error('The portal gives no time token.');
      } finally {
        times.forget(question);
      }
    };
    const brought = await atLock({
      ask: opened.ask,
      deliver: async (parcel, hear) => {
        const whole = { ...parcel, ...(isPortalReachable() ? { time } : {}) };
        const { parts } = await deliverParcel(heard(opened, hear), whole, { now, startTimer });
        return { parts, ...(noTime === undefined ? {} : { noTime }) };
      },
    });
    opened.end();
    return brought;
  } catch (error) {
    if (error instanceof LockProtocolError) return undefined;
    throw error;
  } finally {
    await link.close();
  }
}

function heard(opened: Visit, hear: HearAnswer): Pick<Visit, 'ask' | 'challenge'> {
  return {
    challenge: opened.challenge,
    async ask(operation, shown) {
      const answer = await opened.ask(operation, shown);
      hear(operation, answer);
      return answer;
    },
  };
}
