import {
  type CallerContext,
  type CallerEvent,
  type CallerState,
  callerStep,
  encodeInfo,
  type LockEvent,
  type LockState,
  lockStep,
  startCaller,
  startLock,
} from '@latchwork/lock-protocol';
import type { BenchProperty } from './property.js';

/** One unlock by a token, as both sides live through it: each can be lived through again alone, event by event. */
export interface LivedUnlock {
  readonly caller: { readonly context: CallerContext; readonly events: readonly CallerEvent[] };
  readonly lock: { readonly start: LockState; readonly events: readonly LockEvent[] };
}

/** Lives through one unlock at a lock that holds the certificate. */
export function liveThroughUnlock(property: BenchProperty): LivedUnlock {
  return live(property, live(property, startLock()).left);
}

function live(property: BenchProperty, start: LockState): LivedUnlock & { readonly left: LockState } {
  const { crypto, tag, holder, trust, readings, certificates, lockContext } = property;
  const nonce = crypto.randomBytes(8);
  const commandId = crypto.randomBytes(8);
  const info = encodeInfo({ versions: 1, suites: 1, maxMessageSizeBytes: 4096, tag, nonce });
  const context: CallerContext = {
    ...{ crypto, lockPublicKey: property.identity.publicKey, caller: holder, mtu: 247, deadlineAt: 4000 },
    command: { commandId, action: 'unlock', ttlMs: 4000, intent: 'tap' },
  };
  const moment = { at: 0, readings, trust };
  const lockEvents: LockEvent[] = [];
  const callerEvents: CallerEvent[] = [];
  let lock = start;
  let caller: CallerState = startCaller;
  const toLock = (event: LockEvent): Uint8Array[] => {
    lockEvents.push(event);
    const { state, effects } = lockStep(lockContext, lock, event);
    lock = state;
    if (effects.some(({ type }) => type === 'actuate')) {
      const actuation = { outcome: 'executed', bolt: 'unlocked' } as const;
      return toLock({ ...moment, type: 'actuated', nonce: crypto.randomBytes(8), actuation });
    }
    return effects.flatMap((effect) => (effect.type === 'notify' ? effect.frames : []));
  };
  const toCaller = (event: CallerEvent): Uint8Array[] => {
    callerEvents.push(event);
    const { state, effects } = callerStep(context, caller, event);
    caller = state;
    if (effects.some(({ type }) => type === 'permit')) return toCaller({ type: 'permitted', at: 0 });
    return effects.flatMap((effect) => (effect.type === 'write' ? effect.writes.map(({ frame }) => frame) : []));
  };
  const frameToLock = (frame: Uint8Array) => toLock({ ...moment, type: 'frame', frame, nonce: crypto.randomBytes(8) });
  toLock({ ...moment, type: 'connected', mtu: 247, info, ephemeral: crypto.x25519KeyPair() });
  let frames = toCaller({ type: 'started', at: 0, info, ephemeral: crypto.x25519KeyPair() });
  const token = property.token(commandId, nonce);
  frames.push(
    ...toCaller({ type: 'authorized', at: 0, authority: { kind: 'token', token, certificate: certificates.cmd } }),
  );
  while (frames.length > 0)
    frames = frames.flatMap(frameToLock).flatMap((frame) => toCaller({ type: 'frame', at: 0, frame }));
  if (caller.at !== 'ended' || caller.outcome.kind !== 'answered' || caller.outcome.answer.code !== 'ok') {
    throw new Error('The unlock did not end well.');
  }
  const left: LockState = { at: 'idle', memory: lock.memory, awake: lock.awake };
  return { caller: { context, events: callerEvents }, lock: { start, events: lockEvents }, left };
}
