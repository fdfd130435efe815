import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../free-port.js';
import type { EmulatedCard } from './emulated-card.js';

const daemonName = 'pcscd';
const driverPath = '/usr/lib/pcsc/drivers/serial/libifdvpcd.so';
/** Where programs look for the daemon; it cannot be told to be elsewhere. */
const socketPath = '/run/pcscd/pcscd.comm';
/** Whoever listens there has the machine's one daemon; it is free again when its process has ended, however that was. */
const turnPort = 35_962;

/** Why there can be no virtual reader on this machine; empty when there can. */
export function missingForVirtualReader(): string {
  if (daemonPath() === undefined) return 'pcscd is not installed';
  if (!existsSync(driverPath)) return 'vsmartcard-vpcd is not installed';
  if (process.getuid?.() !== 0) return 'only root starts a pcscd of its own';
  return '';
}

/** A PC/SC reader without hardware: Debian's daemon with the driver of a virtual one. Disposing of it stops the daemon. */
export interface VirtualReader extends AsyncDisposable {
  /** Lays a card on the reader; it answers until it is lifted. */
  lay(card: EmulatedCard): Promise<LaidCard>;
}

/** A card on a {@link VirtualReader}. */
export interface LaidCard {
  /** Takes it away, for as long as the daemon needs to see that. */
  lift(): Promise<void>;
}

/**
 * Starts the daemon with one virtual reader, and waits for it; where another process has one, for that to end first.
 *
 * @throws Error when `missingForVirtualReader` says that there can be none, or a daemon runs already.
 */
export async function startVirtualReader(): Promise<VirtualReader> {
  const missing = missingForVirtualReader();
  if (missing !== '') throw new Error(`There is no virtual reader: ${missing}.`);
  const turn = await takeTurn();
  const folder = await mkdtemp(join(tmpdir(), 'latchwork-pcscd-'));
  const port = await freePort();
  const channel = `0x${port.toString(16).toUpperCase()}`;
  const lines = ['FRIENDLYNAME "Virtual PCD"', `DEVICENAME /dev/null:${channel}`, `LIBPATH ${driverPath}`];
  await writeFile(join(folder, 'vpcd'), [...lines, `CHANNELID ${channel}`, ''].join('\n'));
  await mkdir('/run/pcscd', { recursive: true });
  const daemon = spawn(daemonPath() ?? daemonName, ['-f', '-c', folder], { stdio: 'ignore' });
  const laid = new Set<Socket>();
  const stop = async () => {
    for (const socket of laid) socket.destroy();
    await end(daemon);
    await rm(folder, { recursive: true, force: true });
    turn.close();
    await once(turn, 'close');
  };
  if (!(await isReady(daemon, port))) {
    await stop();
    throw new Error('pcscd did not start; another one may be running.');
  }
  return {
    lay: async (card) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      await once(socket, 'connect');
      laid.add(socket);
      answerAs(card, socket);
      return {
        lift: async () => {
          laid.delete(socket);
          if (!socket.closed) {
            socket.destroy();
            await once(socket, 'close');
          }
          await wait(daemonLooksMs);
        },
      };
    },
    [Symbol.asyncDispose]: stop,
  };
}

function daemonPath(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
  return folders.map((folder) => join(folder, daemonName)).find((path) => existsSync(path));
}

async function takeTurn(): Promise<Server> {
  for (;;) {
    const server = createServer();
    const listening = once(server, 'listening').then(() => true);
    const refused = once(server, 'error').then(() => false);
    server.listen(turnPort, '127.0.0.1');
    if (await Promise.race([listening, refused])) return server;
    await wait(250);
  }
}

/** The driver listens for a card as soon as it is loaded, and programs find the daemon by its socket. */
async function isReady(daemon: ChildProcess, port: number): Promise<boolean> {
  while (daemon.exitCode === null && daemon.signalCode === null) {
    if (existsSync(socketPath) && (await isOpen(port))) return true;
    await wait(50);
  }
  return false;
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function end(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const exited = once(daemon, 'exit');
  daemon.kill('SIGTERM');
  await exited;
}

/** The daemon looks every 400 ms whether a card is there, and takes one that came in between for the one before. */
const daemonLooksMs = 1_200;

/** What vpcd says besides commands, in one byte. */
const power = { on: 1, reset: 2, atr: 4 } as const;
/** A contactless card that speaks ISO 14443-4 (PC/SC part 3 §3.1.3.2.3.2). */
const atr = Uint8Array.of(0x3b, 0x80, 0x80, 0x01, 0x01);

/** Messages have their length before them, two bytes, big-endian. */
function answerAs(card: EmulatedCard, socket: Socket): void {
  let buffered = Buffer.alloc(0);
  let turn: Promise<void> = Promise.resolve();
  const say = (bytes: Uint8Array) => {
    if (socket.destroyed) return;
    socket.write(Uint8Array.of(bytes.length >> 8, bytes.length & 0xff, ...bytes));
  };
  const hear = async (message: Uint8Array): Promise<void> => {
    if (message.length === 1) {
      if (message[0] === power.atr) say(atr);
      if (message[0] === power.on || message[0] === power.reset) card.enterField();
      return;
    }
    // What a reader of contactless cards answers itself.
    if (message[0] === 0xff && message[1] === 0xca) return say(Uint8Array.of(...card.uid(), 0x90, 0x00));
    try {
      say((await card.transmit?.(message)) ?? Uint8Array.of(0x6d, 0x00));
    } catch {
      socket.destroy();
    }
  };
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    buffered = Buffer.concat([buffered, chunk]);
    while (buffered.length >= 2 && buffered.length >= 2 + buffered.readUInt16BE(0)) {
      const message = Uint8Array.from(buffered.subarray(2, 2 + buffered.readUInt16BE(0)));
      buffered = buffered.subarray(2 + message.length);
      turn = turn.then(async () => await hear(message));
    }
  });
}
