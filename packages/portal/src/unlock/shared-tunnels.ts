import { isEndState, tunnelFramesInput } from '@latchwork/contract';
import { type AttemptId, type Instant, isId, type MemberId } from '@latchwork/core';
import * as z from 'zod/mini';
import type { Clock } from '../clock.js';
import type { Ledger } from '../ledger.js';
import type { PeerCalls } from '../store/peer-calls.js';
import type { Projection } from '../store/projection.js';
import type { Reader, Row } from '../store/store.js';
import { resultGraceMs } from './attempt-life.js';
import type { TunnelCall, TunnelDesk } from './tunnel-desk.js';
import { beginTunnel, closeTunnel, type TunnelState } from './tunnel-state.js';

/** Tunnels for callers of any of several processes: one is held by the process that its gateway is connected to. */
export type SharedTunnels = Pick<TunnelDesk, 'open' | 'exchange' | 'end' | 'releaseWaiting'>;

/** What they stand on. */
export interface SharedTunnelsParts {
  readonly projection: Projection;
  readonly store: Pick<Reader, 'attempt'>;
  readonly ledger: Pick<Ledger, 'fresh'>;
  readonly tunnels: TunnelDesk;
  readonly calls: PeerCalls;
  readonly clock: Clock;
}

type Given = Omit<Parameters<TunnelDesk['exchange']>[1], 'signal'>;

const callWord = z.object({
  attemptId: z.custom<AttemptId>((value) => isId('attempt', value)),
  holderId: z.custom<MemberId>((value) => isId('member', value)),
});
/** `given` is null to ask whether it is open. */
const askWord = z.object({ call: callWord, given: z.nullable(tunnelFramesInput) });
const tunnelWord = z.extend(callWord, {
  deadline: z.custom<Instant>((value) => typeof value === 'number'),
  opened: z.nullable(z.object({ info: z.string(), mtu: z.number() })),
  code: z.nullable(z.string()),
  sent: z.number(),
  frames: z.array(z.string()),
});

const name = 'tunnel';
/** How much longer than its tunnel may last the other process is waited for. */
const answerSlackMs = 1_000;

/** Creates them: what the process of the gateway holds is asked of it, and what is held here is answered to others. */
export function createSharedTunnels(parts: SharedTunnelsParts): SharedTunnels {
  const { projection, store, ledger, tunnels, calls, clock } = parts;

  calls.answer(name, async (body, signal) => {
    const { call, given } = askWord.parse(body);
    // Asked right after its commit elsewhere: it may not have been heard of here.
    await ledger.fresh();
    return (
      (given === null ? await tunnels.opened(call, signal) : await tunnels.exchange(call, { ...given, signal })) ?? null
    );
  });

  /** Asks the process of a gateway; `undefined`: it has no such tunnel, or has not answered in time. */
  const ask = async (
    attempt: Pick<Row<'attempt'>, 'id' | 'holderId' | 'gatewayId' | 'deadline'>,
    given: Given | null,
    signal: AbortSignal,
  ): Promise<TunnelState | undefined> => {
    const { id: attemptId, holderId, gatewayId, deadline } = attempt;
    const host = gatewayId === null ? null : projection.gateways.get(gatewayId)?.hostId;
    if (host == null) return undefined;
    const call: TunnelCall = { attemptId, holderId };
    const waitMs = Math.max(answerSlackMs, deadline + resultGraceMs + answerSlackMs - clock.now());
    const answered = await calls.ask(host, { name, body: { call, given } }, { waitMs, signal });
    return z.nullish(tunnelWord).parse(answered) ?? undefined;
  };

  const attemptOf = async (id: AttemptId, holderId: MemberId): Promise<Row<'attempt'> | undefined> => {
    const attempt = projection.openAttempts.get(id) ?? (await store.attempt(id));
    return attempt?.holderId === holderId && attempt.mode === 'tunnel' ? attempt : undefined;
  };

  return {
    open: async (request, signal) => {
      const opened = await tunnels.open(request, signal);
      const { attempt, tunnel } = opened;
      if (tunnel !== undefined || isEndState(attempt.state)) return opened;
      const found = await ask(attempt, null, signal);
      const { id: attemptId, holderId, deadline } = attempt;
      return {
        attempt,
        tunnel: found ?? closeTunnel(beginTunnel({ attemptId, holderId, deadline }), 'gateway-offline'),
      };
    },

    exchange: async (call, { signal, ...given }) => {
      const here = await tunnels.exchange(call, { ...given, signal });
      if (here !== undefined) return here;
      const attempt = await attemptOf(call.attemptId, call.holderId);
      return attempt && (await ask(attempt, given, signal));
    },

    end: tunnels.end,
    releaseWaiting: tunnels.releaseWaiting,
  };
}
