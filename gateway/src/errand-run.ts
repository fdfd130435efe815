import type { DesiredMessage, ErrandFailureCode, ReportedMessage } from '@latchwork/contract';
import {
  type CarriedObject,
  type CarriedSet,
  type CryptoProvider,
  deliverParcel,
  type KeyPair,
  type LockParcel,
  LockProtocolError,
  openVisit,
  type PartOutcome,
  type Visit,
} from '@latchwork/lock-protocol';
import { decodeBase64url } from './base64url.js';
import type { Clock } from './clock.js';
import { lockLinkOf } from './lock-link.js';
import type { Central, Link } from './radio/central.js';
import type { Interruption } from './radio-queue.js';
import type { TimeDesk } from './time-desk.js';
import { startTimeLimit, type TimeLimit } from './time-limit.js';
import { readReceipts, type VisitReceipts } from './visit-receipts.js';

/** What a visit needs around it. */
export interface ErrandParts {
  readonly central: Pick<Central, 'connect'>;
  readonly times: TimeDesk;
  /** Whether the portal could answer at present; otherwise nobody asks it for the time. */
  readonly isPortalReachable: () => boolean;
  readonly crypto: CryptoProvider;
  /** The gateway's own key pair, which carries no right. */
  readonly keys: KeyPair;
  readonly clock: Clock;
}

/** What one visit brought. */
export interface ErrandVisit extends VisitReceipts {
  readonly parts: ReportedMessage['parts'];
  /** Present when the visit did not reach its end. */
  readonly failure?: ErrandFailureCode;
  readonly spansMs: { readonly connect?: number; readonly visit?: number };
}

type Parts = { -readonly [Part in keyof ReportedMessage['parts']]: ReportedMessage['parts'][Part] };

/** What is known of a visit while it goes on: it may have to be left at any moment. */
interface Progress {
  link?: Link;
  parts: Parts;
  /** Where the lock owed receipts. */
  readonly answers: Uint8Array[];
  failure: ErrandFailureCode;
  connectedAt?: number;
  /** Why the portal gave no time, in its words. */
  noTime?: string;
}

/** One try to reach a lock that was heard. */
const connectMs = 5_000;
/** A whole set takes a minute over a slow link; a lock that takes longer keeps others waiting. */
const visitMs = 180_000;

/**
 * Visits one lock and delivers what is desired of it: what revokes, the time, the set. Each part may be delivered again, so
 * nothing is noted before and nothing is lost by a crash.
 *
 * When it is interrupted it resolves at once, with what the lock has given so far, and does not wait until the link is down:
 * only who wants the same lock must wait for that.
 */
export async function runErrand(
  parts: ErrandParts,
  desired: DesiredMessage,
  interruption: Interruption,
): Promise<ErrandVisit> {
  const { clock } = parts;
  const startedAt = clock.monotonic();
  const limit = startTimeLimit(clock, interruption.signal, startedAt + visitMs);
  const progress: Progress = { parts: {}, answers: [], failure: 'lock-unreachable' };
  let isDone = false;
  const work = visit(parts, desired, { progress, limit });
  // Left behind by an interruption, it ends by itself.
  work.catch(() => undefined);
  try {
    isDone = await limit.race(work);
  } catch (error) {
    if (!limit.signal.aborted) throw error;
    progress.failure = interruption.signal.aborted ? 'interrupted' : 'link-lost';
    void progress.link?.close();
    if (interruption.lane === desired.lock.tag) await progress.link?.closed;
  } finally {
    limit.end();
  }
  const { connectedAt, answers, failure } = progress;
  return {
    parts: progress.parts,
    ...readReceipts(answers),
    ...(isDone ? {} : { failure }),
    spansMs:
      connectedAt === undefined ? {} : { connect: connectedAt - startedAt, visit: clock.monotonic() - connectedAt },
  };
}

/** Resolves with whether every part was asked for. */
async function visit(
  { central, times, isPortalReachable, crypto, keys, clock }: ErrandParts,
  desired: DesiredMessage,
  { progress, limit }: { readonly progress: Progress; readonly limit: TimeLimit },
): Promise<boolean> {
  const { signal } = limit;
  const { tag } = desired.lock;
  const startTimer = (delayMs: number, elapsed: () => void) => clock.after(delayMs, elapsed);
  const now = () => clock.monotonic();
  let link: Link;
  try {
    link = await central.connect(tag, { timeoutMs: connectMs, signal });
  } catch {
    // Whatever the radio's reason was, nothing has been asked of the lock.
    return false;
  }
  progress.link = link;
  try {
    signal.throwIfAborted();
    progress.connectedAt = now();
    progress.failure = 'handshake-failed';
    const opened = await openVisit({
      ...{ crypto, link: lockLinkOf(link), caller: keys, now, startTimer, signal },
      lockPublicKey: new Uint8Array(Buffer.from(desired.lock.publicKey, 'hex')),
    });
    progress.failure = 'link-lost';
    const time = async (nonce: Uint8Array): Promise<CarriedObject> => {
      const question = { tag, challenge: Buffer.from(nonce).toString('hex') };
      try {
        const answer = await limit.race(times.request(question));
        if (answer.given) return answer.token;
        progress.noTime = answer.because;
        throw new Error('The portal gives no time token.');
      } finally {
        times.forget(question);
      }
    };
    const parcel = { ...parcelOf(desired), ...(isPortalReachable() ? { time } : {}) };
    const delivery = await deliverParcel(watched(opened, progress), parcel, { now, startTimer });
    progress.parts = partsOf(delivery.parts, progress.noTime ?? 'late');
    opened.end();
    return Object.values(delivery.parts).every(({ outcome }) => outcome !== 'cut');
  } catch (error) {
    if (error instanceof LockProtocolError) return false;
    throw error;
  } finally {
    await link.close();
  }
}

/** The visit, so that what the lock has said is known also when nobody waits for its end any more. */
function watched(opened: Visit, progress: Progress): Pick<Visit, 'ask' | 'challenge'> {
  return {
    challenge: opened.challenge,
    async ask(operation, shown) {
      const answer = await opened.ask(operation, shown);
      const part = operation.name === 'set-commit' ? 'set' : operation.name;
      if (answer.code === 'ok' && (part === 'bulletin' || part === 'set')) {
        progress.parts[part] = { outcome: 'done' };
        progress.answers.push(answer.body);
      }
      return answer;
    },
  };
}

function parcelOf({ bulletin, set }: DesiredMessage): LockParcel {
  return {
    ...(bulletin === undefined
      ? {}
      : {
          bulletin: {
            object: decodeBase64url(bulletin.object),
            certificate: decodeBase64url(bulletin.certificate),
          },
        }),
    ...(set === undefined ? {} : { set: carriedSetOf(set) }),
  };
}

function carriedSetOf(set: NonNullable<DesiredMessage['set']>): CarriedSet {
  const hashes = (texts: readonly string[]) => texts.map((hex) => new Uint8Array(Buffer.from(hex, 'hex')));
  const boxes = (texts: readonly string[]) => texts.map(decodeBase64url);
  return {
    manifest: decodeBase64url(set.manifest),
    certificate: decodeBase64url(set.certificate),
    summaryBefore: hashes(set.summaryBefore),
    delta: boxes(set.delta),
    summary: hashes(set.summary),
    buckets: set.buckets.map(boxes),
    clearances: boxes(set.clearances),
  };
}

function partsOf(
  { bulletin, time, set }: Readonly<Partial<Record<'bulletin' | 'time' | 'set', PartOutcome>>>,
  noTime: string,
): Parts {
  return {
    ...(bulletin === undefined ? {} : { bulletin: partOf(bulletin, noTime) }),
    ...(time === undefined ? {} : { time: partOf(time, noTime) }),
    ...(set === undefined ? {} : { set: partOf(set, noTime) }),
  };
}

function partOf(part: PartOutcome, noTime: string): NonNullable<Parts['set']> {
  switch (part.outcome) {
    case 'done':
      return { outcome: 'done' };
    case 'refused':
      return { outcome: 'refused', code: part.code };
    case 'not-given':
      return { outcome: 'not-given', code: noTime };
    case 'cut': {
      const { info } = part.error;
      return { outcome: 'cut', code: info.code === 'command' ? info.reason : info.code };
    }
  }
}
