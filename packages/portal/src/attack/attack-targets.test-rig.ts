import { routes } from '@latchwork/contract';
import { type HospitalityRole, type IdKind, idPrefixes } from '@latchwork/core';
import { nothingWith } from '../harness/route-targets.test-rig.js';
import { lockKeys, newCard } from '../harness/sample-hotel.test-rig.js';
import { registerApp } from '../harness/third-party-app.test-rig.js';
import {
  type AttackWorld,
  addCode,
  addGuest,
  hookUrl,
  type PlaceName,
  type Standings,
  type TenantThings,
} from './attack-world.test-rig.js';

/** Where the thing that a path names is: on a property, in the other organization, or nowhere at all. */
export type PlaceTarget = PlaceName | 'other' | 'nothing';
/** Whose a thing of an organization is. */
export type TenantTarget = 'own' | 'other' | 'nothing';

const nowhere: Standings = { harbor: null, hill: null, cove: null };

/** Whom attackers reach for: invited people of every standing on the harbor property, and of other places. */
export const victims = {
  organization_owner: { harbor: 'organization_owner', hill: 'organization_owner', cove: 'organization_owner' },
  owner: { ...nowhere, harbor: 'owner' },
  general_manager: { ...nowhere, harbor: 'general_manager' },
  team: { ...nowhere, harbor: 'team' },
  housekeeping: { ...nowhere, harbor: 'housekeeping' },
  installer: { ...nowhere, harbor: 'installer' },
  ofHill: { ...nowhere, hill: 'team' },
  ofCove: { ...nowhere, cove: 'general_manager' },
  ofHarborAndCove: { ...nowhere, harbor: 'housekeeping', cove: 'owner' },
  user: nowhere,
} as const satisfies Readonly<Record<string, Standings>>;
/** One of {@link victims}. */
export type VictimName = keyof typeof victims;
/** Also oneself, somebody of the other organization, and nobody. */
export type VictimTarget = VictimName | 'self' | 'stranger' | 'nothing';

/** What one request is aimed at. Only what the path names is set. */
export interface Target {
  readonly place?: PlaceTarget;
  readonly tenant?: TenantTarget;
  readonly victim?: VictimTarget;
}

const placeTargets: readonly PlaceTarget[] = ['harbor', 'hill', 'cove', 'other', 'nothing'];
const tenantTargets: readonly TenantTarget[] = ['own', 'other', 'nothing'];
const victimTargets = [...Object.keys(victims), 'self', 'stranger', 'nothing'] as VictimTarget[];
const ofPlace = new Set([
  'propertyId',
  'entranceId',
  'deviceId',
  'gatewayId',
  'keyId',
  'guestId',
  'keyCardId',
  'credentialId',
  'revocationId',
  'attemptId',
]);
const ofVictim = new Set(['memberId', 'invitationId']);

/** The names of a path's parameters. */
export function parametersOf(path: string): readonly string[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
}

/** Every target of a path: each kind of thing it names, from each place. */
export function targetsOf(path: string): readonly Target[] {
  let targets: readonly Target[] = [{}];
  for (const name of parametersOf(path)) {
    const more: readonly Target[] = ofPlace.has(name)
      ? placeTargets.map((place) => ({ place }))
      : ofVictim.has(name)
        ? victimTargets.filter((victim) => name === 'memberId' || victim !== 'self').map((victim) => ({ victim }))
        : name === 'webhookDeliveryId'
          ? [{}]
          : tenantTargets.map((tenant) => ({ tenant }));
    targets = targets.flatMap((target) => more.map((one) => ({ ...target, ...one })));
  }
  return targets;
}

/** Somebody who was invited. */
export interface Victim {
  readonly memberId: string;
  readonly invitationId: string;
}

/** Things to attack: shared ones for requests that come to nothing, new ones for those that change what they name. */
export interface AttackTargets {
  /** The path's parameters for a target, with things that everybody aims at. */
  shared(path: string, target: Target, self: string): Promise<Readonly<Record<string, string>>>;
  /** The same with new things, which the request may end or change. */
  fresh(path: string, target: Target, self: string): Promise<Readonly<Record<string, string>>>;
}

/** Creates the makers of targets. */
export function createAttackTargets(world: AttackWorld): AttackTargets {
  const { arranger, things, tenants, otherOwner } = world;
  const { client } = arranger;
  const { organizationId } = tenants.own;

  const invite = async (name: VictimName | 'stranger'): Promise<Victim> => {
    if (name === 'user') {
      const rows = [{ email: world.newAddress() }];
      const { invitations } = await client.users.invite({ organizationId, rows });
      return victimOf(invitations[0]?.user.id, invitations[0]?.invitation.id);
    }
    if (name === 'stranger') {
      const invited = await otherOwner.client.invitations.createForProperty({
        propertyId: things.other.propertyId,
        emails: [world.newAddress()],
        role: 'team',
      });
      return victimOf(invited.invitations[0]?.member.id, invited.invitations[0]?.invitation.id);
    }
    const standings: Standings = victims[name];
    const assignments = (['harbor', 'hill', 'cove'] as const).flatMap((place) => {
      const role = standings[place];
      return role === null ? [] : [{ propertyId: things[place].propertyId, role: role as HospitalityRole }];
    });
    const offer = name === 'organization_owner' ? { organizationOwner: true } : { assignments };
    const emails = [world.newAddress()];
    const { invitations } = await client.invitations.create({ organizationId, emails, ...offer });
    return victimOf(invitations[0]?.member.id, invitations[0]?.invitation.id);
  };
  const known = new Map<VictimName | 'stranger', Victim>();
  const sharedVictim = async (name: VictimName | 'stranger'): Promise<Victim> => {
    const victim = known.get(name) ?? (await invite(name));
    known.set(name, victim);
    return victim;
  };

  const fill = async (
    path: string,
    target: Target,
    make: {
      readonly victim: (name: VictimName | 'stranger') => Promise<Victim>;
      readonly thing: (name: string, target: Target, path: string) => Promise<string | undefined>;
      readonly self: string;
    },
  ) => {
    const params: Record<string, string> = {};
    for (const name of parametersOf(path)) {
      const { place, tenant, victim } = target;
      const made = await make.thing(name, target, path);
      if (made !== undefined) params[name] = made;
      else if (ofPlace.has(name)) {
        const found = place === undefined || place === 'nothing' ? undefined : things[place];
        params[name] = found?.[name as 'propertyId'] ?? nothingFor(name);
      } else if (ofVictim.has(name)) {
        if (victim === 'self') params[name] = make.self;
        else if (victim === undefined || victim === 'nothing') params[name] = nothingFor(name);
        else params[name] = (await make.victim(victim))[name as 'memberId'];
      } else {
        const found = tenant === undefined || tenant === 'nothing' ? undefined : tenants[tenant];
        params[name] = found?.[name as keyof TenantThings] ?? nothingFor(name);
      }
    }
    return params;
  };

  /** There is one of each kind: another one than everybody aims at. */
  const spareIntegration = async (): Promise<string> => {
    const { data } = await client.directoryIntegrations.list({ organizationId });
    const credentials = { kind: 'scim_pull', baseUrl: hookUrl, token: 'guessed' } as const;
    const known = data.find(({ kind }) => kind === credentials.kind);
    return (known ?? (await client.directoryIntegrations.create({ organizationId, credentials }))).id;
  };

  const newThing = async (name: string, { place, tenant }: Target, path: string): Promise<string | undefined> => {
    if (path === routes.removeProperty.path && place !== 'other' && place !== 'nothing') {
      return (await client.properties.create({ organizationId, name: 'Spare', timeZone: 'Europe/Lisbon' })).id;
    }
    if (place !== undefined && place !== 'nothing' && place !== 'other') {
      const { propertyId, entranceId, holderId, guestId } = things[place];
      const startsAt = new Date(world.test.clock.now()).toISOString();
      const period = { entranceIds: [entranceId], startsAt, endsAt: null };
      if (name === 'guestId') return await addGuest(client, { propertyId, ...period });
      if (name === 'keyCardId') return (await client.keyCards.enroll({ propertyId, ...newCard('Spare') })).id;
      if (name === 'credentialId') return await addCode(client, { propertyId, guestId, ...period });
      if (name === 'keyId') {
        return (await client.keys.create({ propertyId, holderId, ...period })).id;
      }
      if (name === 'deviceId') {
        const lock = { kind: 'lock', name: 'Spare', entranceId, ...lockKeys() } as const;
        return (await client.devices.create({ propertyId, ...lock })).id;
      }
      if (name === 'gatewayId') return (await client.gateways.create({ propertyId, name: 'Spare' })).gateway.id;
    }
    if (tenant !== 'own') return undefined;
    switch (name) {
      case 'apiKeyId':
        return (await client.apiKeys.create({ organizationId, name: 'Spare', scopes: ['read'] })).apiKey.id;
      case 'appId':
        return (await registerApp(client, organizationId)).id;
      case 'webhookEndpointId':
        return (
          await client.webhookEndpoints.create({
            ...{ organizationId, url: hookUrl },
            eventTypes: ['webhook_endpoint.tested'],
          })
        ).webhookEndpoint.id;
      case 'integrationId':
        return path === routes.removeDirectoryIntegration.path ? await spareIntegration() : undefined;
      case 'deskId':
        return (await client.desks.create({ organizationId, name: 'Spare' })).id;
      case 'reservationId': {
        const { id: deskId } = await client.desks.create({ organizationId, name: 'Spare' });
        const startsAt = new Date(world.test.clock.now() + 3_600_000).toISOString();
        const endsAt = new Date(world.test.clock.now() + 7_200_000).toISOString();
        return (await client.reservations.create({ organizationId, deskId, startsAt, endsAt })).id;
      }
      default:
        return undefined;
    }
  };

  return {
    shared: async (path, target, self) =>
      await fill(path, target, { victim: sharedVictim, thing: async () => undefined, self }),
    fresh: async (path, target, self) => await fill(path, target, { victim: invite, thing: newThing, self }),
  };
}

/** A well-formed id of nothing for a path's parameter. */
export function nothingFor(parameter: string): string {
  return nothingWith(idPrefixes[parameter.slice(0, -'Id'.length) as IdKind]);
}

function victimOf(memberId: string | undefined, invitationId: string | undefined): Victim {
  if (memberId === undefined || invitationId === undefined) throw new Error('Nobody was invited.');
  return { memberId, invitationId };
}
