import type {
  ApiKeyId,
  AttemptId,
  DeviceId,
  EntranceId,
  GatewayId,
  KeyId,
  OrganizationId,
  PropertyId,
} from '@latchwork/core';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';

/** What the ids of a path name, with the property and organization it all belongs to. */
export interface Place {
  readonly organization?: Row<'organization'>;
  readonly property?: Row<'property'>;
  readonly entrance?: Row<'entrance'>;
  readonly device?: Row<'device'>;
  readonly gateway?: Row<'gateway'>;
  readonly accessKey?: Row<'accessKey'>;
  readonly apiKey?: Row<'apiKey'>;
}

/** The ids a path of the API can have; at most one is present. */
export interface PlaceIds {
  readonly organizationId?: OrganizationId;
  readonly propertyId?: PropertyId;
  readonly entranceId?: EntranceId;
  readonly deviceId?: DeviceId;
  readonly gatewayId?: GatewayId;
  readonly keyId?: KeyId;
  readonly apiKeyId?: ApiKeyId;
  readonly attemptId?: AttemptId;
}

/** Finds what a path names; `undefined` when there is no such thing. Attempts are found by their handler. */
export function findPlace(projection: Projection, ids: PlaceIds): Place | undefined {
  const { organizationId, propertyId, entranceId, deviceId, gatewayId, keyId, apiKeyId } = ids;
  if (entranceId !== undefined) {
    const entrance = projection.entrances.get(entranceId);
    return entrance && within(projection, entrance.propertyId, { entrance });
  }
  if (deviceId !== undefined) {
    const device = projection.devices.get(deviceId);
    return device && within(projection, device.propertyId, { device });
  }
  if (gatewayId !== undefined) {
    const gateway = projection.gateways.get(gatewayId);
    return gateway && within(projection, gateway.propertyId, { gateway });
  }
  if (keyId !== undefined) {
    const accessKey = projection.accessKeys.get(keyId);
    return accessKey && within(projection, accessKey.propertyId, { accessKey });
  }
  if (apiKeyId !== undefined) {
    const apiKey = projection.apiKeys.get(apiKeyId);
    const organization = apiKey && projection.organizations.get(apiKey.organizationId);
    return apiKey && organization && { organization, apiKey };
  }
  if (propertyId !== undefined) return within(projection, propertyId, {});
  if (organizationId !== undefined) {
    const organization = projection.organizations.get(organizationId);
    return organization && { organization };
  }
  return {};
}

function within(projection: Projection, propertyId: PropertyId, thing: Place): Place | undefined {
  const property = projection.properties.get(propertyId);
  const organization = property && projection.organizations.get(property.organizationId);
  return property && organization && { organization, property, ...thing };
}
