import { randomUUID } from 'node:crypto';
import { type OperationId, operationPath, routes } from '@latchwork/contract';
import { addRevocation } from './lock-rows.test-rig.js';
import { giveKey, lockKeys, newCard, type SampleHotel } from './sample-hotel.test-rig.js';
import type { RawOptions, TestPortal } from './test-portal.test-rig.js';

/** A request as it is sent, without a token. */
export interface TargetedRequest {
  readonly method: string;
  readonly path: string;
  readonly options: Pick<RawOptions, 'body' | 'headers'>;
}

/** An id of nothing, well-formed. */
export const nothingWith = (prefix: string): string => `${prefix}_01jd0000000000000000000000`;

/** Where redelivered events would go; nothing is ever sent there. */
const guessedPhone = { credentialId: 'crd_00000000000000000000000000', token: 'guessed' };
const hookUrl = 'https://hooks.example.com/latchwork';

/**
 * Makes a complete request of any route of the hospitality scheme on a sample hotel, with a target of its own where the
 * call would end or change it. A removal comes with a word that confirms nothing, so that the hotel stays.
 */
export async function targetRequest(
  test: TestPortal,
  hotel: SampleHotel,
  operation: OperationId,
  wish: { readonly holderId?: string; readonly confirm?: string } = {},
): Promise<TargetedRequest> {
  const { method, path, precondition } = routes[operation];
  const params = await targetsOf(test, hotel, path, wish.holderId ?? hotel.people.team.id);
  const body = bodyOf(hotel, operation, wish);
  return {
    method,
    path: operationPath(routes[operation], params),
    options: {
      ...(body === undefined ? {} : { body }),
      ...(precondition === 'version' ? { headers: { 'if-match': '*' } } : {}),
    },
  };
}

async function targetsOf(
  test: TestPortal,
  hotel: SampleHotel,
  path: string,
  holderId: string,
): Promise<Readonly<Record<string, string>>> {
  const { organization, property, entrance } = hotel;
  const { client } = hotel.people.organization_owner;
  const organizationId = organization.id;
  const propertyId = property.id;
  const makers: Readonly<Record<string, () => Promise<string>>> = {
    organizationId: async () => organizationId,
    propertyId: async () => propertyId,
    entranceId: async () => entrance.id,
    keyId: async () => (await giveKey(test, hotel, holderId)).id,
    revocationId: async () => await addRevocation(test, (await giveKey(test, hotel, holderId)).id),
    keyCardId: async () => (await client.keyCards.enroll({ propertyId, ...newCard('Card') })).id,
    credentialId: async () => {
      const { id: guestId } = await client.guests.create({ propertyId, name: 'Gus' });
      const key = await giveKey(test, hotel, guestId);
      return (await client.credentials.create({ keyId: key.id, kind: 'door_code' })).id;
    },
    guestId: async () => (await client.guests.create({ propertyId, name: 'Gus' })).id,
    attemptId: async () => nothingWith('att'),
    sessionId: async () => nothingWith('ses'),
    appGrantId: async () => nothingWith('grt'),
    webhookDeliveryId: async () => nothingWith('whd'),
    deskId: async () => nothingWith('desk'),
    reservationId: async () => nothingWith('res'),
    integrationId: async () => nothingWith('int'),
    deviceId: async () => {
      const names = { kind: 'lock', name: 'Lock', entranceId: entrance.id } as const;
      return (await client.devices.create({ propertyId, ...names, ...lockKeys() })).id;
    },
    gatewayId: async () => (await client.gateways.create({ propertyId, name: 'Cellar' })).gateway.id,
    memberId: async () => (await invited(hotel)).member.id,
    invitationId: async () => (await invited(hotel)).invitation.id,
    apiKeyId: async () => (await client.apiKeys.create({ organizationId, name: 'Key', scopes: ['read'] })).apiKey.id,
    appId: async () => (await client.apps.create({ organizationId, ...appOf() })).app.id,
    webhookEndpointId: async () =>
      (await client.webhookEndpoints.create({ organizationId, url: hookUrl })).webhookEndpoint.id,
  };
  const targets: Record<string, string> = {};
  for (const [, name = ''] of path.matchAll(/:(\w+)/g)) {
    const make = makers[name];
    if (make === undefined) throw new Error(`There is no target for :${name}.`);
    targets[name] = await make();
  }
  return targets;
}

async function invited({ people, property }: SampleHotel) {
  const { invitations } = await people.organization_owner.client.invitations.createForProperty({
    propertyId: property.id,
    emails: [someAddress()],
    role: 'housekeeping',
  });
  const [first] = invitations;
  if (first === undefined) throw new Error('Nobody was invited.');
  return first;
}

const someAddress = () => `target-${randomUUID()}@example.com`;
const appOf = () =>
  ({ name: 'App', kind: 'public', redirectUris: ['https://app.example.com/cb'], scopes: ['read'] }) as const;

function bodyOf(
  { entrance, property, people }: SampleHotel,
  operation: OperationId,
  { holderId, confirm = 'not this' }: { readonly holderId?: string; readonly confirm?: string },
): object | undefined {
  const assignments = [{ propertyId: property.id, role: 'housekeeping' }];
  const bodies: Partial<Record<OperationId, object>> = {
    updateOrganization: { peerManagement: true },
    createProperty: { name: 'Annex', timeZone: 'Europe/Paris' },
    updateProperty: { settings: { remoteUnlock: true } },
    removeProperty: { confirm },
    updateMember: { assignments: [{ propertyId: property.id, role: 'installer' }] },
    setAssignment: { role: 'installer' },
    removeMember: { confirm },
    removeMemberFromProperty: { confirm },
    inviteTeam: { emails: [someAddress()], assignments },
    importTeam: { rows: [{ email: someAddress(), assignments }] },
    inviteToProperty: { emails: [someAddress()], role: 'housekeeping' },
    replaceInvitation: {},
    suggestRole: { actions: ['key.view'] },
    createEntrance: { name: 'Sauna' },
    createDevice: { kind: 'lock', name: 'Lock', entranceId: entrance.id, ...lockKeys() },
    createGateway: { name: 'Attic' },
    enrollGateway: { code: 'GUESSED', request: 'guessed' },
    renewGatewayCertificate: { certificate: 'guessed', request: 'guessed', proof: 'guessed' },
    createGuest: { name: 'Gus' },
    updateGuest: { name: 'Gustav' },
    enrollKeyCard: newCard('Card'),
    enrollKeyCardAtLock: { technology: 'uid', label: 'Card', waitSeconds: 1 },
    beginCardEncoding: { identity: '04a1b2c3d4e5f6' },
    answerCardEncoding: { dialogue: 'x', answer: '9100' },
    createCredential: { kind: 'door_code' },
    activatePhone: { code: 'GUESSED', publicKey: '00'.repeat(32) },
    renewPhoneGrants: guessedPhone,
    takePhoneParcels: guessedPhone,
    bringPhoneReceipts: { ...guessedPhone, deviceId: 'dev_00000000000000000000000000', receipts: [], pages: [] },
    openTunnel: { commandId: '0011223344556677' },
    exchangeTunnelFrames: { sent: 0, frames: [], received: 0 },
    endTunnel: { outcome: 'unknown', code: 'link-lost' },
    createKey: {
      holderId: holderId ?? people.team.id,
      entranceIds: [entrance.id],
      startsAt: '2026-01-01T00:00:00Z',
      endsAt: null,
    },
    updateKey: { endsAt: null },
    createApiKey: { name: 'Another', scopes: ['read'] },
    rotateApiKey: { overlapSeconds: 0 },
    createApp: appOf(),
    createWebhookEndpoint: { url: hookUrl },
    updateWebhookEndpoint: { state: 'enabled' },
    rotateWebhookSecret: {},
    replayWebhooks: { since: '0' },
  };
  return bodies[operation];
}
