import type { AnswerCode } from '../answer-code.js';
import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { lockStep, startLock } from '../lock/lock-machine.js';
import { decodeLockMemory, emptyMemory, encodeLockMemory, type LockMemory, memoryUnder } from '../lock/lock-memory.js';
import type { Actuation, LockEvent, LockMoment, LockReadings, LockState } from '../lock/lock-state.js';
import type { LogEntry } from '../log/lock-log.js';
import type { LockTrust } from '../objects/lock-trust.js';
import { epochSeconds } from '../session.test-rig.js';
import { type HeldEntry, holdEntry } from '../sets/held-entry.js';
import { emptySet, type SetMark } from '../sets/held-set.js';
import { encodeSetEntry, type SetEntry } from '../sets/set-entry.js';
import type { CardTechnology } from './card-technology.js';
import type { DoorMove } from './door-memory.js';
import type { CardChallenge, CardCheck, DoorWish } from './door-state.js';

/** A card of a test: what it shows, and what it answers when it is challenged. */
export interface TestCard {
  readonly technology: CardTechnology;
  readonly uid: Uint8Array;
  readonly answer?: (challenge: CardChallenge) => CardCheck;
}

/** An event without the moment. */
export type HappeningAtLock = LockEvent extends infer Event
  ? Event extends LockEvent
    ? Omit<Event, keyof LockMoment>
    : never
  : never;

export const uidCard = (uid: string): TestCard => ({ technology: 'uid-only', uid: unhex(uid) });

/** A card that holds an AES secret, and proves it when it is asked for that one. */
export const aesCard = (uid: string, secret: Uint8Array, technology: CardTechnology = 'ntag-424'): TestCard => ({
  technology,
  uid: unhex(uid),
  answer: (challenge) => ({
    outcome: challenge.kind === 'aes' && hex(challenge.secret) === hex(secret) ? 'proven' : 'refused',
  }),
});

/** A card or phone that signs; its UID is another one at every tap. */
export const signingCard = (publicKey: Uint8Array): TestCard => ({
  technology: 'public-key',
  uid: unhex('08112233'),
  answer: () => ({ outcome: 'proven', publicKey }),
});

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

/** A lock's door with a set, stepped event by event; nothing here is a session. */
export interface DoorScene {
  readonly crypto: CryptoProvider;
  state: LockState;
  /** Monotonic ms. */
  at: number;
  readings: LockReadings;
  readonly log: LogEntry[];
  readonly moves: DoorMove[];
  readonly refusals: AnswerCode[];
  /** How the bolt's next moves go; `undefined`: the motor does not stop by itself. */
  actuation: Actuation['outcome'] | undefined;
  step(event: HappeningAtLock): void;
  /** What came of a tap: `opened`, or the code with which the lock stays shut. */
  tap(card: TestCard, wish?: DoorWish): 'opened' | AnswerCode | 'waiting';
  enter(digits: string, wish?: DoorWish): 'opened' | AnswerCode | 'waiting';
  /** The set that the lock obeys from now on. */
  hold(entries: readonly SetEntry[], mark?: Partial<SetMark>, denied?: readonly number[]): void;
  /** The power fails and comes back: all but the memory is forgotten. */
  restart(): void;
}

export function createDoorScene(entries: readonly SetEntry[] = [], mark: Partial<SetMark> = {}): DoorScene {
  const crypto = createNodeCrypto();
  const identity = crypto.x25519KeyPair();
  const trust: LockTrust = { rootPublicKey: new Uint8Array(32), property: new Uint8Array(8), epoch: 1 };
  const context = { crypto, identity };
  const held = (list: readonly SetEntry[]): ReadonlyMap<number, HeldEntry> =>
    new Map(
      list.map((entry) => {
        const one = holdEntry(crypto, identity.secret, encodeSetEntry(entry));
        if (typeof one === 'string') throw new Error(one);
        return [entry.id, one];
      }),
    );
  const withSet = (memory: LockMemory, list: readonly SetEntry[], o: Partial<SetMark>, denied: readonly number[]) => ({
    ...memory,
    set: {
      ...emptySet,
      entries: held(list),
      deniedEntries: denied,
      mark: {
        ...{ epoch: 1, revision: 1, digest: new Uint8Array(32), issuedAt: epochSeconds, minimumClass: 0, bank: 0 },
        ...o,
      },
    },
  });
  const scene: DoorScene = {
    crypto,
    state: startLock(withSet(memoryUnder(emptyMemory, trust), entries, mark, [])),
    at: 0,
    readings: {
      ...{ utcSeconds: epochSeconds, clockQuality: 'good', bolt: 'locked', batteryPercent: 80, privacy: false },
    },
    log: [],
    moves: [],
    refusals: [],
    actuation: 'executed',
    step(event) {
      const moment = { at: scene.at, readings: scene.readings, trust };
      const step = lockStep(context, scene.state, { ...event, ...moment });
      scene.state = step.state;
      for (const effect of step.effects) {
        if (effect.type === 'log') scene.log.push(effect.entry);
        if (effect.type === 'card-refused') scene.refusals.push(effect.code);
        if (effect.type !== 'actuate-door') continue;
        scene.moves.push(effect.move);
        if (scene.actuation) scene.step({ type: 'door-actuated', outcome: scene.actuation });
      }
      for (const effect of step.effects) {
        if (effect.type !== 'challenge-card') continue;
        const result = answering?.(effect.challenge);
        if (result) scene.step({ type: 'card-checked', check: effect.check, result });
      }
    },
    tap(card, wish = 'unlock') {
      return outcomeOf(() => {
        answering = card.answer ?? (() => ({ outcome: 'lost' }));
        const { technology, uid } = card;
        scene.step({ type: 'card', sighting: { technology, uid }, wish, nonce: new Uint8Array(16) });
        answering = undefined;
      });
    },
    enter(digits, wish = 'unlock') {
      return outcomeOf(() => scene.step({ type: 'code', digits, wish }));
    },
    hold(list, o = {}, denied = []) {
      scene.state = { ...scene.state, memory: withSet(scene.state.memory, list, o, denied) };
    },
    restart() {
      const { memory } = scene.state;
      const kept = decodeLockMemory(encodeLockMemory(memory));
      scene.state = startLock({ ...kept, set: memory.set, log: memory.log });
    },
  };
  let answering: TestCard['answer'];
  function outcomeOf(run: () => void): 'opened' | AnswerCode | 'waiting' {
    const [moves, refusals] = [scene.moves.length, scene.refusals.length];
    run();
    if (scene.moves.length > moves) return 'opened';
    return scene.refusals[refusals] ?? 'waiting';
  }
  return scene;
}
