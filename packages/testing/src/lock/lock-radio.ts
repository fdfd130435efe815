import { encodeServiceData, gatt, type LockConnection, protocolVersion, serviceFlags } from '@latchwork/lock-protocol';
import { encodeServiceAdvert, encodeServiceDataAd } from '../gatt/advertising-data.js';
import { attError } from '../gatt/att-codes.js';
import { createGattServer, type GattAdvertising, type GattRadio, type GattServer } from '../gatt/gatt-server.js';

/** Who answers on a lock's radio: its program, while it runs. */
export interface LockRadioListener {
  /** Gives INFO for this connection; `undefined` when it cannot serve it. */
  connected(connection: LockConnection): Uint8Array | undefined;
  received(frame: Uint8Array): void;
  disconnected(): void;
}

/** Makes the GATT server of a lock (OLP/1 §7) on a radio; silent until it is started. */
export function createLockServer<Radio extends GattRadio>(o: {
  readonly controller: Radio;
  readonly advertising: GattAdvertising;
  readonly listener: LockRadioListener;
  readonly maxMtu?: number;
}): GattServer<Radio> {
  const { listener } = o;
  let info: Uint8Array | undefined;
  const server = createGattServer({
    controller: o.controller,
    services: [
      // Every Bluetooth LE device has Generic Access; the name stays empty (OLP/1: no name).
      { uuid: '1800', characteristics: [{ uuid: '2a00', properties: ['read'], onRead: () => new Uint8Array() }] },
      {
        uuid: gatt.service,
        characteristics: [
          { uuid: gatt.info, properties: ['read'], onRead: () => info ?? { error: attError.unlikelyError } },
          {
            uuid: gatt.rx,
            properties: ['write', 'write-without-response'],
            onWrite: (_connection, value) => {
              listener.received(value);
              return undefined;
            },
          },
          { uuid: gatt.tx, properties: ['notify'] },
        ],
      },
    ],
    advertising: o.advertising,
    ...(o.maxMtu === undefined ? {} : { maxMtu: o.maxMtu }),
  });
  server.events.on('connected', ({ connection }) => {
    info = listener.connected({
      get mtu() {
        return connection.mtu;
      },
      notify: (frame) => {
        connection.notify(gatt.tx, frame);
      },
      disconnect: () => connection.disconnect(),
    });
    if (info === undefined) connection.disconnect();
  });
  server.events.on('disconnected', () => {
    info = undefined;
    listener.disconnected();
  });
  return server;
}

/** What a lock puts on the air (OLP/1 §7). */
export function lockAdvertising(o: {
  readonly tag: Uint8Array;
  readonly commissionable: boolean;
  readonly eventsWaiting: boolean;
  readonly intervalMs: number;
}): GattAdvertising {
  const { commissionable, eventsWaiting } = serviceFlags;
  // Nobody may read the log of a lock that obeys nobody.
  const flags = o.commissionable ? commissionable : o.eventsWaiting ? eventsWaiting : 0;
  return {
    intervalMs: o.intervalMs,
    data: encodeServiceAdvert(gatt.service),
    scanResponse: encodeServiceDataAd(gatt.service, encodeServiceData({ version: protocolVersion, flags, tag: o.tag })),
  };
}
