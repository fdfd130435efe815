import type { OperationId } from '@latchwork/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  buildSampleHotel,
  giveKey,
  lockKeys,
  type SampleHotel,
  samplePassword,
} from '../harness/sample-hotel.test-rig.js';
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

const owner = () => hotel.people.organization_owner.client;
const organizationId = () => hotel.organization.id;
const propertyId = () => hotel.property.id;
let invited = 0;
const guest = () => `gus-${++invited}@example.com`;

/** Shown in the tests of their subjects; whoever adds a call adds it there or below. */
type ShownElsewhere =
  // team-inviting, team-editing, team-removal, property-settings, organization-records
  | 'updateOrganization'
  | 'setUpOrganization'
  | 'listOrganizationEvents'
  | 'listAudit'
  | 'updateProperty'
  | 'removeProperty'
  | 'listOrganizationMembers'
  | 'getMember'
  | 'updateMember'
  | 'setAssignment'
  | 'removeMember'
  | 'removeMemberFromProperty'
  | 'leave'
  | 'inviteTeam'
  | 'importTeam'
  | 'inviteToProperty'
  | 'listInvitations'
  | 'getInvitation'
  | 'removeInvitation'
  | 'replaceInvitation'
  | 'suggestRole'
  | 'listAccessReview'
  | 'listPropertyAccessReview'
  // sign-in, sso
  | 'previewAccountSetup'
  | 'listMySessions'
  | 'endSession'
  | 'changePassword'
  | 'requestPasswordReset'
  | 'startSso'
  | 'completeSso'
  // oauth, api-keys
  | 'rotateApiKey'
  | 'createApp'
  | 'listApps'
  | 'getApp'
  | 'removeApp'
  | 'listIntegratedApps'
  | 'allowIntegratedApp'
  | 'forbidIntegratedApp'
  | 'listMyAppGrants'
  | 'revokeMyAppGrant'
  // tunnels
  | 'openTunnel'
  | 'exchangeTunnelFrames'
  | 'endTunnel'
  // removals of hardware
  | 'removeDevice'
  | 'removeGateway'
  // gateway-enrollment
  | 'createEnrollmentCode'
  | 'enrollGateway'
  | 'renewGatewayCertificate'
  // guests
  | 'createGuest'
  | 'listGuests'
  | 'getGuest'
  | 'updateGuest'
  | 'removeGuest'
  // alarms
  | 'listAlarms'
  // lock-log
  | 'listDeviceLog'
  | 'listDoorVisits'
  // revocations
  | 'getEntranceAccess'
  | 'listRevocations'
  | 'getRevocation'
  // key-cards, credentials
  | 'enrollKeyCard'
  | 'enrollKeyCardAtLock'
  | 'listKeyCards'
  | 'getKeyCard'
  | 'reportKeyCardLost'
  | 'returnKeyCard'
  | 'beginCardEncoding'
  | 'answerCardEncoding'
  | 'retireKeyCard'
  | 'createCredential'
  | 'listCredentials'
  | 'getCredential'
  | 'revealCredential'
  | 'removeCredential'
  // phones
  | 'createPhoneCode'
  | 'activatePhone'
  | 'renewPhoneGrants'
  | 'takePhoneParcels'
  | 'bringPhoneReceipts'
  // users, subscription, reservations
  | 'inviteUsers'
  | 'listUsers'
  | 'listColleagues'
  | 'getUser'
  | 'updateUser'
  | 'deactivateUser'
  | 'reactivateUser'
  | 'removeUser'
  | 'getSubscription'
  | 'updateSubscription'
  | 'createDesk'
  | 'listDesks'
  | 'removeDesk'
  | 'createReservation'
  | 'listReservations'
  | 'getReservation'
  | 'updateReservation'
  | 'cancelReservation'
  | 'getInsights'
  // webhooks
  | 'createWebhookEndpoint'
  | 'listWebhookEndpoints'
  | 'getWebhookEndpoint'
  | 'updateWebhookEndpoint'
  | 'removeWebhookEndpoint'
  | 'rotateWebhookSecret'
  | 'sendTestWebhook'
  | 'listWebhookDeliveries'
  | 'redriveWebhookDelivery'
  | 'redriveWebhooks'
  | 'replayWebhooks'
  // directories
  | 'createDirectoryIntegration'
  | 'listDirectoryIntegrations'
  | 'getDirectoryIntegration'
  | 'updateDirectoryIntegration'
  | 'removeDirectoryIntegration'
  | 'authorizeDirectoryIntegration'
  | 'rotateScimToken'
  | 'changeAutomaticSync'
  | 'startDirectoryReview'
  | 'getDirectoryReview'
  | 'listDirectoryReviewRows'
  | 'endDirectoryReview'
  | 'planDirectorySync'
  | 'applyDirectorySync'
  | 'startSyncRun'
  | 'listSyncRuns'
  | 'getSyncRun'
  | 'listSyncReceipts';

async function ownKey() {
  return await giveKey(test, hotel, hotel.people.organization_owner.id);
}

// A missing operation does not compile. The portal checks each reply against the contract, and the client reads it.
const calls = {
  createOrganization: async () => {
    const owner = { name: 'Gus', email: guest() };
    const made = await hotel.operator.organizations.create({ name: ' Grand ', owner });
    expect(made.organization).toMatchObject({ name: 'Grand', rootPublicKey: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(made.owner).toMatchObject({ organizationOwner: true, state: 'inactive' });
  },
  listOrganizations: async () => {
    const { data } = await hotel.operator.organizations.list({ limit: 200 });
    expect(data).toContainEqual(hotel.organization);
  },
  getOrganization: async () => {
    expect(await owner().organizations.get({ organizationId: organizationId() })).toEqual(hotel.organization);
  },
  completeAccountSetup: async () => {
    const email = guest();
    const { invitations } = await owner().invitations.createForProperty({
      propertyId: propertyId(),
      emails: [email],
      role: 'team',
    });
    const { token } = await test.mails.lastTo(email);
    const done = await test.client().accountSetups.complete({ token, name: 'Gus', password: samplePassword });
    expect(done.member).toMatchObject({ id: invitations[0]?.member.id, name: 'Gus', state: 'active' });
  },
  createSession: async () => {
    const { email } = hotel.people.team;
    const made = await test
      .client()
      .sessions.create({ email: email.toUpperCase(), password: samplePassword, channel: 'dashboard' });
    expect(made.session).toMatchObject({ channel: 'dashboard', memberId: hotel.people.team.id });
  },
  deleteCurrentSession: async () => {
    const { email } = hotel.people.installer;
    const { token } = await test.client().sessions.create({ email, password: samplePassword, channel: 'portal_app' });
    await test.client(token).sessions.deleteCurrent();
    await expect(test.client(token).me()).rejects.toMatchObject({ info: { code: 'unauthenticated' } });
  },
  getMe: async () => {
    const me = await hotel.people.housekeeping.client.me();
    expect(me.member.assignments).toEqual([{ propertyId: propertyId(), role: 'housekeeping' }]);
    expect(me.session).toMatchObject({ channel: 'portal_app' });
    expect(me.apiKey).toBeNull();
  },
  listMyKeys: async () => {
    const key = await ownKey();
    const { data } = await owner().keys.listMine({ limit: 200 });
    expect(data).toContainEqual(key);
  },
  createProperty: async () => {
    const property = await owner().properties.create({
      organizationId: organizationId(),
      name: 'Annex',
      timeZone: 'Asia/Tokyo',
    });
    expect(property.lockTrust.rootPublicKey).toBe(hotel.organization.rootPublicKey);
    expect(property.lockTrust.property).not.toBe(hotel.property.lockTrust.property);
  },
  listProperties: async () => {
    const { data } = await owner().properties.list({ organizationId: organizationId(), limit: 200 });
    expect(data).toContainEqual(hotel.property);
    const seen = await hotel.people.team.client.properties.list({ organizationId: organizationId(), limit: 200 });
    expect(seen.data).toEqual([hotel.property]);
  },
  getProperty: async () => {
    expect(await hotel.people.team.client.properties.get({ propertyId: propertyId() })).toEqual(hotel.property);
  },
  listMembers: async () => {
    const { data } = await owner().members.list({ propertyId: propertyId(), limit: 200 });
    expect(data.map(({ id }) => id)).toContain(hotel.people.housekeeping.id);
  },
  createEntrance: async () => {
    const made = await owner().entrances.create({ propertyId: propertyId(), name: 'Sauna' });
    expect(await owner().entrances.get({ entranceId: made.id })).toEqual(made);
  },
  listEntrances: async () => {
    const { data } = await owner().entrances.list({ propertyId: propertyId(), limit: 200 });
    expect(data).toContainEqual(hotel.entrance);
  },
  getEntrance: async () => {
    expect(await owner().entrances.get({ entranceId: hotel.entrance.id })).toEqual(hotel.entrance);
  },
  createDevice: async () => {
    const keys = lockKeys();
    const device = {
      propertyId: propertyId(),
      kind: 'lock',
      name: 'Back door',
      entranceId: hotel.entrance.id,
      ...keys,
    } as const;
    expect(await owner().devices.create(device)).toMatchObject({ ...keys, observation: null });
    await expect(owner().devices.create(device)).rejects.toMatchObject({ info: { code: 'conflict', field: 'tag' } });
  },
  listDevices: async () => {
    const { data } = await hotel.people.installer.client.devices.list({ propertyId: propertyId(), limit: 200 });
    expect(data).toContainEqual(hotel.device);
  },
  getDevice: async () => {
    expect(await hotel.people.installer.client.devices.get({ deviceId: hotel.device.id })).toEqual(hotel.device);
  },
  createGateway: async () => {
    const made = await hotel.people.installer.client.gateways.create({ propertyId: propertyId(), name: 'Attic' });
    expect(made).toMatchObject({ gateway: { online: false, lastSeenAt: null }, mqttUrl: test.portal.mqttUrl });
  },
  listGateways: async () => {
    const { data } = await owner().gateways.list({ propertyId: propertyId(), limit: 200 });
    expect(data).toContainEqual(hotel.gateway.gateway);
  },
  getGateway: async () => {
    const gatewayId = hotel.gateway.gateway.id;
    expect(await owner().gateways.get({ gatewayId })).toEqual(hotel.gateway.gateway);
  },
  createKey: async () => {
    const key = await hotel.people.general_manager.client.keys.create({
      propertyId: propertyId(),
      holderId: hotel.people.housekeeping.id,
      entranceIds: [hotel.entrance.id, hotel.entrance.id],
      startsAt: '2026-03-01T08:00:00+01:00',
      endsAt: '2026-03-02T08:00:00.000Z',
      schedule: { windows: [{ weekdays: 31, startMinute: 480, endMinute: 1020 }] },
    });
    expect(key).toMatchObject({
      startsAt: '2026-03-01T07:00:00.000Z',
      entranceIds: [hotel.entrance.id],
      creatorId: hotel.people.general_manager.id,
    });
  },
  listKeys: async () => {
    const key = await ownKey();
    const { data } = await owner().keys.list({ propertyId: propertyId(), limit: 200 });
    expect(data).toContainEqual(key);
  },
  getKey: async () => {
    const key = await ownKey();
    expect(await owner().keys.get({ keyId: key.id })).toEqual(key);
  },
  updateKey: async () => {
    const { id: keyId, version } = await ownKey();
    const endsAt = '2036-01-01T00:00:00.000Z';
    const edited = await owner().keys.update({ keyId, version, endsAt });
    expect(edited).toMatchObject({ id: keyId, endsAt, version: version + 1 });
  },
  revokeKey: async () => {
    const { id: keyId } = await ownKey();
    const revoked = await owner().keys.revoke({ keyId });
    expect(revoked.revokedAt).not.toBeNull();
    expect(await owner().keys.revoke({ keyId })).toEqual(revoked);
  },
  unlockEntrance: async () => {
    await ownKey();
    const call = owner().unlock({ entranceId: hotel.entrance.id });
    await expect(call).rejects.toMatchObject({ info: { code: 'gateway-offline' } });
  },
  getAttempt: async () => {
    await hotel.people.installer.client.unlock({ entranceId: hotel.entrance.id }).catch(() => undefined);
    const { data } = await owner().attempts.list({ entranceId: hotel.entrance.id, limit: 1 });
    const attemptId = data[0]?.id ?? '';
    expect(await owner().attempts.get({ attemptId })).toMatchObject({ because: 'no-key', code: 'denied' });
    const other = hotel.people.housekeeping.client.attempts.get({ attemptId });
    await expect(other).rejects.toMatchObject({ info: { code: 'not-found' } });
  },
  listEntranceAttempts: async () => {
    await hotel.people.installer.client.unlock({ entranceId: hotel.entrance.id }).catch(() => undefined);
    const { data } = await owner().attempts.list({ entranceId: hotel.entrance.id });
    expect(data[0]).toMatchObject({ holderId: hotel.people.installer.id });
  },
  listEvents: async () => {
    const { data } = await owner().events.list({ propertyId: propertyId(), limit: 200 });
    expect(data.map(({ type }) => type)).toEqual(expect.arrayContaining(['member.invited', 'gateway.created']));
  },
  streamEvents: async () => {
    const feed = owner().events.follow({ propertyId: propertyId(), cursor: '0' });
    for await (const event of feed) {
      expect(event).toMatchObject({ type: 'member.invited', cursor: '1' });
      break;
    }
  },
  streamOrganizationEvents: async () => {
    const feed = owner().events.follow({ organizationId: organizationId(), cursor: '0' });
    for await (const event of feed) {
      expect(event).toMatchObject({ type: 'membership.invited', cursor: '1', organizationId: organizationId() });
      break;
    }
  },
  createApiKey: async () => {
    const { apiKey, token } = await owner().apiKeys.create({
      organizationId: organizationId(),
      name: 'PMS',
      scopes: ['read'],
    });
    const me = await test.client(token).me();
    expect(me).toMatchObject({ member: { id: hotel.people.organization_owner.id }, session: null });
    expect(me.apiKey).toMatchObject({ id: apiKey.id, lastUsedAt: expect.any(String) });
  },
  listApiKeys: async () => {
    const { apiKey } = await owner().apiKeys.create({
      organizationId: organizationId(),
      name: 'POS',
      scopes: ['keys'],
    });
    const { data } = await owner().apiKeys.list({ organizationId: organizationId(), limit: 200 });
    expect(data).toContainEqual(apiKey);
  },
  revokeApiKey: async () => {
    const { apiKey, token } = await owner().apiKeys.create({
      organizationId: organizationId(),
      name: 'Old',
      scopes: ['read'],
    });
    await owner().apiKeys.revoke({ apiKeyId: apiKey.id });
    await owner().apiKeys.revoke({ apiKeyId: apiKey.id });
    await expect(test.client(token).me()).rejects.toMatchObject({ info: { code: 'unauthenticated' } });
  },
} satisfies Record<Exclude<OperationId, ShownElsewhere>, () => Promise<void>>;

describe('every route of the contract, through client and portal', () => {
  it.each(Object.entries(calls))('%s', async (_, call) => {
    await call();
  });
});
