import { expect, it } from 'vitest';
import { email, failing, named, startPasswordOffice } from '../harness/directory-people.test-rig.js';
import { lockKeys } from '../harness/sample-hotel.test-rig.js';
import { acceptInvitation } from '../harness/sample-office.test-rig.js';
import { connectGateway } from '../harness/scripted-gateway.test-rig.js';

it('S27, requirement 4.5: whoever a directory removes loses sessions, tokens, license, property roles, Keys and queued unlocks', async () => {
  await using at = await startPasswordOffice({ people: named('ada', 'bob'), schemes: ['workplace', 'hospitality'] });
  const { organizationId } = at.office;
  await at.sync();
  const ada = await acceptInvitation(at.test, email('ada'));
  const property = await at.admin.properties.create({ organizationId, name: 'Annex', timeZone: 'Europe/Berlin' });
  const propertyId = property.id;
  const entrance = await at.admin.entrances.create({ propertyId, name: 'Door' });
  await at.admin.devices.create({ propertyId, kind: 'lock', name: 'Lock', entranceId: entrance.id, ...lockKeys() });
  const hub = await at.admin.gateways.create({ propertyId, name: 'Cellar' });
  const { version } = await at.admin.members.get({ memberId: ada.id });
  await at.admin.members.update({
    ...{ memberId: ada.id, version },
    assignments: [{ propertyId, role: 'owner' }],
  });
  await at.admin.properties.update({
    ...{ propertyId, version: property.version },
    settings: { remoteUnlock: true },
  });
  const startsAt = new Date(at.test.clock.now() - 1000).toISOString();
  const key = await at.admin.keys.create({
    ...{ propertyId, holderId: ada.id, startsAt, endsAt: null },
    entranceIds: [entrance.id],
  });
  const portalApp = await ada.on('portal_app');
  const mobile = await ada.on('mobile_app');
  const before = await at.admin.subscription.get({ organizationId });
  const organization = { id: organizationId };
  await using gateway = await connectGateway({ organization, property, gateway: hub } as Parameters<
    typeof connectGateway
  >[0]);
  const attempt = await portalApp.unlock({ entranceId: entrance.id, waitSeconds: 0 });
  const command = await gateway.next('unlock');
  await gateway.ack(command);
  const waiting = at.admin.attempts.waitFor(attempt.id);

  at.fake.people.remove(email('ada'));
  const run = await at.sync();
  expect(run.counts).toMatchObject({ removed: 1 });

  expect(await at.admin.users.get({ memberId: ada.id })).toMatchObject({
    ...{ state: 'deactivated', licensed: false, deskId: null },
  });
  for (const client of [ada.client, portalApp, mobile]) {
    await expect(client.me()).rejects.toMatchObject(failing('unauthenticated'));
  }
  expect((await at.admin.keys.get({ keyId: key.id })).revokedAt).not.toBeNull();
  expect((await at.admin.members.get({ memberId: ada.id })).assignments).toEqual([]);
  const after = await at.admin.subscription.get({ organizationId });
  expect(after.usage.available).toBe(before.usage.available + 1);
  expect(await waiting).toMatchObject({ state: 'refused', code: 'revoked' });
  await gateway.challenge(command, '00'.repeat(8));
  expect(await gateway.next('token-refused')).toMatchObject({ code: 'revoked' });
  const { data } = await at.admin.events.list({ propertyId, limit: 200 });
  expect(data.map(({ type }) => type)).toEqual(expect.arrayContaining(['key.revoked', 'member.removed']));
});
