import { decodeServiceData, gatt } from '@latchwork/lock-protocol';
import type { Advert } from './central.js';
import type { NoblePeripheral } from './noble-surface.js';

/** The lock service as noble spells it. */
export const serviceUuid = gatt.service.replaceAll('-', '');

/** The advert of a lock in what noble has found, or `undefined` when its service data is absent or unreadable. */
export function readAdvert(peripheral: NoblePeripheral, at: number): Advert | undefined {
  const data = peripheral.advertisement.serviceData?.find(({ uuid }) => uuid === serviceUuid)?.data;
  if (data === undefined) return undefined;
  try {
    const { flags, tag } = decodeServiceData(data);
    return {
      tag: Buffer.from(tag).toString('hex'),
      address: peripheral.address,
      rssi: peripheral.rssi,
      flags,
      at,
    };
  } catch {
    return undefined;
  }
}
