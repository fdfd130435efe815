import type { DeviceId, GatewayId, PropertyId } from '@latchwork/core';
import type { GatewayLink, StateText } from '../broker/gateway-link.js';
import type { CommittedListener } from '../ledger.js';
import type { Projection } from '../store/projection.js';

/** Brings what locks shall obey to the gateways that are connected here. */
export interface DesiredPublishing {
  /** Sends what each commit of any process changes, in the order of the commits. */
  readonly heard: CommittedListener;
  /** Sends a gateway that asks all of it: nobody has to remember what it had. */
  desiring(gatewayId: GatewayId): void;
  /** Sends it to every gateway: changes went by that nobody told of. */
  publishAll(): void;
  /** Tells one gateway that a lock is not its own any more. */
  withdraw(gatewayId: GatewayId, tag: string): void;
}

/** Creates it. */
export function createDesiredPublishing(parts: {
  readonly projection: Projection;
  readonly link: Pick<GatewayLink, 'desire'>;
}): DesiredPublishing {
  const { projection, link } = parts;
  /** What this process last published. */
  const published = new Map<DeviceId, string>();
  const publish = (propertyId: PropertyId, state: StateText) => {
    for (const { id } of projection.gateways.group(propertyId)) link.desire(id, state);
  };
  const desiring = (gatewayId: GatewayId) => {
    const gateway = projection.gateways.get(gatewayId);
    if (gateway === undefined) return;
    for (const { deviceId, message } of projection.lockDesired.group(gateway.propertyId)) {
      const device = projection.devices.get(deviceId);
      if (device !== undefined) link.desire(gatewayId, { leaf: { desired: device.tag }, text: message });
    }
  };
  return {
    desiring,
    withdraw: (gatewayId, tag) => link.desire(gatewayId, { leaf: { desired: tag }, text: null }),
    publishAll: () => {
      for (const { id } of projection.gateways.all()) desiring(id);
    },
    heard: ({ writes }) => {
      for (const write of writes) {
        if (write.table === 'device' && write.op === 'delete') {
          published.delete(write.row.id);
          publish(write.row.propertyId, { leaf: { desired: write.row.tag }, text: null });
        }
        if (write.table !== 'lockDesired' || write.op === 'delete') continue;
        const { deviceId, message } = write.row;
        const device = projection.devices.get(deviceId);
        // An account of an errand is a change of the row, but none that a gateway need hear of.
        if (device === undefined || published.get(deviceId) === message) continue;
        published.set(deviceId, message);
        publish(device.propertyId, { leaf: { desired: device.tag }, text: message });
      }
    },
  };
}
