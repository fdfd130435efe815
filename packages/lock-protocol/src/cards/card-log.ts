import type { LockAction } from '../caller/lock-link.js';
import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { type LogEntry, logActorSizeBytes } from '../log/lock-log.js';
import type { CardClass } from './card-technology.js';

/** What a log entry of type `card` says besides whose card it was (SPEC §10.7). */
export interface CardFact {
  /** The entry of the set; absent when none was found. */
  readonly entryId?: number;
  /** What the card proved, or could have; `code` when somebody entered digits. */
  readonly proof: CardClass | 'code';
  /** What the bolt was to do; absent when it was refused. */
  readonly action?: LockAction;
}

const codeProof = 255;
/** As the actions of a request are numbered (SPEC §10.1). */
const actions = ['unlock', 'lock', 'hold-open'] as const satisfies readonly LockAction[];
const cardClasses = [0, 1, 2, 3] as const satisfies readonly CardClass[];

/** The 8 bytes of a `card` entry's command id. */
export function encodeCardFact({ entryId, proof, action }: CardFact): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setUint16(0, entryId ?? 0);
  bytes[2] = proof === 'code' ? codeProof : proof;
  bytes[3] = entryId === undefined ? 0 : 1;
  bytes[4] = action === undefined ? 0 : actions.indexOf(action) + 1;
  return bytes;
}

/** Reads what {@link encodeCardFact} wrote into an entry; `undefined` for what a later version says. */
export function decodeCardFact({ commandId }: Pick<LogEntry, 'commandId'>): CardFact | undefined {
  const view = new DataView(commandId.buffer, commandId.byteOffset, commandId.length);
  const number = view.getUint8(2);
  const proof = number === codeProof ? 'code' : cardClasses[number];
  if (proof === undefined) return undefined;
  const action = actions[view.getUint8(4) - 1];
  return {
    ...(view.getUint8(3) === 1 ? { entryId: view.getUint16(0) } : {}),
    proof,
    ...(action ? { action } : {}),
  };
}

/** The actor of a `card` entry: the first bytes of SHA-256 over a card's UID, or over its public key once it has signed. */
export function cardActor(crypto: CryptoProvider, identity: Uint8Array): Uint8Array {
  return crypto.sha256(identity).slice(0, logActorSizeBytes);
}
