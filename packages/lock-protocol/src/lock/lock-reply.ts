import { splitMessage } from '../encoding/frame.js';
import { encodeResult } from '../message.js';
import { sealRecord } from '../noise/noise-symmetric.js';
import type { LockConnectionState, LockEffect, LockMoment, LockState, LockStep } from './lock-state.js';

/** A session that is being served. */
export type LockServing = Pick<Extract<LockState, { at: 'session' }>, 'memory' | 'awake' | 'connection' | 'session'>;

interface Reply {
  /** 8 fresh random bytes, which the next request of the session must quote. */
  readonly nonce: Uint8Array;
  /** Monotonic ms. */
  readonly at: number;
}

/** Answers a command with its result. */
export function answerCommand(
  serving: LockServing,
  event: Reply & Pick<LockMoment, 'readings'>,
  outcome: Pick<Parameters<typeof encodeResult>[0], 'code' | 'bolt' | 'repeated'> & {
    readonly effects: readonly LockEffect[];
  },
): LockStep {
  const { code, bolt, repeated, effects } = outcome;
  const { nonce, readings } = event;
  const { batteryPercent } = readings;
  const { seq: logSeq, hash: logHead } = serving.memory.log.head;
  const plaintext = encodeResult({ code, bolt, repeated, batteryPercent, logSeq, logHead, nonce });
  return replyFromLock(serving, event, { plaintext, effects });
}

/** Seals and sends whatever answers a request, and waits for the next one. */
export function replyFromLock(
  { memory, awake, connection, session }: LockServing,
  { nonce, at }: Reply,
  { plaintext, effects }: { readonly plaintext: Uint8Array; readonly effects: readonly LockEffect[] },
): LockStep {
  const { cipher, record } = sealRecord(session.transport.send, plaintext);
  const sent = sendFromLock(connection, record);
  return {
    state: {
      at: 'session',
      memory,
      awake,
      connection: sent.connection,
      session: { ...session, transport: { ...session.transport, send: cipher }, lastResult: { nonce, at } },
      answeredAt: at,
    },
    effects: [...effects, sent.effect],
  };
}

/** Cuts a message of the lock into frames. */
export function sendFromLock(
  connection: LockConnectionState,
  message: Uint8Array,
): { readonly connection: LockConnectionState; readonly effect: LockEffect } {
  const { frames, nextCounter } = splitMessage(message, { mtu: connection.mtu, firstCounter: connection.sendCounter });
  return { connection: { ...connection, sendCounter: nextCounter }, effect: { type: 'notify', frames } };
}
