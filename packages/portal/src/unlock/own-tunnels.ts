import { type GatewayMessage, mostTunnelFrames } from '@latchwork/contract';
import type { AttemptId, GatewayId } from '@latchwork/core';
import type { LockLink } from '@latchwork/lock-protocol';
import type { GatewayLink } from '../broker/gateway-link.js';
import type { Clock } from '../clock.js';
import type { Identifiers } from '../identifiers.js';

/** A link to a lock through a gateway, for a session of the portal's own. */
export interface OwnTunnel extends LockLink {
  /** Why it is closed: the gateway's code, `gateway-offline`, `deadline-passed`, or `out-of-order` when a frame was lost. */
  readonly closed: Promise<string>;
  /** Lets the gateway go. */
  close(): void;
}

/** Tunnels that the portal itself holds the other end of, for cards that locks wait for: neither gateway nor broker reads them. */
export interface OwnTunnels {
  /** Has the gateway connect. @returns the link, or why there is none. */
  open(gatewayId: GatewayId, o: OwnTunnelRequest): Promise<OwnTunnel | string>;
  /** Takes a gateway's word; `false`: it is of no tunnel of the portal's own. */
  told(gatewayId: GatewayId, message: GatewayMessage<'tunnel'>): boolean;
  /** The gateway's connection is gone, and with it whatever it held. */
  gone(gatewayId: GatewayId): void;
  /** Ends them all: the portal is about to stop. */
  endAll(): void;
}

/** To which lock, and for how long frames may go to it. */
export interface OwnTunnelRequest {
  readonly tag: string;
  readonly lifeMs: number;
  readonly signal: AbortSignal;
}

/** What a tunnel's gateway says is told to whoever waits for it. */
interface Held {
  readonly gatewayId: GatewayId;
  told(message: GatewayMessage<'tunnel'>): void;
  close(code: string): void;
}

/** Creates them. They are in memory, with whoever waits in them. */
export function createOwnTunnels(parts: {
  readonly link: GatewayLink;
  readonly identifiers: Identifiers;
  readonly clock: Clock;
}): OwnTunnels {
  const { link, identifiers, clock } = parts;
  const tunnels = new Map<AttemptId, Held>();

  return {
    open: async (gatewayId, { tag, lifeMs, signal }) => {
      const sentAt = clock.now();
      // Of no attempt: the name is drawn from the same ids, so that no tunnel has another one's.
      const attemptId = identifiers.next('attempt', sentAt);
      let listener: ((frame: Uint8Array) => void) | undefined;
      const early: Uint8Array[] = [];
      let [sent, received] = [0, 0];
      let opened: (told: { readonly info: string; readonly mtu: number }) => void = () => undefined;
      let settle: (code: string) => void = () => undefined;
      const isOpen = new Promise<{ readonly info: string; readonly mtu: number }>((resolve) => {
        opened = resolve;
      });
      const closed = new Promise<string>((resolve) => {
        settle = resolve;
      });
      const close = (code: string): void => {
        if (!tunnels.delete(attemptId)) return;
        signal.removeEventListener('abort', leave);
        clearTimeout(timer);
        link.send(gatewayId, { v: 1, type: 'tunnel-close', attemptId });
        settle(code);
      };
      const leave = (): void => close('closed');
      // A gateway may never say a word.
      const timer = setTimeout(() => close('deadline-passed'), lifeMs);
      const take = (frame: Uint8Array): void => {
        if (listener === undefined) early.push(frame);
        else listener(frame);
      };
      tunnels.set(attemptId, {
        gatewayId,
        close,
        told: (message) => {
          if (message.type === 'opened') opened(message);
          else if (message.type === 'closed') close(message.code);
          else if (message.from > received || message.from + message.frames.length > mostTunnelFrames) {
            close('out-of-order');
          } else {
            for (const frame of message.frames.slice(received - message.from)) {
              received += 1;
              take(bytesOf(frame));
            }
          }
        },
      });
      if (signal.aborted) leave();
      else signal.addEventListener('abort', leave);
      const deadline = sentAt + lifeMs;
      const asked = { attemptId, tag, purpose: 'card', deadline, ttlMs: lifeMs, sentAt } as const;
      if (!link.send(gatewayId, { v: 1, type: 'tunnel-open', ...asked })) close('gateway-offline');
      const told = await Promise.race([isOpen, closed]);
      if (typeof told === 'string') return told;
      return {
        mtu: told.mtu,
        readInfo: async () => bytesOf(told.info),
        write: async (frame, { withResponse }) => {
          const frames = [{ frame: Buffer.from(frame).toString('base64url'), withResponse }];
          const isSent = link.send(gatewayId, { v: 1, type: 'tunnel-frames', attemptId, from: sent, frames });
          if (!isSent) close('gateway-offline');
          sent += 1;
        },
        onFrame: (next) => {
          listener = next;
          for (const frame of early.splice(0)) next(frame);
        },
        closed,
        close: leave,
      };
    },

    told: (gatewayId, message) => {
      const held = tunnels.get(message.attemptId);
      if (held?.gatewayId !== gatewayId) return false;
      held.told(message);
      return true;
    },

    endAll: () => {
      for (const held of [...tunnels.values()]) held.close('gateway-offline');
    },

    gone: (gatewayId) => {
      for (const held of [...tunnels.values()]) if (held.gatewayId === gatewayId) held.close('gateway-offline');
    },
  };
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64url'));
}
