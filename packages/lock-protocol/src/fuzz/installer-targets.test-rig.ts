import { orderHashOf } from '../commissioning/commission-order.js';
import { encodeCbor } from '../encoding/cbor.js';
import { lockDeadline } from '../lock/lock-deadline.js';
import { lockLimits } from '../lock/lock-limits.js';
import { startLock } from '../lock/lock-machine.js';
import { emptyMemory } from '../lock/lock-memory.js';
import type { LockEffect, LockEvent, LockState } from '../lock/lock-state.js';
import { operationNames } from '../lock/operation-message.js';
import { encodeRequest } from '../message.js';
import { createDice } from './dice.test-rig.js';
import { mutateCbor } from './mutate.test-rig.js';
import { commissionOrderSamples, isGoodOrder, mutateOrder, orderIn } from './order-samples.test-rig.js';
import { hex } from './run.test-rig.js';
import { ask, type FuzzSession, type LockWorld, momentAt, openInstallation, stepLock } from './session.test-rig.js';
import { createTape, tapes } from './tape.test-rig.js';
import { FuzzFault, type FuzzTarget } from './target.test-rig.js';
import type { FuzzWorld } from './world.test-rig.js';

const identify = encodeRequest({ operation: { name: 'identify', body: new Uint8Array(0) } });
const commissioning = (body: Uint8Array) => encodeRequest({ operation: { name: 'commission', body } });

/** Somebody who has the label of a lock and found its window open, and who does what he likes with both. */
export function installerTargets(told: FuzzWorld): readonly FuzzTarget[] {
  const { trust: _nobody, ...world } = told;
  const orders = commissionOrderSamples(told);
  const mutate = mutateOrder(told);
  const requests = [
    identify,
    ...orders.map(commissioning),
    ...operationNames.map((name) => encodeRequest({ operation: { name, body: world.challenge } })),
    encodeRequest({
      ...{ certificate: world.signedCertificates.cmd, token: world.signedCertificates.cmd },
      command: { action: 'unlock', commandId: world.tag, ttlMs: 4000, intent: 'tap', via: 'local' },
    }),
    // A number that no operation has.
    encodeCbor(new Map([[10, new Map([[2, 250]])]])),
  ];
  return [
    {
      ...{ name: 'lock: requests of an installer', covers: [], corpus: requests, share: 3 },
      mutate: (dice, input) => {
        const changed = mutate(dice, dice.pick(orders) ?? input);
        return changed && commissioning(changed);
      },
      run: (input) => {
        if (input.length > 4080) return false;
        const house = createHouse(world);
        house.present();
        house.open(identify);
        for (let times = 0; times < 2; times += 1) house.ask(input);
        if (!house.ask(identify)) throw new FuzzFault('An installer’s session does not go on after a refusal.');
        return true;
      },
    },
    {
      ...{ name: 'lock: the order of an installer', covers: [], corpus: orders.slice(0, 2), share: 3 },
      mutate: (dice, input) => mutate(dice, dice.pick(orders) ?? input),
      run: (input) => {
        if (input.length > 4000) return false;
        const house = createHouse(world);
        house.present();
        house.open(commissioning(input));
        return house.obeys();
      },
    },
    {
      ...{ name: 'lock: history of an installer', covers: [], share: 5 },
      corpus: [
        // Somebody is there; identify, order, the same again; over again with the mark of the order; reset.
        Uint8Array.of(0, 2, 0, 3, 0, 4, 0, 4, 0, 8, 2, 1, 4, 0, 9, 8, 0, 2, 0, 4, 1),
        ...tapes(told, 48),
      ],
      run: (input) => {
        const tape = createTape(input);
        const house = createHouse(world);
        while (!tape.isOver()) {
          switch (tape.next(14)) {
            case 0:
              house.present();
              break;
            case 1:
              house.wait(tape.next() * 1000);
              break;
            case 2:
              house.open(identify, tape.next(2) === 0 ? undefined : (orders[tape.next(orders.length)] ?? input));
              break;
            case 3:
              house.ask(requests[tape.next(requests.length)] ?? identify);
              break;
            case 4:
              house.ask(commissioning(orders[tape.next(orders.length)] ?? input));
              break;
            case 5: {
              const dice = createDice(tape.next() << 8);
              house.ask(commissioning(mutate(dice, orders[tape.next(orders.length)] ?? input) ?? input));
              break;
            }
            case 6: {
              const dice = createDice(tape.next() << 8);
              house.ask(mutateCbor(dice, requests[tape.next(requests.length)] ?? input) ?? input);
              break;
            }
            case 7:
              house.ask(tape.bytes(tape.next()));
              break;
            case 8:
              house.leave();
              break;
            case 9:
              house.reset();
              break;
            case 10:
              house.timer();
              break;
            case 11:
              house.frame(tape.bytes(tape.next(64)));
              break;
            case 12:
              house.losePower();
              break;
            default: {
              const order = (orders[tape.next(orders.length)] ?? input).slice();
              const at = tape.next() % order.length;
              order[at] = (order[at] ?? 0) ^ tape.next();
              house.ask(commissioning(order));
            }
          }
        }
        return true;
      },
    },
  ];
}

/** A lock as it left its factory, and what it must hold to whoever stands before it. */
function createHouse(world: LockWorld) {
  const { crypto } = world;
  let lock: LockState = startLock(emptyMemory);
  let session: FuzzSession | undefined;
  let at = 0;
  let openUntil = -1;
  /** What was asked just now, when it was to obey. */
  let asked: Uint8Array | undefined;

  const check = (before: LockState, o: { readonly effects: readonly LockEffect[]; readonly isReset?: boolean }) => {
    if (o.effects.some(({ type }) => type === 'actuate' || type === 'actuate-door'))
      throw new FuzzFault('A bolt moves for an installer.');
    const was = before.memory.trust && hex(before.memory.trust.orderHash);
    const is = lock.memory.trust && hex(lock.memory.trust.orderHash);
    if (is === was) return;
    if (is === undefined && !o.isReset) throw new FuzzFault('A lock forgets whom it obeys.');
    if (is === undefined) return;
    if (was !== undefined) throw new FuzzFault('A lock obeys another order than before.');
    if (asked === undefined || hex(orderHashOf(crypto, asked)) !== is)
      throw new FuzzFault('A lock obeys what nobody brought.');
    if (!isGoodOrder(world, asked)) throw new FuzzFault('A lock obeys an order that is not signed by its chain.');
  };
  const meet = (event: LockEvent): void => {
    const before = lock;
    const step = stepLock(world, lock, event);
    lock = step.lock;
    check(before, { effects: step.effects, isReset: event.type === 'factory-reset' });
    if (lock.at !== 'session') session = undefined;
    else if (session) session = { ...session, lock };
  };
  const leave = () => meet({ ...momentAt(world, at), type: 'disconnected' });
  return {
    present: () => {
      openUntil = at + lockLimits.presenceMs;
      meet({ ...momentAt(world, at), type: 'present' });
    },
    wait: (ms: number) => {
      at += ms;
    },
    leave,
    open: (first: Uint8Array, order?: Uint8Array): void => {
      leave();
      asked = orderIn(first);
      const before = lock;
      const opened = openInstallation(world, lock, { first, at, order });
      lock = opened.lock;
      const obeyed = before.memory.trust && hex(before.memory.trust.orderHash);
      const isItsOwn = obeyed === undefined || (order && hex(orderHashOf(crypto, order)) === obeyed);
      if (opened.session && at > openUntil) throw new FuzzFault('A lock lets somebody in when nobody is there.');
      if (opened.session && !isItsOwn) throw new FuzzFault('A lock that obeys somebody lets another in.');
      check(before, opened);
      session = lock.at === 'session' ? opened.session : undefined;
    },
    /** Whether there was an answer. */
    ask: (payload: Uint8Array): boolean => {
      if (session === undefined || payload.length > 4080) return false;
      asked = orderIn(payload);
      const before = lock;
      const done = ask(world, session, { payload, at });
      lock = done.session.lock;
      check(before, done);
      session = lock.at === 'session' ? done.session : undefined;
      if (lock.at === 'session' && done.answer === undefined) throw new FuzzFault('An installer gets no answer.');
      return done.answer !== undefined;
    },
    frame: (frame: Uint8Array) => meet({ ...momentAt(world, at), type: 'frame', frame, nonce: world.challenge }),
    reset: () => meet({ ...momentAt(world, at), type: 'factory-reset' }),
    timer: () => {
      at = Math.max(at, lockDeadline(lock) ?? at);
      meet({ ...momentAt(world, at), type: 'timer' });
    },
    losePower: () => {
      openUntil = -1;
      session = undefined;
      lock = startLock(lock.memory);
    },
    obeys: () => lock.memory.trust !== undefined,
  };
}
