import type { AnswerCode } from './answer-code.js';
import type { ObjectType } from './objects/object-type.js';

/** Why bytes were refused as deterministic CBOR, or a value cannot be written as it; see {@link LockProtocolError}. */
export type CborFault =
  | 'truncated'
  | 'trailing-bytes'
  | 'not-shortest'
  | 'indefinite-length'
  | 'map-order'
  | 'map-label'
  | 'text'
  | 'unsupported'
  | 'too-deep'
  | 'too-large'
  | 'not-encodable';

/** Why a step of the Noise handshake was refused; see {@link LockProtocolError}. */
export type HandshakeFault = 'tag' | 'length' | 'order' | 'weak-public-key' | 'public-key';

/** Why a frame was refused; the session is over then. See {@link LockProtocolError}. */
export type FrameFault = 'size' | 'counter' | 'start' | 'length' | 'end' | 'silence' | 'mtu';

/** Which message, or value read from a lock, is not what it claims to be; see {@link LockProtocolError}. */
export type MessageFault =
  | 'service-data'
  | 'info'
  | 'hello'
  | 'request'
  | 'result'
  | 'memory'
  | 'log-entry'
  | 'log-page'
  | 'card-report'
  | 'set'
  | 'out-of-turn';

/** Why a text is no label of a lock; see {@link LockProtocolError}. */
export type LabelFault = 'kind' | 'version' | 'parts' | 'tag' | 'secret' | 'check';

/** Why commissioning a lock ended before the lock confirmed it; see {@link LockProtocolError}. */
export type CommissionFault =
  /** The lock ended the connection at message 1: nobody has shown to be inside, or it obeys another order already. */
  | 'not-admitted'
  /** The lock ended the connection at message 3: most likely the label is of another lock. */
  | 'secret-refused'
  /** What the lock says of itself does not verify. */
  | 'identity'
  /** The lock answered the order, or the question who it is, with `answer`. */
  | 'refused'
  /** The lock's confirmation does not verify. */
  | 'confirmation'
  /** The stored bytes are no progress. */
  | 'progress';

/** Why a command ended without an answer although both sides kept to the protocol; see {@link LockProtocolError}. */
export type CommandFault =
  | 'link-closed'
  | 'read-failed'
  | 'write-failed'
  | 'aborted'
  | 'late'
  | 'authority-failed'
  | 'not-permitted';

/**
 * What went wrong, as data: tagged by `code`, one member per part of the room that throws.
 *
 * - `cbor`: bytes outside the deterministic subset of SPEC §4, or a value that has no encoding in it.
 * - `cose`: bytes that are no COSE_Sign1 of the shape of SPEC §4.3.
 * - `object`: claims that are no object of that type, or fields that cannot be one.
 * - `crypto`: an argument of the wrong size, an all-zero X25519 result, a P-256 secret out of range, a public key that is
 *   no point of P-256, or no source of randomness.
 * - `handshake`: a handshake message that did not verify, or a step out of order.
 * - `record`: a transport record that did not verify, or a counter at its end.
 * - `frame`: a gap, repeat, overrun or silence between frames.
 * - `message`: a message or characteristic that is not what it claims to be.
 * - `label`: a text that is no label of a lock.
 * - `commission`: commissioning a lock ended before the lock confirmed it.
 * - `command`: the link, the signal, the deadline, the authority or the journal ended a command.
 *
 * Every fault that ends a command carries `commandWritten`: false when the lock cannot have acted, true when its
 * outcome is unknown.
 */
export type LockProtocolFault = { readonly commandWritten?: boolean } & PartFault;

/** What went wrong in one part of the room; see {@link LockProtocolFault}. */
export type PartFault =
  | { readonly code: 'cbor'; readonly reason: CborFault; readonly offset?: number }
  | { readonly code: 'cose'; readonly reason: 'shape' | 'protected-header' | 'signature-size' }
  | { readonly code: 'object'; readonly object: ObjectType; readonly field: string }
  | {
      readonly code: 'crypto';
      readonly reason: 'size' | 'weak-public-key' | 'secret' | 'public-key' | 'no-randomness';
      readonly field?: string;
    }
  | { readonly code: 'handshake'; readonly reason: HandshakeFault }
  | { readonly code: 'record'; readonly reason: 'tag' | 'length' | 'counter' }
  | { readonly code: 'frame'; readonly reason: FrameFault }
  | { readonly code: 'message'; readonly reason: MessageFault }
  | { readonly code: 'label'; readonly reason: LabelFault }
  | { readonly code: 'commission'; readonly reason: CommissionFault; readonly answer?: AnswerCode }
  | { readonly code: 'command'; readonly reason: CommandFault };

/**
 * The one error of this room: thrown for what the caller could not have decided (bytes that are not what they claim to
 * be, a broken session). Refusals by a lock are data, never this error. `cause` is kept where another error led here.
 */
export class LockProtocolError extends Error {
  /** What went wrong, tagged by `code`. */
  readonly info: LockProtocolFault;

  constructor(info: LockProtocolFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LockProtocolError';
    this.info = info;
  }
}
