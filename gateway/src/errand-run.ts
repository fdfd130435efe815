import type { DesiredMessage, ErrandFailureCode, ReportedMessage } from '@latchwork/contract';
import type { CarriedSet, LockParcel, PartOutcome } from '@latchwork/lock-protocol';
import { decodeBase64url } from './base64url.js';
import { type VisitEnd, type VisitedLock, type VisitParts, visitLock } from './lock-visit.js';
import type { Interruption } from './radio-queue.js';
import { readReceipts, type VisitReceipts } from './visit-receipts.js';

/** What one visit brought. */
export interface ErrandVisit extends VisitReceipts {
  readonly parts: ReportedMessage['parts'];
  /** Present when the visit did not reach its end. */
  readonly failure?: ErrandFailureCode;
  readonly spansMs: VisitEnd<never>['spansMs'];
}

type Parts = { -readonly [Part in keyof ReportedMessage['parts']]: ReportedMessage['parts'][Part] };

/** A whole set takes a minute over a slow link; a lock that takes longer keeps others waiting. */
const visitMs = 180_000;

/**
 * Visits one lock and delivers what is desired of it: what revokes, the time, the set. Each part may be delivered again, so
 * nothing is noted before and nothing is lost by a crash. When it is interrupted it resolves with what the lock has given so far.
 */
export async function runErrand(
  visitParts: VisitParts,
  desired: DesiredMessage,
  interruption: Interruption,
): Promise<ErrandVisit> {
  let parts: Parts = {};
  /** Where the lock owed receipts. */
  const answers: Uint8Array[] = [];
  const errand = {
    ...{ lock: desired.lock, visitMs },
    /** Resolves with whether every part was asked for. */
    atLock: async ({ deliver }: VisitedLock) => {
      const delivered = await deliver(parcelOf(desired), (operation, answer) => {
        const part = operation.name === 'set-commit' ? 'set' : operation.name;
        if (answer.code !== 'ok' || (part !== 'bulletin' && part !== 'set')) return;
        parts[part] = { outcome: 'done' };
        answers.push(answer.body);
      });
      parts = partsOf(delivered.parts, delivered.noTime ?? 'late');
      return Object.values(delivered.parts).every(({ outcome }) => outcome !== 'cut');
    },
  };
  const { brought: isDone, stage, spansMs } = await visitLock(visitParts, errand, interruption);
  return { parts: { ...parts }, ...readReceipts(answers), ...(isDone === true ? {} : { failure: stage }), spansMs };
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
