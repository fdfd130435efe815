import type { Client } from '@latchwork/client';
import type { HospitalityRole, HospitalityStanding, WorkplaceRole } from '@latchwork/core';
import { addRevocation } from '../harness/lock-rows.test-rig.js';
import { lockKeys, newCard, type Person, samplePassword, signIn } from '../harness/sample-hotel.test-rig.js';
import { acceptInvitation } from '../harness/sample-office.test-rig.js';
import type { TestPortal } from '../harness/test-portal.test-rig.js';
import { registerApp, type ThirdPartyApp, tokensFor } from '../harness/third-party-app.test-rig.js';

/** The properties of the attacked group: where attackers work, where they have less to say, and the one they are not to know of. */
export const places = ['harbor', 'hill', 'cove'] as const;
/** One of {@link places}. */
export type PlaceName = (typeof places)[number];

/** What somebody is on each property; `null`: nothing. */
export type Standings = Readonly<Record<PlaceName, HospitalityStanding | null>>;

/** What one property has. */
export interface PlaceThings {
  readonly propertyId: string;
  readonly name: string;
  readonly entranceId: string;
  readonly deviceId: string;
  readonly gatewayId: string;
  /** A member who holds `keyId` there. */
  readonly holderId: string;
  readonly keyId: string;
  /** Holds a Key there that the arranger gave. */
  readonly guestId: string;
  /** In the stock. */
  readonly keyCardId: string;
  /** A door code on a Key of the guest. */
  readonly credentialId: string;
  readonly revocationId: string;
  readonly attemptId: string;
}

/** What one organization has besides its properties. */
export interface TenantThings {
  readonly organizationId: string;
  readonly apiKeyId: string;
  readonly appId: string;
  readonly webhookEndpointId: string;
  readonly webhookDeliveryId: string;
  readonly deskId: string;
  readonly reservationId: string;
  readonly sessionId: string;
  readonly appGrantId: string;
  readonly integrationId: string;
}

/** Every token one person ever got. */
export interface Attacker {
  readonly person: Person;
  readonly name: string;
  readonly standings: Standings;
  /** By the Portal app, the dashboard, an API key and an app on the harbor property. */
  readonly tokens: Readonly<Record<'portal_app' | 'dashboard' | 'api' | 'integrated_app', string>>;
}

/** A user of the workplace, with a session of each channel asked for. */
export interface OfficeAttacker {
  readonly id: string;
  readonly name: string;
  readonly tokens: Readonly<Record<string, string>>;
}

/** A group of three hotels and an office, a second organization, and people who try things. */
export interface AttackWorld {
  readonly test: TestPortal;
  /** The first Organization Owner, and Admin: arranges everything and attacks nothing. */
  readonly arranger: Person;
  readonly things: Readonly<Record<PlaceName | 'other', PlaceThings>>;
  readonly tenants: Readonly<Record<'own' | 'other', TenantThings>>;
  readonly app: ThirdPartyApp;
  readonly attackers: Readonly<Record<HospitalityStanding, Attacker>>;
  readonly removed: Attacker;
  readonly office: Readonly<Record<WorkplaceRole, OfficeAttacker>>;
  readonly otherOwner: Person;
  /** Names and addresses of people, by the member's id. */
  readonly identities: Map<string, readonly [name: string, email: string]>;
  /** An address that nobody has yet. */
  newAddress(): string;
}

/** What each attacker is where: the role itself on the harbor property, less on the hill, nothing on the cove. */
export const attackerStandings = {
  organization_owner: { harbor: 'organization_owner', hill: 'organization_owner', cove: 'organization_owner' },
  owner: { harbor: 'owner', hill: 'team', cove: null },
  general_manager: { harbor: 'general_manager', hill: 'team', cove: null },
  team: { harbor: 'team', hill: 'housekeeping', cove: null },
  housekeeping: { harbor: 'housekeeping', hill: 'installer', cove: null },
  installer: { harbor: 'installer', hill: 'installer', cove: null },
} as const satisfies Record<HospitalityStanding, Standings>;

const appScopes = ['read', 'unlock', 'keys', 'people', 'hardware'] as const;
const keyScopes = ['read', 'unlock', 'keys', 'people', 'hardware', 'settings'] as const;
/** Nobody listens there. */
export const hookUrl = 'https://127.0.0.1:9/latchwork';

/** Builds the world through the API alone. */
export async function buildAttackWorld(test: TestPortal): Promise<AttackWorld> {
  const identities: AttackWorld['identities'] = new Map();
  let counter = 0;
  const newAddress = () => `target-${++counter}@aurora.example`;
  const arranger = await foundOrganization(test, 'Aurora Group', 'olga-arranger@aurora.example');
  const organizationId = await organizationOf(arranger);
  const harbor = await buildPlace(test, arranger, { organizationId, name: 'Harbor Amberjack', newAddress });
  const hill = await buildPlace(test, arranger, { organizationId, name: 'Hill Bluethroat', newAddress });
  const cove = await buildPlace(test, arranger, { organizationId, name: 'Cove Chrysolite', newAddress });
  for (const { propertyId, entranceId } of [harbor, hill]) {
    const { version } = await arranger.client.properties.get({ propertyId });
    await arranger.client.properties.update({ propertyId, version, settings: { doorRange: [entranceId] } });
  }
  const app = await registerApp(arranger.client, organizationId, { scopes: [...appScopes] });
  for (const { propertyId } of [harbor, hill, cove]) {
    await arranger.client.integratedApps.allow({ propertyId, appId: app.id });
  }
  const parts = { test, arranger, organizationId, app, things: { harbor, hill, cove }, identities };
  const attackers = {
    organization_owner: await makeAttacker(parts, 'organization_owner'),
    owner: await makeAttacker(parts, 'owner'),
    general_manager: await makeAttacker(parts, 'general_manager'),
    team: await makeAttacker(parts, 'team'),
    housekeeping: await makeAttacker(parts, 'housekeeping'),
    installer: await makeAttacker(parts, 'installer'),
  };
  const removed = await makeAttacker(parts, 'general_manager', 'removed');
  await arranger.client.members.remove({ memberId: removed.person.id, confirm: 'remove' });

  const otherOwner = await foundOrganization(test, 'Borealis Group', 'ottilie-other@borealis.example');
  const otherId = await organizationOf(otherOwner);
  const other = await buildPlace(test, otherOwner, {
    organizationId: otherId,
    name: 'Fjord Dioptase',
    newAddress: () => `fjord-${++counter}@borealis.example`,
  });
  const otherApp = await registerApp(otherOwner.client, otherId, { scopes: [...appScopes] });
  await otherOwner.client.integratedApps.allow({ propertyId: other.propertyId, appId: otherApp.id });
  const office = {
    admin: await makeUser(test, arranger.client, { organizationId, role: 'admin', identities }),
    coordinator: await makeUser(test, arranger.client, { organizationId, role: 'coordinator', identities }),
    member: await makeUser(test, arranger.client, { organizationId, role: 'member', identities }),
  };
  return {
    ...{ test, arranger, app, attackers, removed, office, otherOwner, identities, newAddress },
    things: { harbor, hill, cove, other },
    tenants: {
      own: await buildTenant(test, arranger, { organizationId, app, propertyId: cove.propertyId }),
      other: await buildTenant(test, otherOwner, {
        organizationId: otherId,
        app: otherApp,
        propertyId: other.propertyId,
      }),
    },
  };
}

async function foundOrganization(test: TestPortal, name: string, email: string): Promise<Person> {
  const operator = test.client(test.portal.operatorKey.reveal());
  const schemes = ['hospitality', 'workplace'] as const;
  await operator.organizations.create({ name, schemes, plan: 'pro', licenses: 10_000, owner: { email } });
  return await signIn(test, { email, channel: 'dashboard' });
}

async function organizationOf({ client }: Person): Promise<string> {
  return (await client.me()).member.organizationId;
}

async function buildPlace(
  test: TestPortal,
  { id, client }: Person,
  o: { readonly organizationId: string; readonly name: string; readonly newAddress: () => string },
): Promise<PlaceThings> {
  const { organizationId, name } = o;
  const { id: propertyId } = await client.properties.create({ organizationId, name, timeZone: 'Europe/Lisbon' });
  const { id: entranceId } = await client.entrances.create({ propertyId, name: `${name} door` });
  const lock = { kind: 'lock', name: `${name} lock`, entranceId, ...lockKeys() } as const;
  const { id: deviceId } = await client.devices.create({ propertyId, ...lock });
  const { gateway } = await client.gateways.create({ propertyId, name: `${name} gateway` });
  const emails = [o.newAddress()];
  const { invitations } = await client.invitations.createForProperty({ propertyId, emails, role: 'team' });
  const holderId = invitations[0]?.member.id ?? '';
  const startsAt = new Date(test.clock.now()).toISOString();
  const period = { entranceIds: [entranceId], startsAt, endsAt: null };
  const { id: keyId } = await client.keys.create({ propertyId, holderId, ...period });
  const guestId = await addGuest(client, { propertyId, ...period });
  const { id: keyCardId } = await client.keyCards.enroll({ propertyId, ...newCard(`${name} card`) });
  const credentialId = await addCode(client, { guestId, propertyId, ...period });
  const revocationId = await addRevocation(test, keyId);
  // Without a Key the arranger is refused, and the denied attempt is on record (P-17).
  const denied = await test.send('POST', `/v1/entrances/${entranceId}/unlock`, {
    token: await tokenOf(test, id),
    body: {},
    headers: { 'idempotency-key': entranceId },
  });
  const { attemptId } = (await denied.json()) as { attemptId: string };
  return {
    propertyId,
    name,
    entranceId,
    deviceId,
    gatewayId: gateway.id,
    holderId,
    keyId,
    guestId,
    keyCardId,
    credentialId,
    revocationId,
    attemptId,
  };
}

/** Gives a guest another Key, on a door code. */
export async function addCode(
  client: Client,
  { guestId: holderId, ...key }: PeriodThere & { readonly guestId: string },
): Promise<string> {
  const { id: keyId } = await client.keys.create({ ...key, holderId });
  return (await client.credentials.create({ keyId, kind: 'door_code' })).id;
}

interface PeriodThere {
  readonly propertyId: string;
  readonly entranceIds: string[];
  readonly startsAt: string;
  readonly endsAt: null;
}

/** Adds a guest with a name and a Key. */
export async function addGuest(client: Client, o: PeriodThere): Promise<string> {
  const { propertyId } = o;
  const guest = { name: 'Nm Gudrun Guest', email: 'gudrun-guest@elsewhere.example' };
  const { id } = await client.guests.create({ propertyId, ...guest });
  await client.keys.create({ ...o, holderId: id });
  return id;
}

/** A new session of somebody who has signed in before. */
async function tokenOf(test: TestPortal, memberId: string): Promise<string> {
  const email = test.portal.projection.members.get(memberId as never)?.email ?? '';
  return await newSession(test, email, 'dashboard');
}

/** Signs in once more. */
export async function newSession(test: TestPortal, email: string, channel: 'portal_app' | 'dashboard' | 'mobile_app') {
  return (await test.client().sessions.create({ email, password: samplePassword, channel })).token;
}

/** Whoever has tokens of each kind got them as an Organization Owner; then the role was taken down. */
async function makeAttacker(
  world: Pick<AttackWorld, 'test' | 'arranger' | 'app' | 'identities'> & {
    readonly organizationId: string;
    readonly things: Readonly<Record<PlaceName, PlaceThings>>;
  },
  standing: HospitalityStanding,
  label: string = standing,
): Promise<Attacker> {
  const { test, arranger, organizationId, app, things, identities } = world;
  const email = `${label}-attacker@aurora.example`;
  const name = `Nm ${label} Attacker`;
  await arranger.client.invitations.create({ organizationId, emails: [email], organizationOwner: true });
  const person = await signIn(test, { email, name });
  identities.set(person.id, [name, email]);
  const { token: api } = await person.client.apiKeys.create({ organizationId, name: 'Server', scopes: [...keyScopes] });
  const hotel = { property: { id: things.harbor.propertyId } } as Parameters<typeof tokensFor>[1];
  const { accessToken } = await tokensFor(test, hotel, app, person, appScopes.join(' '));
  const dashboard = await newSession(test, email, 'dashboard');
  const standings: Standings = attackerStandings[standing];
  if (standing !== 'organization_owner') {
    const { version } = await arranger.client.members.get({ memberId: person.id });
    const assignments = places.flatMap((place) => {
      const role = standings[place] as HospitalityRole | null;
      return role === null ? [] : [{ propertyId: things[place].propertyId, role }];
    });
    await arranger.client.members.update({ memberId: person.id, version, organizationOwner: false, assignments });
  }
  return { person, name, standings, tokens: { portal_app: person.token, dashboard, api, integrated_app: accessToken } };
}

async function makeUser(
  test: TestPortal,
  admin: Client,
  o: { readonly organizationId: string; readonly role: WorkplaceRole; readonly identities: AttackWorld['identities'] },
): Promise<OfficeAttacker> {
  const { organizationId, role, identities } = o;
  const email = `${role}-user@aurora.example`;
  const name = `Nm ${role} User`;
  await admin.users.invite({ organizationId, rows: [{ email, name, role }] });
  const { id } = await acceptInvitation(test, email);
  identities.set(id, [name, email]);
  const tokens = {
    dashboard: await newSession(test, email, 'dashboard'),
    mobile_app: await newSession(test, email, 'mobile_app'),
  };
  return { id, name, tokens };
}

async function buildTenant(
  test: TestPortal,
  owner: Person,
  o: { readonly organizationId: string; readonly propertyId: string; readonly app: ThirdPartyApp },
): Promise<TenantThings> {
  const { organizationId, propertyId, app } = o;
  const { client } = owner;
  const { apiKey } = await client.apiKeys.create({ organizationId, name: 'Server', scopes: ['read'] });
  const { webhookEndpoint } = await client.webhookEndpoints.create({
    ...{ organizationId, url: hookUrl },
    eventTypes: ['webhook_endpoint.tested'],
  });
  const { id: webhookEndpointId, version } = webhookEndpoint;
  const delivery = await client.webhookEndpoints.test({ webhookEndpointId });
  await client.webhookEndpoints.update({ webhookEndpointId, version, state: 'disabled' });
  const { id: deskId } = await client.desks.create({ organizationId, name: 'Window' });
  const { version: seen } = await client.users.get({ memberId: owner.id });
  await client.users.update({ memberId: owner.id, version: seen, licensed: true });
  const period = {
    startsAt: new Date(test.clock.now() + 86_400_000).toISOString(),
    endsAt: new Date(test.clock.now() + 90_000_000).toISOString(),
  };
  const { id: reservationId } = await client.reservations.create({ organizationId, deskId, ...period });
  const hotel = { property: { id: propertyId } } as Parameters<typeof tokensFor>[1];
  await tokensFor(test, hotel, app, owner);
  const { data } = await client.appGrants.listMine({});
  const { session } = await client.me();
  const credentials = { kind: 'scim_push' } as const;
  const integration = await client.directoryIntegrations.create({ organizationId, credentials });
  return {
    ...{ organizationId, webhookEndpointId, deskId, reservationId },
    apiKeyId: apiKey.id,
    appId: app.id,
    webhookDeliveryId: delivery.id,
    sessionId: session?.id ?? '',
    appGrantId: data[0]?.id ?? '',
    integrationId: integration.id,
  };
}
