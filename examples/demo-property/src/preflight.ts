import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname } from 'node:path';

/** A reason why the demo cannot start, as one sentence for the person who typed `npm start`. */
export class CannotStart extends Error {}

/** Makes the data folder and shows that it can be written. */
export function requireWritableFolder(folder: string): void {
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK);
  } catch {
    throw new CannotStart(`the data folder ${folder} cannot be written; set LATCHWORK_DATA_DIR to one that can.`);
  }
}

// Level by level: Node 20 never returns from a recursive mkdir below a folder that takes none, such as /proc.
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
}

/** Shows that no other demo lives on the same data: its air would answer at the socket. */
export async function requireNobodyAt(socketPath: string, dataDir: string): Promise<void> {
  const socket = connect(socketPath);
  const answered = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  socket.destroy();
  if (answered) throw new CannotStart(`another npm start is running on the data folder ${dataDir}; stop it first.`);
}

/** Shows that a loopback port is free, before four processes discover it one by one. */
export async function requireFreePort(port: number, variable: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', () =>
      reject(new CannotStart(`port ${port} on 127.0.0.1 is already in use; set ${variable} to a free one.`)),
    );
    server.listen(port, '127.0.0.1', () => resolve());
  });
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
