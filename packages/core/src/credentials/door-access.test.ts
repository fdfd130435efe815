import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccessSchedule } from '../access-schedule.js';
import type { CredentialId, DeviceId, GuestId } from '../identifiers.js';
import { toInstant } from '../instant.js';
import { frontDoor, instantAt, sampleId, yearKey } from '../sample-hotel.js';
import {
  type AccessCredential,
  type AccessKey,
  type AccessLock,
  type DoorAccessRequest,
  decideDoorAccess,
} from './door-access.js';

const device = sampleId('device');
const card = sampleId('credential');
const holderId: GuestId = sampleId('guest');
const noon = instantAt('2026-06-10T10:00:00Z');
const revision = (number: number) => ({ epoch: 1, revision: number });

type Wish = {
  readonly at?: string;
  readonly key?: Partial<AccessKey>;
  readonly credential?: Partial<AccessCredential>;
  readonly lock?: Partial<AccessLock>;
};

const entry = (since: number, credentialId: CredentialId = card) => ({ credentialId, since: revision(since) });

function requestOf({ at, key, credential, lock }: Wish): DoorAccessRequest {
  return {
    at: at === undefined ? noon : instantAt(at),
    entranceId: frontDoor.entranceId,
    timeZone: 'Europe/Berlin',
    locks: [
      {
        ...{ deviceId: device, entries: [entry(3)], leaving: [], proven: revision(3), exposures: [] },
        ...lock,
      },
    ],
    keys: [{ ...yearKey, holderId, isEdited: false, ...key }],
    credentials: [{ id: card, keyId: yearKey.id, entranceId: null, removedAt: null, isOutOfUse: false, ...credential }],
  };
}

const reasonOf = (wish: Wish) => decideDoorAccess(requestOf(wish)).map(({ because }) => because)[0] ?? 'nobody';

describe('who can open this door now', () => {
  it('names whose credential it is, at which lock, why, and until when', () => {
    expect(decideDoorAccess(requestOf({}))).toEqual([
      {
        ...{ deviceId: device, credentialId: card, keyId: yearKey.id, holderId },
        ...{ because: 'confirmed', until: yearKey.endsAt },
      },
    ]);
  });

  const gone = { entries: [], leaving: [entry(5)] };
  it.each<[string, Wish, string]>([
    ['the lock was never told of it', { lock: { entries: [] } }, 'nobody'],
    ['told and proven', {}, 'confirmed'],
    ['proven by a later word', { lock: { proven: revision(9) } }, 'confirmed'],
    ['proven by a word of a later epoch', { lock: { proven: { epoch: 2, revision: 1 } } }, 'confirmed'],
    ['told, and the lock has confirmed nothing', { lock: { proven: null } }, 'not-confirmed'],
    ['told, and the lock has confirmed less', { lock: { proven: revision(2) } }, 'not-confirmed'],
    [
      'P-6: taken out, and the lock has not confirmed that',
      { lock: { ...gone, proven: revision(4) } },
      'removal-unproven',
    ],
    ['taken out, of a lock that has confirmed nothing', { lock: { ...gone, proven: null } }, 'removal-unproven'],
    ['taken out and proven', { lock: { ...gone, proven: revision(5) } }, 'nobody'],
    [
      'taken out twice, and only the first is proven',
      {
        lock: { entries: [], leaving: [entry(5), entry(7)], proven: revision(6) },
      },
      'removal-unproven',
    ],
    [
      'taken out, then put in again and proven',
      {
        lock: { entries: [entry(6)], leaving: [entry(5)], proven: revision(6) },
      },
      'confirmed',
    ],
    ['its Key revoked a moment ago, the lock not told yet', { key: { revokedAt: noon } }, 'removal-unproven'],
    ['itself removed a moment ago', { credential: { removedAt: noon } }, 'removal-unproven'],
    ['on a card that is lost, the lock not told yet', { credential: { isOutOfUse: true } }, 'removal-unproven'],
    ['its Key taken off this door a moment ago', { key: { entranceIds: [] } }, 'removal-unproven'],
    [
      'P-6: with a revocation that the lock has not proven, whatever it has proven else',
      { lock: { exposures: [{ credentialId: card, endsAt: null }] } },
      'not-confirmed',
    ],
    [
      'with a revocation of another credential',
      { lock: { exposures: [{ credentialId: sampleId('credential', 2), endsAt: null }] } },
      'confirmed',
    ],
  ])('%s', (_, wish, expected) => {
    expect(reasonOf(wish)).toBe(expected);
  });

  it.each<[string, string, string]>([
    ['before its period begins', '2025-12-31T23:59:59.999Z', 'nobody'],
    ['as it begins', '2026-01-01T00:00:00Z', 'confirmed'],
    ['in its last millisecond', '2026-12-31T23:59:59.999Z', 'confirmed'],
    ['as it ends', '2027-01-01T00:00:00Z', 'nobody'],
  ])('a confirmed credential %s', (_, at, expected) => {
    expect(reasonOf({ at })).toBe(expected);
  });

  const exposed = (endsAt: string | null) => [
    { credentialId: card, endsAt: endsAt === null ? null : instantAt(endsAt) },
  ];

  it.each<[string, Wish, string]>([
    ['opens nobody before its period begins', { at: '2025-06-01T10:00:00Z' }, 'nobody'],
    ['opens while its period lasts', {}, 'removal-unproven'],
    ['ends by itself with its period', { at: '2027-06-01T10:00:00Z' }, 'nobody'],
    [
      'of a Key that was changed and is exposed is not held to the newest period',
      { at: '2027-06-01T10:00:00Z', key: { isEdited: true }, lock: { exposures: exposed(null) } },
      'removal-unproven',
    ],
    [
      'of a Key that was changed is held to it where no revocation is unproven',
      { at: '2027-06-01T10:00:00Z', key: { isEdited: true } },
      'nobody',
    ],
  ])('an unproven removal %s', (_, wish, expected) => {
    const lock = { entries: [], leaving: [entry(5)], proven: revision(4), ...wish.lock };
    expect(reasonOf({ ...wish, lock })).toBe(expected);
  });

  const shortened = { endsAt: instantAt('2026-03-01T00:00:00Z'), isEdited: true };
  it.each<[string, ReturnType<typeof exposed>, string | null]>([
    ['it ends by itself', exposed('2026-08-01T00:00:00Z'), '2026-08-01T00:00:00Z'],
    [
      'the last of several ends',
      [...exposed('2026-08-01T00:00:00Z'), ...exposed('2026-07-01T00:00:00Z')],
      '2026-08-01T00:00:00Z',
    ],
    ['for ever', [...exposed(null), ...exposed('2026-07-01T00:00:00Z')], null],
  ])('a shorter Key that the lock has not confirmed: it may obey the longer one until %s', (_, exposures, until) => {
    expect(decideDoorAccess(requestOf({ key: shortened, lock: { exposures } }))).toMatchObject([
      { because: 'not-confirmed', until: until === null ? null : instantAt(until) },
    ]);
  });

  it('and no longer: not after that end, and not once it is proven', () => {
    const exposures = exposed('2026-06-10T10:00:00Z');
    expect(reasonOf({ at: '2026-06-10T09:59:59Z', key: shortened, lock: { exposures } })).toBe('not-confirmed');
    expect(reasonOf({ at: '2026-06-10T10:00:00Z', key: shortened, lock: { exposures } })).toBe('nobody');
    expect(reasonOf({ key: shortened })).toBe('nobody');
  });
});

describe('P-9: within the hours of the Key, by the property’s clocks', () => {
  const hours = (startMinute: number, endMinute: number, weekdays = 127): AccessSchedule => ({
    windows: [{ weekdays, startMinute, endMinute }],
  });
  it.each<[string, AccessSchedule, string, string | null]>([
    ['in winter, an hour ahead of UTC', hours(480, 1020), '2026-01-14T07:00:00Z', '2026-01-14T16:00:00Z'],
    ['a minute too early', hours(480, 1020), '2026-01-14T06:59:00Z', null],
    ['in summer, two hours ahead', hours(480, 1020), '2026-06-10T06:00:00Z', '2026-06-10T15:00:00Z'],
    ['as they close', hours(480, 1020), '2026-06-10T15:00:00Z', null],
    ['on a day that is not named (a Wednesday)', hours(480, 1020, 0b1111011), '2026-06-10T10:00:00Z', null],
    ['over midnight, on the morning after', hours(1320, 360), '2026-06-10T03:00:00Z', '2026-06-10T04:00:00Z'],
    ['in the skipped hour of spring nothing opens: before', hours(120, 180), '2026-03-29T00:59:00Z', null],
    ['in the skipped hour of spring nothing opens: after', hours(120, 180), '2026-03-29T01:00:00Z', null],
    ['a night of spring is an hour shorter', hours(60, 300), '2026-03-29T00:00:00Z', '2026-03-29T03:00:00Z'],
    ['a night of autumn is an hour longer', hours(60, 300), '2026-10-24T23:00:00Z', '2026-10-25T04:00:00Z'],
    ['the repeated hour of autumn, first pass', hours(120, 180), '2026-10-25T00:30:00Z', '2026-10-25T02:00:00Z'],
    ['the repeated hour of autumn, second pass', hours(120, 180), '2026-10-25T01:30:00Z', '2026-10-25T02:00:00Z'],
    ['the last window ends with the Key', hours(1080, 360), '2026-12-31T20:00:00Z', '2027-01-01T00:00:00Z'],
  ])('%s', (_, schedule, at, until) => {
    const opening = decideDoorAccess(requestOf({ at, key: { schedule } }));
    expect(opening.map((one) => one.until)).toEqual(until === null ? [] : [instantAt(until)]);
  });

  it('of another zone at the same moment, another answer', () => {
    const wish = requestOf({ at: '2026-06-10T06:00:00Z', key: { schedule: hours(480, 1020) } });
    expect(decideDoorAccess(wish)).toHaveLength(1);
    expect(decideDoorAccess({ ...wish, timeZone: 'America/New_York' })).toEqual([]);
  });

  it('an unproven removal counts within its hours alone, as long as the Key was never changed', () => {
    const exposures = [{ credentialId: card, endsAt: null }];
    const lock = { entries: [], leaving: [entry(5)], proven: revision(4), exposures };
    const at = '2026-06-10T20:00:00Z';
    expect(reasonOf({ at, lock, key: { schedule: hours(480, 1020) } })).toBe('nobody');
    expect(reasonOf({ at, lock, key: { schedule: hours(480, 1020), isEdited: true } })).toBe('removal-unproven');
  });
});

it('each lock of an entrance answers for itself, in an order of their own', () => {
  const other = sampleId('credential', 2);
  const [lock] = requestOf({}).locks;
  const back: DeviceId = sampleId('device', 2);
  const request: DoorAccessRequest = {
    ...requestOf({}),
    locks: [
      { ...lock, deviceId: back, entries: [entry(1, other), entry(1)], leaving: [], proven: null, exposures: [] },
      { deviceId: device, entries: [entry(3)], leaving: [], proven: revision(3), exposures: [] },
    ],
    credentials: [other, card].map((id) => ({
      id,
      keyId: yearKey.id,
      entranceId: null,
      removedAt: null,
      isOutOfUse: false,
    })),
  };
  expect(decideDoorAccess(request).map((one) => [one.deviceId, one.credentialId, one.because])).toEqual([
    [device, card, 'confirmed'],
    [back, card, 'not-confirmed'],
    [back, other, 'not-confirmed'],
  ]);
});

describe('laws, over what locks were told and what they have proven', () => {
  const since = fc.integer({ min: 1, max: 6 });
  const credentialIds = [1, 2, 3].map((n) => sampleId('credential', n));
  const told = fc.uniqueArray(fc.record({ credentialId: fc.constantFrom(...credentialIds), since }), {
    selector: ({ credentialId }) => credentialId,
  });
  const world = fc.record({
    entries: told,
    leaving: told,
    proven: fc.integer({ min: 0, max: 7 }),
    ended: fc.subarray(credentialIds),
    hour: fc.integer({ min: -30, max: 60 }),
  });
  type World = typeof world extends fc.Arbitrary<infer Drawn> ? Drawn : never;
  const startsAt = noon;
  const endsAt = instantAt('2026-06-11T10:00:00Z');
  const askedAt = ({ hour }: World) => toInstant(noon + hour * 3_600_000);
  const requestIn = (drawn: World): DoorAccessRequest => ({
    ...requestOf({ key: { startsAt, endsAt } }),
    at: askedAt(drawn),
    locks: [
      {
        deviceId: device,
        entries: drawn.entries.map((one) => entry(one.since, one.credentialId)),
        leaving: drawn.leaving.map((one) => entry(one.since, one.credentialId)),
        proven: revision(drawn.proven),
        exposures: [],
      },
    ],
    credentials: credentialIds.map((id) => ({
      ...{ id, keyId: yearKey.id, entranceId: null, isOutOfUse: false },
      removedAt: drawn.ended.includes(id) ? noon : null,
    })),
  });
  const named = (drawn: World) => decideDoorAccess(requestIn(drawn)).map(({ credentialId }) => credentialId);

  it('within its period nobody is left out whom the lock was told of and has not proven gone; beyond it nobody is named', () => {
    fc.assert(
      fc.property(world, (drawn) => {
        const at = askedAt(drawn);
        const mayObey = credentialIds.filter(
          (id) =>
            drawn.entries.some(({ credentialId }) => credentialId === id) ||
            drawn.leaving.some((one) => one.credentialId === id && one.since > drawn.proven),
        );
        expect(named(drawn)).toEqual(at >= startsAt && at < endsAt ? mayObey : []);
      }),
    );
  });

  it('what a lock proves further adds nobody, and takes no certainty from anybody', () => {
    fc.assert(
      fc.property(world, fc.integer({ min: 0, max: 5 }), (drawn, further) => {
        const before = decideDoorAccess(requestIn(drawn));
        const after = decideDoorAccess(requestIn({ ...drawn, proven: drawn.proven + further }));
        const reasonBefore = new Map(before.map(({ credentialId, because }) => [credentialId, because]));
        for (const { credentialId, because } of after) {
          const formerly = reasonBefore.get(credentialId);
          expect(formerly).toBeDefined();
          if (formerly === 'confirmed') expect(because).toBe('confirmed');
        }
      }),
    );
  });

  it('does not depend on the order of anything', () => {
    fc.assert(
      fc.property(world, (drawn) => {
        const request = requestIn(drawn);
        const turned = {
          ...request,
          locks: request.locks.map((lock) => ({ ...lock, entries: [...lock.entries].reverse() })),
          credentials: [...request.credentials].reverse(),
        };
        expect(decideDoorAccess(turned)).toEqual(decideDoorAccess(request));
      }),
    );
  });
});
