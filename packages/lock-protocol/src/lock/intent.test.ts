import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { callerStep, startCaller } from '../caller/caller-machine.js';
import type { CallerEvent, CallerState } from '../caller/caller-state.js';
import { aesCard, createDoorScene, signingCard, type TestCard, uidCard, unhex } from '../cards/door-scene.test-rig.js';
import type { CardChallenge, DoorEvent } from '../cards/door-state.js';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { encodeRequest } from '../message.js';
import { rightNames } from '../objects/rights.js';
import type { SetEntry } from '../sets/set-entry.js';
import { createScene } from './command-scene.test-rig.js';
import { liveThroughCommand } from './lived-command.test-rig.js';
import { liveThroughEnroll } from './lived-enroll.test-rig.js';
import { lockStep } from './lock-machine.js';
import { memoryUnder } from './lock-memory.js';
import type { LockEvent, LockState } from './lock-state.js';
import { operationNames } from './operation-message.js';
import { openRawCaller } from './raw-caller.test-rig.js';

const crypto = createNodeCrypto();
const lived = liveThroughCommand({ crypto, mtu: 517, warm: false });
const enrolls = (['at-once', 'later'] as const).map((asks) => liveThroughEnroll(lived, { asks }));
const secret = unhex('000102030405060708090a0b0c0d0e0f');
const { publicKey } = crypto.p256KeyPair();
const entries: readonly SetEntry[] = [
  { id: 1, credential: { kind: 'uid', uid: unhex('01020304') } },
  { id: 2, credential: { kind: 'aes', uid: unhex('04a1b2c3d4e5f6'), secret } },
  { id: 3, credential: { kind: 'public-key', publicKey } },
  { id: 4, credential: { kind: 'code', salt: secret, digits: '1234' } },
];
const digits = '1234';
const cards: readonly TestCard[] = [
  uidCard('01020304'),
  uidCard('0a0b0c0d'),
  uidCard('04a1b2c3d4e5f6'),
  aesCard('04a1b2c3d4e5f6', secret),
  signingCard(publicKey),
];
const { set } = createDoorScene(entries).state.memory;
const { trust } = lived.property;
const { readings } = lived;
const nonce = new Uint8Array(16);
const withSet = (state: LockState): LockState => ({ ...state, memory: { ...memoryUnder(state.memory, trust), set } });

const linkEvents = [...lived.locks, ...enrolls.flatMap(({ locks }) => locks)].map(({ event }) => event);
const starts = [...lived.locks, ...enrolls.flatMap(({ locks }) => locks)].map(({ state }) => withSet(state));
/** The frames that carry a command record, and nothing else that does. */
const commands = lived.locks
  .filter(({ state, event }) => {
    const { effects } = lockStep(lived.lockContext, state, event);
    return effects.some(({ type }) => type === 'actuate');
  })
  .map(({ event }) => event);

const houseEvent: fc.Arbitrary<LockEvent> = fc
  .oneof<fc.Arbitrary<DoorEvent | { readonly type: 'present' }>[]>(
    fc.constantFrom(...cards).map(({ technology, uid }) => ({
      ...{ type: 'card', sighting: { technology, uid }, wish: 'unlock', nonce },
    })),
    fc.record({
      type: fc.constant('card-checked'),
      check: fc.integer({ min: 0, max: 6 }),
      result: fc.constantFrom(
        { outcome: 'proven' },
        { outcome: 'proven', publicKey },
        { outcome: 'refused' },
        { outcome: 'lost' },
      ),
    }),
    fc.constantFrom(digits, '4321', '').map((entered) => ({ type: 'code', digits: entered, wish: 'unlock' })),
    fc.constantFrom('executed', 'jammed').map((outcome) => ({ type: 'door-actuated', outcome })),
    fc.constant({ type: 'present' }),
  )
  .map((event) => ({ ...event, at: 0, readings, trust }));
const anyEvent = fc.oneof(
  { weight: 2, arbitrary: houseEvent },
  { weight: 1, arbitrary: fc.constantFrom(...linkEvents) },
  { weight: 1, arbitrary: fc.constantFrom(...commands) },
);
const atTime = fc.tuple(anyEvent, fc.integer({ min: 0, max: 3000 }));

/** What may move the bolt: the newest challenge, and whether the card it went to could open at all. */
interface Watch {
  challenged?: { readonly check: number; readonly at: number; readonly challenge: CardChallenge };
  moving: number;
}

function mayOpen(event: LockEvent, { challenged }: Watch, at: number): boolean {
  if (event.type === 'code') return event.digits === digits;
  if (event.type === 'card') return event.sighting.technology === 'uid-only' && event.sighting.uid[0] === 1;
  if (event.type !== 'card-checked' || challenged?.check !== event.check || event.result.outcome !== 'proven')
    return false;
  return at - challenged.at <= 2000 && (challenged.challenge.kind === 'aes' || event.result.publicKey !== undefined);
}

describe('T23: nothing opens that nobody has asked for', () => {
  test('whatever happens at the link and at the door, the bolt moves only for a command record, a card’s proof or a code', () => {
    const seen = { door: 0, command: 0 };
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.array(atTime, { maxLength: 40 }), (start, happenings) => {
        let state = start;
        let at = 0;
        const watch: Watch = { moving: start.at === 'moving' || start.at === 'finishing' ? 1 : 0 };
        for (const [event, later] of happenings) {
          at += later;
          const before = watch.moving;
          const step = lockStep(lived.lockContext, state, { ...event, at });
          if (event.type === 'actuated' || event.type === 'door-actuated') {
            const was =
              event.type === 'actuated'
                ? state.at === 'moving' || state.at === 'finishing'
                : state.awake.door?.now?.at === 'moving';
            if (was) watch.moving -= 1;
          }
          state = step.state;
          for (const effect of step.effects) {
            if (effect.type === 'actuate') {
              expect(commands).toContain(event);
              seen.command += 1;
            }
            if (effect.type === 'actuate-door') {
              expect(mayOpen(event, watch, at)).toBe(true);
              // Written down before the bolt moves.
              const written = step.effects
                .slice(0, step.effects.indexOf(effect))
                .find(({ type }) => type === 'persist');
              expect(written?.type === 'persist' && written.memory.door.begun).toEqual(effect.move);
              seen.door += 1;
            }
            if (effect.type === 'actuate' || effect.type === 'actuate-door') {
              expect(before).toBe(0);
              watch.moving += 1;
            }
          }
          const challenge = step.effects.find((effect) => effect.type === 'challenge-card');
          if (challenge?.type === 'challenge-card') watch.challenged = { ...challenge, at };
          // A card in the field ends every challenge before it, and so does a move.
          else if (event.type === 'card' && before === 0) delete watch.challenged;
          else if (event.type === 'card-checked' && watch.challenged?.check === event.check) delete watch.challenged;
        }
      }),
      { numRuns: 3000, seed: 23 },
    );
    // The histories are of use only when both happen in them.
    expect(seen.door).toBeGreaterThan(100);
    expect(seen.command).toBeGreaterThan(10);
  });

  test('no operation moves the bolt, whatever its body and whatever the rights of who asks', async () => {
    const { crypto: provider, door: atDoor, property, caller, time } = createScene();
    const grant = property.grant({ locks: [atDoor.tag], holderPublicKey: caller.publicKey, rights: rightNames });
    const certificate = property.certificates.grant;
    const bodies = [new Uint8Array(0), Uint8Array.of(0xa0), Uint8Array.of(0xa1, 1, 1), provider.randomBytes(64), grant];
    for (const name of operationNames) {
      for (const body of bodies) {
        const link = atDoor.connect();
        const raw = await openRawCaller({ crypto: provider, link, lockPublicKey: atDoor.publicKey, caller });
        await raw.ask(encodeRequest({ grant, certificate, operation: { name, body } }));
        link.close();
        await time.advance(3000);
      }
    }
    expect(atDoor.moves).toEqual([]);
    expect(atDoor.bolt).toBe('locked');
  });

  test('a phone that is connected, and even has its authority, writes no command until it is told to', () => {
    const events = lived.callers.map(({ event }) => event).filter(({ type }) => type !== 'permitted');
    fc.assert(
      fc.property(fc.array(fc.constantFrom<CallerEvent>(...events), { maxLength: 20 }), (happenings) => {
        let state: CallerState = startCaller;
        let written = 0;
        for (const event of happenings) {
          const step = callerStep(lived.callerContext, state, event);
          state = step.state;
          written += step.effects.filter(({ type }) => type === 'write').length;
          expect(state.at).not.toBe('commanding');
        }
        // Message 1 alone.
        expect(written).toBeLessThanOrEqual(1);
      }),
      { numRuns: 1000, seed: 23 },
    );
  });

  test('a session that waits for a card opens for none, and a lock whose door moves obeys no command meanwhile', () => {
    const [enrolling] = enrolls;
    if (!enrolling) throw new Error('There is no such session.');
    for (const { technology, uid } of cards) {
      const event = {
        type: 'card',
        at: 0,
        readings,
        trust,
        sighting: { technology, uid },
        wish: 'unlock',
        nonce,
      } as const;
      const step = lockStep(lived.lockContext, withSet(enrolling.lock), event);
      expect(step.effects.map(({ type }) => type)).not.toContain('actuate-door');
    }
    const [command] = commands;
    const asked = lived.locks.find(({ event }) => event === command);
    if (!asked) throw new Error('There is no such command.');
    const uidTap = {
      type: 'card',
      at: 0,
      readings,
      trust,
      sighting: { technology: 'uid-only', uid: unhex('01020304') },
      wish: 'unlock',
      nonce,
    } as const;
    const opening = lockStep(lived.lockContext, withSet(asked.state), uidTap);
    expect(opening.effects.map(({ type }) => type)).toContain('actuate-door');
    const refused = lockStep(lived.lockContext, opening.state, asked.event);
    expect(refused.effects.map(({ type }) => type)).not.toContain('actuate');
    const logged = refused.effects.flatMap((effect) => (effect.type === 'log' ? [effect.entry.result] : []));
    expect(logged).toEqual(['busy']);
  });
});
