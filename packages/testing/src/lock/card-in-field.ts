import type { LockSession } from '@latchwork/lock-protocol';
import type { EmulatedCard } from '../cards/emulated-card.js';
import { createCardField } from '../cards/hold-card.js';
import type { LockReader } from './lock-program.js';

/** A card as somebody holds it to a simulated lock: what the reader sees, and what the card can prove. */
export interface TappedCard {
  readonly sighting: Parameters<LockSession['card']>[0];
  /** AES-128 secret of an AES card: it proves exactly this one. */
  readonly secret?: Uint8Array;
  /** Compressed P-256 public key of a card that signs; it holds the secret to it. */
  readonly publicKey?: Uint8Array;
}

/** The reader of a simulated lock. It says what the exchange with the card in its field would come to. */
export interface FieldReader extends LockReader {
  card: TappedCard | undefined;
  /** Holds an emulated card to it, in place of whatever was there; `see` is told what the reader has found out. */
  hold(card: EmulatedCard, see: LockSession['card']): Promise<void>;
}

/** Makes a reader; `refused` hears why the door stays shut. */
export function createFieldReader(refused: NonNullable<LockReader['refused']>): FieldReader {
  const field = createCardField(refused);
  return {
    card: undefined,
    refused,
    hold(card, see) {
      this.card = undefined;
      return field.hold(card, see);
    },
    async check(challenge, lock) {
      const { card } = this;
      if (card === undefined) return field.check(challenge, lock);
      if (challenge.kind === 'aes') {
        const proves = card.secret !== undefined && Buffer.from(card.secret).equals(challenge.secret);
        return { outcome: proves ? 'proven' : 'refused' };
      }
      return card.publicKey === undefined ? { outcome: 'refused' } : { outcome: 'proven', publicKey: card.publicKey };
    },
  };
}
