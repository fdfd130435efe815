import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CredentialId, EntranceId, KeyId, MemberId, PropertyId } from '../identifiers.js';
import type { Instant } from '../instant.js';
import type { Key } from '../key.js';
import { type CarriedCredential, type LockSetRequest, planLockEntries } from './lock-entries.js';

const now = Date.parse('2026-11-22T10:00:00Z') as Instant;
const hour = 3_600_000;
const door = 'ent_1' as EntranceId;
const at = (hours: number) => (now + hours * hour) as Instant;

function keyOf(name: string, o: Partial<Key> = {}): Key {
  return {
    id: `key_${name}` as KeyId,
    propertyId: 'prop_1' as PropertyId,
    holderId: 'mem_1' as MemberId,
    creatorId: 'mem_2' as MemberId,
    entranceIds: [door],
    startsAt: at(-1),
    endsAt: at(24),
    schedule: null,
    revokedAt: null,
    ...o,
  };
}

const credentialOf = (name: string, o: Partial<CarriedCredential> = {}): CarriedCredential => ({
  id: `crd_${name}` as CredentialId,
  keyId: `key_${name}` as KeyId,
  entranceId: null,
  removedAt: null,
  ...o,
});

const request = (o: Partial<LockSetRequest>): LockSetRequest => ({
  ...{ entranceId: door, keys: [], credentials: [], timeZone: 'Europe/Berlin', now },
  ...{ held: [], unproven: [], capacity: 100, ...o },
});

const idsOf = (plan: ReturnType<typeof planLockEntries>) => plan.entries.map(({ credentialId }) => credentialId);

describe('what a lock shall obey', () => {
  it.each([
    ['a living key for the door', {}, {}, true],
    ['one whose period is to come', { startsAt: at(5) }, {}, true],
    ['one without end', { endsAt: null }, {}, true],
    ['one that ends now', { endsAt: now }, {}, false],
    ['a revoked one', { revokedAt: at(-1) }, {}, false],
    ['one for another door', { entranceIds: ['ent_2' as EntranceId] }, {}, false],
    ['a code for this door', {}, { entranceId: door }, true],
    ['a code for another door of its key', {}, { entranceId: 'ent_2' as EntranceId }, false],
    ['a credential that was removed', {}, { removedAt: at(-1) }, false],
    ['a credential of no key that is there', {}, { keyId: 'key_other' as KeyId }, false],
  ] as const)('%s', (_, key, credential, isIn) => {
    const plan = planLockEntries(request({ keys: [keyOf('a', key)], credentials: [credentialOf('a', credential)] }));
    expect(idsOf(plan)).toEqual(isIn ? ['crd_a'] : []);
    expect(plan.leftOut).toEqual([]);
  });

  it('P-9: carries the clocks of the property with the hours of a key', () => {
    const schedule = { windows: [{ weekdays: 127, startMinute: 1320, endMinute: 360 }] };
    const keys = [keyOf('a', { schedule, endsAt: null }), keyOf('b')];
    const plan = planLockEntries(request({ keys, credentials: [credentialOf('a'), credentialOf('b')] }));
    expect(plan.entries[0]?.hours).toMatchObject({ schedule, offsets: { length: 8 } });
    expect(plan.entries[1]?.hours).toBeNull();
  });

  it('P-7: puts nobody in the house out for somebody to come, and takes the soonest of those', () => {
    const keys = [
      keyOf('late', { startsAt: at(50) }),
      keyOf('soon', { startsAt: at(2) }),
      keyOf('here', { startsAt: at(-30) }),
      keyOf('also', { startsAt: at(-1) }),
    ];
    const credentials = ['late', 'soon', 'here', 'also'].map((name) => credentialOf(name));
    const plan = planLockEntries(request({ keys, credentials, capacity: 3 }));
    expect(idsOf(plan).toSorted()).toEqual(['crd_also', 'crd_here', 'crd_soon']);
    expect(plan.leftOut).toEqual(['crd_late']);
  });

  it('gives no number again before its removal is proven', () => {
    const keys = [keyOf('a'), keyOf('b')];
    const credentials = [credentialOf('a'), credentialOf('b')];
    const held = [{ id: 1, credentialId: 'crd_a' as CredentialId }];
    const plan = planLockEntries(request({ keys, credentials, held, unproven: [0, 2] }));
    expect(plan.entries.map(({ id, credentialId }) => [id, credentialId])).toEqual([
      [1, 'crd_a'],
      [3, 'crd_b'],
    ]);
  });

  const world = fc.record({
    keys: fc.uniqueArray(
      fc.record({
        name: fc.integer({ min: 0, max: 30 }),
        starts: fc.integer({ min: -9, max: 9 }),
        isLive: fc.boolean(),
      }),
      { selector: ({ name }) => name, maxLength: 20 },
    ),
    capacity: fc.integer({ min: 0, max: 12 }),
    unproven: fc.uniqueArray(fc.integer({ min: 0, max: 10 })),
  });
  const requestOf = ({ keys, capacity, unproven }: typeof world extends fc.Arbitrary<infer World> ? World : never) =>
    request({
      keys: keys.map(({ name, starts, isLive }) =>
        keyOf(String(name), { startsAt: at(starts), revokedAt: isLive ? null : now }),
      ),
      credentials: keys.map(({ name }) => credentialOf(String(name))),
      ...{ capacity, unproven },
    });

  it('asked again with what it said, says the same; every number is somebody’s own; nobody living is forgotten', () => {
    fc.assert(
      fc.property(world, (o) => {
        const first = planLockEntries(requestOf(o));
        const again = planLockEntries({ ...requestOf(o), held: first.entries });
        expect(again).toEqual(first);
        const ids = first.entries.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.filter((id) => o.unproven.includes(id))).toEqual([]);
        const living = o.keys.filter(({ isLive }) => isLive).map(({ name }) => `crd_${name}`);
        expect([...idsOf(first), ...first.leftOut].toSorted()).toEqual(living.toSorted());
        expect(first.entries.length).toBe(Math.min(living.length, o.capacity));
      }),
    );
  });

  it('the order in which keys and credentials are given does not matter', () => {
    fc.assert(
      fc.property(world, (o) => {
        const { keys, credentials, ...rest } = requestOf(o);
        const turned = { ...rest, keys: [...keys].reverse(), credentials: [...credentials].reverse() };
        expect(planLockEntries(turned)).toEqual(planLockEntries(requestOf(o)));
      }),
    );
  });
});
