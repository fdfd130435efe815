import type { AnswerCode } from '../answer-code.js';
import type { Actuation } from '../lock/lock-state.js';
import type { CardSighting, CardTechnology } from './card-technology.js';
import type { DoorMove } from './door-memory.js';

/** What somebody at the door wants: to open, or to leave the door open. How a lock takes the second is its maker's matter. */
export type DoorWish = DoorMove['action'];

/** What a card is to prove, with all that the reader needs for it. */
export type CardChallenge =
  | {
      readonly kind: 'aes';
      readonly technology: CardTechnology;
      readonly uid: Uint8Array;
      /** The card's AES-128 secret, 16 bytes: of this card alone. */
      readonly secret: Uint8Array;
      readonly keyNumber: number;
      /** 16 fresh random bytes. */
      readonly nonce: Uint8Array;
    }
  /** Which public key the card has, the card says. */
  | { readonly kind: 'public-key'; readonly nonce: Uint8Array };

/** What came of a challenge. */
export type CardCheck =
  /** The card holds the secret; with its public key, compressed, when that was asked for. */
  | { readonly outcome: 'proven'; readonly publicKey?: Uint8Array }
  /** It answered, and what it answered proves nothing. */
  | { readonly outcome: 'refused' }
  /** It left the field, or said something that no such card says. */
  | { readonly outcome: 'lost' }
  /** The reader has no way to challenge such a card. */
  | { readonly outcome: 'unsupported' };

/** What happens at the reader, the keypad and the bolt of the door itself: the columns of SPEC §9.7. */
export type DoorEvent =
  | {
      readonly type: 'card';
      readonly sighting: CardSighting;
      readonly wish: DoorWish;
      /** 16 fresh random bytes, for the challenge this may lead to. */
      readonly nonce: Uint8Array;
    }
  | {
      readonly type: 'card-checked';
      /** That of the `challenge-card` effect. */
      readonly check: number;
      readonly result: CardCheck;
    }
  | { readonly type: 'code'; readonly digits: string; readonly wish: DoorWish }
  | { readonly type: 'door-actuated'; readonly outcome: Actuation['outcome'] };

/** What the door's own parts must do. */
export type DoorEffect =
  /** Ends in one `card-checked` event of the same number; one that comes too late, or after the next card, counts for nothing. */
  | { readonly type: 'challenge-card'; readonly check: number; readonly challenge: CardChallenge }
  /** Ends in one `door-actuated` event. */
  | { readonly type: 'actuate-door'; readonly move: DoorMove }
  /** Tells the person that it stays shut, and the reader why. */
  | { readonly type: 'card-refused'; readonly code: AnswerCode };

/** A card that is being challenged. */
export interface CardChecking {
  readonly at: 'checking';
  readonly check: number;
  /** Monotonic ms of the sighting. */
  readonly since: number;
  readonly sighting: CardSighting;
  readonly wish: DoorWish;
  /** The AES secret that it is asked to prove. */
  readonly secret?: Uint8Array;
  /** Only to be reported to a session. */
  readonly enrolling: boolean;
}

/** What goes on at a door, and is forgotten when the power fails. */
export interface DoorAwake {
  /** How many challenges there were. */
  readonly checks: number;
  readonly now?: CardChecking | { readonly at: 'moving'; readonly move: DoorMove };
  /** Monotonic ms since when the next try for a code is awaited. */
  readonly codeSince?: number;
}

/** A door at which nothing goes on. */
export const quietDoor: DoorAwake = { checks: 0 };
