import { randomBytes } from 'node:crypto';
import type { LanRefusalCode, LanTunnel, TunnelFrames } from '@latchwork/contract';
import { decodeBase64url, encodeBase64url } from '../base64url.js';
import type { Clock } from '../clock.js';
import type { TunnelDesk } from '../tunnel-desk.js';

/** A phone's frames with how many went before, and how many of the lock's it has. */
export interface LanExchange {
  readonly sent: number;
  readonly frames: readonly { readonly frame: string; readonly withResponse: boolean }[];
  readonly received: number;
  readonly wait: boolean;
}

/** The tunnels of phones on the LAN: what the portal's desk is for those that come by MQTT. */
export interface LanTunnels {
  /** Resolves when the radio has the lock, or cannot have it. */
  open(request: {
    readonly holder: string;
    readonly tag: string;
    readonly lifeMs: number;
  }): Promise<LanTunnel | LanRefusalCode>;
  /** Resolves when the lock has given more than the phone has, or the tunnel is closed; undefined: there is none. */
  exchange(id: string, given: LanExchange): Promise<TunnelFrames | undefined>;
  /** Whether there was one to end. */
  end(id: string): boolean;
}

/** At once, of all phones: those of others come by MQTT and want the radio too. */
const mostOpen = 4;
/** How long a tunnel that has ended is remembered, for a phone whose reply got lost. */
const rememberedMs = 60_000;

interface Held {
  readonly id: string;
  readonly holder: string;
  opened: { readonly info: string; readonly mtu: number } | null;
  code: string | null;
  readonly frames: string[];
  readonly waiting: Set<() => void>;
}

/** Wires them to the desk that has the radio. */
export function createLanTunnels(o: {
  readonly tunnels: Pick<TunnelDesk, 'open' | 'give' | 'end'>;
  readonly clock: Pick<Clock, 'after'>;
}): LanTunnels {
  const { tunnels, clock } = o;
  const held = new Map<string, Held>();

  /** The desk ends every tunnel in its time, so that nobody waits for ever. */
  const wait = async (tunnel: Held, isThere: () => boolean): Promise<void> => {
    if (isThere()) return;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!isThere()) return;
        tunnel.waiting.delete(look);
        resolve();
      };
      tunnel.waiting.add(look);
    });
  };
  const standOf = ({ code }: Held) => ({ state: code === null ? ('open' as const) : ('closed' as const), code });

  return {
    async open({ holder, tag, lifeMs }) {
      const open = [...held.values()].filter(({ code }) => code === null);
      if (open.length >= mostOpen || open.some((one) => one.holder === holder)) return 'busy';
      const id = randomBytes(16).toString('hex');
      const tunnel: Held = { id, holder, opened: null, code: null, frames: [], waiting: new Set() };
      held.set(id, tunnel);
      const news = (): void => {
        for (const look of [...tunnel.waiting]) look();
      };
      tunnels.open({
        id,
        tag,
        purpose: 'unlock',
        lifeMs,
        listener: {
          opened: ({ info, mtu }) => {
            tunnel.opened = { info: encodeBase64url(info), mtu };
            news();
          },
          frames: (_from, frames) => {
            tunnel.frames.push(...frames.map(encodeBase64url));
            news();
          },
          closed: (code) => {
            tunnel.code = code;
            clock.after(rememberedMs, () => held.delete(id));
            news();
          },
        },
      });
      await wait(tunnel, () => tunnel.opened !== null || tunnel.code !== null);
      const { info, mtu } = tunnel.opened ?? { info: null, mtu: null };
      return { id, ...standOf(tunnel), info, mtu };
    },
    async exchange(id, { sent, frames, received, wait: isWaiting }) {
      const tunnel = held.get(id);
      if (tunnel === undefined) return undefined;
      if (frames.length > 0) {
        const given = frames.map(({ frame, withResponse }) => ({ frame: decodeBase64url(frame), withResponse }));
        tunnels.give(id, sent, given);
      }
      await wait(tunnel, () => !isWaiting || tunnel.frames.length > received || tunnel.code !== null);
      return { ...standOf(tunnel), frames: tunnel.frames.slice(received) };
    },
    end(id) {
      if (!held.has(id)) return false;
      tunnels.end(id);
      return true;
    },
  };
}
