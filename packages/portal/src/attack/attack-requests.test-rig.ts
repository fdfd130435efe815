import type { OperationId } from '@latchwork/contract';
import { lockKeys, newCard } from '../harness/sample-hotel.test-rig.js';
import { type Target, victims } from './attack-targets.test-rig.js';
import { type AttackWorld, hookUrl, type PlaceThings } from './attack-world.test-rig.js';

/** The body a request has for a target, or the query of a route that needs one; nothing for the others. */
type Payload = (world: AttackWorld, target: Target) => object;

const nothing = () => ({});
const confirmed = () => ({ confirm: 'remove' });

function thingsAt({ things }: AttackWorld, { place }: Target): PlaceThings {
  return place === undefined || place === 'nothing' ? things.harbor : things[place];
}

/** The role a victim is moved to: another one than it has. */
export function otherRole({ victim }: Target): 'installer' | 'housekeeping' {
  return victim === 'installer' ? 'housekeeping' : 'installer';
}

/** The property on which a victim is moved. */
export function movedAt({ victim }: Target): 'harbor' | 'hill' | 'cove' {
  if (victim === 'ofHill') return 'hill';
  return victim === 'ofCove' ? 'cove' : 'harbor';
}

const dayMs = 86_400_000;
const guessedPhone = { credentialId: 'crd_00000000000000000000000000', token: 'guessed' };
const after = ({ test }: AttackWorld, days: number) => new Date(test.clock.now() + days * dayMs).toISOString();
const someApp = {
  name: 'App',
  kind: 'public',
  redirectUris: ['https://app.example.com/cb'],
  scopes: ['read'],
} as const;

/** What each request carries that is no id of its path: complete, so that nothing but rights can stand in its way. */
export const payloads = {
  createOrganization: () => ({ name: 'Attacked', owner: { email: 'founder@attacked.example' } }),
  listOrganizations: nothing,
  getOrganization: nothing,
  updateOrganization: () => ({ peerManagement: true }),
  setUpOrganization: nothing,
  listOrganizationEvents: nothing,
  streamOrganizationEvents: nothing,
  listAudit: nothing,
  previewAccountSetup: () => ({ token: 'lwi_guessed' }),
  completeAccountSetup: () => ({ token: 'lwi_guessed', password: 'some long password' }),
  createSession: () => ({ email: 'nobody@aurora.example', password: 'guessed', channel: 'dashboard' }),
  deleteCurrentSession: nothing,
  listMySessions: nothing,
  endSession: nothing,
  changePassword: () => ({ currentPassword: 'guessed', newPassword: 'some long password' }),
  requestPasswordReset: () => ({ email: 'nobody@aurora.example' }),
  startSso: () => ({
    provider: 'google',
    channel: 'dashboard',
    returnTo: 'https://evil.example/',
    codeChallenge: 'A'.repeat(43),
  }),
  completeSso: () => ({ code: 'guessed', codeVerifier: 'A'.repeat(43) }),
  getMe: nothing,
  listMyKeys: nothing,
  createProperty: () => ({ name: 'Annex', timeZone: 'Europe/Paris' }),
  listProperties: nothing,
  getProperty: nothing,
  updateProperty: () => ({ settings: { remoteUnlock: true } }),
  removeProperty: confirmed,
  listOrganizationMembers: nothing,
  listMembers: nothing,
  getMember: nothing,
  updateMember: ({ things }, target) => {
    if (target.victim === 'self') return { organizationOwner: true };
    const assignments = [{ propertyId: things[movedAt(target)].propertyId, role: otherRole(target) }];
    return { assignments, ...(target.victim === 'organization_owner' ? { organizationOwner: false } : {}) };
  },
  setAssignment: (_, target) => ({ role: target.victim === 'self' ? 'owner' : otherRole(target) }),
  removeMember: confirmed,
  removeMemberFromProperty: confirmed,
  leave: ({ things }) => ({ propertyId: things.other.propertyId }),
  inviteTeam: (world) => ({
    emails: [world.newAddress()],
    assignments: [{ propertyId: world.things.harbor.propertyId, role: 'housekeeping' }],
  }),
  importTeam: (world) => ({
    rows: [
      {
        email: world.newAddress(),
        assignments: [{ propertyId: world.things.harbor.propertyId, role: 'housekeeping' }],
      },
    ],
  }),
  inviteToProperty: (world) => ({ emails: [world.newAddress()], role: 'housekeeping' }),
  listInvitations: nothing,
  getInvitation: nothing,
  removeInvitation: nothing,
  replaceInvitation: nothing,
  listAccessReview: nothing,
  listPropertyAccessReview: nothing,
  suggestRole: () => ({ actions: ['key.view'] }),
  createEntrance: () => ({ name: 'Sauna' }),
  listEntrances: nothing,
  getEntrance: nothing,
  createDevice: (world, target) => ({
    kind: 'lock',
    name: 'Lock',
    entranceId: thingsAt(world, target).entranceId,
    ...lockKeys(),
  }),
  listDevices: nothing,
  getDevice: nothing,
  listDeviceLog: nothing,
  removeDevice: nothing,
  createGateway: () => ({ name: 'Attic' }),
  listGateways: nothing,
  getGateway: nothing,
  removeGateway: nothing,
  createEnrollmentCode: nothing,
  enrollGateway: () => ({ code: 'GUESSED', request: 'guessed' }),
  renewGatewayCertificate: () => ({ certificate: 'guessed', request: 'guessed', proof: 'guessed' }),
  createGuest: () => ({ name: 'Attacked guest' }),
  listGuests: nothing,
  getGuest: nothing,
  updateGuest: () => ({ name: 'Attacked guest' }),
  removeGuest: nothing,
  createKey: (world, target) => {
    const { holderId, entranceId } = thingsAt(world, target);
    return { holderId, entranceIds: [entranceId], startsAt: after(world, 0), endsAt: after(world, 1) };
  },
  listKeys: nothing,
  getKey: nothing,
  updateKey: (world) => ({ endsAt: after(world, 1) }),
  revokeKey: nothing,
  getEntranceAccess: nothing,
  listAlarms: nothing,
  listDoorVisits: nothing,
  listRevocations: nothing,
  getRevocation: nothing,
  enrollKeyCard: () => newCard('Attacked card'),
  enrollKeyCardAtLock: () => ({ technology: 'uid', label: 'Attacked card', waitSeconds: 1 }),
  listKeyCards: nothing,
  getKeyCard: nothing,
  reportKeyCardLost: nothing,
  returnKeyCard: nothing,
  beginCardEncoding: () => ({ identity: '04a1b2c3d4e5f6' }),
  answerCardEncoding: () => ({ dialogue: 'x', answer: '9100' }),
  retireKeyCard: nothing,
  createCredential: () => ({ kind: 'door_code' }),
  listCredentials: nothing,
  getCredential: nothing,
  revealCredential: nothing,
  removeCredential: nothing,
  createPhoneCode: nothing,
  activatePhone: () => ({ code: 'GUESSED', publicKey: '00'.repeat(32) }),
  renewPhoneGrants: () => guessedPhone,
  takePhoneParcels: () => guessedPhone,
  bringPhoneReceipts: () => ({ ...guessedPhone, deviceId: 'dev_00000000000000000000000000', receipts: [], pages: [] }),
  unlockEntrance: nothing,
  openTunnel: () => ({ commandId: '0011223344556677' }),
  exchangeTunnelFrames: () => ({ sent: 0, frames: [], received: 0 }),
  endTunnel: () => ({ outcome: 'unknown', code: 'link-lost' }),
  getAttempt: nothing,
  listEntranceAttempts: nothing,
  listEvents: nothing,
  streamEvents: nothing,
  createApiKey: () => ({ name: 'Another', scopes: ['read'] }),
  listApiKeys: nothing,
  rotateApiKey: () => ({ overlapSeconds: 0 }),
  revokeApiKey: nothing,
  createApp: () => someApp,
  listApps: nothing,
  getApp: nothing,
  removeApp: nothing,
  listIntegratedApps: nothing,
  allowIntegratedApp: nothing,
  forbidIntegratedApp: nothing,
  listMyAppGrants: nothing,
  revokeMyAppGrant: nothing,
  inviteUsers: (world) => ({ rows: [{ email: world.newAddress(), role: 'member' }] }),
  listUsers: nothing,
  listColleagues: nothing,
  getUser: nothing,
  updateUser: () => ({ licensed: true }),
  deactivateUser: nothing,
  reactivateUser: nothing,
  removeUser: confirmed,
  getSubscription: nothing,
  updateSubscription: () => ({ plan: 'pro' }),
  createDesk: () => ({ name: 'Attic desk' }),
  listDesks: nothing,
  removeDesk: nothing,
  createReservation: (world) => ({
    deskId: world.tenants.own.deskId,
    startsAt: after(world, 200),
    endsAt: after(world, 199),
  }),
  listReservations: nothing,
  getReservation: nothing,
  updateReservation: nothing,
  cancelReservation: nothing,
  getInsights: () => ({ from: '2026-03-01', to: '2026-03-02' }),
  createWebhookEndpoint: () => ({ url: hookUrl, eventTypes: ['webhook_endpoint.tested'] }),
  listWebhookEndpoints: nothing,
  getWebhookEndpoint: nothing,
  updateWebhookEndpoint: () => ({ state: 'disabled' }),
  removeWebhookEndpoint: nothing,
  rotateWebhookSecret: nothing,
  sendTestWebhook: nothing,
  listWebhookDeliveries: nothing,
  redriveWebhookDelivery: nothing,
  redriveWebhooks: nothing,
  replayWebhooks: () => ({ since: '0' }),
  createDirectoryIntegration: () => ({ credentials: { kind: 'scim_push' } }),
  listDirectoryIntegrations: nothing,
  getDirectoryIntegration: nothing,
  updateDirectoryIntegration: () => ({ guests: 'sync' }),
  removeDirectoryIntegration: nothing,
  authorizeDirectoryIntegration: nothing,
  rotateScimToken: nothing,
  changeAutomaticSync: () => ({ enabled: false }),
  startDirectoryReview: nothing,
  getDirectoryReview: nothing,
  listDirectoryReviewRows: nothing,
  endDirectoryReview: nothing,
  planDirectorySync: () => ({ select: { rows: 'all' } }),
  applyDirectorySync: () => ({ planId: 'guessed' }),
  startSyncRun: nothing,
  listSyncRuns: nothing,
  getSyncRun: nothing,
  listSyncReceipts: nothing,
} as const satisfies Record<OperationId, Payload>;

/** What a victim is on a property. */
export function standingOfVictim(victim: Target['victim'], place: 'harbor' | 'hill' | 'cove') {
  return victim !== undefined && victim in victims ? victims[victim as keyof typeof victims][place] : null;
}
