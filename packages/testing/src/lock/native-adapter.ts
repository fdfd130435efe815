import { createRequire } from 'node:module';
import type { HciEndpoint } from '../air/controller.js';

/** What of the HCI socket modules is used: those of both noble forks have it. */
interface HciSocket {
  bindUser(adapter: number): unknown;
  start(): void;
  stop(): void;
  write(packet: Buffer): void;
  on(event: 'data', listener: (packet: Buffer) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** A Bluetooth adapter of this machine that could not be had, as a sentence without its full stop. */
export interface NoAdapter {
  readonly because: string;
}

const modules = ['@stoprocent/bluetooth-hci-socket', '@abandonware/bluetooth-hci-socket'] as const;
const owners = ['@stoprocent/noble', '@abandonware/noble'] as const;

/**
 * Opens a Bluetooth adapter of this machine over Linux's HCI user channel, with whichever HCI socket module is installed,
 * by itself or under noble. The adapter has to be down, and the process needs CAP_NET_ADMIN.
 */
export function openNativeAdapter(adapter: number): HciEndpoint | NoAdapter {
  const Socket = loadSocketClass();
  if ('because' in Socket) return Socket;
  const packetListeners = new Set<(packet: Buffer) => void>();
  const upListeners = new Set<(up: boolean) => void>();
  let up = true;
  let socket: HciSocket;
  try {
    socket = new Socket.class();
    socket.bindUser(adapter);
    socket.on('data', (packet) => {
      for (const listener of [...packetListeners]) listener(packet);
    });
    socket.on('error', () => {
      up = false;
      for (const listener of [...upListeners]) listener(false);
    });
    socket.start();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { because: `adapter ${adapter} cannot be opened: ${reason}` };
  }
  return {
    get up() {
      return up;
    },
    send: (packet) => socket.write(Buffer.from(packet)),
    onPacket(listener) {
      packetListeners.add(listener);
      return () => packetListeners.delete(listener);
    },
    onUpChange(listener) {
      upListeners.add(listener);
      return () => upListeners.delete(listener);
    },
  };
}

function loadSocketClass(): { readonly class: new () => HciSocket } | NoAdapter {
  let failure: string | undefined;
  for (const [index, name] of modules.entries()) {
    for (const from of [import.meta.url, resolved(owners[index] ?? name)]) {
      const path = from === undefined ? undefined : resolved(name, from);
      if (path === undefined) continue;
      try {
        const loaded: unknown = createRequire(path)(path);
        if (typeof loaded === 'function') return { class: loaded as new () => HciSocket };
        failure = 'it exports no class';
      } catch (error) {
        failure = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
      }
    }
  }
  return {
    because:
      failure === undefined
        ? `a real adapter needs ${modules[0]}, which is not installed`
        : `the HCI socket module cannot be loaded: ${failure}`,
  };
}

function resolved(name: string, from: string = import.meta.url): string | undefined {
  try {
    return createRequire(from).resolve(name);
  } catch {
    return undefined;
  }
}
