import { type CborValue, decodeCbor, encodeCbor } from '../encoding/cbor.js';
import { readOrRefuse } from '../objects/object-decision.js';
import { LockProtocolError } from '../protocol-error.js';
import { decodeIdentity } from './identity-statement.js';

/** Who a lock said it is, and in which session: what a portal signs a lock certificate for. */
export interface StatedIdentity {
  /** `OLP1-identity`, as the lock signed it. */
  readonly statement: Uint8Array;
  /** Hash of the session in which it did. */
  readonly handshakeHash: Uint8Array;
}

/**
 * How far commissioning a lock has come, so that it goes on from there after the app was killed; absent before the lock has
 * said who it is. Nothing in it is secret.
 */
export type InstallProgress = StatedIdentity &
  (
    | { readonly at: 'identified' }
    /** The property has signed an order; the lock may have it or not. It must not be thrown away until the lock confirms. */
    | { readonly at: 'certified'; readonly order: Uint8Array }
    /** The lock obeys, and said so. */
    | { readonly at: 'confirmed'; readonly order: Uint8Array; readonly head: Uint8Array }
  );

const steps = ['identified', 'certified', 'confirmed'] as const satisfies readonly InstallProgress['at'][];
const field = { step: 2, statement: 4, handshakeHash: 6, order: 8, head: 10 } as const;

/** Bytes of a progress, for whatever an app keeps things in; the format never travels. */
export function encodeInstallProgress(progress: InstallProgress): Uint8Array {
  const map = new Map<number, CborValue>([
    [field.step, steps.indexOf(progress.at)],
    [field.statement, progress.statement],
    [field.handshakeHash, progress.handshakeHash],
  ]);
  if (progress.at !== 'identified') map.set(field.order, progress.order);
  if (progress.at === 'confirmed') map.set(field.head, progress.head);
  return encodeCbor(map);
}

/**
 * Reads what {@link encodeInstallProgress} wrote.
 *
 * @throws LockProtocolError `commission`/`progress` for anything else.
 */
export function decodeInstallProgress(bytes: Uint8Array): InstallProgress {
  const read = readOrRefuse(() => decodeCbor(bytes));
  const map = read.ok && read.value instanceof Map ? read.value : refuse();
  const bytesAt = (label: number): Uint8Array => {
    const value = map.get(label);
    return value instanceof Uint8Array ? value : refuse();
  };
  const stated = { statement: bytesAt(field.statement), handshakeHash: bytesAt(field.handshakeHash) };
  if (!readOrRefuse(() => decodeIdentity(stated.statement)).ok) return refuse();
  const step = map.get(field.step);
  const at = typeof step === 'number' ? steps[step] : undefined;
  if (at === undefined) return refuse();
  if (at === 'identified') return { ...stated, at };
  const order = bytesAt(field.order);
  return at === 'certified' ? { ...stated, at, order } : { ...stated, at, order, head: bytesAt(field.head) };
}

function refuse(): never {
  throw new LockProtocolError(
    { code: 'commission', reason: 'progress' },
    'These bytes are no progress of an installer.',
  );
}
