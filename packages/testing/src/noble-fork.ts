import { createRequire } from 'node:module';
import { gatt, type LockLink } from '@latchwork/lock-protocol';

/** The part of noble these tests use; both forks have it. */
export interface NobleInstance {
  readonly state: string;
  on(event: string, listener: (...values: never[]) => void): void;
  removeListener(event: string, listener: (...values: never[]) => void): void;
  startScanningAsync(services: readonly string[], allowDuplicates: boolean): Promise<void>;
  stopScanningAsync(): Promise<void>;
}

/** A peripheral of noble. */
export interface NoblePeripheral {
  readonly address: string;
  readonly state: string;
  readonly rssi: number;
  readonly mtu: number | null;
  readonly advertisement: {
    readonly serviceUuids: readonly string[];
    readonly serviceData: readonly { readonly uuid: string; readonly data: Buffer }[];
  };
  connectAsync(): Promise<void>;
  disconnectAsync(): Promise<void>;
  cancelConnect(): void;
  discoverSomeServicesAndCharacteristicsAsync(
    services: readonly string[],
    characteristics: readonly string[],
  ): Promise<{ readonly characteristics: readonly NobleCharacteristic[] }>;
  once(event: string, listener: (...values: never[]) => void): void;
}

/** A characteristic of noble. */
export interface NobleCharacteristic {
  readonly uuid: string;
  on(event: 'data', listener: (data: Buffer) => void): void;
  readAsync(): Promise<Buffer>;
  writeAsync(data: Buffer, withoutResponse: boolean): Promise<void>;
  subscribeAsync(): Promise<void>;
}

/** One noble fork: how to open it on an adapter, or why that cannot be done here. */
export type NobleFork =
  | { readonly name: string; readonly open: (deviceId: number) => NobleInstance; readonly missing?: undefined }
  | { readonly name: string; readonly missing: string };

const load = createRequire(import.meta.url);

function find(name: string, open: (deviceId: number) => NobleInstance): NobleFork {
  try {
    load.resolve(name);
    return { name, open };
  } catch {
    return { name, missing: `${name} is not installed` };
  }
}

/** Both forks as the tests of this package run on them; install the HCI shim before opening one. */
export const nobleForks: readonly NobleFork[] = [
  find('@abandonware/noble', (deviceId) => {
    const create = load('@abandonware/noble/with-custom-binding') as (o: { deviceId: number }) => NobleInstance;
    return create({ deviceId });
  }),
  find('@stoprocent/noble', (deviceId) => {
    const { withBindings } = load('@stoprocent/noble') as {
      withBindings(binding: string, o: { deviceId: number }): NobleInstance;
    };
    return withBindings('hci', { deviceId });
  }),
];

/** Resolves when noble has powered its adapter on. */
export function poweredOn(noble: NobleInstance): Promise<void> {
  return new Promise((resolve) => {
    const check = (state: string): void => {
      if (state !== 'poweredOn') return;
      noble.removeListener('stateChange', check);
      resolve();
    };
    noble.on('stateChange', check);
    check(noble.state);
  });
}

/** Scans until the peripheral of this address is heard, and stops scanning. */
export async function findPeripheral(noble: NobleInstance, address: string): Promise<NoblePeripheral> {
  const found = new Promise<NoblePeripheral>((resolve) => {
    const check = (peripheral: NoblePeripheral): void => {
      if (peripheral.address !== address) return;
      noble.removeListener('discover', check);
      resolve(peripheral);
    };
    noble.on('discover', check);
  });
  await noble.startScanningAsync([], true);
  const peripheral = await found;
  await noble.stopScanningAsync();
  return peripheral;
}

/** The link `performUnlock` needs, over a connected peripheral of noble: discovered, subscribed, INFO not yet read. */
export async function openLockLink(peripheral: NoblePeripheral): Promise<LockLink> {
  const { characteristics } = await peripheral.discoverSomeServicesAndCharacteristicsAsync(
    [plainUuid(gatt.service)],
    [gatt.info, gatt.rx, gatt.tx].map(plainUuid),
  );
  const find = (uuid: string): NobleCharacteristic => {
    const found = characteristics.find((candidate) => candidate.uuid === plainUuid(uuid));
    if (found === undefined) throw new Error(`the lock has no characteristic ${uuid}`);
    return found;
  };
  const [info, rx, tx] = [find(gatt.info), find(gatt.rx), find(gatt.tx)];
  const closed = new Promise<void>((resolve) => peripheral.once('disconnect', () => resolve()));
  await tx.subscribeAsync();
  return {
    mtu: peripheral.mtu ?? 23,
    readInfo: async () => Uint8Array.from(await info.readAsync()),
    write: (frame, { withResponse }) => rx.writeAsync(Buffer.from(frame), !withResponse),
    onFrame: (listener) => tx.on('data', (data) => listener(Uint8Array.from(data))),
    closed,
  };
}

function plainUuid(uuid: string): string {
  return uuid.replaceAll('-', '');
}
