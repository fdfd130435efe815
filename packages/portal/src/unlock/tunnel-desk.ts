import { type GatewayMessage, type GatewayMessageInput, isEndState } from '@latchwork/contract';
import { type AttemptId, decideUnlock, type GatewayId, type Instant, type MemberId } from '@latchwork/core';
import type { GatewayLink } from '../broker/gateway-link.js';
import type { Clock } from '../clock.js';
import type { CommittedListener, Ledger } from '../ledger.js';
import type { Log } from '../log.js';
import type { Projection } from '../store/projection.js';
import type { AttemptResult } from '../store/schema/access.js';
import type { Reader, Row } from '../store/store.js';
import { type AttemptEnd, endAttempt, endByReport, isNews, markTokenPossible, resultGraceMs } from './attempt-life.js';
import { recordAttempt } from './attempt-record.js';
import { beginTunnel, closeTunnel, type GivenFrames, newFrames, type TunnelState, takeWord } from './tunnel-state.js';
import type { UnlockDesk, UnlockRequest } from './unlock-desk.js';
import { commandOf, unlockStateOf } from './unlock-state.js';

type Attempt = Row<'attempt'>;
type CallerFrame = Extract<GatewayMessageInput<'cmd'>, { type: 'tunnel-frames' }>['frames'][number];

/** Whose call of a tunnel it is. */
export interface TunnelCall {
  readonly attemptId: AttemptId;
  readonly holderId: MemberId;
}

/** How a command ended by its phone's word. */
export interface PhoneWord {
  readonly outcome: 'executed' | 'refused' | 'not-executed' | 'unknown';
  readonly code: string;
  readonly bolt?: string | undefined;
  readonly batteryPercent?: number | null | undefined;
  readonly logSeq?: number | undefined;
  readonly logHead?: string | undefined;
}

/**
 * Carries the frames of a session between a phone and a lock, which it cannot read, for an attempt that was decided as any other.
 * It holds tunnels in memory: with its process they end, and nothing of one is ever carried later.
 */
export interface TunnelDesk {
  /**
   * Decides and has the gateway connect; resolves when it has, or cannot. Without a tunnel: the attempt has ended before, or its gateway
   * is another process's, which has taken the tunnel over.
   */
  open(
    request: UnlockRequest & { readonly tunnelFor: string },
    signal: AbortSignal,
  ): Promise<{ readonly attempt: Attempt; readonly tunnel?: TunnelState }>;
  /** Resolves as `open` does, for a tunnel that another process decided on. `undefined`: there is none of the caller. */
  opened(call: TunnelCall, signal: AbortSignal): Promise<TunnelState | undefined>;
  /**
   * Carries what of the given frames is new, and resolves when the lock has given more than `received`, or the tunnel is closed, or its
   * time is over. `undefined`: there is no such tunnel of the caller.
   */
  exchange(
    call: TunnelCall,
    given: GivenFrames<CallerFrame> & {
      readonly received: number;
      /** False: what there is is told at once, for the lock has not got a whole message. */
      readonly wait: boolean;
      readonly signal: AbortSignal;
    },
  ): Promise<TunnelState | undefined>;
  /** Closes the tunnel and ends its attempt by the phone's word. `undefined`: the caller has no such attempt. */
  end(call: TunnelCall, word: PhoneWord): Promise<Attempt | undefined>;
  told(gatewayId: GatewayId, message: GatewayMessage<'tunnel'>): Promise<void>;
  /** The gateway's connection is gone, and with it whatever it held. */
  gone(gatewayId: GatewayId): void;
  /** Hears of commits: an attempt that has ended has no tunnel, and one that another process handed over has it here. */
  readonly heard: CommittedListener;
  /** Closes what is past its time, and forgets what nobody asks for any more. */
  sweep(): void;
  /** Answers everybody who waits: the portal is about to stop. */
  releaseWaiting(): void;
}

/** What the desk stands on. */
export interface TunnelDeskParts {
  readonly projection: Projection;
  readonly store: Pick<Reader, 'attempt'>;
  readonly ledger: Ledger;
  readonly unlocks: Pick<UnlockDesk, 'request'>;
  readonly link: GatewayLink;
  /** Names this process. */
  readonly self: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long a closed tunnel is remembered, for a phone whose reply got lost. */
const rememberedMs = 60_000;

/** A tunnel with whoever waits for something of it. */
interface Held {
  state: TunnelState;
  gatewayId: GatewayId | null;
  /** What a gateway said before the attempt was committed. */
  readonly early: { readonly gatewayId: GatewayId; readonly message: GatewayMessage<'tunnel'> }[];
  readonly waiting: Set<() => void>;
}

/** Creates the desk. */
export function createTunnelDesk(parts: TunnelDeskParts): TunnelDesk {
  const { projection, store, ledger, link, self, clock, log } = parts;
  const tunnels = new Map<AttemptId, Held>();

  const change = (held: Held, next: TunnelState): void => {
    if (next === held.state) return;
    const isClosing = held.state.code === null && next.code !== null;
    held.state = next;
    if (isClosing && held.gatewayId !== null) {
      link.send(held.gatewayId, { v: 1, type: 'tunnel-close', attemptId: next.attemptId });
    }
    for (const look of [...held.waiting]) look();
  };

  /** Resolves when `isThere`, at `until` or when the caller leaves. */
  const wait = async (held: Held, isThere: () => boolean, o: { until: number; signal: AbortSignal }): Promise<void> => {
    if (isThere() || o.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        o.signal.removeEventListener('abort', finish);
        held.waiting.delete(look);
        resolve();
      };
      const look = (): void => {
        if (isThere() || stopping) finish();
      };
      const timer = setTimeout(finish, Math.max(0, o.until - clock.now()));
      o.signal.addEventListener('abort', finish, { once: true });
      held.waiting.add(look);
    });
  };
  let stopping = false;

  const update = async (id: AttemptId, change: (attempt: Attempt, now: Instant) => Attempt) =>
    await ledger.write((draft) => {
      const attempt = projection.openAttempts.get(id);
      if (attempt === undefined || isEndState(attempt.state)) return;
      const next = change(attempt, draft.now);
      const facts = isEndState(next.state) ? (['ended'] as const) : (['acknowledged'] as const);
      recordAttempt(draft, projection, { op: 'update', attempt: next, facts });
    });

  const take = async (held: Held, message: GatewayMessage<'tunnel'>): Promise<void> => {
    const { attemptId, code, opened } = held.state;
    const next = takeWord(held.state, message);
    // Without a frame no lock opens: there is nothing to wait for.
    if (code === null && next.code !== null && next.sent === 0) {
      const end = endByReport({ outcome: 'not-executed', code: next.code });
      await update(attemptId, (attempt, now) => endAttempt(attempt, end, now));
    }
    change(held, takeWord(held.state, message));
    if (opened === null && next.opened !== null) {
      await update(attemptId, (attempt, now) => ({ ...attempt, acknowledgedAt: now, state: 'acknowledged' }));
    }
  };

  /** Decides once more (G41) and writes, before the first frame leaves, that one may have; a code when none may. */
  const permit = async (id: AttemptId): Promise<string | undefined> => {
    // Frames may open the door: this rests on what any process has committed.
    await ledger.fresh();
    return await ledger.write((draft) => {
      const attempt = projection.openAttempts.get(id);
      if (attempt === undefined) return 'ended';
      if (isEndState(attempt.state)) return attempt.code ?? 'ended';
      if (draft.now >= attempt.deadline) return 'deadline-passed';
      const state = unlockStateOf(projection, attempt.holderId, attempt.entranceId);
      if (!decideUnlock(state, commandOf(attempt, draft.now)).allow) {
        const revoked: AttemptEnd =
          attempt.tokenPossibleAt === null
            ? { state: 'refused', code: 'revoked' }
            : { state: 'unknown', code: 'revoked' };
        const ended = endAttempt(attempt, revoked, draft.now);
        recordAttempt(draft, projection, { op: 'update', attempt: ended, facts: ['ended'] });
        return 'revoked';
      }
      const marked = markTokenPossible(attempt, draft.now, self);
      if (marked !== attempt) draft.update('attempt', marked);
      return undefined;
    });
  };

  const carry = async (held: Held, given: GivenFrames<CallerFrame>): Promise<void> => {
    const isNew = (frames: ReturnType<typeof newFrames>) => typeof frames === 'string' || frames.length > 0;
    if (held.state.code !== null || !isNew(newFrames(held.state, given))) return;
    const refused = await permit(held.state.attemptId);
    const { state, gatewayId } = held;
    if (state.code !== null) return;
    // Asked for again meanwhile, they may have gone.
    const frames = newFrames(state, given);
    if (refused !== undefined) change(held, closeTunnel(state, refused));
    else if (typeof frames === 'string') change(held, closeTunnel(state, frames));
    else if (frames.length > 0) {
      const { attemptId, sent } = state;
      const isSent =
        gatewayId !== null &&
        link.send(gatewayId, { v: 1, type: 'tunnel-frames', attemptId, from: sent, frames: [...frames] });
      const next = { ...state, sent: sent + frames.length };
      change(held, isSent ? next : closeTunnel(next, 'gateway-offline'));
    }
  };

  /** Holds the tunnel of an attempt that another process decided on, for a gateway that is connected here. */
  const adopt = ({ id: attemptId, mode, gatewayId, holderId, deadline, sentAt }: Attempt): void => {
    if (mode !== 'tunnel' || gatewayId === null || sentAt !== null) return;
    if (projection.gateways.get(gatewayId)?.hostId !== self) return;
    const state = beginTunnel({ attemptId, holderId, deadline });
    tunnels.set(attemptId, { state, gatewayId, early: [], waiting: new Set() });
  };

  const untilOpened = async (held: Held, signal: AbortSignal): Promise<TunnelState> => {
    const isThere = () => held.state.opened !== null || held.state.code !== null;
    await wait(held, isThere, { until: held.state.deadline, signal });
    if (!isThere()) change(held, closeTunnel(held.state, 'deadline-passed'));
    return held.state;
  };

  const ofCaller = ({ attemptId, holderId }: TunnelCall): Held | undefined => {
    const held = tunnels.get(attemptId);
    return held?.state.holderId === holderId ? held : undefined;
  };

  return {
    open: async (request, signal) => {
      const deadline = (request.requestedAt + request.deadlineMs) as Instant;
      const { holderId } = request;
      const attempt = await parts.unlocks.request({
        ...request,
        alongside: (draft, attemptId) => {
          request.alongside(draft, attemptId);
          const state = beginTunnel({ attemptId, holderId, deadline });
          tunnels.set(attemptId, { state, gatewayId: null, early: [], waiting: new Set() });
        },
      });
      const held = tunnels.get(attempt.id);
      // One that is not sent yet is sent by the process of its gateway.
      if (isEndState(attempt.state) || attempt.sentAt === null || held === undefined) {
        tunnels.delete(attempt.id);
        return { attempt };
      }
      held.gatewayId = attempt.gatewayId;
      for (const { gatewayId, message } of held.early) {
        if (gatewayId === held.gatewayId) await take(held, message);
      }
      return { attempt, tunnel: await untilOpened(held, signal) };
    },

    opened: async (call, signal) => {
      const held = ofCaller(call);
      return held && (await untilOpened(held, signal));
    },

    exchange: async (call, { received, wait: isWaiting, signal, ...given }) => {
      const held = ofCaller(call);
      if (held === undefined) return undefined;
      await carry(held, given);
      const isThere = () => !isWaiting || held.state.frames.length > received || held.state.code !== null;
      // What the lock was asked in time it may answer a little later.
      await wait(held, isThere, { until: held.state.deadline + resultGraceMs, signal });
      return held.state;
    },

    end: async (call, word) => {
      const { attemptId, holderId } = call;
      const stored = projection.openAttempts.get(attemptId) ?? (await store.attempt(attemptId));
      if (stored?.holderId !== holderId || stored.mode !== 'tunnel') return undefined;
      const { outcome, code } = word;
      const ended = await ledger.write((draft) => {
        const attempt = projection.openAttempts.get(attemptId) ?? stored;
        // Whatever the phone says, a lock that was asked nothing did nothing.
        const told =
          attempt.tokenPossibleAt === null ? ({ outcome: 'not-executed', code } as const) : { outcome, code };
        if (!isNews(attempt, { ...told, toldBy: 'phone' })) return attempt;
        const next = endAttempt(
          { ...attempt, result: resultOf(attemptId, word, draft.now) },
          endByReport(told),
          draft.now,
        );
        recordAttempt(draft, projection, { op: 'update', attempt: next, facts: ['ended'] });
        return next;
      });
      const held = ofCaller(call);
      if (held !== undefined) change(held, closeTunnel(held.state, 'ended'));
      return ended;
    },

    told: async (gatewayId, message) => {
      const held = tunnels.get(message.attemptId);
      if (held !== undefined && held.gatewayId === null) held.early.push({ gatewayId, message });
      else if (held?.gatewayId === gatewayId) await take(held, message);
      else log.warn({ gatewayId, attemptId: message.attemptId }, 'word of a foreign tunnel dropped');
    },

    gone: (gatewayId) => {
      for (const held of tunnels.values()) {
        if (held.gatewayId === gatewayId) change(held, closeTunnel(held.state, 'gateway-offline'));
      }
    },

    heard: ({ writes, by }) => {
      for (const write of writes) {
        if (write.table !== 'attempt') continue;
        const { row: attempt } = write;
        if (!isEndState(attempt.state)) {
          if (by === 'another-process' && write.op === 'insert') adopt(attempt);
          continue;
        }
        const held = tunnels.get(write.row.id);
        if (held !== undefined) change(held, closeTunnel(held.state, write.row.code ?? 'ended'));
      }
    },

    sweep: () => {
      const now = clock.now();
      for (const [id, held] of tunnels) {
        if (now > held.state.deadline + resultGraceMs) change(held, closeTunnel(held.state, 'deadline-passed'));
        if (now > held.state.deadline + rememberedMs) tunnels.delete(id);
      }
    },

    releaseWaiting: () => {
      stopping = true;
      for (const { waiting } of tunnels.values()) for (const look of [...waiting]) look();
    },
  };
}

function resultOf(attemptId: AttemptId, word: PhoneWord, occurredAt: Instant): AttemptResult {
  const { bolt, batteryPercent, logSeq, logHead } = word;
  return {
    toldBy: 'phone',
    eventId: `${attemptId}:phone`,
    occurredAt,
    ...(bolt === undefined ? {} : { bolt }),
    ...(batteryPercent === undefined ? {} : { batteryPercent }),
    ...(logSeq === undefined ? {} : { logSeq }),
    ...(logHead === undefined ? {} : { logHead }),
  };
}
