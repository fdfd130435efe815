import type { GattConnection } from './gatt-connection.js';
import { encodeUuid } from './uuid.js';

/** What a characteristic can be used for. */
export type GattProperty = 'read' | 'write' | 'write-without-response' | 'notify' | 'indicate';

/** A refusal in the attribute protocol's own code, e.g. 0x80 for an application error. */
export interface AttRefusal {
  readonly error: number;
}

/** One characteristic of a GATT server. UUIDs are 16-bit (`2a19`) or full, with or without dashes. */
export interface GattCharacteristic {
  readonly uuid: string;
  readonly properties: readonly GattProperty[];
  /** Gives the whole value; called for each Read, Read Blob and Read By Type. */
  readonly onRead?: (connection: GattConnection) => Uint8Array | AttRefusal;
  /** Takes a written value; a refusal of a write command is not sent. */
  readonly onWrite?: (
    connection: GattConnection,
    value: Uint8Array,
    o: { readonly withResponse: boolean },
  ) => AttRefusal | undefined;
}

/** One primary service. */
export interface GattService {
  readonly uuid: string;
  readonly characteristics: readonly GattCharacteristic[];
}

/** One attribute: its handle, its type in ATT byte order, and what stands behind it. */
export type Attribute = { readonly handle: number; readonly type: Buffer } & (
  | { readonly kind: 'service'; readonly value: Buffer; readonly endHandle: number }
  | { readonly kind: 'declaration'; readonly value: Buffer }
  | { readonly kind: 'value'; readonly characteristic: GattCharacteristic }
  | { readonly kind: 'configuration'; readonly characteristic: GattCharacteristic; readonly valueHandle: number }
);

const propertyBits: Readonly<Record<GattProperty, number>> = {
  read: 0x02,
  'write-without-response': 0x04,
  write: 0x08,
  notify: 0x10,
  indicate: 0x20,
};

const primaryService = encodeUuid('2800');
const characteristicDeclaration = encodeUuid('2803');
const clientConfiguration = encodeUuid('2902');

/** Lays services out as attributes with handles from 1, each characteristic followed by its configuration descriptor. */
export function layOutAttributes(services: readonly GattService[]): readonly Attribute[] {
  const attributes: Attribute[] = [];
  let handle = 0;
  for (const service of services) {
    handle += 1;
    const serviceHandle = handle;
    const inside: Attribute[] = [];
    for (const characteristic of service.characteristics) {
      const uuid = encodeUuid(characteristic.uuid);
      const bits = characteristic.properties.reduce((sum, property) => sum | propertyBits[property], 0);
      const declarationHandle = handle + 1;
      const valueHandle = handle + 2;
      const value = Buffer.concat([Buffer.from([bits, valueHandle & 0xff, valueHandle >> 8]), uuid]);
      inside.push({ handle: declarationHandle, type: characteristicDeclaration, kind: 'declaration', value });
      inside.push({ handle: valueHandle, type: uuid, kind: 'value', characteristic });
      handle = valueHandle;
      if (characteristic.properties.includes('notify') || characteristic.properties.includes('indicate')) {
        handle += 1;
        inside.push({ handle, type: clientConfiguration, kind: 'configuration', characteristic, valueHandle });
      }
    }
    attributes.push({
      handle: serviceHandle,
      type: primaryService,
      kind: 'service',
      value: encodeUuid(service.uuid),
      endHandle: handle,
    });
    attributes.push(...inside);
  }
  return attributes;
}
