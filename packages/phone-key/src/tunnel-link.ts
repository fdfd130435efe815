import type { LockLink } from '@latchwork/lock-protocol';
import { base64urlOf, bytesOfBase64url } from './bytes-text.js';

/** Frames on their way to the lock: how many went before them, and how many of the lock's the phone has. */
export interface GivenFrames {
  readonly sent: number;
  readonly frames: readonly { readonly frame: string; readonly withResponse: boolean }[];
  readonly received: number;
  /** False while a message to the lock is not whole. */
  readonly wait: boolean;
}

/** What comes back: the lock's frames that the phone did not have. */
export interface TakenFrames {
  readonly state: 'open' | 'closed';
  readonly code: string | null;
  readonly frames: readonly string[];
}

/** A tunnel that is open, wherever it leads through. */
export interface OpenTunnel {
  /** INFO as the gateway read it, base64url. */
  readonly info: string;
  readonly mtu: number;
  /** Carries frames; the same ones again change nothing, so that a lost reply is asked for again. */
  readonly exchange: (given: GivenFrames) => Promise<TakenFrames>;
}

/** A lock's link through a tunnel. */
export interface TunnelLink extends LockLink {
  /** Why it is closed: the tunnel's code, or `unreachable` when nobody could be asked any more. */
  readonly closed: Promise<string>;
  /** Asks for nothing any more. */
  close(): void;
}

/** A message's last frame (packages/lock-protocol/SPEC.md §8). */
const endBit = 0x40;
const mostAtOnce = 64;
const triesOfOne = 3;
const betweenTriesMs = 200;

/**
 * A link for `performUnlock` whose frames travel through a tunnel. A message leaves when it is whole, and then the lock's is asked for.
 * Each request is repeated up to twice when its reply does not come: tunnels take each frame once.
 */
export function createTunnelLink(tunnel: OpenTunnel): TunnelLink {
  const waiting: { readonly frame: string; readonly withResponse: boolean }[] = [];
  const early: Uint8Array[] = [];
  let listener: ((frame: Uint8Array) => void) | undefined;
  let [sent, received] = [0, 0];
  let isAwaiting = false;
  let isPumping = false;
  let isClosed = false;
  let settle: (code: string) => void = () => undefined;
  const closed = new Promise<string>((resolve) => {
    settle = resolve;
  });
  const close = (code: string): void => {
    isClosed = true;
    settle(code);
  };

  const take = (frame: Uint8Array): void => {
    received += 1;
    if (((frame[0] ?? 0) & endBit) !== 0) isAwaiting = false;
    if (listener === undefined) early.push(frame);
    else listener(frame);
  };

  const exchangeOnce = async (): Promise<void> => {
    const frames = waiting.splice(0, mostAtOnce);
    const taken = await repeated(() => tunnel.exchange({ sent, frames, received, wait: waiting.length === 0 }));
    sent += frames.length;
    for (const frame of taken.frames) take(bytesOfBase64url(frame));
    if (taken.state === 'closed') close(taken.code ?? 'closed');
  };

  /** Runs while there is something to carry or to wait for; what is written meanwhile goes with the next turn. */
  const pump = async (): Promise<void> => {
    if (isPumping) return;
    isPumping = true;
    try {
      while (!isClosed && (waiting.length > 0 || isAwaiting)) await exchangeOnce();
    } catch {
      close('unreachable');
    } finally {
      isPumping = false;
    }
  };

  const repeated = async (call: () => Promise<TakenFrames>): Promise<TakenFrames> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await call();
      } catch (error) {
        if (tries >= triesOfOne || isClosed) throw error;
        await new Promise((resolve) => setTimeout(resolve, betweenTriesMs));
      }
    }
  };

  return {
    mtu: tunnel.mtu,
    readInfo: async () => bytesOfBase64url(tunnel.info),
    write: async (frame, { withResponse }) => {
      if (isClosed) throw new Error('The tunnel is closed.');
      waiting.push({ frame: base64urlOf(frame), withResponse });
      if (((frame[0] ?? 0) & endBit) === 0) return;
      isAwaiting = true;
      void pump();
    },
    onFrame: (next) => {
      listener = next;
      for (const frame of early.splice(0)) next(frame);
    },
    closed,
    close: () => close('closed'),
  };
}
