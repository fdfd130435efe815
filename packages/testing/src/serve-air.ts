import { rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import type { VirtualAir } from './air/air.js';
import type { VirtualController } from './air/controller.js';
import { createH4Splitter } from './hci-shim.js';

/** How an air is served. */
export interface ServeAirOptions {
  /** Path of the Unix socket; a stale file there is replaced, and the file is gone after closing. */
  readonly socketPath: string;
  /** Device address of each adapter, by index. Default: one adapter. */
  readonly addresses?: readonly string[];
  /**
   * What happens to an adapter when the process on it goes away. `reset` (default) is what an adapter does that one
   * program owns; `keep` is what a kernel's raw socket does: links outlive the program that made them.
   */
  readonly whenHostLeaves?: 'reset' | 'keep';
}

/** Adapters of an air behind a Unix socket, for programs in other processes. */
export interface ServedAir extends AsyncDisposable {
  readonly socketPath: string;
  /** The adapters by index; their faults are those of the gateway's own radio. */
  readonly adapters: readonly VirtualController[];
  /** Ends every connection, removes the adapters from the air and the socket from the file system. */
  close(): Promise<void>;
}

/**
 * Opens adapters of this air to other processes: each connection is one host on one adapter and speaks H4 both ways.
 * A first line `{"adapter":n}` picks the adapter, as the preload sends it; without one, hosts get adapters in the order
 * they connect. A second host on an adapter puts the first one out.
 */
export async function serveAir(air: VirtualAir, options: ServeAirOptions): Promise<ServedAir> {
  const addresses = options.addresses ?? ['00:1b:dc:00:00:00'];
  const adapters = addresses.map((address) => air.addController({ address }));
  const hosts = new Map<VirtualController, Socket>();

  const take = (socket: Socket, adapter: VirtualController): ((chunk: Buffer) => void) => {
    hosts.get(adapter)?.destroy();
    hosts.set(adapter, socket);
    const detachPackets = adapter.onPacket((packet) => socket.write(packet));
    const detachUp = adapter.onUpChange((up) => {
      if (!up) socket.destroy();
    });
    socket.on('close', () => {
      detachPackets();
      detachUp();
      if (hosts.get(adapter) !== socket) return;
      hosts.delete(adapter);
      if (options.whenHostLeaves !== 'keep') adapter.reset();
    });
    return createH4Splitter(
      (packet) => adapter.send(packet),
      () => socket.destroy(),
    );
  };

  const server = createServer((socket) => {
    let receive: ((chunk: Buffer) => void) | undefined;
    let opening = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      if (receive !== undefined) {
        receive(chunk);
        return;
      }
      opening = Buffer.concat([opening, chunk]);
      const hello = readHello(opening);
      if (hello === 'incomplete') return;
      const adapter =
        hello.adapter === undefined ? adapters.find((candidate) => !hosts.has(candidate)) : adapters[hello.adapter];
      if (adapter?.up !== true) {
        socket.destroy();
        return;
      }
      receive = take(socket, adapter);
      receive(opening.subarray(hello.sizeBytes));
    });
  });

  await rm(options.socketPath, { force: true });
  await listen(server, options.socketPath);

  const close = async (): Promise<void> => {
    for (const socket of hosts.values()) socket.destroy();
    for (const adapter of adapters) adapter.remove();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    await rm(options.socketPath, { force: true });
  };

  return { socketPath: options.socketPath, adapters, close, [Symbol.asyncDispose]: close };
}

const helloMaxBytes = 256;

// H4 packets begin with 0x01 to 0x05, a hello with `{`.
function readHello(bytes: Buffer): 'incomplete' | { readonly adapter: number | undefined; readonly sizeBytes: number } {
  if (bytes[0] !== 0x7b) return { adapter: undefined, sizeBytes: 0 };
  const end = bytes.indexOf(0x0a);
  if (end === -1) return bytes.length < helloMaxBytes ? 'incomplete' : { adapter: -1, sizeBytes: 0 };
  const index = /^\{"adapter":(\d{1,3})\}$/.exec(bytes.toString('latin1', 0, end))?.[1];
  return { adapter: index === undefined ? -1 : Number(index), sizeBytes: end + 1 };
}

function listen(server: Server, socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}
