import { driverGuarantees, type GatewayMessage } from '@latchwork/contract';
import type { GatewayId, Instant } from '@latchwork/core';
import type { Ledger } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import { deviceName } from '../store/row-indexes.js';
import type { DeviceObservation } from '../store/schema/hardware.js';
import type { Row } from '../store/store.js';

/** A word that says the same again is written down when it is so much newer. */
const worthMs = 10 * 60_000;

/**
 * Takes what locks of other makers said of themselves, by the word of a gateway of their property: such a lock has no log, and its gateway
 * is its authority anyway. Of a lock that signs what it says no gateway's word counts.
 */
export function createDrivenWords(parts: {
  readonly projection: Projection;
  readonly ledger: Pick<Ledger, 'write'>;
  readonly clock: { now(): Instant };
}): (gatewayId: GatewayId, status: GatewayMessage<'status'>) => Promise<void> {
  const { projection, ledger, clock } = parts;

  const news = (gatewayId: GatewayId, { at, heardLocks }: GatewayMessage<'status'>, now: Instant) => {
    const gateway = projection.gateways.get(gatewayId);
    return (heardLocks ?? []).flatMap(({ tag, word }) => {
      if (word === undefined || gateway === undefined) return [];
      const device = projection.devices.byUnique(deviceName({ propertyId: gateway.propertyId, tag }));
      if (device === undefined || driverGuarantees[device.driver].authority !== 'gateway') return [];
      const { bolt, batteryPercent, agoMs } = word;
      // By the gateway's clock, but not after it was heard: a status that a broker has kept is as old as it says.
      const observedAt = Math.min(at - Math.round(agoMs), now) as Instant;
      const observation = { bolt, batteryPercent, observedAt };
      return isNews(device, observation) ? [{ device, observation }] : [];
    });
  };

  return async (gatewayId, status) => {
    const words = status.heardLocks?.some(({ word }) => word !== undefined) ?? false;
    if (!words || news(gatewayId, status, clock.now()).length === 0) return;
    await ledger.write((draft) => {
      for (const { device, observation } of news(gatewayId, status, draft.now)) {
        draft.update('device', { ...device, observation });
      }
    });
  };
}

function isNews({ observation: before }: Row<'device'>, word: DeviceObservation): boolean {
  if (before === null) return true;
  if (word.observedAt <= before.observedAt) return false;
  const isSame = before.bolt === word.bolt && before.batteryPercent === word.batteryPercent;
  return !isSame || word.observedAt - before.observedAt >= worthMs;
}
