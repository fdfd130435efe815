import { type CborValue, decodeCbor, encodeCbor } from '../encoding/cbor.js';
import { hasUnknownCriticalClaim } from '../encoding/claim-reader.js';
import { LockProtocolError } from '../protocol-error.js';
import {
  type CardClass,
  type CardSighting,
  type CardTechnology,
  cardTechnologies,
  classOfTechnology,
} from './card-technology.js';

/** What a lock says of the card that it was asked to report (SPEC §10.10). */
export interface CardReport {
  /** `undefined` for a kind that this version does not know. */
  readonly technology: CardTechnology | undefined;
  /** In ISO 14443-3 order; one that is drawn anew at every tap names no card. */
  readonly uid: Uint8Array;
  readonly cardClass: CardClass;
  /** Whether the maker's signature over the UID verified; absent: the reader could not ask. */
  readonly genuine?: boolean;
  /** Proven by the card, 33 bytes; only of cards that have one. */
  readonly publicKey?: Uint8Array;
}

const enrollField = { seconds: 1 } as const;
const field = { technology: 1, uid: 3, cardClass: 5, genuine: 7, publicKey: 9 } as const;
const cardClasses = [0, 1, 2, 3] as const satisfies readonly CardClass[];

/** Longest wait for a card, in seconds. */
export const longestEnrollSeconds = 60;

/** Body of the operation enroll: how long the lock waits for a card, 1 to {@link longestEnrollSeconds}. */
export function encodeEnroll(seconds: number): Uint8Array {
  return encodeCbor(new Map<number, CborValue>([[enrollField.seconds, seconds]]));
}

/** Reads what {@link encodeEnroll} wrote, or tells the code with which the lock answers. */
export function readEnroll(body: Uint8Array): number | 'bad-frame' | 'critical-field' {
  const map = readMap(body);
  if (!map) return 'bad-frame';
  if (hasUnknownCriticalClaim(map, enrollField)) return 'critical-field';
  const seconds = map.get(enrollField.seconds);
  const good = typeof seconds === 'number' && seconds >= 1 && seconds <= longestEnrollSeconds;
  return good ? seconds : 'bad-frame';
}

/** Body of the answer to the operation enroll. */
export function encodeCardReport(o: CardSighting & Pick<CardReport, 'publicKey'>): Uint8Array {
  const { technology, uid, genuine, publicKey } = o;
  const map = new Map<number, CborValue>([
    [field.technology, cardTechnologies.indexOf(technology) + 1],
    [field.uid, uid],
    [field.cardClass, classOfTechnology(technology)],
  ]);
  if (genuine !== undefined) map.set(field.genuine, genuine);
  if (publicKey !== undefined) map.set(field.publicKey, publicKey);
  return encodeCbor(map);
}

/**
 * Reads what {@link encodeCardReport} wrote.
 * @throws LockProtocolError `message` for anything else.
 */
export function decodeCardReport(body: Uint8Array): CardReport {
  const map = readMap(body);
  if (!map || hasUnknownCriticalClaim(map, field)) return refuse();
  const technology = map.get(field.technology);
  const uid = map.get(field.uid);
  const cardClass = cardClasses.find((known) => known === map.get(field.cardClass));
  const genuine = map.get(field.genuine);
  const publicKey = map.get(field.publicKey);
  if (typeof technology !== 'number' || !(uid instanceof Uint8Array) || cardClass === undefined) return refuse();
  if (genuine !== undefined && typeof genuine !== 'boolean') return refuse();
  if (publicKey !== undefined && !(publicKey instanceof Uint8Array && publicKey.length === 33)) return refuse();
  return {
    ...{ technology: cardTechnologies[technology - 1], uid, cardClass },
    ...(genuine === undefined ? {} : { genuine }),
    ...(publicKey === undefined ? {} : { publicKey }),
  };
}

function readMap(body: Uint8Array): ReadonlyMap<number, CborValue> | undefined {
  try {
    const value = decodeCbor(body);
    return value instanceof Map ? value : undefined;
  } catch (error) {
    if (error instanceof LockProtocolError) return undefined;
    throw error;
  }
}

function refuse(): never {
  throw new LockProtocolError({ code: 'message', reason: 'card-report' }, 'These bytes report no card.');
}
