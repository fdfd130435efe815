import type { AnswerCode } from '../answer-code.js';
import type { OperationName } from '../lock/operation-message.js';
import type { LogHead } from '../log/lock-log.js';
import type { ShownObjects } from '../message.js';
import type { LockProtocolError } from '../protocol-error.js';
import type { SetBoxes } from '../sets/set-plan.js';

/** An object that the property signed, with the certificate of its key. */
export interface CarriedObject {
  readonly object: Uint8Array;
  readonly certificate: Uint8Array;
}

/** A revision of a lock's set, as anybody may carry it. */
export interface CarriedSet extends SetBoxes {
  readonly manifest: Uint8Array;
  /** Of the key that signed the manifest. */
  readonly certificate: Uint8Array;
}

/** What is to be brought out of a lock's log. */
export interface LogErrand {
  /** Pages from after this number; 0 from the oldest. */
  readonly after: number;
  /** Up to where the reader to whom the log is due has it: only that reader's word may be given to the lock. */
  readonly acknowledge?: LogHead;
  /** Most pages of one visit; as many as a whole log has when absent. */
  readonly mostPages?: number;
}

/** What somebody takes to one lock, and is to bring back. Nothing in it is a secret of the lock, a card or a key. */
export interface LockParcel {
  readonly bulletin?: CarriedObject;
  /** Asks for a time token over the nonce of this connection; a carrier without a network has none to give. */
  readonly time?: (challenge: Uint8Array) => Promise<CarriedObject>;
  readonly set?: CarriedSet;
  readonly log?: LogErrand;
  /** The carrier's own grant: for the log; the rest speaks for itself. */
  readonly shown?: ShownObjects;
}

/** The parts of a parcel, in the order in which they are delivered. */
export const parcelParts = ['bulletin', 'time', 'set', 'log', 'acknowledgement'] as const;

/** One of {@link parcelParts}. */
export type ParcelPart = (typeof parcelParts)[number];

/** What became of one part. */
export type PartOutcome =
  /** The lock has it: since now, or since before. */
  | { readonly outcome: 'done' }
  /** The lock said no. Delivering the same again helps only where the code's retry class says so. */
  | { readonly outcome: 'refused'; readonly code: Exclude<AnswerCode, 'ok'>; readonly during: OperationName }
  /** Whoever should have given the time token did not. */
  | { readonly outcome: 'not-given'; readonly cause: unknown }
  /** The visit ended here; the lock may have it. The next visit, by anybody, goes on. */
  | { readonly outcome: 'cut'; readonly error: LockProtocolError };

/** What came of a delivery. Parts that the parcel did not have, or that a cut left undone, are absent. */
export interface Delivery {
  readonly parts: Readonly<Partial<Record<ParcelPart, PartOutcome>>>;
  /** As the lock signed them, in order; they prove what it obeys to whoever has its key. */
  readonly receipts: readonly Uint8Array[];
  /** As the lock gave them, in order. */
  readonly pages: readonly Uint8Array[];
}
