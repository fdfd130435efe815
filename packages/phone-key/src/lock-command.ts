import {
  type CryptoProvider,
  type KeyPair,
  type LockAnswer,
  type LockLink,
  LockProtocolError,
  performUnlock,
  type UnlockIntent,
} from '@latchwork/lock-protocol';
import type { PhoneClock } from './time-bound.js';

/** One unlock that a person asked for: the same on every way that leads to the lock itself. */
export interface DoorCommand {
  readonly crypto: CryptoProvider;
  readonly clock: PhoneClock;
  readonly keys: KeyPair;
  readonly entranceId: string;
  readonly tag: string;
  /** The lock's X25519 key. */
  readonly lockPublicKey: Uint8Array;
  readonly grant: Uint8Array;
  readonly certificate: Uint8Array;
  /** 8 bytes; a lock moves its bolt once for one of them. */
  readonly commandId: Uint8Array;
  readonly intent: UnlockIntent;
  /** What is left of the deadline. */
  leftMs(): number;
  readonly signal: AbortSignal;
}

/** How giving a command to a lock ended. With an `error` and `isSent`, nobody knows whether the lock acted. */
export type GivenCommand =
  | { readonly answer: LockAnswer }
  | { readonly error: LockProtocolError; readonly isSent: boolean };

/** Gives a lock the command over a link; who stands at the door says so, and nobody else does. */
export async function giveCommand(
  command: DoorCommand,
  { link, via }: { readonly link: LockLink; readonly via: 'local' | 'remote' },
): Promise<GivenCommand> {
  const { crypto, clock, keys, lockPublicKey, grant, certificate, commandId, intent, signal } = command;
  try {
    const answer = await performUnlock({
      ...{ crypto, link, lockPublicKey, caller: keys, signal },
      command: { commandId, action: 'unlock', ttlMs: Math.floor(command.leftMs()), intent, via },
      authority: async () => ({ kind: 'grant', grant, certificate }),
      now: clock.monotonic,
      startTimer: clock.startTimer,
    });
    return { answer };
  } catch (error) {
    if (!(error instanceof LockProtocolError)) throw error;
    return { error, isSent: error.info.commandWritten !== false };
  }
}
