import { randomBytes } from 'node:crypto';
import type { Instant, PropertyId } from '@latchwork/core';
import type { Row, Write } from '../store/store.js';

/** When everything here happened. */
export const instant = 1_795_000_000_000 as Instant;
const random = () => randomBytes(13).toString('hex');

/** A write that inserts a row. */
export function insert<Table extends Write['table']>(table: Table, row: Row<Table>): Write {
  return { op: 'insert', table, row } as unknown as Write;
}

/** A desk like any other. */
export function desk(): Row<'desk'> {
  return {
    id: `desk_${random()}`,
    organizationId: 'org_1',
    name: 'Desk',
    createdAt: instant,
    removedAt: null,
  } as Row<'desk'>;
}

/** An entrance like any other. */
export function entrance(): Row<'entrance'> {
  return {
    id: `ent_${random()}`,
    propertyId: 'prop_1',
    name: 'Door',
    mode: 'normal',
    createdAt: instant,
  } as Row<'entrance'>;
}

/** A lock at an entrance. */
export function device(place: Row<'entrance'>, over: Partial<Row<'device'>> = {}): Row<'device'> {
  return {
    id: `dev_${random()}`,
    propertyId: place.propertyId,
    kind: 'lock',
    name: 'Lock',
    entranceId: place.id,
    tag: randomBytes(8).toString('hex'),
    publicKey: 'aa',
    identityPublicKey: 'bb',
    driver: 'olp',
    observation: { bolt: 'locked', batteryPercent: null, observedAt: instant },
    createdAt: instant,
    ...over,
  } as Row<'device'>;
}

/** A property like any other. */
export function property(): Row<'property'> {
  return {
    id: `prop_${random()}`,
    organizationId: 'org_1',
    name: 'Hotel',
    timeZone: 'Europe/Berlin',
    tag: '00',
    epoch: 1,
    settings: { remoteUnlock: false, doorRange: null, longestStayMs: 1, auditHiddenFromTeam: true },
    integratedApps: [],
    version: 1,
    createdAt: instant,
    removedAt: null,
  } as unknown as Row<'property'>;
}

/** A Key like any other. */
export function accessKey(): Row<'accessKey'> {
  return {
    id: `key_${random()}`,
    propertyId: 'prop_1',
    holderId: 'mem_1',
    creatorId: 'mem_2',
    entranceIds: ['ent_1', 'ent_2'],
    startsAt: instant,
    endsAt: null,
    schedule: null,
    revokedAt: null,
    version: 1,
    createdAt: instant,
  } as unknown as Row<'accessKey'>;
}

/** An event of which only the place in the feed matters. */
export function event(feedId: PropertyId, position: number): Row<'event'> {
  const body = {
    id: `evt_${position}`,
    type: 'gateway.online',
    propertyId: feedId,
    nested: { list: [1, { deep: null }] },
  };
  return { feedId, position, body } as unknown as Row<'event'>;
}

/** An attempt that has not ended. */
export function attempt(over: Partial<Row<'attempt'>>): Row<'attempt'> {
  return {
    id: `att_${random()}`,
    propertyId: 'prop_1',
    entranceId: 'ent_1',
    deviceId: null,
    gatewayId: null,
    holderId: 'mem_1',
    actor: { kind: 'member', memberId: 'mem_1', channel: 'portal_app' },
    keyId: null,
    channel: 'portal_app',
    mode: 'token',
    app: null,
    commandId: '00',
    state: 'sent',
    code: null,
    because: null,
    explanation: null,
    deadline: instant,
    requestedAt: instant,
    acceptedAt: instant,
    sentAt: instant,
    acknowledgedAt: null,
    tokenPossibleAt: null,
    tokenHostId: null,
    endedAt: null,
    result: null,
    ...over,
  } as Row<'attempt'>;
}

/** A delivery to an endpoint, with a number by which it is sorted. */
export function delivery({
  number,
  ...over
}: Partial<Row<'webhookDelivery'>> & { readonly number: number }): Row<'webhookDelivery'> {
  return {
    id: `whd_${over.endpointId}_${number}`,
    feedId: 'prop_1',
    position: number,
    eventId: `evt_${number}`,
    eventType: 'key.created',
    attempts: 0,
    nextAttemptAt: instant,
    giveUpAt: instant,
    lastStatus: null,
    lastFault: null,
    createdAt: instant,
    endedAt: null,
    ...over,
  } as Row<'webhookDelivery'>;
}
