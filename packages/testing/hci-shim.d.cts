import type { HciEndpoint } from './src/air/controller.js';

/** The virtual HCI socket: plain CommonJS, because a `--require` preload runs it without a build. */
declare const shim: {
  connectEndpoint(socketPath: string, deviceId: number | undefined): HciEndpoint & { close(): void };
  createH4Splitter(onPacket: (packet: Buffer) => void, onGarbage: () => void): (chunk: Buffer) => void;
  installHciShim(endpointFor: (deviceId: number) => HciEndpoint | undefined): () => void;
};
export = shim;
