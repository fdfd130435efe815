import {
  type AnswerCode,
  type CardSighting,
  emptyMemory,
  type LockEvent,
  type LockMemory,
  type LockMoment,
  type LogEntry,
  lockStep,
  type SetEntry,
  startLock,
} from '@latchwork/lock-protocol';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import type { EmulatedCard } from './emulated-card.js';
import { createCardField } from './hold-card.js';

type Happening = LockEvent extends infer Event
  ? Event extends LockEvent
    ? Omit<Event, keyof LockMoment>
    : never
  : never;
type HeldEntries = LockMemory['set']['entries'];

const utcSeconds = 1_799_654_400;

/** A lock whose reader talks to emulated cards, command by command. */
export function createCardLock(entries: readonly SetEntry[], minimumClass = 0) {
  const crypto = createNodeCrypto();
  const trust = { rootPublicKey: new Uint8Array(32), property: new Uint8Array(8), epoch: 1 };
  const context = { crypto, identity: crypto.x25519KeyPair() };
  const lock = crypto.randomBytes(8);
  const held = new Map(
    entries.map((entry): [number, object] => [
      entry.id,
      { ...entry, hash: crypto.randomBytes(16), stored: new Uint8Array(0) },
    ]),
  );
  const mark = { epoch: 1, revision: 1, digest: new Uint8Array(32), issuedAt: utcSeconds, minimumClass, bank: 0 };
  let state = startLock({
    ...emptyMemory,
    learnedUnder: new Uint8Array(40),
    set: { entries: held as HeldEntries, isDamaged: false, deniedEntries: [], mark },
  });
  const log: LogEntry[] = [];
  const refused: AnswerCode[] = [];
  const sighted: CardSighting[] = [];
  let moves = 0;
  const readings = { utcSeconds, clockQuality: 'good', bolt: 'locked', batteryPercent: 80, privacy: false } as const;
  const field = createCardField((code) => refused.push(code));

  async function meet(happening: Happening): Promise<void> {
    const step = lockStep(context, state, { ...happening, at: 0, readings, trust });
    state = step.state;
    for (const effect of step.effects) {
      if (effect.type === 'log') log.push(effect.entry);
      if (effect.type === 'card-refused') field.refused?.(effect.code);
      if (effect.type === 'challenge-card') {
        const result = await field.check(effect.challenge, lock);
        await meet({ type: 'card-checked', check: effect.check, result });
      }
      if (effect.type === 'actuate-door') {
        moves += 1;
        await meet({ type: 'door-actuated', outcome: 'executed' });
      }
    }
  }

  return {
    log,
    sighted,
    moves: () => moves,
    /** What came of a tap; `nothing` when the card was gone before the reader knew what it was. */
    async tap(card: EmulatedCard): Promise<'opened' | 'nothing' | AnswerCode> {
      const before = { moves, refused: refused.length };
      let seen: CardSighting | undefined;
      await field.hold(card, (sighting) => {
        seen = sighting;
      });
      if (seen) {
        sighted.push(seen);
        await meet({ type: 'card', sighting: seen, wish: 'unlock', nonce: crypto.randomBytes(16) });
      }
      return moves > before.moves ? 'opened' : (refused[before.refused] ?? 'nothing');
    },
  };
}
