import type { LockReader, LockSession } from '@latchwork/lock-protocol';
import { checkCard, sightCard } from '@latchwork/lock-protocol/cards';
import type { EmulatedCard } from './emulated-card.js';

type Seen = Parameters<LockSession['card']>;

/** A reader with its field: it talks to the card that is held to it as a lock's own reader does. */
export interface CardField extends LockReader {
  /** Holds a card to the reader, in place of the one before; `see` is told what card it is, unless it was too quick. */
  hold(card: EmulatedCard, see: (...seen: Seen) => void, wish?: Seen[1]): Promise<void>;
}

/** Makes a reader; `refused` hears why the door stays shut. */
export function createCardField(refused: NonNullable<LockReader['refused']>): CardField {
  let inField: EmulatedCard | undefined;
  return {
    refused,
    async check(challenge, lock) {
      const { transmit } = inField ?? {};
      return transmit ? checkCard(challenge, lock, transmit) : { outcome: 'lost' };
    },
    async hold(card, see, wish) {
      inField = card;
      card.enterField();
      try {
        see(await sightCard(card.uid(), card.transmit), wish);
      } catch {
        // It left before the reader knew what it was.
      }
    },
  };
}
