import type { TunnelCloseCommand, TunnelFramesCommand, TunnelMessage, TunnelOpenCommand } from '@latchwork/contract';
import { decodeBase64url, encodeBase64url } from './base64url.js';
import type { Clock } from './clock.js';
import type { TunnelDesk } from './tunnel-desk.js';

/** What the portal says of tunnels. */
export type TunnelCommand = TunnelOpenCommand | TunnelFramesCommand | TunnelCloseCommand;

/** Between the broker and the tunnels: each word of the portal to its tunnel, each of the lock's to the portal. */
export interface TunnelRelay {
  /** Takes a command; false when it is of a tunnel that was there before. */
  receive(command: TunnelCommand): boolean;
}

/** Wires the relay; `tell` sends at once or not at all. */
export function createTunnelRelay(o: {
  readonly tunnels: Pick<TunnelDesk, 'open' | 'give' | 'end'>;
  readonly tell: (message: TunnelMessage) => void;
  readonly clock: Pick<Clock, 'now'>;
}): TunnelRelay {
  const { tunnels, tell, clock } = o;
  const open = ({ attemptId, tag, purpose, ttlMs, deadline }: TunnelOpenCommand): boolean =>
    tunnels.open({
      id: attemptId,
      tag,
      purpose: purpose ?? 'unlock',
      // A clock that is wrong can only make it shorter.
      lifeMs: Math.min(ttlMs, deadline - clock.now()),
      listener: {
        opened: ({ info, mtu }) => tell({ v: 1, type: 'opened', attemptId, info: encodeBase64url(info), mtu }),
        frames: (from, frames) => tell({ v: 1, type: 'frames', attemptId, from, frames: frames.map(encodeBase64url) }),
        closed: (code) => tell({ v: 1, type: 'closed', attemptId, code }),
      },
    });
  return {
    receive(command) {
      switch (command.type) {
        case 'tunnel-open':
          return open(command);
        case 'tunnel-frames':
          tunnels.give(
            command.attemptId,
            command.from,
            command.frames.map(({ frame, withResponse }) => ({ frame: decodeBase64url(frame), withResponse })),
          );
          return true;
        case 'tunnel-close':
          tunnels.end(command.attemptId);
          return true;
      }
    },
  };
}
