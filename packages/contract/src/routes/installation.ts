import * as z from 'zod/mini';
import { deviceId, entranceId, gatewayId, propertyId } from '../identifiers.js';
import { idempotencyHeaders } from '../request-headers.js';
import { device, deviceInput, entrance, entranceInput, gateway, gatewayInput } from '../resources/hardware.js';
import { route } from '../route.js';
import { page, pageQuery } from '../wire-values.js';

const inProperty = z.strictObject({ propertyId });

/** Adds an entrance to a property. */
export const createEntrance = route({
  method: 'POST',
  path: '/v1/properties/:propertyId/entrances',
  summary: 'Add an entrance to a property',
  params: inProperty,
  headers: idempotencyHeaders,
  body: entranceInput,
  reply: entrance,
  media: 'json',
  statuses: [201],
  problems: [],
  auth: 'session-or-api-key',
  action: 'space.edit',
  idempotency: 'optional',
});

/** Lists the entrances of a property; Housekeeping sees those of her own Keys. */
export const listEntrances = route({
  method: 'GET',
  path: '/v1/properties/:propertyId/entrances',
  summary: 'List the entrances of a property',
  params: inProperty,
  query: pageQuery,
  reply: page(entrance),
  media: 'json',
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'space.view',
  idempotency: 'none',
});

/** Reads an entrance. */
export const getEntrance = route({
  method: 'GET',
  path: '/v1/entrances/:entranceId',
  summary: 'Read an entrance',
  params: z.strictObject({ entranceId }),
  reply: entrance,
  media: 'json',
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'space.view',
  idempotency: 'none',
});

/** Adds a lock to an entrance; its `tag` may be in use once per portal. */
export const createDevice = route({
  method: 'POST',
  path: '/v1/properties/:propertyId/devices',
  summary: 'Add a lock to an entrance',
  params: inProperty,
  headers: idempotencyHeaders,
  body: deviceInput,
  reply: device,
  media: 'json',
  statuses: [201],
  problems: ['conflict'],
  auth: 'session-or-api-key',
  action: 'lock.manage',
  idempotency: 'optional',
});

/** Lists the devices of a property. */
export const listDevices = route({
  method: 'GET',
  path: '/v1/properties/:propertyId/devices',
  summary: 'List the devices of a property',
  params: inProperty,
  query: pageQuery,
  reply: page(device),
  media: 'json',
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'device.view',
  idempotency: 'none',
});

/** Reads a device with what it last reported. */
export const getDevice = route({
  method: 'GET',
  path: '/v1/devices/:deviceId',
  summary: 'Read a device',
  params: z.strictObject({ deviceId }),
  reply: device,
  media: 'json',
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'device.view',
  idempotency: 'none',
});

/** Adds a gateway to a property; `secret` is its password at the broker and is shown only here. */
export const createGateway = route({
  method: 'POST',
  path: '/v1/properties/:propertyId/gateways',
  summary: 'Add a gateway to a property',
  params: inProperty,
  headers: idempotencyHeaders,
  body: gatewayInput,
  reply: z.object({ gateway, secret: z.string(), mqttUrl: z.string() }),
  media: 'json',
  statuses: [201],
  problems: [],
  auth: 'session-or-api-key',
  action: 'hub.manage',
  idempotency: 'optional',
});

/** Lists the gateways of a property. */
export const listGateways = route({
  method: 'GET',
  path: '/v1/properties/:propertyId/gateways',
  summary: 'List the gateways of a property',
  params: inProperty,
  query: pageQuery,
  reply: page(gateway),
  media: 'json',
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'device.view',
  idempotency: 'none',
});

/** Reads a gateway: whether it is online and when it was last heard (P-4). */
export const getGateway = route({
  method: 'GET',
  path: '/v1/gateways/:gatewayId',
  summary: 'Read a gateway',
  params: z.strictObject({ gatewayId }),
  reply: gateway,
  media: 'json',
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'device.view',
  idempotency: 'none',
});
