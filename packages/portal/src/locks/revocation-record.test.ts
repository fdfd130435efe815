import { type Instant, toInstant } from '@latchwork/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GivenCode, type HouseDoor, type LockHouse, openLockHouse } from '../harness/lock-house.test-rig.js';
import { createIdentifiers } from '../identifiers.js';
import type { Draft } from '../ledger.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';

const dayMs = 86_400_000;
const actor = { kind: 'system' } as const;

let house: LockHouse;
let doors: readonly [HouseDoor, HouseDoor];

beforeEach(async () => {
  house = await openLockHouse();
  doors = house.ground.doors;
});
afterEach(async () => {
  await house[Symbol.asyncDispose]();
});

/** What was revoked so far: why, at which doors, and until when it can still open there. */
const told = () =>
  house.revocations().map(({ cause, locks, actor: by }) => ({
    ...{ cause, by },
    at: locks.map(({ entranceId, exposureEndsAt }) => ({ entranceId, exposureEndsAt })),
  }));
const both = (exposureEndsAt: Instant | null = null) => doors.map(({ entranceId }) => ({ entranceId, exposureEndsAt }));
const keyOf = ({ keyId }: GivenCode): Row<'accessKey'> => {
  const key = house.projection.accessKeys.get(keyId);
  if (key === undefined) throw new Error('There is no such Key.');
  return key;
};
const end = (draft: Draft, given: GivenCode) => draft.update('accessKey', { ...keyOf(given), revokedAt: draft.now });

describe('a revocation is written with what it is about', () => {
  it('at the doors that a Key lost, and at no other', async () => {
    const given = await house.giveCode({ digits: '111111' });
    await house.editKey(given.keyId, { entranceIds: [doors[1].entranceId] });
    const at = [{ entranceId: doors[0].entranceId, exposureEndsAt: null }];
    expect(told()).toMatchObject([{ cause: { type: 'key', id: given.keyId }, at }]);
  });

  it.each<[string, (now: number) => Partial<Row<'accessKey'>>]>([
    ['ends sooner', (now) => ({ endsAt: toInstant(now + dayMs) })],
    ['begins later', (now) => ({ startsAt: toInstant(now + dayMs) })],
    ['has fewer hours', () => ({ schedule: { windows: [{ weekdays: 1, startMinute: 0, endMinute: 60 }] } })],
  ])('when a Key %s, until the end that it had', async (_, change) => {
    const now = house.ground.clock.now();
    const endsAt = toInstant(now + 2 * dayMs);
    const given = await house.giveCode({ digits: '111111', endsAt });
    await house.editKey(given.keyId, change(now));
    expect(told()).toMatchObject([{ cause: { type: 'key', id: given.keyId }, at: both(endsAt) }]);
    // Until the lock has proven the shorter one, the longer one is what it may have.
    await house.editKey(given.keyId, { revokedAt: now });
    expect(told()[1]).toMatchObject({ at: both(endsAt) });
  });

  it('not when a Key ends later, begins sooner, or opens at all hours and at more doors', async () => {
    const { clock } = house.ground;
    const endsAt = toInstant(clock.now() + dayMs);
    const { keyId } = await house.giveCode({ digits: '111111', doors: [doors[0]], endsAt });
    const startsAt = toInstant(clock.now() - 2 * dayMs);
    await house.editKey(keyId, { endsAt: null, startsAt, entranceIds: doors.map(({ entranceId }) => entranceId) });
    expect(told()).toEqual([]);
  });

  it('once for all Keys of a member or a guest who goes', async () => {
    const { memberId, property } = house.ground;
    const [a, b, c] = [
      await house.giveCode({ digits: '111111', holderId: memberId }),
      await house.giveCode({ digits: '222222', holderId: memberId }),
      await house.giveCode({ digits: '333333' }),
    ];
    const guestId = keyOf(c).holderId;
    const fact = { propertyId: property.id, occurredAt: timestampOf(house.ground.clock.now()), actor };
    await house.ledger.write((draft) => {
      draft.event({ type: 'member.removed', ...fact, memberId, formerRole: 'team', because: 'removed' });
      for (const given of [a, b]) end(draft, given);
    });
    await house.ledger.write((draft) => {
      if (guestId.startsWith('gst_')) draft.event({ type: 'guest.removed', ...fact, guestId: guestId as never });
      end(draft, c);
    });
    expect(told()).toMatchObject([
      { cause: { type: 'member', id: memberId }, by: actor, at: both() },
      { cause: { type: 'guest', id: guestId }, by: actor, at: both() },
    ]);
    expect(house.revocations()[0]?.locks[0]?.credentialIds).toEqual([a.credentialId, b.credentialId]);
  });

  it('in a long command, which is decided ahead of its turn, as in any other', async () => {
    const given = await house.giveCode({ digits: '111111' });
    await house.ledger.writeLong({
      *decide(draft) {
        yield;
        end(draft, given);
      },
    });
    expect(told()).toMatchObject([{ cause: { type: 'key', id: given.keyId }, at: both() }]);
  });

  it('for a credential that is taken off its Key, and for the card that is lost with it', async () => {
    const [code, card] = [await house.giveCode({ digits: '111111' }), await house.giveCode({ digits: '222222' })];
    const { clock, property } = house.ground;
    const keyCard: Row<'keyCard'> = {
      ...{ id: createIdentifiers().next('keyCard', clock.now()), propertyId: property.id, label: '1', version: 1 },
      ...{ technology: 'uid', chip: null, slots: [], identity: '04a1b2c3', state: 'assigned', createdAt: clock.now() },
    };
    const credentialOf = ({ credentialId }: GivenCode): Row<'credential'> => {
      const found = house.projection.credentials.get(credentialId);
      if (found === undefined) throw new Error('There is no such credential.');
      return found;
    };
    await house.ledger.write((draft) => {
      draft.insert('keyCard', keyCard);
      draft.update('credential', { ...credentialOf(card), kind: 'key_card', cardId: keyCard.id, codeSealed: null });
    });
    await house.locks.plan();
    await house.ledger.write((draft) => draft.update('credential', { ...credentialOf(code), removedAt: draft.now }));
    await house.ledger.write((draft) => {
      draft.update('keyCard', { ...keyCard, state: 'lost' });
      draft.update('credential', { ...credentialOf(card), removedAt: draft.now });
    });
    expect(told()).toMatchObject([
      { cause: { type: 'credential', id: code.credentialId }, at: both() },
      { cause: { type: 'card', id: keyCard.id }, at: both() },
    ]);
  });

  it('and tells the feed: one event when it is written, one for each lock that has proven it', async () => {
    const given = await house.giveCode({ digits: '111111' });
    const heard = house.projection.lastPosition(house.ground.property.id);
    await house.editKey(given.keyId, { revokedAt: house.ground.clock.now() });
    expect(house.projection.lastPosition(house.ground.property.id)).toBe(heard + 1);
    for (const [at, door] of doors.entries()) {
      await house.bring(door);
      await house.bring(door);
      expect(house.projection.lastPosition(house.ground.property.id)).toBe(heard + 2 + at);
    }
  });
});
