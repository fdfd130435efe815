import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AccessSchedule, isWithinSchedule } from './access-schedule.js';
import { channels } from './channel.js';
import { endOfTime, toInstant } from './instant.js';
import type { Key } from './key.js';
import { membershipStates } from './membership.js';
import { hospitalityStandings } from './role.js';
import { frontDoor, instantAt, sampleId, yearKey } from './sample-hotel.js';
import { decideUnlock } from './unlock.js';
import type { UnlockCommand, UnlockPlace, UnlockState } from './unlock-decision.js';
import { lockModes } from './unlock-decision.js';

const memberId = sampleId('member');
const noon = instantAt('2026-06-10T10:00:00Z');
const command: UnlockCommand = { memberId, entranceId: frontDoor.entranceId, channel: 'portal_app', at: noon };
const state: UnlockState = {
  holder: { memberId, state: 'active', standing: 'housekeeping' },
  place: frontDoor,
  keys: [yearKey],
};
const refused = (because: string, more: object = {}) => ({ allow: false, because, ...more });

function withKeys(...keys: Partial<Key>[]): UnlockState {
  return { ...state, keys: keys.map((key) => ({ ...yearKey, ...key })) };
}

function at(place: Partial<UnlockPlace>, standing = state.holder?.standing ?? null): UnlockState {
  return { ...state, holder: { memberId, state: 'active', standing }, place: { ...frontDoor, ...place } };
}

/** Working days, 08:00 to 16:00. */
const shift: AccessSchedule = { windows: [{ weekdays: 31, startMinute: 480, endMinute: 960 }] };

describe('who and where', () => {
  it('a key opens, and says until when', () => {
    expect(decideUnlock(state, command)).toEqual({ allow: true, by: yearKey.id, until: yearKey.endsAt });
  });

  it.each(hospitalityStandings)('G24, ★15: no role opens a door without a key: %s', (standing) => {
    expect(decideUnlock({ ...at({}, standing), keys: [] }, command)).toEqual(refused('no-key'));
  });

  it.each(['inactive', 'deactivated', 'removed'] as const)('G41: %s, a member opens nothing', (memberState) => {
    const holder = { memberId, state: memberState, standing: 'owner' as const };
    expect(decideUnlock({ ...state, holder }, command)).toEqual(refused('not-active', { state: memberState }));
  });

  it('G10: without an assignment to the property nothing opens, key or not', () => {
    expect(decideUnlock(at({}, null), command)).toEqual(refused('not-assigned'));
  });

  it('state that is about someone or somewhere else opens nothing', () => {
    expect(decideUnlock({ ...state, holder: null }, command)).toEqual(refused('unknown-member'));
    expect(decideUnlock(state, { ...command, memberId: sampleId('member', 2) })).toEqual(refused('unknown-member'));
    expect(decideUnlock({ ...state, place: null }, command)).toEqual(refused('unknown-entrance'));
    expect(decideUnlock(state, { ...command, entranceId: sampleId('entrance', 2) })).toEqual(
      refused('unknown-entrance'),
    );
  });

  it('an entrance without a lock cannot be unlocked', () => {
    expect(decideUnlock(at({ lockIds: [] }), command)).toEqual(refused('no-lock'));
  });

  it('privacy and lockdown refuse every key, the other modes none', () => {
    const outcomes = lockModes.map((mode) => {
      const decision = decideUnlock(at({ mode }), command);
      return [mode, decision.allow ? 'opens' : decision.because];
    });
    expect(Object.fromEntries(outcomes)).toEqual({
      normal: 'opens',
      passage: 'opens',
      privacy: 'privacy-mode',
      lockdown: 'lockdown',
      emergency: 'opens',
    });
  });

  it('P-18: in time up to its deadline, never after', () => {
    expect(decideUnlock(state, { ...command, deadline: noon }).allow).toBe(true);
    const deadline = toInstant(noon - 1);
    expect(decideUnlock(state, { ...command, deadline })).toEqual(refused('deadline-passed', { deadline }));
  });
});

describe('channels', () => {
  const channelFault = (channel: string, fault: string, role: string) =>
    refused('channel-not-allowed', { channel, fault, role });

  it('G33: Housekeeping unlocks through the Portal app, never from dashboard or API', () => {
    const everythingOn = at({ remoteUnlock: true, integratedApps: ['roomly'] });
    expect(decideUnlock(everythingOn, { ...command, channel: 'portal_app' }).allow).toBe(true);
    for (const channel of ['dashboard', 'api'] as const) {
      expect(decideUnlock(everythingOn, { ...command, channel })).toEqual(
        channelFault(channel, 'role', 'housekeeping'),
      );
    }
  });

  it('G33, C7: through an integrated app only if the property enabled that very app', () => {
    const throughApp = { ...command, channel: 'integrated_app', app: 'roomly' } as const;
    const off = channelFault('integrated_app', 'app-not-enabled', 'housekeeping');
    expect(decideUnlock(at({}), throughApp)).toEqual(off);
    expect(decideUnlock(at({ integratedApps: ['other'] }), throughApp)).toEqual(off);
    expect(decideUnlock(at({ integratedApps: ['roomly'] }), { ...command, channel: 'integrated_app' })).toEqual(off);
    expect(decideUnlock(at({ integratedApps: ['roomly'] }), throughApp).allow).toBe(true);
    expect(decideUnlock(at({ integratedApps: ['roomly'] }), { ...throughApp, channel: 'gateway_local' }).allow).toBe(
      true,
    );
  });

  it('★12: an Installer with a key unlocks through the Portal app, through no other', () => {
    const installer = at({ remoteUnlock: true, integratedApps: ['roomly'] }, 'installer');
    expect(decideUnlock(installer, command).allow).toBe(true);
    for (const channel of ['integrated_app', 'dashboard', 'api'] as const) {
      expect(decideUnlock(installer, { ...command, channel, app: 'roomly' })).toEqual(
        channelFault(channel, 'role', 'installer'),
      );
    }
  });

  it('★14: for Team, the property\'s "Remote Unlock" decides about the dashboard', () => {
    const remote = { ...command, channel: 'dashboard' } as const;
    expect(decideUnlock(at({}, 'team'), remote)).toEqual(channelFault('dashboard', 'remote-unlock-off', 'team'));
    expect(decideUnlock(at({ remoteUnlock: true }, 'team'), remote).allow).toBe(true);
    expect(decideUnlock(at({}, 'general_manager'), remote).allow).toBe(true);
  });

  it.each(['pms', 'keypad', 'card', 'mobile_app', 'web_reservation_portal'] as const)(
    'no unlock command ever comes by %s',
    (channel) => {
      for (const standing of hospitalityStandings) {
        const everythingOn = at({ remoteUnlock: true, integratedApps: ['roomly'] }, standing);
        expect(decideUnlock(everythingOn, { ...command, channel, app: 'roomly' })).toEqual(
          channelFault(channel, 'no-commands', standing),
        );
      }
    },
  );
});

describe('keys', () => {
  it('the period is half open', () => {
    const { startsAt } = yearKey;
    const endsAt = yearKey.endsAt ?? endOfTime;
    const ask = (instant: number) => decideUnlock(state, { ...command, at: toInstant(instant) });
    expect(ask(startsAt - 1)).toEqual(refused('key-not-started', { keyId: yearKey.id, startsAt }));
    expect(ask(startsAt).allow).toBe(true);
    expect(ask(endsAt - 1).allow).toBe(true);
    expect(ask(endsAt)).toEqual(refused('key-ended', { keyId: yearKey.id, endedAt: endsAt }));
  });

  it('without an end and without a schedule it opens until the end of time', () => {
    expect(decideUnlock(withKeys({ endsAt: null }), command)).toMatchObject({ allow: true, until: endOfTime });
  });

  it('P-29: with a schedule it opens until the window closes, or the key ends if that is sooner', () => {
    expect(decideUnlock(withKeys({ schedule: shift }), command)).toMatchObject({
      until: instantAt('2026-06-10T14:00:00Z'),
    });
    const endsAt = instantAt('2026-06-10T12:30:00Z');
    expect(decideUnlock(withKeys({ schedule: shift, endsAt }), command)).toMatchObject({ until: endsAt });
  });

  it('P-29: outside the schedule the refusal tells when it opens, or that it never will again', () => {
    const late = { ...command, at: instantAt('2026-06-12T20:00:00Z') };
    const opensAt = instantAt('2026-06-15T06:00:00Z');
    expect(decideUnlock(withKeys({ schedule: shift }), late)).toEqual(
      refused('outside-schedule', { keyId: yearKey.id, opensAt }),
    );
    expect(decideUnlock(withKeys({ schedule: shift, endsAt: opensAt }), late)).toMatchObject({ opensAt: null });
  });

  it('revoked is revoked, whatever the clock says', () => {
    const revokedAt = toInstant(noon + 1);
    expect(decideUnlock(withKeys({ revokedAt }), command)).toEqual(
      refused('key-revoked', { keyId: yearKey.id, revokedAt }),
    );
  });

  it('keys of someone else, of another entrance, or claiming an entrance of another property do not count', () => {
    const strangers = withKeys(
      { holderId: sampleId('member', 2) },
      { entranceIds: [sampleId('entrance', 2)] },
      { propertyId: sampleId('property', 2) },
    );
    expect(decideUnlock(strangers, command)).toEqual(refused('no-key'));
  });

  it('of several keys that fit, the one that opens longest counts; then the smaller id', () => {
    const id = (n: number) => sampleId('key', n);
    expect(
      decideUnlock(withKeys({ id: id(3), schedule: shift }, { id: id(2) }, { id: id(1) }, { id: id(4) }), command),
    ).toMatchObject({ by: id(1) });
  });

  it('when none fits, the one nearest to fitting is named', () => {
    const byNearness: Partial<Key>[] = [
      { schedule: { windows: [{ weekdays: 4, startMinute: 780, endMinute: 840 }] } },
      { schedule: { windows: [{ weekdays: 4, startMinute: 840, endMinute: 900 }] } },
      { startsAt: toInstant(noon + 1000) },
      { startsAt: toInstant(noon + 2000) },
      { endsAt: toInstant(noon - 1000) },
      { endsAt: toInstant(noon - 2000) },
      { revokedAt: toInstant(noon - 1) },
      { revokedAt: toInstant(noon - 2) },
    ].map((key, index) => ({ ...key, id: sampleId('key', index + 1) }));
    byNearness.forEach((nearest, index) => {
      expect(decideUnlock(withKeys(...byNearness.slice(index).reverse()), command)).toMatchObject({
        allow: false,
        keyId: nearest.id,
      });
    });
  });
});

const instants = fc.integer({ min: noon - 3 * 86_400_000, max: noon + 3 * 86_400_000 }).map(toInstant);
/** Mostly the first of these, so that most cases get as far as the keys. */
const mostly = <T, U>(usual: T, ...others: U[]) =>
  fc.oneof({ arbitrary: fc.constant(usual), weight: 6 }, { arbitrary: fc.constantFrom(...others), weight: 1 });
const earlier = fc.oneof(
  { arbitrary: fc.constant(toInstant(noon - 4 * 86_400_000)), weight: 2 },
  { arbitrary: instants, weight: 1 },
);
const keys: fc.Arbitrary<Key> = fc.record({
  id: fc.integer({ min: 1, max: 40 }).map((n) => sampleId('key', n)),
  propertyId: mostly(frontDoor.propertyId, sampleId('property', 2)),
  holderId: mostly(memberId, sampleId('member', 2)),
  creatorId: fc.constant(memberId),
  entranceIds: mostly([frontDoor.entranceId], [sampleId('entrance', 2)], []),
  startsAt: earlier,
  endsAt: fc.option(instants),
  schedule: fc.option(
    fc.record({
      windows: fc.array(
        fc.record({
          weekdays: fc.integer({ min: 1, max: 127 }),
          startMinute: fc.integer({ min: 0, max: 1439 }),
          endMinute: fc.integer({ min: 0, max: 1440 }),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    }),
  ),
  revokedAt: mostly(null, noon, toInstant(noon + 86_400_000)),
});
const keyLists = fc.uniqueArray(keys, { maxLength: 8, selector: (key) => key.id });
const states: fc.Arbitrary<UnlockState> = fc.record({
  holder: fc.record({
    memberId: fc.constant(memberId),
    state: mostly('active' as const, ...membershipStates),
    standing: fc.option(fc.constantFrom(...hospitalityStandings), { freq: 9 }),
  }),
  place: fc.record({
    entranceId: fc.constant(frontDoor.entranceId),
    propertyId: fc.constant(frontDoor.propertyId),
    timeZone: fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Kathmandu'),
    lockIds: fc.constant(frontDoor.lockIds),
    mode: mostly('normal' as const, ...lockModes),
    remoteUnlock: fc.boolean(),
    integratedApps: fc.subarray(['roomly']),
  }),
  keys: keyLists,
});
const commands = fc.record({
  memberId: fc.constant(memberId),
  entranceId: fc.constant(frontDoor.entranceId),
  channel: mostly('portal_app' as const, ...channels),
  app: fc.constant('roomly'),
  at: instants,
});

/** The requirement in its own words: this key, unrevoked, covers this entrance at this instant within its schedule. */
function opens(key: Key, { place }: UnlockState, { at: instant }: UnlockCommand): boolean {
  return (
    place !== null &&
    key.holderId === memberId &&
    key.propertyId === place.propertyId &&
    key.entranceIds.includes(place.entranceId) &&
    key.revokedAt === null &&
    key.startsAt <= instant &&
    (key.endsAt === null || instant < key.endsAt) &&
    (key.schedule === null || isWithinSchedule(key.schedule, instant, place.timeZone))
  );
}

describe('laws of unlocking', () => {
  it('never allowed without an active, unrevoked key of an active member for that entrance, instant and hour', () => {
    let allowed = 0;
    fc.assert(
      fc.property(states, commands, (given, asked) => {
        const decision = decideUnlock(given, asked);
        if (!decision.allow) return;
        allowed += 1;
        const key = given.keys.find(({ id }) => id === decision.by);
        expect(key !== undefined && opens(key, given, asked)).toBe(true);
        expect(given.holder?.state).toBe('active');
        expect(given.holder?.standing).not.toBeNull();
        expect(decision.until).toBeGreaterThan(asked.at);
      }),
      { numRuns: 3000 },
    );
    expect(allowed, 'the generator reaches allowed cases').toBeGreaterThan(300);
  });

  it('refused for want of a key only when none opens', () => {
    fc.assert(
      fc.property(states, commands, (given, asked) => {
        const decision = decideUnlock(given, asked);
        if (!decision.allow && /key|schedule/.test(decision.because)) {
          expect(given.keys.some((key) => opens(key, given, asked))).toBe(false);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('the order of the keys never matters, and the same question gets the same answer', () => {
    fc.assert(
      fc.property(
        states.chain((given) =>
          fc.tuple(fc.constant(given), fc.shuffledSubarray([...given.keys], { minLength: given.keys.length })),
        ),
        commands,
        ([given, shuffled], asked) => {
          const decision = decideUnlock(given, asked);
          expect(decideUnlock({ ...given, keys: shuffled }, asked)).toEqual(decision);
          expect(decideUnlock(structuredClone(given), structuredClone(asked))).toEqual(decision);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('one key more never takes an opening away; a revoked one never gives one', () => {
    fc.assert(
      fc.property(states, keys, commands, (given, extra, asked) => {
        const others = given.keys.filter(({ id }) => id !== extra.id);
        const without = decideUnlock({ ...given, keys: others }, asked);
        const withMore = decideUnlock({ ...given, keys: [...others, extra] }, asked);
        expect(without.allow && !withMore.allow).toBe(false);
        if (extra.revokedAt !== null) expect(withMore.allow).toBe(without.allow);
      }),
      { numRuns: 1000 },
    );
  });

  it('the key still opens just before `until`, and no longer opens at it', () => {
    fc.assert(
      fc.property(states, commands, (given, asked) => {
        const decision = decideUnlock(given, asked);
        if (!decision.allow || decision.until === endOfTime) return;
        const only = { ...given, keys: given.keys.filter(({ id }) => id === decision.by) };
        expect(decideUnlock(only, { ...asked, at: toInstant(decision.until - 1) })).toEqual(decision);
        expect(decideUnlock(only, { ...asked, at: decision.until }).allow).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});
