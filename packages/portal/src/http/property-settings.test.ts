import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleHotel, giveKey, type SampleHotel, samplePassword } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;
let hotel: SampleHotel;

beforeAll(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

type Settings = NonNullable<
  Parameters<SampleHotel['people']['owner']['client']['properties']['update']>[0]['settings']
>;

/** Settles something about the property as its General Manager. */
async function settle(settings: Settings) {
  const { client } = hotel.people.general_manager;
  const { version } = await client.properties.get({ propertyId: hotel.property.id });
  return await client.properties.update({ propertyId: hotel.property.id, version, settings });
}

const dayMs = 24 * 60 * 60 * 1000;

/** A Key for the housekeeper, as Team gives it. */
async function teamKey(lengthMs: number | null, entranceId: string = hotel.entrance.id) {
  const startsAt = test.clock.now();
  return await hotel.people.team.client.keys.create({
    propertyId: hotel.property.id,
    holderId: hotel.people.housekeeping.id,
    entranceIds: [entranceId],
    startsAt: new Date(startsAt).toISOString(),
    endsAt: lengthMs === null ? null : new Date(startsAt + lengthMs).toISOString(),
  });
}

const outside = { info: { code: 'forbidden', because: 'within-door-range' } };

describe('the settings of a property', () => {
  it('G26, G29: a General Manager edits them, Team does not; what is left out stays', async () => {
    const before = await hotel.people.team.client.properties.get({ propertyId: hotel.property.id });
    expect(before.settings).toEqual({
      remoteUnlock: true,
      doorRange: null,
      longestStayMs: 31 * dayMs,
      auditHiddenFromTeam: false,
      minimumCardClass: 0,
    });
    const call = hotel.people.team.client.properties.update({
      propertyId: hotel.property.id,
      version: before.version,
      settings: { remoteUnlock: false },
    });
    await expect(call).rejects.toMatchObject({
      info: { code: 'forbidden', action: 'portal_settings.edit', role: 'team' },
    });
    const after = await settle({ longestStayMs: 7 * dayMs });
    expect(after.settings).toEqual({ ...before.settings, longestStayMs: 7 * dayMs });
    expect(after.version).toBe(before.version + 1);
    await settle({ longestStayMs: 31 * dayMs });
  });

  it('an edit of an older version is refused', async () => {
    const { client } = hotel.people.owner;
    const { version } = await settle({ remoteUnlock: true });
    const call = client.properties.update({ propertyId: hotel.property.id, version: version - 1, name: 'Lost' });
    await expect(call).rejects.toMatchObject({ info: { code: 'version-stale', currentVersion: version } });
  });

  it('★10, G30: Team gives a Key within the door range that the property has named, and no longer than its stay', async () => {
    const bar = await hotel.people.owner.client.entrances.create({ propertyId: hotel.property.id, name: 'Bar' });
    expect((await teamKey(dayMs, bar.id)).entranceIds).toEqual([bar.id]);
    await settle({ doorRange: [hotel.entrance.id], longestStayMs: 2 * dayMs });
    const key = await teamKey(2 * dayMs);
    expect(key.creatorId).toBe(hotel.people.team.id);
    await expect(teamKey(2 * dayMs + 1)).rejects.toMatchObject(outside);
    await expect(teamKey(null)).rejects.toMatchObject(outside);
    const sauna = await hotel.people.owner.client.entrances.create({ propertyId: hotel.property.id, name: 'Sauna' });
    await expect(teamKey(dayMs, sauna.id)).rejects.toMatchObject(outside);
    await settle({ doorRange: [hotel.entrance.id, sauna.id] });
    expect((await teamKey(dayMs, sauna.id)).entranceIds).toEqual([sauna.id]);
    expect((await hotel.people.team.client.keys.revoke({ keyId: key.id })).revokedAt).not.toBeNull();
    const own = hotel.people.team.client.keys.create({
      propertyId: hotel.property.id,
      holderId: hotel.people.team.id,
      entranceIds: [hotel.entrance.id],
      startsAt: '2026-01-01T00:00:00Z',
      endsAt: '2026-01-02T00:00:00Z',
    });
    await expect(own).rejects.toMatchObject({ info: { code: 'forbidden', because: 'needs-approval' } });
    await settle({ doorRange: null, longestStayMs: 31 * dayMs });
  });

  it('★10: a door range names doors of this property only', async () => {
    const stranger = await buildSampleHotel(test, 'Hotel Borealis');
    await expect(settle({ doorRange: [stranger.entrance.id] })).rejects.toMatchObject({
      info: { code: 'invalid-request', issues: [{ pointer: '/settings/doorRange/0' }] },
    });
  });

  it('★14: with remote unlock off nobody unlocks from the dashboard, and everybody from the app', async () => {
    const { team } = hotel.people;
    await giveKey(test, hotel, team.id);
    const dashboard = await test
      .client()
      .sessions.create({ email: team.email, password: samplePassword, channel: 'dashboard' });
    const unlock = async (token: string) =>
      await test
        .client(token)
        .unlock({ entranceId: hotel.entrance.id })
        .catch((error) => error.info);
    await settle({ remoteUnlock: false });
    expect(await unlock(dashboard.token)).toMatchObject({ code: 'unlock-refused', because: 'channel-not-allowed' });
    expect(await unlock(team.token)).toMatchObject({ code: 'gateway-offline' });
    await settle({ remoteUnlock: true });
    expect(await unlock(dashboard.token)).toMatchObject({ code: 'gateway-offline' });
  });

  it('★4, G28: a property hides events, attempts and the access review from Team, also on an open stream', async () => {
    const { team, general_manager: manager } = hotel.people;
    const propertyId = hotel.property.id;
    const entranceId = hotel.entrance.id;
    await hotel.people.installer.client.unlock({ entranceId }).catch(() => undefined);
    const attempts = await manager.client.attempts.list({ entranceId });
    const attemptId = attempts.data.find(({ holderId }) => holderId !== team.id)?.id ?? '';
    const reads = () => [
      team.client.events.list({ propertyId }),
      team.client.attempts.list({ entranceId }),
      team.client.accessReview.listOfProperty({ propertyId }),
    ];
    for (const call of reads()) await expect(call).resolves.toBeDefined();
    expect((await team.client.attempts.get({ attemptId })).id).toBe(attemptId);
    const stream = await test.send('GET', `/v1/properties/${propertyId}/events/stream`, { token: team.token });
    const reader = stream.body?.getReader();
    await reader?.read();

    await settle({ auditHiddenFromTeam: true });

    for (const call of reads()) {
      await expect(call).rejects.toMatchObject({ info: { code: 'forbidden', because: 'unless-hidden' } });
    }
    await expect(team.client.attempts.get({ attemptId })).rejects.toMatchObject({ info: { code: 'not-found' } });
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) break;
      expect(new TextDecoder().decode(value)).not.toContain('property.updated');
    }
    expect((await manager.client.events.list({ propertyId })).data.length).toBeGreaterThan(0);
    await settle({ auditHiddenFromTeam: false });
    for (const call of reads()) await expect(call).resolves.toBeDefined();
  });
});
