import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Secret } from '../secret.js';

/** A network between portal and PostgreSQL server that fails where a test wants it to. */
export interface PostgresProxy extends AsyncDisposable {
  /** The database's URL by way of this network. */
  urlOf(url: Secret): Secret;
  /**
   * Breaks the connection of the next commit. `answer`: the server gets it, its answer is lost. `request`: the server never
   * gets it. `late`: the server gets it only when `arrive` is called, long after its sender was cut off.
   */
  loseNextCommit(what: 'answer' | 'request' | 'late'): void;
  /** Resolves when the commit that was to be lost has been. */
  lost(): Promise<void>;
  /** Lets the late commit arrive, and resolves when the server has dealt with it. */
  arrive(): Promise<void>;
}

// In the text of every commit, and of nothing else that a portal sends.
const commitMark = 'pg_notify(';

/** Starts the network in front of a server's socket. */
export async function startPostgresProxy(socketPath: string): Promise<PostgresProxy> {
  let losing: 'answer' | 'request' | 'late' | undefined;
  let tellLost: () => void = () => undefined;
  let lost = Promise.resolve();
  let late: { readonly server: Socket; readonly bytes: Buffer } | undefined;
  const sockets = new Set<Socket>();

  const server = createServer((portal) => {
    const database = connect(socketPath);
    for (const socket of [portal, database]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    let cut = false;
    portal.on('data', (bytes) => {
      const what = bytes.includes(commitMark) ? losing : undefined;
      if (what === undefined) {
        database.write(bytes);
        return;
      }
      losing = undefined;
      cut = true;
      if (what === 'late') late = { server: database, bytes };
      if (what === 'answer') {
        // The answer comes after the commit is on the disk.
        database.once('data', () => portal.destroy(undefined));
        database.write(bytes);
      } else portal.destroy();
      if (what === 'request') database.destroy();
      portal.once('close', () => tellLost());
    });
    database.on('data', (bytes) => {
      if (!cut) portal.write(bytes);
    });
    portal.on('close', () => {
      if (late?.server !== database) database.end();
    });
    database.on('close', () => portal.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    urlOf: (url) => new Secret(`postgresql://test@127.0.0.1:${port}${new URL(url.reveal()).pathname}`),
    loseNextCommit: (what) => {
      losing = what;
      lost = new Promise((resolve) => {
        tellLost = resolve;
      });
    },
    lost: async () => await lost,
    arrive: async () => {
      if (late === undefined) throw new Error('No commit is late.');
      const { server: database, bytes } = late;
      late = undefined;
      const answered = once(database, 'data');
      database.write(bytes);
      await answered;
      database.end();
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
