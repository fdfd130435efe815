import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { BenchProperty } from '../../bench/src/world/property.js';

/** One card of a guest, for one lock. */
export interface Card {
  /** Index of the lock. */
  readonly lock: number;
  readonly uid: Uint8Array;
  readonly credentialId: string;
}

/** The cards that shall open at the end, and those that no longer may. */
export interface Cards {
  readonly carried: readonly Card[];
  readonly taken: readonly Card[];
}

/** Cards of one Key, fewer than it may have. */
const mostCards = 8;
/** Between two cards, so that locks are told of something for as long as gateways are killed. */
const pauseMs = 150;
/** Of so many cards one is taken away again. */
const takenOf = 6;

/** Gives each lock's guest cards, as many as it is told; then goes on taking some away and giving others until it is over. */
export async function startCards(
  { app, propertyId, entranceIds }: BenchProperty,
  o: { readonly cards: number; readonly signal: AbortSignal },
): Promise<Cards> {
  const day = 86_400_000;
  const [startsAt, endsAt] = [-1, 2].map((days) => new Date(Date.now() + days * day).toISOString());
  const period = { startsAt: startsAt ?? '', endsAt: endsAt ?? null };
  const newKey = async (entranceId: string): Promise<string> => {
    const { id: holderId } = await app.guests.create({ propertyId, name: 'Gus Guest' });
    return (await app.keys.create({ propertyId, holderId, entranceIds: [entranceId], ...period })).id;
  };
  /** The Key of each lock that the next card is for, and how many it has had. */
  const keys = entranceIds.map(() => ({ id: '', cards: mostCards }));
  let carried: Card[] = [];
  const taken: Card[] = [];
  const give = async (lock: number): Promise<void> => {
    const uid = Uint8Array.from([4, ...randomBytes(6)]);
    const identity = Buffer.from(uid).toString('hex');
    const { id: keyCardId } = await app.keyCards.enroll({ propertyId, label: identity, technology: 'uid', identity });
    if (keys[lock]?.cards === mostCards) keys[lock] = { id: await newKey(entranceIds[lock] ?? ''), cards: 0 };
    const key = keys[lock] ?? { id: '', cards: 0 };
    key.cards += 1;
    const credential = await app.credentials.create({ keyId: key.id, kind: 'key_card', keyCardId });
    carried.push({ lock, uid, credentialId: credential.id });
  };
  const takeOne = async (): Promise<number> => {
    const card = carried[Math.floor(Math.random() * carried.length)];
    if (card === undefined) return 0;
    await app.credentials.remove({ credentialId: card.credentialId });
    carried = carried.filter((each) => each !== card);
    taken.push(card);
    return card.lock;
  };
  for (let given = 0; given < o.cards || !o.signal.aborted; given += 1) {
    // As many are given as are taken, so that the number stays what it was told.
    if (given >= o.cards || given % takenOf === takenOf - 1) await give(await takeOne());
    else await give(given % entranceIds.length);
    if (!o.signal.aborted) await wait(given < o.cards ? pauseMs : 4 * pauseMs);
  }
  while (carried.length < o.cards) await give(carried.length % entranceIds.length);
  return { carried, taken };
}
