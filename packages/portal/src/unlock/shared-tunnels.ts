import { randomUUID } from 'node:crypto';
import { isEndState, type ReadonlyData, tunnelFramesInput } from '@latchwork/contract';
import { type AttemptId, type GatewayId, type Instant, isId, type MemberId } from '@latchwork/core';
import * as z from 'zod/mini';
import type { Clock } from '../clock.js';
import type { Ledger } from '../ledger.js';
import type { Log } from '../log.js';
import type { Peers } from '../store/peers.js';
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
  readonly peers: Pick<Peers, 'self' | 'post'>;
  readonly clock: Clock;
  readonly log: Log;
}

type Given = Omit<Parameters<TunnelDesk['exchange']>[1], 'signal'>;

const callWord = z.object({
  attemptId: z.custom<AttemptId>((value) => isId('attempt', value)),
  holderId: z.custom<MemberId>((value) => isId('member', value)),
});
const tunnelWord = z.extend(callWord, {
  deadline: z.custom<Instant>((value) => typeof value === 'number'),
  opened: z.nullable(z.object({ info: z.string(), mtu: z.number() })),
  code: z.nullable(z.string()),
  sent: z.number(),
  frames: z.array(z.string()),
});
/** What one process says to another. */
const peerWord = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('ask'),
    id: z.string(),
    from: z.string(),
    call: callWord,
    /** Null: whether it is open. */
    given: z.nullable(tunnelFramesInput),
  }),
  z.object({ type: z.literal('answer'), id: z.string(), tunnel: z.nullable(tunnelWord) }),
]);
type PeerWord = ReadonlyData<z.output<typeof peerWord>>;

/** How much longer than its tunnel may last the other process is waited for. */
const answerSlackMs = 1_000;

/** Creates them: what the process of the gateway holds is asked of it, and what is held here is answered to others. */
export function createSharedTunnels(parts: SharedTunnelsParts): SharedTunnels {
  const { projection, store, ledger, tunnels, peers, clock, log } = parts;
  const asked = new Map<string, (tunnel: TunnelState | undefined) => void>();
  const stopping = new AbortController();

  const say = async (to: string, word: PeerWord): Promise<boolean> => await peers.post.send(to, JSON.stringify(word));

  const answer = async ({ id, from, call, given }: Extract<PeerWord, { type: 'ask' }>): Promise<void> => {
    const { signal } = stopping;
    try {
      // Asked right after its commit elsewhere: it may not have been heard of here.
      await ledger.fresh();
      const tunnel =
        given === null ? await tunnels.opened(call, signal) : await tunnels.exchange(call, { ...given, signal });
      await say(from, { type: 'answer', id, tunnel: tunnel ?? null });
    } catch (error) {
      log.warn({ err: error, attemptId: call.attemptId }, 'tunnel not answered to another process');
    }
  };

  const stopHearing = peers.post.onWord((text) => {
    const word = readWord(text);
    if (word === undefined) log.warn({}, 'word of another process not understood');
    else if (word.type === 'ask') void answer(word);
    else asked.get(word.id)?.(word.tunnel ?? undefined);
  });

  /** Asks the process of a gateway; `undefined`: it has no such tunnel, or has not answered in time. */
  const ask = async (
    attempt: Pick<Row<'attempt'>, 'id' | 'holderId' | 'gatewayId' | 'deadline'>,
    given: Given | null,
    signal: AbortSignal,
  ): Promise<TunnelState | undefined> => {
    const host = hostOf(attempt.gatewayId);
    if (host === null || host === peers.self) return undefined;
    const id = randomUUID();
    const call: TunnelCall = { attemptId: attempt.id, holderId: attempt.holderId };
    return await new Promise<TunnelState | undefined>((resolve, reject) => {
      const finish = (tunnel?: TunnelState): void => {
        clearTimeout(timer);
        for (const each of [signal, stopping.signal]) each.removeEventListener('abort', giveUp);
        asked.delete(id);
        resolve(tunnel);
      };
      const giveUp = (): void => finish();
      const until = attempt.deadline + resultGraceMs + answerSlackMs;
      const timer = setTimeout(giveUp, Math.max(answerSlackMs, until - clock.now()));
      for (const each of [signal, stopping.signal]) each.addEventListener('abort', giveUp, { once: true });
      asked.set(id, finish);
      say(host, { type: 'ask', id, from: peers.self, call, given }).then(
        (isSent) => (isSent ? undefined : finish()),
        (error: unknown) => {
          finish();
          reject(error);
        },
      );
    });
  };

  const hostOf = (gatewayId: GatewayId | null): string | null =>
    gatewayId === null ? null : (projection.gateways.get(gatewayId)?.hostId ?? null);

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

    releaseWaiting: () => {
      stopHearing();
      stopping.abort();
      tunnels.releaseWaiting();
    },
  };
}

function readWord(text: string): PeerWord | undefined {
  try {
    return peerWord.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
