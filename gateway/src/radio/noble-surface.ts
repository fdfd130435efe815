/** What the adapter uses of Node's event emitter, on noble's objects. */
export interface NobleEmitter {
  on(event: string, listener: (...values: never[]) => void): unknown;
  removeListener(event: string, listener: (...values: never[]) => void): unknown;
  removeAllListeners(event: string): unknown;
}

/** One characteristic as noble's GATT layer found it, with handles; only where noble speaks HCI itself. */
export interface RawCharacteristic {
  readonly uuid: string;
  readonly valueHandle: number;
  readonly endHandle: number;
}

/** A characteristic object of either fork. */
export interface NobleCharacteristic extends NobleEmitter {
  readonly uuid: string;
  read(): void;
  write(data: Buffer, withoutResponse: boolean): void;
  subscribe(): void;
}

/** A service object of either fork. */
export interface NobleService extends NobleEmitter {
  readonly uuid: string;
  discoverCharacteristics(uuids: string[]): void;
}

/** A peripheral of either fork: one object per address, for as long as the process lives. */
export interface NoblePeripheral extends NobleEmitter {
  readonly id: string;
  readonly address: string;
  readonly rssi: number;
  readonly state: string;
  mtu: number | null;
  readonly advertisement: {
    readonly serviceData?: readonly { readonly uuid: string; readonly data: Uint8Array }[];
  };
  connect(): void;
  cancelConnect(): void;
  disconnect(): void;
  discoverServices(uuids: string[]): void;
  readHandle(handle: number): void;
  writeHandle(handle: number, data: Buffer, withoutResponse: boolean): void;
}

/** The noble object of either fork. */
export interface Noble extends NobleEmitter {
  startScanning(serviceUuids: string[], allowDuplicates: boolean): void;
  stopScanning(): void;
  reset?(): void;
}

/** The live HCI socket under noble: both native addons look `emit` up on the instance. */
export interface HciSocket {
  emit(event: string | symbol, ...values: unknown[]): boolean;
  write(data: Buffer): unknown;
}

// Which private fields hold the socket; the reason why the forks' versions are pinned.
interface NobleInternals {
  readonly _bindings?: { readonly _hci?: { readonly _socket?: HciSocket } | null };
}

/** The socket under this noble, or `undefined` on a platform where noble is not the one that speaks HCI. */
export function hciSocketOf(noble: Noble): HciSocket | undefined {
  return (noble as Noble & NobleInternals)._bindings?._hci?._socket;
}
