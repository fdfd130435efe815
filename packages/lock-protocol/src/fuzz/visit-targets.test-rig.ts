import { startVisit, visitDeadline, visitStep } from '../caller/visit-machine.js';
import type { VisitContext, VisitEvent, VisitState } from '../caller/visit-state.js';
import { lockDeadline } from '../lock/lock-deadline.js';
import type { LockEvent, LockState } from '../lock/lock-state.js';
import { encodeRequest } from '../message.js';
import { knowingLock, momentAt, stepLock } from './session.test-rig.js';
import { createTape, tapes } from './tape.test-rig.js';
import { FuzzFault, type FuzzTarget } from './target.test-rig.js';
import type { FuzzWorld } from './world.test-rig.js';

const mtu = 247;

/** The machine of a visit, and somebody between it and its lock. */
export function visitTargets(world: FuzzWorld): readonly FuzzTarget[] {
  const { crypto, info, holder, challenge, lock: identity } = world;
  const context: VisitContext = { crypto, lockPublicKey: identity.publicKey, caller: holder, mtu };
  const request = encodeRequest({ operation: { name: 'status', body: new Uint8Array(0) } });
  const known = knowingLock(world);
  const run = (input: Uint8Array): boolean => {
    const tape = createTape(input);
    let lock: LockState = known;
    let state: VisitState = startVisit(0);
    let at = 0;
    const toLock: Uint8Array[] = [];
    const toVisit: Uint8Array[] = [];
    const meetLock = (event: LockEvent): void => {
      const step = stepLock(world, lock, event);
      lock = step.lock;
      for (const effect of step.effects) {
        if (effect.type === 'actuate') throw new FuzzFault('A bolt moves for a visit.');
        if (effect.type === 'notify') toVisit.push(...effect.frames);
      }
    };
    const meet = (event: VisitEvent): void => {
      const before = state.at;
      const step = visitStep(context, state, event);
      state = step.state;
      if (state.at !== 'ended' && !Number.isFinite(visitDeadline(state)))
        throw new FuzzFault('A visit waits for ever.');
      world.went(`visit ${before} ${event.type} ${state.at}`);
      for (const effect of step.effects)
        if (effect.type === 'write') toLock.push(...effect.writes.map(({ frame }) => frame));
    };
    const edited = (frame: Uint8Array): Uint8Array => {
      const other = frame.slice();
      const where = tape.next() % other.length;
      other[where] = (other[where] ?? 0) ^ tape.next();
      return other;
    };
    meetLock({ ...momentAt(world, at), type: 'connected', mtu, info, ephemeral: crypto.x25519KeyPair() });
    while (!tape.isOver()) {
      const kind = tape.next(16);
      const isEdited = kind === 9;
      switch (kind) {
        case 0:
          meet({ type: 'started', at, info, ephemeral: crypto.x25519KeyPair() });
          break;
        case 1:
        case 2:
          meet({ type: 'asked', at, request: tape.next(4) === 0 ? tape.bytes(tape.next()) : request });
          break;
        case 10:
          meet({ type: 'frame', at, frame: tape.bytes(tape.next(80)) });
          break;
        case 11:
          toLock.unshift(...toLock.slice(0, 1));
          toVisit.unshift(...toVisit.slice(0, 1));
          break;
        case 12:
          at += tape.next() * 100;
          break;
        case 13:
          at = Math.max(at, Math.min(lockDeadline(lock) ?? at, visitDeadline(state) ?? at));
          meetLock({ ...momentAt(world, at), type: 'timer' });
          meet({ type: 'timer', at });
          break;
        case 14:
          meet({ type: 'failed', at, reason: tape.next(2) === 0 ? 'link-closed' : 'write-failed' });
          break;
        default: {
          const [up, down] = [toLock.shift(), toVisit.shift()];
          const frame = up && (isEdited ? edited(up) : up);
          if (frame) meetLock({ ...momentAt(world, at), type: 'frame', frame, nonce: challenge });
          if (down) meet({ type: 'frame', at, frame: isEdited ? edited(down) : down });
        }
      }
    }
    return true;
  };
  // Started; message 1 and 2 go; asked and answered, twice.
  const honest = Uint8Array.of(0, 3, 3, 1, 1, 3, 3, 1, 1, 3, 3, 14, 0);
  return [{ name: 'visit: an edited link', covers: [], share: 6, corpus: [honest, ...tapes(world, 48)], run }];
}
