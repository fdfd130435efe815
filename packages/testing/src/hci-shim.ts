import shim from '../hci-shim.cjs';
import type { HciEndpoint } from './air/controller.js';

/** An adapter in another process. */
export interface ConnectedEndpoint extends HciEndpoint {
  /** Leaves the adapter. */
  close(): void;
}

/**
 * Puts unmodified noble of this process on virtual controllers: from now on `require('@abandonware/noble')` and
 * `require('@stoprocent/noble')` open the endpoint of their adapter index instead of a native HCI socket. Call it
 * before noble is loaded. The returned function ends it for modules loaded later.
 */
export function installHciShim(endpointFor: (deviceId: number) => HciEndpoint | undefined): () => void {
  return shim.installHciShim(endpointFor);
}

/**
 * Cuts a byte stream into H4 packets: the returned function takes chunks of any size. `onGarbage` is called when a
 * packet of unknown type is met; the stream cannot be read further then.
 */
export function createH4Splitter(onPacket: (packet: Buffer) => void, onGarbage: () => void): (chunk: Buffer) => void {
  return shim.createH4Splitter(onPacket, onGarbage);
}

/**
 * Opens an adapter behind a Unix socket that speaks H4: one of `serveAir` by its index, or, without an index, any other
 * such socket. What is sent before the connection stands waits for it; when it fails or ends, the adapter is gone.
 */
export function connectHciSocket(socketPath: string, deviceId?: number): ConnectedEndpoint {
  return shim.connectEndpoint(socketPath, deviceId);
}
