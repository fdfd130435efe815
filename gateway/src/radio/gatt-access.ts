import { gatt } from '@latchwork/lock-protocol';
import { attError } from './att-pdu.js';
import { RadioError } from './central.js';
import type { LinkSession } from './link-session.js';
import type { NobleCharacteristic, NobleService, RawCharacteristic } from './noble-surface.js';

/** The attribute handles of a lock that the gateway uses. */
export interface LockHandles {
  readonly info: number;
  readonly rx: number;
  readonly tx: number;
  /** The descriptor that switches TX's notifications on. */
  readonly txConfiguration: number;
}

/** The lock's three characteristics on one link, by whichever way noble offers. */
export interface GattAccess {
  /** Known as far as noble or the guard has shown them; never where noble does not speak HCI itself. */
  readonly handles: LockHandles | undefined;
  readInfo(): Promise<Uint8Array>;
  subscribe(onFrame: (frame: Uint8Array) => void): Promise<void>;
  write(data: Uint8Array, withResponse: boolean, timeoutMs?: number): Promise<void>;
}

const plain = (uuid: string) => uuid.replaceAll('-', '');
const uuids = {
  service: plain(gatt.service),
  info: plain(gatt.info),
  rx: plain(gatt.rx),
  tx: plain(gatt.tx),
};

// noble resolves a refused read with an empty value; without the guard that is the only trace of the refusal.
function refuseEmpty(value: Uint8Array): Uint8Array {
  if (value.length === 0) throw new RadioError({ code: 'PROTOCOL' }, 'The lock answered a read with nothing.');
  return value;
}

const asBuffer = (data: Uint8Array) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

/** Access by attribute handle: the fewest round trips, and no state of noble's in between. */
export function accessByHandle(session: LinkSession, handles: LockHandles): GattAccess {
  const { peripheral } = session;
  return {
    handles,
    readInfo: async () =>
      refuseEmpty(
        await session.run<Uint8Array>({
          what: 'Reading INFO',
          begin(done, listen) {
            listen(peripheral, `handleRead${handles.info}`, (value: Uint8Array) => done(value));
            peripheral.readHandle(handles.info);
          },
        }),
      ),
    async subscribe(onFrame) {
      const onNotify = (handle: number, frame: Uint8Array) => {
        if (handle === handles.tx) onFrame(frame);
      };
      const ignore = () => peripheral.removeListener('handleNotify', onNotify);
      peripheral.on('handleNotify', onNotify);
      void session.closed.then(ignore);
      const subscribed = session.run<void>({
        what: 'Subscribing to TX',
        begin(done, listen) {
          listen(peripheral, `handleWrite${handles.txConfiguration}`, () => done());
          peripheral.writeHandle(handles.txConfiguration, Buffer.from([1, 0]), false);
        },
      });
      // A refused subscription may be tried again by other handles; frames must not come twice then.
      subscribed.catch(ignore);
      await subscribed;
    },
    write: (data, withResponse, timeoutMs) =>
      session.run<void>({
        what: 'Writing to RX',
        timeoutMs,
        begin(done, listen) {
          listen(peripheral, `handleWrite${handles.rx}`, () => done());
          peripheral.writeHandle(handles.rx, asBuffer(data), !withResponse);
        },
      }),
  };
}

/**
 * Access by noble's characteristic objects: where noble does not speak HCI itself, and the first time where TX may have
 * further descriptors, so that noble must look for the one that switches notifications on.
 */
export function accessByCharacteristic(
  session: LinkSession,
  found: Readonly<Record<'info' | 'rx' | 'tx', NobleCharacteristic>>,
  values: Omit<LockHandles, 'txConfiguration'> | undefined,
): GattAccess {
  const { info, rx, tx } = found;
  return {
    get handles() {
      const txConfiguration = session.configurationHandle;
      return values === undefined || txConfiguration === undefined ? undefined : { ...values, txConfiguration };
    },
    readInfo: async () =>
      refuseEmpty(
        await session.run<Uint8Array>({
          what: 'Reading INFO',
          begin(done, listen) {
            listen(info, 'data', (value: Uint8Array, isNotification: boolean) => {
              if (!isNotification) done(value);
            });
            info.read();
          },
        }),
      ),
    async subscribe(onFrame) {
      const onData = (frame: Uint8Array, isNotification: boolean) => {
        if (isNotification) onFrame(frame);
      };
      tx.on('data', onData);
      void session.closed.then(() => tx.removeListener('data', onData));
      await session.run<void>({
        what: 'Subscribing to TX',
        begin(done, listen) {
          listen(tx, 'notify', () => done());
          tx.subscribe();
        },
      });
    },
    write: (data, withResponse, timeoutMs) =>
      session.run<void>({
        what: 'Writing to RX',
        timeoutMs,
        begin(done, listen) {
          listen(rx, 'write', () => done());
          rx.write(asBuffer(data), !withResponse);
        },
      }),
  };
}

const atEnd = (att: number) => att === attError.attributeNotFound;

async function discoverService(session: LinkSession): Promise<NobleService> {
  const { peripheral } = session;
  const services = await session.run<readonly NobleService[]>({
    what: 'Discovering services',
    expects: atEnd,
    begin(done, listen) {
      listen(peripheral, 'servicesDiscover', (found: readonly NobleService[]) => done(found));
      peripheral.discoverServices([uuids.service]);
    },
  });
  const service = services.find((candidate) => candidate.uuid === uuids.service);
  if (service === undefined) throw new RadioError({ code: 'PROTOCOL' }, 'The peer has no lock service.');
  return service;
}

function valuesOf(raw: readonly RawCharacteristic[]) {
  const find = (uuid: string) => raw.find((candidate) => candidate.uuid === uuid);
  const [info, rx, tx] = [find(uuids.info), find(uuids.rx), find(uuids.tx)];
  if (info === undefined || rx === undefined || tx === undefined) return undefined;
  const values = { info: info.valueHandle, rx: rx.valueHandle, tx: tx.valueHandle };
  // A notifying characteristic has a configuration descriptor (GATT §3.3.3.3), so a lone descriptor must be it.
  return { values, txConfiguration: tx.endHandle === tx.valueHandle + 1 ? tx.endHandle : undefined };
}

/** Finds the lock service and its characteristics on this link; `PROTOCOL` when the peer has no complete one. */
export async function discoverAccess(session: LinkSession): Promise<GattAccess> {
  const service = await discoverService(session);
  let raw: readonly RawCharacteristic[] = [];
  const characteristics = await session.run<readonly NobleCharacteristic[]>({
    what: 'Discovering characteristics',
    expects: atEnd,
    begin(done, listen) {
      listen(service, 'characteristicsDiscovered', (found: readonly RawCharacteristic[]) => {
        raw = found;
      });
      listen(service, 'characteristicsDiscover', (found: readonly NobleCharacteristic[]) => done(found));
      service.discoverCharacteristics([]);
    },
  });
  const known = valuesOf(raw);
  if (known?.txConfiguration !== undefined) {
    return accessByHandle(session, { ...known.values, txConfiguration: known.txConfiguration });
  }
  const find = (uuid: string) => characteristics.find((candidate) => candidate.uuid === uuid);
  const [info, rx, tx] = [find(uuids.info), find(uuids.rx), find(uuids.tx)];
  if (info === undefined || rx === undefined || tx === undefined) {
    throw new RadioError({ code: 'PROTOCOL' }, 'The peer lacks a characteristic of the lock service.');
  }
  return accessByCharacteristic(session, { info, rx, tx }, known?.values);
}
