import { createProblem } from '@latchwork/contract';
import type { Instant } from '@latchwork/core';
import { makeToken, tokenHash } from '../access/bearer-token.js';
import type { LockHearings } from '../alarms/lock-hearing.js';
import type { GatewayPresence } from '../broker/gateway-presence.js';
import { endGatewayTrust } from '../broker/gateway-trust.js';
import type { Identifiers } from '../identifiers.js';
import type { Projection } from '../store/projection.js';
import { deviceName } from '../store/row-indexes.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';
import { notFound } from './authorize.js';
import type { Handlers, ProblemAnswer } from './call.js';
import { pageOf } from './paging.js';
import { invalidField } from './problem-answer.js';
import { entranceFilter } from './visibility.js';
import { deviceOf, entranceOf, gatewayOf } from './wire.js';

type InstallationOperation =
  | 'createEntrance'
  | 'listEntrances'
  | 'getEntrance'
  | 'createDevice'
  | 'listDevices'
  | 'getDevice'
  | 'removeDevice'
  | 'createGateway'
  | 'listGateways'
  | 'getGateway'
  | 'removeGateway';

/** Creates the handlers of entrances, locks and gateways. */
export function createInstallationHandlers(parts: {
  readonly projection: Projection;
  readonly identifiers: Identifiers;
  readonly presence: Pick<GatewayPresence, 'lastSeenAt'>;
  readonly hearings: Pick<LockHearings, 'of'>;
  readonly mqttUrl: () => string;
}): Pick<Handlers, InstallationOperation> {
  const { projection, identifiers, presence, hearings, mqttUrl } = parts;
  const shownDevice = (row: Row<'device'>) => {
    const heard = hearings.of(row.id).map(({ heardAt }) => heardAt);
    return deviceOf(row, heard.length === 0 ? null : (Math.max(...heard) as Instant));
  };
  const shownGateway = (row: Row<'gateway'>) => gatewayOf(row, presence.lastSeenAt(row.id));

  return {
    createEntrance: async ({ request: { body }, place: { property }, caller, write }) =>
      await write((draft) => {
        if (property === undefined) return notFound;
        const { now } = draft;
        const id = identifiers.next('entrance', now);
        const entrance: Row<'entrance'> = {
          id,
          propertyId: property.id,
          name: body.name,
          mode: 'normal',
          createdAt: now,
        };
        draft.insert('entrance', entrance);
        const fact = { propertyId: property.id, actor: caller.actor };
        draft.event({ type: 'entrance.created', occurredAt: timestampOf(now), ...fact, entranceId: id });
        draft.audit(property.organizationId, { action: 'entrance.created', ...fact, subject: { entranceId: id } });
        return { status: 201, body: entranceOf(entrance) };
      }),

    listEntrances: async ({ request: { query }, place: { property }, caller, permission }) => {
      if (property === undefined) return notFound;
      const reaches = entranceFilter(projection, permission, caller.member.id);
      const body = pageOf(projection.entrances.group(property.id), {
        query,
        idOf: (row) => row.id,
        isVisible: (row) => reaches(row.id),
        toWire: entranceOf,
      });
      return { status: 200, body };
    },

    getEntrance: async ({ place: { entrance }, caller, permission }) => {
      const reaches = entranceFilter(projection, permission, caller.member.id);
      return entrance === undefined || !reaches(entrance.id) ? notFound : { status: 200, body: entranceOf(entrance) };
    },

    createDevice: async ({ request: { body }, place: { property }, caller, write }) =>
      await write((draft) => {
        if (property === undefined) return notFound;
        if (projection.entrances.get(body.entranceId)?.propertyId !== property.id) {
          return invalidField('/entranceId', 'There is no such entrance on this property.');
        }
        if (projection.devices.byUnique(deviceName({ propertyId: property.id, tag: body.tag })) !== undefined) {
          return {
            problem: createProblem('conflict', {
              field: 'tag',
              detail: 'A lock with this tag exists on this property already.',
            }),
          };
        }
        const { now } = draft;
        const id = identifiers.next('device', now);
        const { driver = 'olp', ...given } = body;
        const device: Row<'device'> = {
          ...{ id, propertyId: property.id, ...given, driver },
          ...{ observation: null, createdAt: now },
        };
        draft.insert('device', device);
        const { entranceId, tag } = device;
        const fact = { propertyId: property.id, actor: caller.actor };
        draft.event({ type: 'device.created', occurredAt: timestampOf(now), ...fact, deviceId: id, entranceId });
        const subject = { deviceId: id, entranceId, tag };
        draft.audit(property.organizationId, { action: 'device.created', ...fact, subject });
        return { status: 201, body: shownDevice(device) };
      }),

    listDevices: async ({ request: { query }, place: { property } }) =>
      property === undefined
        ? notFound
        : {
            status: 200,
            body: pageOf(projection.devices.group(property.id), { query, idOf: (row) => row.id, toWire: shownDevice }),
          },

    getDevice: async ({ place: { device } }) =>
      device === undefined ? notFound : { status: 200, body: shownDevice(device) },

    removeDevice: async ({ place, caller: { actor }, write }) =>
      await write((draft) => {
        const device = place.device && projection.devices.get(place.device.id);
        const property = device && projection.properties.get(device.propertyId);
        if (device === undefined || property === undefined) return notFound;
        if (isUnderWay(projection, ({ deviceId }) => deviceId === device.id)) return unlockUnderWay;
        const { id: deviceId, propertyId, entranceId, tag } = device;
        draft.delete('device', device);
        const fact = { propertyId, actor };
        draft.event({ type: 'device.removed', occurredAt: timestampOf(draft.now), ...fact, deviceId, entranceId });
        const subject = { deviceId, entranceId, tag };
        draft.audit(property.organizationId, { action: 'device.removed', ...fact, subject });
        return { status: 204, body: undefined };
      }),

    createGateway: async ({ request: { body }, place: { property }, caller, write }) =>
      await write((draft) => {
        if (property === undefined) return notFound;
        const { now } = draft;
        const secret = makeToken('gateway');
        const id = identifiers.next('gateway', now);
        const gateway: Row<'gateway'> = {
          id,
          propertyId: property.id,
          name: body.name,
          secretHash: tokenHash(secret),
          online: false,
          hostId: null,
          lastSeenAt: null,
          version: null,
          publicKey: null,
          lan: null,
          createdAt: now,
        };
        draft.insert('gateway', gateway);
        const fact = { propertyId: property.id, actor: caller.actor };
        draft.event({ type: 'gateway.created', occurredAt: timestampOf(now), ...fact, gatewayId: id });
        draft.audit(property.organizationId, { action: 'gateway.created', ...fact, subject: { gatewayId: id } });
        return { status: 201, body: { gateway: gatewayOf(gateway, null), secret, mqttUrl: mqttUrl() } };
      }),

    listGateways: async ({ request: { query }, place: { property } }) =>
      property === undefined
        ? notFound
        : {
            status: 200,
            body: pageOf(projection.gateways.group(property.id), {
              query,
              idOf: (row) => row.id,
              toWire: shownGateway,
            }),
          },

    getGateway: async ({ place: { gateway } }) =>
      gateway === undefined ? notFound : { status: 200, body: shownGateway(gateway) },

    removeGateway: async ({ place, caller: { actor }, write }) =>
      await write((draft) => {
        const gateway = place.gateway && projection.gateways.get(place.gateway.id);
        const property = gateway && projection.properties.get(gateway.propertyId);
        if (gateway === undefined || property === undefined) return notFound;
        if (isUnderWay(projection, ({ gatewayId }) => gatewayId === gateway.id)) return unlockUnderWay;
        const { id: gatewayId, propertyId } = gateway;
        // From the commit on nothing goes through it any more, and what the broker has of it is ended.
        draft.delete('gateway', gateway);
        endGatewayTrust(draft, projection, gatewayId);
        const fact = { propertyId, actor };
        draft.event({ type: 'gateway.removed', occurredAt: timestampOf(draft.now), ...fact, gatewayId });
        draft.audit(property.organizationId, { action: 'gateway.removed', ...fact, subject: { gatewayId } });
        return { status: 204, body: undefined };
      }),
  };
}

const unlockUnderWay: ProblemAnswer = {
  problem: createProblem('conflict', { detail: 'An unlock through it has not ended yet. Ask again in a minute.' }),
};

/** Whether an unlock that has not ended goes through something: its end could not be told any more. */
function isUnderWay(projection: Projection, goesThrough: (attempt: Row<'attempt'>) => boolean): boolean {
  return [...projection.openAttempts.values()].some((attempt) => attempt.endedAt === null && goesThrough(attempt));
}
