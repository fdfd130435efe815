import { encodeEnroll } from '../cards/card-report.js';
import { acceptFrame, emptyReassembly, splitMessage } from '../encoding/frame.js';
import { encodeRequest } from '../message.js';
import { createXkInitiator, readMessage, split, writeMessage } from '../noise/noise.js';
import { openRecord, sealRecord } from '../noise/noise-symmetric.js';
import { sessionPrologue } from '../noise/session-prologue.js';
import type { LivedCommand } from './lived-command.test-rig.js';
import { lockStep, startLock } from './lock-machine.js';
import type { LinkEvent, LockState } from './lock-state.js';
import { decodeOperationAnswer, type OperationAnswer } from './operation-message.js';

type Around = Pick<LivedCommand, 'lockContext' | 'property' | 'info' | 'challenge' | 'readings'>;

/** A session that asks to be told of a card, in message 3 or in a later request, as the lock lives through it. */
export function liveThroughEnroll(
  { lockContext, property, info, challenge, readings }: Around,
  o: { readonly asks: 'at-once' | 'later'; readonly seconds?: number },
) {
  const { crypto } = lockContext;
  const { trust } = property;
  const caller = crypto.x25519KeyPair();
  const tag = info.slice(4, 12);
  const grant = property.grant({ locks: [tag], holderPublicKey: caller.publicKey, rights: ['enroll'] });
  const body = encodeEnroll(o.seconds ?? 30);
  const enroll = encodeRequest({
    ...{ grant, certificate: property.certificates.grant },
    operation: { name: 'enroll', body },
  });
  const status = encodeRequest({ operation: { name: 'status', body: new Uint8Array(0) } });
  const moment = { at: 0, readings, trust };
  const locks: { readonly state: LockState; readonly event: LinkEvent }[] = [];
  let lock = startLock();
  let reassembly = emptyReassembly;
  let counter = 0;
  const meet = (event: LinkEvent): Uint8Array | undefined => {
    locks.push({ state: lock, event });
    const step = lockStep(lockContext, lock, event);
    lock = step.state;
    let heard: Uint8Array | undefined;
    for (const frame of step.effects.flatMap((effect) => (effect.type === 'notify' ? effect.frames : []))) {
      const accepted = acceptFrame(reassembly, { frame, at: 0 });
      reassembly = accepted.reassembly;
      heard = accepted.message ?? heard;
    }
    return heard;
  };
  const say = (message: Uint8Array): Uint8Array | undefined => {
    const { frames, nextCounter } = splitMessage(message, { mtu: 517, firstCounter: counter });
    counter = nextCounter;
    return frames.map((frame) => meet({ type: 'frame', ...moment, frame, nonce: challenge })).at(-1);
  };
  meet({ type: 'connected', ...moment, mtu: 517, info, ephemeral: crypto.x25519KeyPair() });
  const initiator = createXkInitiator({
    ...{ crypto, prologue: sessionPrologue(crypto, info, 1), staticKeyPair: caller },
    remoteStatic: lockContext.identity.publicKey,
  });
  const first = writeMessage(initiator, new Uint8Array(0));
  const second = say(first.message);
  if (!second) throw new Error('The lock did not answer message 1.');
  const third = writeMessage(readMessage(first.state, second).state, o.asks === 'at-once' ? enroll : status);
  const { send, receive } = split(third.state);
  const answered = say(third.message);
  if (o.asks === 'later') say(sealRecord(send, enroll).record);
  const ciphers = answered ? openRecord(receive, answered).cipher : receive;
  /** What the lock answers in the end. */
  const readAnswer = (frames: readonly Uint8Array[]): OperationAnswer | undefined => {
    let message: Uint8Array | undefined;
    for (const frame of frames) {
      const accepted = acceptFrame(reassembly, { frame, at: 0 });
      reassembly = accepted.reassembly;
      message = accepted.message ?? message;
    }
    return message && decodeOperationAnswer(openRecord(ciphers, message).plaintext);
  };
  const next: LinkEvent = { type: 'timer', ...moment };
  return { locks: [...locks, { state: lock, event: next }], lock, moment, readAnswer };
}
