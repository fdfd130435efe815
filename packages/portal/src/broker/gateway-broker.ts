import type { GatewayAddress } from '@latchwork/contract';
import { isId } from '@latchwork/core';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import type { GatewayLink } from './gateway-link.js';

/** The broker that the gateways connect to, be it inside the portal or elsewhere, with the portal's way to them. */
export interface GatewayBroker extends AsyncDisposable {
  /** What gateways connect to. */
  readonly url: string;
  readonly link: GatewayLink;
  /** Ends a removed gateway's connection and whatever the broker keeps of it. */
  drop(gateway: Pick<Row<'gateway'>, 'id' | 'propertyId'>): void;
}

/** Where the topics of a gateway are; `undefined` for one that is not there. */
export function addressOf(
  projection: Pick<Projection, 'gateways' | 'properties'>,
  gatewayId: string,
): GatewayAddress | undefined {
  const gateway = isId('gateway', gatewayId) ? projection.gateways.get(gatewayId) : undefined;
  const property = gateway === undefined ? undefined : projection.properties.get(gateway.propertyId);
  if (gateway === undefined || property === undefined) return undefined;
  return { organizationId: property.organizationId, propertyId: property.id, gatewayId: gateway.id };
}
