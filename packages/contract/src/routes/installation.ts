import * as z from 'zod/mini';
import { deviceId, entranceId, gatewayId, propertyId } from '../identifiers.js';
import { idempotencyHeaders } from '../inputs/headers.js';
import { deviceInput, entranceInput, gatewayInput } from '../inputs/installation.js';
import { pageQuery } from '../inputs/values.js';
import { operations } from '../operations.js';
import { route } from '../route.js';

const inProperty = z.strictObject({ propertyId });

/** Adds an entrance to a property. */
export const createEntrance = route(operations.createEntrance, {
  summary: 'Add an entrance to a property',
  params: inProperty,
  headers: idempotencyHeaders,
  body: entranceInput,
  statuses: [201],
  problems: [],
  auth: 'session-or-api-key',
  action: 'space.edit',
});

/** Lists the entrances of a property; Housekeeping sees those of her own Keys. */
export const listEntrances = route(operations.listEntrances, {
  summary: 'List the entrances of a property',
  params: inProperty,
  query: pageQuery,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'space.view',
});

/** Reads an entrance. */
export const getEntrance = route(operations.getEntrance, {
  summary: 'Read an entrance',
  params: z.strictObject({ entranceId }),
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'space.view',
});

/** Adds a lock to an entrance; its `tag` may be in use once per property. */
export const createDevice = route(operations.createDevice, {
  summary: 'Add a lock to an entrance',
  params: inProperty,
  headers: idempotencyHeaders,
  body: deviceInput,
  statuses: [201],
  problems: ['conflict'],
  auth: 'session-or-api-key',
  action: 'lock.manage',
});

/** Lists the devices of a property. */
export const listDevices = route(operations.listDevices, {
  summary: 'List the devices of a property',
  params: inProperty,
  query: pageQuery,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'device.view',
});

/** Reads a device with what it last reported. */
export const getDevice = route(operations.getDevice, {
  summary: 'Read a device',
  params: z.strictObject({ deviceId }),
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'device.view',
});

/**
 * Removes a lock from its entrance and from the portal: no command is sent to it any more, and its tag is free again. The
 * Keys to the entrance stay. Refused while an unlock through it has not ended.
 */
export const removeDevice = route(operations.removeDevice, {
  summary: 'Remove a lock',
  params: z.strictObject({ deviceId }),
  statuses: [204],
  problems: ['conflict'],
  auth: 'session-or-api-key',
  action: 'lock.manage',
});

/** Adds a gateway to a property; `secret` is its password at the broker and is shown only here. */
export const createGateway = route(operations.createGateway, {
  summary: 'Add a gateway to a property',
  params: inProperty,
  headers: idempotencyHeaders,
  body: gatewayInput,
  statuses: [201],
  problems: [],
  auth: 'session-or-api-key',
  action: 'hub.manage',
});

/** Lists the gateways of a property. */
export const listGateways = route(operations.listGateways, {
  summary: 'List the gateways of a property',
  params: inProperty,
  query: pageQuery,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'device.view',
});

/** Reads a gateway: whether it is online and when it was last heard (P-4). */
export const getGateway = route(operations.getGateway, {
  summary: 'Read a gateway',
  params: z.strictObject({ gatewayId }),
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'device.view',
});

/** Removes a gateway: its connection is cut and its secret taken no more. Refused while an unlock through it has not ended. */
export const removeGateway = route(operations.removeGateway, {
  summary: 'Remove a gateway',
  params: z.strictObject({ gatewayId }),
  statuses: [204],
  problems: ['conflict'],
  auth: 'session-or-api-key',
  action: 'hub.manage',
});
