import { type LogMessage, mostLogPages, type ReadMessage } from '@latchwork/contract';
import {
  decodeLogHead,
  decodeLogPage,
  decodeStatus,
  type LockParcel,
  LockProtocolError,
  type ShownObjects,
} from '@latchwork/lock-protocol';
import { type VisitEnd, type VisitedLock, type VisitParts, visitLock } from './lock-visit.js';
import type { Interruption } from './radio-queue.js';

/** What a visit for a log is to bring, and may. */
export interface LogErrandRequest {
  readonly read: ReadMessage;
  /** The gateway's grant for that lock, with the certificate of its signer. */
  readonly shown: ShownObjects;
}

/** What one visit brought of a lock's log. */
export interface LogVisit extends Pick<LogMessage, 'observed' | 'outcome' | 'code'> {
  /** As the lock gave them. */
  readonly pages: readonly Uint8Array[];
  /** There is more than was read. */
  readonly isMore: boolean;
  readonly spansMs: VisitEnd<never>['spansMs'];
}

/** Sixteen pages take half a minute over a slow link. */
const visitMs = 60_000;

/**
 * Visits one lock and reads its log from where the portal has it: with the time first, so that what the lock signs is dated, and with
 * the portal's word on what may be written over. Nothing changes by reading, so it may be begun anew at any time.
 */
export async function runLogErrand(
  visitParts: VisitParts,
  { read, shown }: LogErrandRequest,
  interruption: Interruption,
): Promise<LogVisit> {
  const pages: Uint8Array[] = [];
  let told: Pick<LogVisit, 'outcome' | 'code'> | undefined;
  let observed: LogMessage['observed'];
  const parcel: LockParcel = {
    log: { after: read.seq, mostPages: mostLogPages, ...(read.seq > 0 ? { acknowledge: headOf(read) } : {}) },
    shown,
  };
  const errand = {
    ...{ lock: read.lock, visitMs },
    atLock: async ({ ask, deliver }: VisitedLock) => {
      const { parts } = await deliver(parcel, (operation, answer) => {
        if (answer.code === 'ok' && operation.name === 'log-read') pages.push(answer.body);
      });
      const { log } = parts;
      if (log?.outcome === 'refused') told = { outcome: 'refused', code: log.code };
      if (log?.outcome !== 'done') return;
      told = { outcome: 'done' };
      observed = await observe(ask, shown);
    },
  };
  const { stage, spansMs } = await visitLock(visitParts, errand, interruption);
  return {
    ...(told ?? { outcome: 'cut', code: stage }),
    ...(observed === undefined ? {} : { observed }),
    pages: [...pages],
    isMore: isMoreAfter(pages.at(-1)),
    spansMs,
  };
}

/** Where the bolt is and how full the battery; a lock that does not say so has given its pages all the same. */
async function observe(ask: VisitedLock['ask'], shown: ShownObjects): Promise<LogMessage['observed']> {
  const answer = await ask({ name: 'status', body: new Uint8Array(0) }, shown);
  if (answer.code !== 'ok') return undefined;
  const { bolt, batteryPercent } = decodeStatus(answer.body);
  return { bolt, batteryPercent };
}

/** Whether the newest entry that the page's head speaks of is not on the page. */
function isMoreAfter(page: Uint8Array | undefined): boolean {
  if (page === undefined) return false;
  try {
    const { seq, newest } = decodeLogHead(decodeLogPage(page).head);
    return newest > seq;
  } catch (error) {
    // The portal will find that it is no page.
    if (error instanceof LockProtocolError) return false;
    throw error;
  }
}

function headOf({ seq, hash }: ReadMessage): { readonly seq: number; readonly hash: Uint8Array } {
  return { seq, hash: new Uint8Array(Buffer.from(hash, 'hex')) };
}
