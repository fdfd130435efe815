import { encodeUuid } from './uuid.js';

/** One AD structure: length, type, data (Core Supplement, Part A). */
export function encodeAdStructure(type: number, data: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([data.length + 1, type]), data]);
}

/** The advert of a device that is found by its service: flags (LE general discoverable, no BR/EDR) and the full UUID list. */
export function encodeServiceAdvert(serviceUuid: string): Buffer {
  const uuid = encodeUuid(serviceUuid);
  return Buffer.concat([
    encodeAdStructure(0x01, Buffer.from([0x06])),
    encodeAdStructure(uuid.length === 2 ? 0x03 : 0x07, uuid),
  ]);
}

/** Service data under a UUID; with a 128-bit UUID at most 13 bytes fit into a scan response. */
export function encodeServiceDataAd(serviceUuid: string, data: Uint8Array): Buffer {
  const uuid = encodeUuid(serviceUuid);
  return encodeAdStructure(uuid.length === 2 ? 0x16 : 0x21, Buffer.concat([uuid, data]));
}
