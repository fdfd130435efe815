import { accessSync, constants, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';

/** A reason why the demo cannot start, as one sentence for the person who typed `npm start`. */
export class CannotStart extends Error {}

/** Makes the data folder and shows that it can be written. */
export function requireWritableFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch {
    throw new CannotStart(`the data folder ${folder} cannot be written; set LATCHWORK_DATA_DIR to one that can.`);
  }
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
