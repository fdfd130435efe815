import { mostTunnelFrames, type TunnelCloseCode } from '@latchwork/contract';
import type { Clock } from './clock.js';
import type { Log } from './log.js';
import type { Metrics } from './metrics.js';
import type { QueuedJob } from './queue.js';
import type { Central, Link } from './radio/central.js';
import type { Interruption } from './radio-queue.js';
import { decideTryMs } from './unlock-job.js';

/** A frame of a phone for its lock, and how it is to be written. */
export interface PhoneFrame {
  readonly frame: Uint8Array;
  readonly withResponse: boolean;
}

/** Hears of one tunnel, whoever carries it on. */
export interface TunnelListener {
  opened(link: Pick<Link, 'info' | 'mtu'>): void;
  /** The lock's frames; `from` is how many came before. */
  frames(from: number, frames: readonly Uint8Array[]): void;
  /** Called once, last. */
  closed(code: TunnelCloseCode): void;
}

/** What is asked for: the lock, and for how long frames may go to it. */
export interface TunnelRequest {
  readonly id: string;
  readonly tag: string;
  /** A phone's unlock, or a card that the lock waits for, which gives way to what is more urgent. */
  readonly purpose: 'unlock' | 'card';
  readonly lifeMs: number;
  readonly listener: TunnelListener;
}

/** One tunnel on its way to the radio. */
export interface TunnelJob extends QueuedJob {
  readonly kind: 'tunnel';
  readonly priority: 'unlock' | 'card';
  readonly tag: string;
}

/** What the desk is wired to. */
export interface TunnelDeskOptions {
  readonly central: Pick<Central, 'connect' | 'heard'>;
  readonly clock: Clock;
  readonly queue: (job: TunnelJob) => boolean;
  readonly metrics: Pick<Metrics, 'tunnels'>;
  readonly log: Log;
}

/**
 * Holds links to locks for sessions that it does not understand. It writes what it is given, once and in order, until the deadline, and
 * never by itself: so a crash doubles nothing, and there is nothing to keep in a journal.
 */
export interface TunnelDesk {
  /** Takes a tunnel; false when it has, or had, one of that id. */
  open(request: TunnelRequest): boolean;
  /** Takes frames for the lock, by how many came before: what was given already is left out. */
  give(id: string, from: number, frames: readonly PhoneFrame[]): void;
  /** Ends a tunnel because nobody needs it any more. */
  end(id: string): void;
  /** Does a tunnel whose turn it is; resolves when the radio is free. */
  run(job: TunnelJob, interruption: Interruption): Promise<undefined>;
  /** Ends a tunnel whose deadline passed while it waited. */
  expired(job: TunnelJob): void;
  /** Ends them all and takes none any more. */
  stop(): void;
}

/** No tunnel carries frames for longer, whatever is asked for: a lock ends a session after a minute. */
const longestLifeMs = { unlock: 30_000, card: 60_000 };
/** A lock that was asked in time may answer a little later. */
const answerGraceMs = 5_000;
/** A link over which nobody says anything keeps others from the radio; one that gives way to them may be silent. */
const idleMs = { unlock: 5_000, card: 60_000 };
/** The longest that one tunnel may have the radio: a lock ends an idle session sooner. */
const longestLinkMs = { unlock: 20_000, card: 60_000 };
/** How long the id of a tunnel that has ended is refused. */
const rememberedMs = 60_000;

/** A tunnel as it is held: its waiting frames, and what it has carried. */
interface Held {
  readonly request: TunnelRequest;
  /** Monotonic milliseconds: no frame is written from then on. */
  readonly deadline: number;
  readonly leaving: AbortController;
  readonly waiting: PhoneFrame[];
  /** Frames taken from the phone. */
  taken: number;
  /** Frames that the lock gave. */
  given: number;
  code: TunnelCloseCode | null;
  /** Something came; the run looks. */
  wake: () => void;
}

/** Wires the desk. */
export function createTunnelDesk(options: TunnelDeskOptions): TunnelDesk {
  const { central, clock, metrics, log } = options;
  const tunnels = new Map<string, Held>();
  let stopping = false;

  /** Ends a tunnel: at once for whoever holds the other end, and as soon as may be for the link. */
  const close = (held: Held, code: TunnelCloseCode): void => {
    if (held.code !== null) return;
    held.code = code;
    held.waiting.length = 0;
    held.leaving.abort();
    metrics.tunnels.inc({ code });
    log.info({ tag: held.request.tag, code, sent: held.taken, received: held.given }, 'tunnel ended');
    held.request.listener.closed(code);
    held.wake();
    clock.after(rememberedMs, () => tunnels.delete(held.request.id));
  };

  /** Writes what waits, then waits for more, until the tunnel is closed. */
  const relay = async (held: Held, link: Link): Promise<void> => {
    const { purpose } = held.request;
    const linkEnds = clock.monotonic() + longestLinkMs[purpose];
    let heardAt = clock.monotonic();
    link.onNotify((frame) => {
      if (held.code !== null) return;
      heardAt = clock.monotonic();
      held.given += 1;
      if (held.given > mostTunnelFrames) close(held, 'too-much');
      else held.request.listener.frames(held.given - 1, [frame]);
    });
    void link.closed.then(() => close(held, 'link-lost'));
    held.request.listener.opened(link);
    while (held.code === null) {
      const now = clock.monotonic();
      const [next] = held.waiting;
      if (next !== undefined) {
        if (now >= held.deadline) {
          close(held, 'deadline-passed');
          break;
        }
        held.waiting.shift();
        heardAt = now;
        await link.write(next.frame, { withResponse: next.withResponse }).catch(() => close(held, 'write-failed'));
        continue;
      }
      const until = Math.min(linkEnds, held.deadline + answerGraceMs, heardAt + idleMs[purpose]);
      if (now >= until) {
        close(held, now >= held.deadline ? 'deadline-passed' : 'idle');
        break;
      }
      await new Promise<void>((resolve) => {
        const callOff = clock.after(until - now, resolve);
        held.wake = () => {
          callOff();
          resolve();
        };
      });
    }
  };

  return {
    open(request) {
      if (tunnels.has(request.id)) return false;
      const now = clock.monotonic();
      const deadline = now + Math.min(request.lifeMs, longestLifeMs[request.purpose]);
      const held: Held = {
        ...{ request, deadline, leaving: new AbortController(), waiting: [] },
        ...{ taken: 0, given: 0, code: null, wake: () => undefined },
      };
      tunnels.set(request.id, held);
      const { id, tag, purpose } = request;
      const job: TunnelJob = { kind: 'tunnel', id, priority: purpose, lane: tag, tag, deadline, notBefore: now };
      if (stopping) close(held, 'gateway-restarted');
      else if (!options.queue(job)) close(held, 'queue-full');
      return true;
    },
    give(id, from, frames) {
      const held = tunnels.get(id);
      if (held === undefined || held.code !== null) return;
      if (from > held.taken) close(held, 'out-of-order');
      else if (from + frames.length > mostTunnelFrames) close(held, 'too-much');
      else if (clock.monotonic() >= held.deadline) close(held, 'deadline-passed');
      else {
        const fresh = frames.slice(held.taken - from);
        held.waiting.push(...fresh);
        held.taken += fresh.length;
      }
      held.wake();
    },
    end(id) {
      const held = tunnels.get(id);
      if (held !== undefined) close(held, 'closed');
    },
    async run(job, { signal }) {
      const held = tunnels.get(job.id);
      if (held === undefined || held.code !== null) return undefined;
      signal.addEventListener('abort', () => close(held, 'interrupted'), { once: true });
      const heard = central.heard().find((lock) => lock.tag === job.tag);
      const heardAgoMs = heard === undefined ? undefined : clock.now() - heard.lastHeardAt;
      const timeoutMs = decideTryMs(held.deadline - clock.monotonic(), heardAgoMs);
      let link: Link;
      try {
        link = await central.connect(job.tag, { timeoutMs, signal: held.leaving.signal });
      } catch {
        // Whatever the radio's reason was, nothing has been asked of the lock.
        close(held, 'lock-unreachable');
        return undefined;
      }
      try {
        await relay(held, link);
      } catch (error) {
        log.error({ err: error, tag: job.tag }, 'tunnel failed unforeseen');
        close(held, 'link-lost');
      } finally {
        await link.close();
      }
      return undefined;
    },
    expired({ id }) {
      const held = tunnels.get(id);
      if (held !== undefined) close(held, 'deadline-passed');
    },
    stop() {
      stopping = true;
      for (const held of tunnels.values()) close(held, 'gateway-restarted');
    },
  };
}
