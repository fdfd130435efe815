import { cardTechnologies } from '../cards/card-technology.js';
import type { CardCheck } from '../cards/door-state.js';
import { lockDeadline } from '../lock/lock-deadline.js';
import { startLock } from '../lock/lock-machine.js';
import type { LockEffect, LockEvent, LockState } from '../lock/lock-state.js';
import { decodeOperationAnswer, operationNames } from '../lock/operation-message.js';
import { encodeLogNumbers } from '../log/lock-log.js';
import { decodeRequest, encodeRequest } from '../message.js';
import { signCommandToken } from '../objects/command-token.js';
import { signGrant } from '../objects/grant.js';
import { rightNames } from '../objects/rights.js';
import { epochSeconds } from '../session.test-rig.js';
import type { SetEntry } from '../sets/set-entry.js';
import { createDice, type Dice } from './dice.test-rig.js';
import { mutateCbor } from './mutate.test-rig.js';
import { operationBodies } from './operation-samples.test-rig.js';
import { hex } from './run.test-rig.js';
import { ask, type FuzzSession, knowingLock, listen, momentAt, openSession, stepLock } from './session.test-rig.js';
import { copiedUid, sampleEntries } from './set-targets.test-rig.js';
import { createTape, tapes } from './tape.test-rig.js';
import { FuzzFault, type FuzzTarget } from './target.test-rig.js';
import type { FuzzWorld } from './world.test-rig.js';

/** A lock in its house, and at the same time somebody in a session who may everything and does it in any order. */
export function historyTargets(told: FuzzWorld): readonly FuzzTarget[] {
  const { trust, ...world } = told;
  const { crypto } = world;
  const known = knowingLock(told);
  // Whom it obeys it was told by an order: so that a reset makes it free.
  const obeying = { ...known.memory, trust: { ...trust, orderHash: crypto.randomBytes(32) } };
  const begun: LockState = { ...known, memory: obeying };
  const samples = sampleRequests(told);
  const [first] = samples;
  const { publicKey: samplePublicKey } = publicKeyOf(sampleEntries(told));
  const uids = [
    Uint8Array.of(4, 1, 2, 3, 4, 5, 6),
    copiedUid,
    Uint8Array.of(8, 1, 2, 3),
    new Uint8Array(10),
    new Uint8Array(0),
  ];

  const run = (input: Uint8Array): boolean => {
    const tape = createTape(input);
    let lock = begun;
    let session: FuzzSession | undefined;
    let at = 1000;
    const moved = new Set<string>();

    const check = (effects: readonly LockEffect[], cause: string): void => {
      for (const effect of effects) {
        if (effect.type === 'actuate-door') {
          if (!['card', 'card-checked', 'code'].includes(cause)) throw new FuzzFault(`A door opens at ${cause}.`);
          if (!lock.memory.set.mark) throw new FuzzFault('A door opens for a set that there is not.');
        }
        if (effect.type !== 'actuate') continue;
        if (cause !== 'request') throw new FuzzFault(`A bolt moves at ${cause}.`);
        if (!lock.memory.trust) throw new FuzzFault('A bolt moves and the lock obeys nobody.');
        const id = hex(effect.commandId);
        if (moved.has(id)) throw new FuzzFault('One command moves a bolt twice.');
        moved.add(id);
      }
      if (lock.memory.set.entries.size > 64) throw new FuzzFault('A lock takes more entries than it has room for.');
      if (!lock.memory.trust && lock.memory.set.entries.size > 0)
        throw new FuzzFault('A lock that obeys nobody has a set.');
    };
    const meet = (event: LockEvent): void => {
      const step = stepLock(world, lock, event);
      lock = step.lock;
      check(step.effects, event.type);
      session = session && isConnected() ? listen(session, step) : undefined;
    };
    const request = (payload: Uint8Array): void => {
      if (session === undefined || lock.at !== 'session' || payload.length > 4080) return;
      const done = ask(world, session, { payload, at });
      lock = done.session.lock;
      check(done.effects, 'request');
      if (done.answer?.[0] === 2) {
        const decoded = decodeRequest(payload);
        const name = decoded.readable && 'operation' in decoded.request ? decoded.request.operation.name : '';
        world.went(`${name} ${decodeOperationAnswer(done.answer).code}`);
      }
      if (!done.answer && lock.at === 'session') throw new FuzzFault('A request is not answered.');
      session = isConnected() ? done.session : undefined;
    };
    const isConnected = () => lock.at === 'session' || lock.at === 'moving' || lock.at === 'enrolling';
    const leave = () => meet({ ...momentAt(world, at), type: 'disconnected' });

    while (!tape.isOver()) {
      const moment = momentAt(world, at);
      const wish = tape.next(2) === 0 ? 'unlock' : 'hold-open';
      switch (tape.next(20)) {
        case 0: {
          leave();
          if (lock.at !== 'idle') break;
          const opened = openSession(world, lock, { first: first.bytes, at });
          lock = opened.lock;
          check(opened.effects, 'request');
          session = isConnected() ? opened.session : undefined;
          break;
        }
        case 1:
        case 2:
        case 3:
        case 4:
          request(samples[tape.next(samples.length)]?.bytes ?? first.bytes);
          break;
        case 5:
        case 6:
        case 7: {
          const dice = createDice((tape.next() << 8) | tape.next());
          const sample = samples[tape.next(samples.length)] ?? first;
          request(
            dice.below(3) > 0 ? (sample.change?.(dice) ?? sample.bytes) : (mutateCbor(dice, sample.bytes) ?? input),
          );
          break;
        }
        case 8:
          request(tape.bytes(tape.next()));
          break;
        case 9: {
          const outcome = (['executed', 'jammed', 'low-battery'] as const)[tape.next(3)] ?? 'jammed';
          meet({ ...moment, type: 'actuated', nonce: world.challenge, actuation: { outcome, bolt: 'unlocked' } });
          break;
        }
        case 10: {
          const technology = cardTechnologies[tape.next(cardTechnologies.length)] ?? 'uid-only';
          const uid = uids[tape.next(uids.length)] ?? world.tag;
          meet({ ...moment, type: 'card', wish, sighting: { technology, uid }, nonce: new Uint8Array(16) });
          break;
        }
        case 11: {
          const outcome = (['proven', 'proven', 'refused', 'lost', 'unsupported'] as const)[tape.next(5)] ?? 'lost';
          const isKnown = tape.next(2) === 0;
          const publicKey = isKnown ? samplePublicKey : tape.bytes(tape.next(34));
          const result: CardCheck = outcome === 'proven' ? { outcome, publicKey } : { outcome };
          const check = lock.awake.door?.checks ?? 0;
          meet({ ...moment, type: 'card-checked', check: tape.next(4) === 0 ? check + 1 : check, result });
          break;
        }
        case 12: {
          const digits = tape.next(2) === 0 ? '123456' : String.fromCharCode(...tape.bytes(tape.next(16)));
          meet({ ...moment, type: 'code', digits, wish });
          break;
        }
        case 13:
          meet({ ...moment, type: 'door-actuated', outcome: tape.next(2) === 0 ? 'executed' : 'jammed' });
          break;
        case 14:
          at += tape.next() * 500;
          break;
        case 15:
          at = Math.max(at, lockDeadline(lock) ?? at);
          meet({ ...momentAt(world, at), type: 'timer' });
          break;
        case 16:
          meet({ ...moment, type: 'present' });
          break;
        case 17:
          if (tape.next(4) === 0) leave();
          else meet({ ...moment, type: 'noticed', notice: { type: 'boot', count: tape.next() } });
          break;
        case 18:
          if (tape.next(4) !== 0) break;
          meet({ ...moment, type: 'factory-reset' });
          if (lock.memory.trust) throw new FuzzFault('A lock that was reset obeys somebody.');
          break;
        default: {
          // The power fails: what is in the memory is what there is.
          session = undefined;
          lock = startLock(lock.memory);
          const slot = lock.memory.firmware.slot;
          const selfTest = tape.next(2) === 0 ? 'passed' : 'failed';
          meet({ ...moment, type: 'booted', slot: tape.next(4) === 0 ? (slot === 0 ? 1 : 0) : slot, selfTest });
        }
      }
    }
    return true;
  };
  return [
    {
      ...{ name: 'lock: history of a caller and a house', covers: [], share: 10, run },
      corpus: [...histories(samples), ...tapes(told, 80)],
    },
  ];
}

interface SampleRequest {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The same with other claims, signed again; absent where nothing is signed. */
  readonly change?: (dice: Dice) => Uint8Array | undefined;
}

/** Every operation and every command, from somebody whom the property lets do everything. */
function sampleRequests(world: FuzzWorld): readonly [SampleRequest, ...SampleRequest[]] {
  const { crypto, tag, holder, signers, challenge, signedCertificates } = world;
  const base = { lock: tag, issuedAt: epochSeconds, epoch: 1 };
  const grant = signGrant(crypto, signers.grant.secret, {
    ...{ grantId: crypto.randomBytes(8), locks: [tag], epoch: 1, holderPublicKey: holder.publicKey },
    ...{ notBefore: epochSeconds - 60, expires: epochSeconds + 86_400, issuedAt: epochSeconds - 60 },
    rights: rightNames,
  });
  const status = { operation: { name: 'status', body: new Uint8Array(0) } } as const;
  const regrant = world.resign('OLP1-grant');
  const bodies = operationBodies(world);
  const commands = (['unlock', 'lock', 'hold-open'] as const).flatMap((action) =>
    [1, 2].map((number): SampleRequest => {
      const commandId = encodeLogNumbers(number, action.length);
      const command = { action, commandId, ttlMs: 4000, intent: 'biometric', via: 'local', nonce: challenge } as const;
      const token = signCommandToken(crypto, signers.cmd.secret, {
        ...{ ...base, commandId, challenge, action, expires: epochSeconds + 20 },
      });
      const retoken = world.resign('OLP1-cmd');
      const write = (signed: Uint8Array) =>
        encodeRequest({ command, token: signed, certificate: signedCertificates.cmd });
      if (number === 1)
        return {
          name: action,
          bytes: write(token),
          change: (dice) => {
            const signed = retoken(dice, token);
            return signed && write(signed);
          },
        };
      return { name: `${action} by grant`, bytes: encodeRequest({ command, grant }) };
    }),
  );
  return [
    {
      ...{ name: 'first', bytes: encodeRequest({ grant, ...status }) },
      change: (dice) => encodeRequest({ grant: regrant(dice, grant) ?? grant, ...status }),
    },
    ...commands,
    ...operationNames.flatMap((name) => {
      const { corpus = [new Uint8Array(0)], mutate } = bodies[name] ?? {};
      return corpus.map((body): SampleRequest => {
        const write = (written: Uint8Array) => encodeRequest({ operation: { name, body: written } });
        const change = (dice: Dice) => {
          const changed = mutate?.(dice, body);
          return changed && write(changed);
        };
        return { name, bytes: write(body), ...(mutate ? { change } : {}) };
      });
    }),
  ];
}

/** Histories that lead far in, as tapes: what is rare by chance. */
function histories(samples: readonly SampleRequest[]): readonly Uint8Array[] {
  const open = [0, 0];
  const ask = (name: string) => [0, 1, samples.findIndex((sample) => sample.name === name)];
  const takeSet = [...open, ...['set-begin', 'set-put', 'set-commit'].flatMap(ask)];
  const takeFirmware = [...open, ...['firmware-offer', 'firmware-put', 'firmware-commit'].flatMap(ask)];
  const card = (technology: number, uid = 0) => [0, 10, technology, uid];
  const proven = [0, 11, 0, 0, 1];
  const moved = [0, 13, 0];
  const desfire = cardTechnologies.indexOf('desfire');
  const signing = cardTechnologies.indexOf('public-key');
  return [
    [...takeSet, ...card(0, 1), ...moved, ...card(desfire), ...proven, ...moved, ...card(signing), ...proven, ...moved],
    [...takeSet, 0, 12, 0, ...moved, 1, 12, 0, ...moved, ...ask('bulletin'), ...card(0), ...ask('set-summary')],
    [...takeFirmware, 0, 19, 0, 1, ...open, ...ask('status'), 0, 19, 1, 1],
    [...open, 0, 16, ...ask('decommission'), ...open],
    [...takeSet, 0, 18, 0, ...card(0), 0, 12, 0],
    [...open, ...ask('enroll'), ...card(signing), ...proven, ...ask('enroll'), ...card(desfire)],
    [
      ...open,
      ...ask('unlock'),
      0,
      9,
      0,
      ...ask('unlock by grant'),
      0,
      9,
      1,
      ...ask('unlock by grant'),
      ...ask('status'),
    ],
    [...open, ...ask('log-read'), ...ask('log-acknowledge'), ...ask('time'), ...ask('set-abort')],
  ].map((bytes) => Uint8Array.from(bytes));
}

function publicKeyOf(entries: readonly SetEntry[]): { readonly publicKey: Uint8Array } {
  for (const { credential } of entries) if (credential.kind === 'public-key') return credential;
  throw new Error('There is no card that signs.');
}
