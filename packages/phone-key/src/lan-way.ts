import type { LanAddress } from '@latchwork/contract';
import { type LanPost, type LanTunnelLink, openLanTunnel } from './lan-tunnel.js';
import { type DoorCommand, giveCommand } from './lock-command.js';
import { withinTime } from './time-bound.js';
import { outcomeOf, type WayOutcome } from './unlock-result.js';

/** The property's own network, as the app has it. A browser cannot pin a certificate, so that it has none. */
export interface LanAccess {
  readonly post: LanPost;
}

/** A gateway that is there has the lock by then, or never. */
const openingMs = 6_000;
const shortestMs = 2_000;

/** Opens the door past a gateway of the house, over the house's own network, where the phone's grants say that gateways are. */
export async function openOverLan(
  { post, gateways }: LanAccess & { readonly gateways: readonly LanAddress[] },
  command: DoorCommand,
): Promise<WayOutcome> {
  const { clock, signal } = command;
  let passed: WayOutcome = { passed: 'not-in-range' };
  for (const address of gateways) {
    const leftMs = Math.floor(command.leftMs());
    if (leftMs < shortestMs) return { passed: 'no-time' };
    let isLate = false;
    const opened = await withinTime({ clock, signal, ms: Math.min(openingMs, leftMs) }, async () => {
      const tunnel = await openLanTunnel(post, command, address);
      // It holds the lock's only connection.
      if (isLate && 'link' in tunnel) await endTunnel(tunnel);
      return tunnel;
    }).catch((cause: unknown) => {
      isLate = true;
      return { code: 'unreachable', cause };
    });
    if ('link' in opened) return await openThrough(opened, command);
    passed = passOf(opened.code);
  }
  return passed;
}

async function openThrough(tunnel: LanTunnelLink, command: DoorCommand): Promise<WayOutcome> {
  const given = await giveCommand(command, { link: tunnel.link, via: 'remote' });
  // By itself it ends with its deadline: nobody at the door waits for that.
  void endTunnel(tunnel);
  return outcomeOf(given);
}

async function endTunnel(tunnel: LanTunnelLink): Promise<void> {
  await tunnel.end().catch(() => undefined);
}

function passOf(code: string): WayOutcome {
  if (code === 'unreachable') return { passed: 'not-in-range' };
  return {
    passed: code === 'lock-unreachable' || code === 'link-lost' ? 'lock-unreachable' : 'not-let-in',
    cause: code,
  };
}
