import type { Projection } from '../store/projection.js';
import type { SharedTunnels } from '../unlock/shared-tunnels.js';
import type { TunnelState } from '../unlock/tunnel-state.js';
import { standingOf } from '../unlock/unlock-state.js';
import { timestampOf } from '../wire-time.js';
import { answerOfAttempt } from './attempt-answer.js';
import { notFound } from './authorize.js';
import type { Handlers } from './call.js';
import { attemptOf } from './wire.js';

type TunnelOperation = 'openTunnel' | 'exchangeTunnelFrames' | 'endTunnel';

/** Creates the handlers of tunnels. One is its holder's alone: to everybody else it does not exist. */
export function createTunnelHandlers(parts: {
  readonly projection: Projection;
  readonly tunnels: Pick<SharedTunnels, 'open' | 'exchange' | 'end'>;
}): Pick<Handlers, TunnelOperation> {
  const { projection, tunnels } = parts;
  const standOf = ({ code }: TunnelState) => ({ state: code === null ? ('open' as const) : ('closed' as const), code });

  return {
    openTunnel: async ({ request: { body }, place, caller, now, signal }) => {
      const { entrance, property } = place;
      if (entrance === undefined || property === undefined) return notFound;
      // To whom a property is invisible, its doors are too (G10).
      if (standingOf(projection, caller.member.id, property.id) === null) return notFound;
      const { attempt, tunnel } = await tunnels.open(
        {
          holderId: caller.member.id,
          entranceId: entrance.id,
          channel: caller.channel,
          app: caller.appGrant?.appId ?? null,
          actor: caller.actor,
          requestedAt: now,
          deadlineMs: body.deadlineMs,
          traceparent: undefined,
          tunnelFor: body.commandId,
          alongside: () => undefined,
        },
        signal,
      );
      const answered = answerOfAttempt(attempt);
      if ('problem' in answered) return answered;
      const stand = tunnel === undefined ? { state: 'closed' as const, code: attempt.code } : standOf(tunnel);
      const { info, mtu } = tunnel?.opened ?? { info: null, mtu: null };
      const body201 = { id: attempt.id, ...stand, info, mtu, deadline: timestampOf(attempt.deadline) };
      return { status: 201, body: body201 };
    },

    exchangeTunnelFrames: async ({ request: { params, body }, caller, signal }) => {
      const call = { attemptId: params.attemptId, holderId: caller.member.id };
      const tunnel = await tunnels.exchange(call, { ...body, signal });
      if (tunnel === undefined) return notFound;
      return { status: 200, body: { ...standOf(tunnel), frames: tunnel.frames.slice(body.received) } };
    },

    endTunnel: async ({ request: { params, body }, caller }) => {
      const call = { attemptId: params.attemptId, holderId: caller.member.id };
      const attempt = await tunnels.end(call, body);
      return attempt === undefined ? notFound : { status: 200, body: attemptOf(attempt) };
    },
  };
}
