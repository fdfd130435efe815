import type { Client } from '@latchwork/client';
import { hexOf } from './bytes-text.js';
import type { GivenCommand } from './lock-command.js';
import { createTunnelLink, type TunnelLink } from './tunnel-link.js';

/** What the portal is told of how a command ended. */
export type CommandWord = Omit<Parameters<Client['tunnels']['end']>[0], 'attemptId'>;

/** A tunnel through the portal. */
export interface PortalTunnel {
  readonly attemptId: string;
  /** `null` when it did not open. */
  readonly link: TunnelLink | null;
  /** Why it did not open; `null` when it did. */
  readonly code: string | null;
  /** Ends it and tells the portal how the command ended; what it does not hear, it learns from the lock's log. */
  end(word: CommandWord): Promise<void>;
}

/**
 * Opens a tunnel to an entrance's lock through the portal, for the command of that id.
 *
 * @throws LatchworkError as `client.unlock` does: refused, offline, too late.
 */
export async function openPortalTunnel(
  client: Pick<Client, 'tunnels'>,
  o: { readonly entranceId: string; readonly commandId: Uint8Array; readonly deadlineMs: number },
): Promise<PortalTunnel> {
  const { entranceId, deadlineMs } = o;
  const opened = await client.tunnels.open({ entranceId, deadlineMs, commandId: hexOf(o.commandId) });
  const { id: attemptId, state, info, mtu } = opened;
  const isOpen = state === 'open' && info !== null && mtu !== null;
  const link = isOpen
    ? createTunnelLink({
        info,
        mtu,
        exchange: async (given) => await client.tunnels.exchange({ attemptId, ...given, frames: [...given.frames] }),
      })
    : null;
  return {
    attemptId,
    link,
    code: link === null ? (opened.code ?? 'closed') : null,
    end: async (word) => {
      link?.close();
      await client.tunnels.end({ attemptId, ...word });
    },
  };
}

/** How a command ended: by the lock's answer, or unknown unless it provably never left. */
export function wordOf(given: GivenCommand): CommandWord {
  if ('error' in given) {
    return given.isSent ? { outcome: 'unknown', code: 'no-answer' } : { outcome: 'not-executed', code: 'link-failed' };
  }
  const { code, bolt, batteryPercent, logSeq, logHead } = given.answer;
  const outcome = code === 'ok' ? 'executed' : code === 'position-unknown' ? 'unknown' : 'refused';
  return { outcome, code, bolt, batteryPercent, logSeq, logHead: hexOf(logHead) };
}
