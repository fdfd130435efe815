import { type GatewayMessage, mostTunnelFrames } from '@latchwork/contract';
import type { AttemptId, Instant, MemberId } from '@latchwork/core';

type TunnelMessage = GatewayMessage<'tunnel'>;

/** A way to one lock for frames that nobody here can read, as this process holds it. */
export interface TunnelState {
  readonly attemptId: AttemptId;
  readonly holderId: MemberId;
  readonly deadline: Instant;
  /** The lock's INFO and MTU, once the gateway is connected. */
  readonly opened: { readonly info: string; readonly mtu: number } | null;
  /** Why it is closed; `null`: it is not. */
  readonly code: string | null;
  /** Frames that went to the gateway. */
  readonly sent: number;
  /** The lock's frames, all of them: a reply may get lost on its way to the phone. */
  readonly frames: readonly string[];
}

/** A tunnel that its gateway has not spoken of. */
export function beginTunnel(of: Pick<TunnelState, 'attemptId' | 'holderId' | 'deadline'>): TunnelState {
  return { ...of, opened: null, code: null, sent: 0, frames: [] };
}

/** Closes a tunnel; the first reason stands. */
export function closeTunnel(tunnel: TunnelState, code: string): TunnelState {
  return { ...tunnel, code: tunnel.code ?? code };
}

/** Takes what its gateway says of a tunnel. Frames come by their number, each once and none left out, or the session is over. */
export function takeWord(tunnel: TunnelState, message: TunnelMessage): TunnelState {
  if (tunnel.code !== null) return tunnel;
  switch (message.type) {
    case 'opened':
      return tunnel.opened === null ? { ...tunnel, opened: { info: message.info, mtu: message.mtu } } : tunnel;
    case 'frames': {
      const { from } = message;
      if (from > tunnel.frames.length) return closeTunnel(tunnel, 'out-of-order');
      const frames = [...tunnel.frames, ...message.frames.slice(tunnel.frames.length - from)];
      return frames.length > mostTunnelFrames ? closeTunnel(tunnel, 'too-much') : { ...tunnel, frames };
    }
    case 'closed':
      return closeTunnel(tunnel, message.code);
  }
}

/** Frames as a phone gives them, with how many went before. */
export interface GivenFrames<Frame> {
  readonly sent: number;
  readonly frames: readonly Frame[];
}

/** What of given frames is new, which is nothing when they were given before; a code when they cannot be carried. */
export function newFrames<Frame>(tunnel: TunnelState, given: GivenFrames<Frame>): readonly Frame[] | TunnelFault {
  if (given.sent > tunnel.sent) return 'out-of-order';
  if (given.sent + given.frames.length > mostTunnelFrames) return 'too-much';
  return given.frames.slice(tunnel.sent - given.sent);
}

type TunnelFault = 'out-of-order' | 'too-much';
