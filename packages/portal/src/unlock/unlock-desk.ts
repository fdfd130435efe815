import { randomBytes } from 'node:crypto';
import { type Actor, type GatewayMessage, isEndState } from '@latchwork/contract';
import {
  type AttemptId,
  type Channel,
  decideUnlock,
  type EntranceId,
  type GatewayId,
  type Instant,
  type MemberId,
} from '@latchwork/core';
import { explain } from '@latchwork/core/explain';
import type { PropertySigners } from '../access/property-signers.js';
import type { LockHearings } from '../alarms/lock-hearing.js';
import type { GatewayLink } from '../broker/gateway-link.js';
import type { Clock } from '../clock.js';
import type { Identifiers } from '../identifiers.js';
import type { CommittedListener, Draft, Ledger } from '../ledger.js';
import type { Log } from '../log.js';
import type { Projection } from '../store/projection.js';
import type { Reader, Row } from '../store/store.js';
import {
  belongsTo,
  endAttempt,
  endByReport,
  endWithoutReport,
  isCancelled,
  isNews,
  markAcknowledged,
  markTokenPossible,
  refuseChallenge,
  tokenLifetimeSeconds,
  type UnlocksOf,
} from './attempt-life.js';
import { type AttemptFact, recordAttempt } from './attempt-record.js';
import { observationOf, resultOf } from './attempt-report.js';
import { chooseByHearing } from './gateway-choice.js';
import { attemptMessage } from './unlock-message.js';
import { commandOf, unlockStateOf } from './unlock-state.js';

type Attempt = Row<'attempt'>;

/** A request to unlock, from a caller who is known and may know of the entrance. */
export interface UnlockRequest {
  readonly holderId: MemberId;
  readonly entranceId: EntranceId;
  readonly channel: Channel;
  /** Which integrated app asks, where one does. */
  readonly app: string | null;
  readonly actor: Actor;
  readonly requestedAt: Instant;
  readonly deadlineMs: number;
  readonly traceparent: string | undefined;
  /** The id that a phone gives its command, which it sends through a tunnel; absent: the portal's own, sent with its token. */
  readonly tunnelFor?: string;
  /** Writes what the caller keeps about the attempt, such as its idempotency key, in the same transaction. */
  readonly alongside: (draft: Draft, attemptId: AttemptId) => void;
}

/** Carries unlocks from the decision to their one end. */
export interface UnlockDesk {
  /** Decides and, when allowed, sends. Resolves with the attempt as it is after that: denied, refused or on its way. */
  request(request: UnlockRequest): Promise<Attempt>;
  /** Resolves when the attempt ends, after `waitMs` or when `signal` aborts, with the attempt as it then is. */
  waitForEnd(attempt: Attempt, options: { readonly waitMs: number; readonly signal?: AbortSignal }): Promise<Attempt>;
  acknowledged(gatewayId: GatewayId, message: GatewayMessage<'ack'>): Promise<void>;
  challenged(gatewayId: GatewayId, message: GatewayMessage<'challenge'>): Promise<void>;
  reported(gatewayId: GatewayId, message: GatewayMessage<'evt'>): Promise<void>;
  /**
   * Ends, in the caller's transaction, the attempts that no token has been signed for; one whose token may be out goes on
   * to its own end. The gateway's question for a token is answered `revoked` (G41).
   */
  cancel(draft: Draft, of: UnlocksOf): void;
  /** Hears of commits, so that whoever waits for an attempt is answered when it ends, by whichever process. */
  readonly heard: CommittedListener;
  /** Ends every attempt whose time has passed without a report. */
  sweep(): Promise<void>;
  /** Answers everybody who waits with what is known now: the portal is about to stop. */
  releaseWaiting(): void;
}

/** What the desk stands on; `onEnd` hears of each end, for measurements. */
export interface UnlockDeskParts {
  readonly projection: Projection;
  readonly store: Pick<Reader, 'attempt'>;
  readonly ledger: Ledger;
  readonly signers: PropertySigners;
  readonly link: GatewayLink;
  /** How each gateway hears each lock. */
  readonly hearings: Pick<LockHearings, 'of'>;
  /** Names this process, as gateways' rows name the one they are connected to. */
  readonly self: string;
  readonly clock: Clock;
  readonly identifiers: Identifiers;
  readonly log: Log;
  readonly onEnd: (attempt: Attempt) => void;
}

/** Creates the desk. Attempts that were open when the portal stopped are open again and end like all others. */
export function createUnlockDesk(parts: UnlockDeskParts): UnlockDesk {
  const { projection, store, ledger, signers, link, self, clock, identifiers, log } = parts;
  const waiters = new Map<AttemptId, Set<(attempt?: Attempt) => void>>();
  const lastGateway = new Map<string, GatewayId>();
  /** The one challenge of each open attempt that got a token here. */
  const answered = new Map<AttemptId, string>();
  /** The one challenge that got a token; `null`: another process, or an earlier run, may have answered any. */
  const answeredOf = ({ id, tokenPossibleAt, tokenHostId }: Attempt): string | null | undefined =>
    tokenPossibleAt !== null && tokenHostId !== self ? null : answered.get(id);

  const tokenMayBeOut = (attempt: Attempt): boolean =>
    attempt.mode === 'tunnel' ? attempt.tokenPossibleAt !== null : answeredOf(attempt) !== undefined;

  /** What each command has taken back already: it sees the state before it. */
  const takenBack = new WeakMap<Draft, Set<AttemptId>>();

  const settle = (attempt: Attempt): void => {
    for (const finish of [...(waiters.get(attempt.id) ?? [])]) finish(attempt);
    waiters.delete(attempt.id);
    answered.delete(attempt.id);
  };

  /** Whether the gateway is connected to another process, whatever a connection here that has not ended yet says. */
  const isElsewhere = (id: GatewayId): boolean => {
    const hostId = projection.gateways.get(id)?.hostId ?? null;
    return hostId !== null && hostId !== self;
  };
  const isHere = (id: GatewayId): boolean => link.isReachable(id) && !isElsewhere(id);

  const chooseGateway = (device: Row<'device'>): GatewayId | undefined => {
    const ids = projection.gateways.group(device.propertyId).map(({ id }) => id);
    const by = { hearings: parts.hearings.of(device.id), last: lastGateway.get(device.id), now: clock.now() };
    return chooseByHearing(ids.filter(isHere), by) ?? chooseByHearing(ids.filter(isElsewhere), by);
  };

  const decide = (
    draft: Draft,
    request: UnlockRequest,
    { id, commandId }: Pick<Attempt, 'id' | 'commandId'>,
  ): Attempt => {
    const { holderId, entranceId, channel, app, actor, requestedAt, deadlineMs } = request;
    const state = unlockStateOf(projection, holderId, entranceId);
    const deadline = (requestedAt + deadlineMs) as Instant;
    const decision = decideUnlock(state, commandOf({ holderId, entranceId, channel, app, deadline }, draft.now));
    const device = projection.devices.group(entranceId)[0];
    const place = state.place;
    if (place === null) throw new Error(`Entrance ${entranceId} is not known.`);
    const asked: Attempt = {
      id,
      propertyId: place.propertyId,
      entranceId,
      deviceId: device?.id ?? null,
      gatewayId: null,
      holderId,
      actor,
      keyId: null,
      channel,
      mode: request.tunnelFor === undefined ? 'token' : 'tunnel',
      app,
      commandId,
      state: 'accepted',
      code: null,
      because: null,
      explanation: null,
      deadline,
      requestedAt,
      acceptedAt: null,
      sentAt: null,
      acknowledgedAt: null,
      tokenPossibleAt: null,
      tokenHostId: null,
      endedAt: null,
      result: null,
    };
    if (!decision.allow) {
      const explanation = explain(decision, { timeZone: place.timeZone });
      const denied = endAttempt(asked, { state: 'refused', code: 'denied' }, draft.now);
      const keyId = 'keyId' in decision ? decision.keyId : null;
      return { ...denied, keyId, because: decision.because, explanation };
    }
    const accepted: Attempt = { ...asked, keyId: decision.by, acceptedAt: draft.now };
    const gatewayId = device === undefined ? undefined : chooseGateway(device);
    return gatewayId === undefined
      ? endAttempt(accepted, { state: 'refused', code: 'gateway-offline' }, draft.now)
      : { ...accepted, gatewayId };
  };

  const end = async (
    id: AttemptId,
    because: (attempt: Attempt, now: Instant) => ReturnType<typeof endWithoutReport>,
  ) => {
    await ledger.write((draft) => {
      const attempt = projection.openAttempts.get(id);
      const found = attempt === undefined || isEndState(attempt.state) ? undefined : because(attempt, draft.now);
      if (attempt === undefined || found === undefined) return;
      const next = endAttempt(attempt, found, draft.now);
      recordAttempt(draft, projection, { op: 'update', attempt: next, facts: ['ended'] });
    });
  };

  /**
   * Hands the command to the gateway while its attempt is being written. The command opens nothing: it needs a token, and
   * the ledger gives none before this attempt is committed. So connecting to the lock and the commit run side by side.
   */
  const send = (attempt: Attempt, traceparent: string | undefined, now: Instant): Attempt => {
    const device = attempt.deviceId === null ? undefined : projection.devices.get(attempt.deviceId);
    const sent =
      device !== undefined &&
      attempt.gatewayId !== null &&
      link.send(attempt.gatewayId, attemptMessage(attempt, device, { now, traceparent }));
    return sent
      ? { ...attempt, state: 'sent', sentAt: now }
      : endAttempt(attempt, { state: 'refused', code: 'gateway-offline' }, now);
  };

  return {
    request: async (request) => {
      // The same in each run of the command, so that what one run sent is the command of whichever attempt stands.
      const commandId = request.tunnelFor ?? randomBytes(8).toString('hex');
      let id: AttemptId | undefined;
      let sentTo: GatewayId | undefined;
      return await ledger.write((draft) => {
        id ??= identifiers.next('attempt', draft.now);
        request.alongside(draft, id);
        const decided = decide(draft, request, { id, commandId });
        const { gatewayId } = decided;
        let asked = decided;
        // The process that the gateway is connected to sends it, when it hears of the commit.
        if (!isEndState(decided.state) && gatewayId !== null && !isElsewhere(gatewayId)) {
          asked =
            sentTo === gatewayId
              ? { ...decided, state: 'sent', sentAt: draft.now }
              : send(decided, request.traceparent, draft.now);
          if (asked.state === 'sent') sentTo = gatewayId;
        }
        recordAttempt(draft, projection, { op: 'insert', attempt: asked, facts: factsOf(asked) });
        return asked;
      });
    },

    waitForEnd: async (attempt, { waitMs, signal }) => {
      if (waitMs <= 0) return attempt;
      const current = projection.openAttempts.get(attempt.id);
      if (current === undefined) return (await store.attempt(attempt.id)) ?? attempt;
      if (isEndState(current.state)) return current;
      return await new Promise<Attempt>((resolve) => {
        const resolvers = waiters.get(attempt.id) ?? new Set();
        const finish = (ended?: Attempt) => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', giveUp);
          resolvers.delete(finish);
          resolve(ended ?? projection.openAttempts.get(attempt.id) ?? attempt);
        };
        const giveUp = () => finish();
        const timer = setTimeout(giveUp, waitMs);
        signal?.addEventListener('abort', giveUp, { once: true });
        waiters.set(attempt.id, resolvers.add(finish));
      });
    },

    acknowledged: async (gatewayId, message) => {
      await ledger.write((draft) => {
        const attempt = projection.openAttempts.get(message.attemptId);
        if (attempt?.gatewayId !== gatewayId || attempt.commandId !== message.commandId) return;
        if (isEndState(attempt.state) || attempt.acknowledgedAt !== null) return;
        const next = markAcknowledged(attempt, draft.now, self);
        recordAttempt(draft, projection, { op: 'update', attempt: next, facts: ['acknowledged'] });
      });
    },

    cancel: (draft, of) => {
      const done = takenBack.get(draft) ?? new Set();
      takenBack.set(draft, done);
      for (const attempt of projection.openAttempts.values()) {
        if (!isCancelled(attempt, of) || tokenMayBeOut(attempt) || done.has(attempt.id)) continue;
        done.add(attempt.id);
        const ended = endAttempt(attempt, { state: 'refused', code: 'revoked' }, draft.now);
        recordAttempt(draft, projection, { op: 'update', attempt: ended, facts: ['ended'] });
      }
    },

    heard: ({ writes, by }) => {
      for (const write of writes) {
        if (write.table !== 'attempt' || !isEndState(write.row.state)) continue;
        if (by === 'this-process') parts.onEnd(write.row);
        settle(write.row);
      }
    },

    challenged: async (gatewayId, message) => {
      const { commandId, challenge } = message;
      // A token is a decision too, and the last one: it rests on what any process has committed.
      await ledger.fresh();
      // Not among the open ones: it may have been taken back, which the gateway is told.
      const stored = projection.openAttempts.has(message.attemptId)
        ? undefined
        : await store.attempt(message.attemptId);
      const ended = stored !== undefined && isEndState(stored.state) ? stored : undefined;
      const verdict = await ledger.write((draft) => {
        const attempt = projection.openAttempts.get(message.attemptId) ?? ended;
        const lockTag = attempt?.deviceId ? projection.devices.get(attempt.deviceId)?.tag : undefined;
        const from = { ...message, gatewayId, lockTag, answered: attempt && answeredOf(attempt) };
        const refusal = refuseChallenge(attempt, from, draft.now);
        if (refusal !== undefined || attempt === undefined) return { refusal: refusal ?? ('unknown-command' as const) };
        const state = unlockStateOf(projection, attempt.holderId, attempt.entranceId);
        const decision = decideUnlock(state, commandOf(attempt, draft.now));
        if (!decision.allow) {
          const ended = endAttempt(attempt, { state: 'refused', code: 'revoked' }, draft.now);
          recordAttempt(draft, projection, { op: 'update', attempt: ended, facts: ['ended'] });
          return { refusal: 'revoked' as const };
        }
        // Written before the token leaves, mostly long before: a portal that comes back never claims that none went out.
        const marked = markTokenPossible(attempt, draft.now, self);
        if (marked !== attempt) draft.update('attempt', marked);
        answered.set(attempt.id, challenge);
        return { attempt, issuedAt: draft.now };
      });
      if (verdict.attempt === undefined) {
        log.warn({ gatewayId, attemptId: message.attemptId, code: verdict.refusal }, 'token refused');
        link.send(gatewayId, { v: 1, type: 'token-refused', commandId, challenge, code: verdict.refusal });
        return;
      }
      const { attempt, issuedAt } = verdict;
      const issuedAtSeconds = Math.floor(issuedAt / 1000);
      const signed = signers.signCommand(attempt.propertyId, {
        lock: bytesOf(message.tag),
        commandId: bytesOf(commandId),
        action: 'unlock',
        expires: issuedAtSeconds + tokenLifetimeSeconds(attempt.deadline, issuedAt),
        issuedAt: issuedAtSeconds,
        challenge: bytesOf(challenge),
      });
      link.send(gatewayId, {
        v: 1,
        type: 'token',
        commandId,
        challenge,
        token: Buffer.from(signed.token).toString('base64url'),
        certificate: Buffer.from(signed.certificate).toString('base64url'),
      });
    },

    reported: async (gatewayId, message) => {
      // Not among the open ones: it has ended, perhaps as `unknown` before the last start, or it never was.
      const stored = projection.openAttempts.get(message.attemptId) ?? (await store.attempt(message.attemptId));
      const taken = await ledger.write((draft) => {
        const attempt = projection.openAttempts.get(message.attemptId) ?? stored;
        const device = attempt?.deviceId ? projection.devices.get(attempt.deviceId) : undefined;
        if (
          attempt === undefined ||
          device === undefined ||
          !belongsTo(attempt, { ...message, gatewayId }, device.tag)
        ) {
          return 'foreign' as const;
        }
        if (!isNews(attempt, message)) return undefined;
        const result = resultOf(message, draft.now);
        const ended = endAttempt({ ...attempt, result }, endByReport(message), draft.now);
        recordAttempt(draft, projection, { op: 'update', attempt: ended, facts: ['ended'] });
        const observation = observationOf(message, draft.now);
        if (observation !== undefined && (device.observation?.observedAt ?? 0) <= observation.observedAt) {
          draft.update('device', { ...device, observation });
        }
        return ended;
      });
      if (taken === 'foreign') {
        log.warn({ gatewayId, attemptId: message.attemptId }, 'report about a foreign command dropped');
      } else if (taken !== undefined) {
        if (taken.state === 'confirmed' && taken.deviceId !== null) lastGateway.set(taken.deviceId, gatewayId);
      }
    },

    releaseWaiting: () => {
      for (const resolvers of [...waiters.values()]) for (const finish of [...resolvers]) finish();
      waiters.clear();
    },

    sweep: async () => {
      const now = clock.now();
      for (const attempt of [...projection.openAttempts.values()]) {
        const endIfDue = (open: Attempt, at: Instant) => endWithoutReport(open, at, tokenMayBeOut(open));
        if (endIfDue(attempt, now) !== undefined) await end(attempt.id, endIfDue);
      }
    },
  };
}

function factsOf({ code, state }: Attempt): readonly AttemptFact[] {
  if (code === 'denied') return ['denied'];
  if (isEndState(state)) return ['accepted', 'ended'];
  return state === 'sent' ? ['accepted', 'sent'] : ['accepted'];
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}
