import type { Client, ClientConfig } from 'pg';
import type { Log } from '../log.js';
import { createKeptConnection, unavailability } from './postgres-connection.js';

/**
 * The one connection that a portal process always keeps to the server: it hears of commits, and its locks end with it,
 * by which others see that the process is gone.
 */
export interface PostgresSession extends AsyncDisposable {
  /** @throws PortalError `store-unavailable` */
  query(text: string, values?: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Hears of versions of the ledger, soon after their commit. @returns the end of the hearing. */
  onHead(listener: (version: number) => void): () => void;
  /** Hears what is said on this process's own channel. @returns the end of the hearing. */
  onWord(listener: (text: string) => void): () => void;
  /** Hears that the connection came up (`true`) or went down, after each the locks are gone. */
  onOpen(listener: (open: boolean) => void): () => void;
  readonly isOpen: boolean;
}

/** The channel that each commit notifies with its version. */
export const headChannel = 'latchwork_ledger_head';

const openAgainAfterMs = 250;
const queryTimeoutMs = 10_000;

/** Opens the session and keeps it open. `prepare` runs on each new connection, before anybody else uses it. */
export async function startPostgresSession(options: {
  readonly config: ClientConfig;
  readonly log: Log;
  /** A channel of this process alone. */
  readonly ownChannel: string;
  readonly prepare: (client: Client) => Promise<void>;
}): Promise<PostgresSession> {
  const { config, log, ownChannel, prepare } = options;
  const headListeners = new Set<(version: number) => void>();
  const wordListeners = new Set<(text: string) => void>();
  const openListeners = new Set<(open: boolean) => void>();
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  const connection = createKeptConnection({
    // Sent without waiting for the answers to what went before: nothing here depends on another. All of it is small, and a
    // request waits for it.
    config: { ...config, pipeline: true, query_timeout: queryTimeoutMs },
    prepare: async (client) => {
      client.on('notification', ({ channel, payload = '' }) => {
        if (channel === ownChannel) for (const listener of wordListeners) listener(payload);
        else for (const listener of headListeners) listener(Number(payload));
      });
      await client.query(`listen ${headChannel}`);
      await client.query(`listen ${ownChannel}`);
      await prepare(client);
    },
    onLost: (error) => {
      if (closed) return;
      log.warn({ err: error }, 'session with the database lost');
      for (const listener of openListeners) listener(false);
      openAgain();
    },
  });
  const open = async (): Promise<void> => {
    await connection.client();
    log.info({}, 'session with the database open');
    for (const listener of openListeners) listener(true);
  };
  const openAgain = (): void => {
    if (closed) return;
    timer = setTimeout(() => open().catch(openAgain), openAgainAfterMs);
  };
  await open();

  return {
    query: async (text, values) => {
      // A request does not open it: it could wait for long, and the loop above does.
      if (!connection.isOpen) throw unavailability(new Error('The session is down.'));
      try {
        return (await (await connection.client()).query(text, values as unknown[])).rows;
      } catch (error) {
        throw unavailability(error) ?? error;
      }
    },
    onHead: (listener) => subscribe(headListeners, listener),
    onWord: (listener) => subscribe(wordListeners, listener),
    onOpen: (listener) => subscribe(openListeners, listener),
    get isOpen() {
      return connection.isOpen;
    },
    [Symbol.asyncDispose]: async () => {
      closed = true;
      clearTimeout(timer);
      await connection[Symbol.asyncDispose]();
    },
  };
}

function subscribe<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
