import { type LogMessage, mostLogPages, type ReadMessage } from '@latchwork/contract';
import {
  type CarriedObject,
  decodeLogHead,
  decodeLogPage,
  decodeStatus,
  deliverParcel,
  type LockParcel,
  LockProtocolError,
  openVisit,
  type ShownObjects,
  type Visit,
} from '@latchwork/lock-protocol';
import type { ErrandParts } from './errand-run.js';
import { lockLinkOf } from './lock-link.js';
import type { Link } from './radio/central.js';
import type { Interruption } from './radio-queue.js';
import { startTimeLimit, type TimeLimit } from './time-limit.js';

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
  readonly spansMs: { readonly connect?: number; readonly visit?: number };
}

/** What is known of a visit while it goes on: it may have to be left at any moment. */
interface Progress {
  link?: Link;
  readonly pages: Uint8Array[];
  observed?: LogMessage['observed'];
  outcome: LogMessage['outcome'];
  code?: LogMessage['code'] | undefined;
  connectedAt?: number;
}

/** One try to reach a lock that was heard. */
const connectMs = 5_000;
/** Sixteen pages take half a minute over a slow link. */
const visitMs = 60_000;

/**
 * Visits one lock and reads its log from where the portal has it: with the time first, so that what the lock signs is dated, and with
 * the portal's word on what may be written over. Nothing changes by reading, so it may be begun anew at any time. When it is
 * interrupted it resolves at once, as an errand does.
 */
export async function runLogErrand(
  parts: ErrandParts,
  request: LogErrandRequest,
  interruption: Interruption,
): Promise<LogVisit> {
  const { clock } = parts;
  const { tag } = request.read.lock;
  const startedAt = clock.monotonic();
  const limit = startTimeLimit(clock, interruption.signal, startedAt + visitMs);
  const progress: Progress = { pages: [], outcome: 'cut', code: 'lock-unreachable' };
  const work = visit(parts, request, { progress, limit });
  // Left behind by an interruption, it ends by itself.
  work.catch(() => undefined);
  try {
    await limit.race(work);
  } catch (error) {
    if (!limit.signal.aborted) throw error;
    progress.outcome = 'cut';
    progress.code = interruption.signal.aborted ? 'interrupted' : 'link-lost';
    void progress.link?.close();
    if (interruption.lane === tag) await progress.link?.closed;
  } finally {
    limit.end();
  }
  const { connectedAt, pages, observed, outcome, code } = progress;
  return {
    outcome,
    ...(observed === undefined ? {} : { observed }),
    ...(code === undefined ? {} : { code }),
    pages: [...pages],
    isMore: isMoreAfter(pages.at(-1)),
    spansMs:
      connectedAt === undefined ? {} : { connect: connectedAt - startedAt, visit: clock.monotonic() - connectedAt },
  };
}

async function visit(
  { central, times, isPortalReachable, crypto, keys, clock }: ErrandParts,
  { read, shown }: LogErrandRequest,
  { progress, limit }: { readonly progress: Progress; readonly limit: TimeLimit },
): Promise<void> {
  const { signal } = limit;
  const { tag, publicKey } = read.lock;
  const startTimer = (delayMs: number, elapsed: () => void) => clock.after(delayMs, elapsed);
  const now = () => clock.monotonic();
  let link: Link;
  try {
    link = await central.connect(tag, { timeoutMs: connectMs, signal });
  } catch {
    return;
  }
  progress.link = link;
  try {
    signal.throwIfAborted();
    progress.connectedAt = now();
    progress.code = 'handshake-failed';
    const opened = await openVisit({
      ...{ crypto, link: lockLinkOf(link), caller: keys, now, startTimer, signal },
      lockPublicKey: bytesOf(publicKey),
    });
    progress.code = 'link-lost';
    const time = async (nonce: Uint8Array): Promise<CarriedObject> => {
      const question = { tag, challenge: Buffer.from(nonce).toString('hex') };
      try {
        const answer = await limit.race(times.request(question));
        if (answer.given) return answer.token;
        throw new Error('The portal gives no time token.');
      } finally {
        times.forget(question);
      }
    };
    const parcel: LockParcel = {
      ...(isPortalReachable() ? { time } : {}),
      log: { after: read.seq, mostPages: mostLogPages, ...(read.seq > 0 ? { acknowledge: headOf(read) } : {}) },
      shown,
    };
    const { parts } = await deliverParcel(watched(opened, progress), parcel, { now, startTimer });
    const { log } = parts;
    if (log?.outcome === 'done') {
      progress.outcome = 'done';
      progress.code = undefined;
      await observe(opened, shown, progress);
    } else if (log?.outcome === 'refused') {
      progress.outcome = 'refused';
      progress.code = log.code;
    }
    opened.end();
  } catch (error) {
    if (!(error instanceof LockProtocolError)) throw error;
  } finally {
    await link.close();
  }
}

/** The visit, so that pages are known also when nobody waits for its end any more. */
function watched(opened: Visit, progress: Progress): Pick<Visit, 'ask' | 'challenge'> {
  return {
    challenge: opened.challenge,
    async ask(operation, shown) {
      const answer = await opened.ask(operation, shown);
      if (answer.code === 'ok' && operation.name === 'log-read') progress.pages.push(answer.body);
      return answer;
    },
  };
}

/** Where the bolt is and how full the battery; a lock that does not say so has given its pages all the same. */
async function observe(opened: Visit, shown: ShownObjects, progress: Progress): Promise<void> {
  const answer = await opened.ask({ name: 'status', body: new Uint8Array(0) }, shown);
  if (answer.code !== 'ok') return;
  const { bolt, batteryPercent } = decodeStatus(answer.body);
  progress.observed = { bolt, batteryPercent };
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
  return { seq, hash: bytesOf(hash) };
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}
