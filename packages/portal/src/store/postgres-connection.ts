import { Client, type ClientConfig, DatabaseError } from 'pg';
import { PortalError } from '../portal-error.js';

/** One connection to a PostgreSQL server that is opened again whenever it is asked for and gone. */
export interface KeptConnection extends AsyncDisposable {
  /** @throws PortalError `store-unavailable` */
  client(): Promise<Client>;
  /** Gives up a connection whose state nobody knows any more; the next `client` opens another. */
  drop(client: Client): void;
  readonly isOpen: boolean;
}

/** How a connection is made ready, and who hears that it went down. */
export interface KeptConnectionOptions {
  readonly config: ClientConfig;
  /** Runs on each new connection before anybody gets it. */
  readonly prepare?: (client: Client) => Promise<void>;
  readonly onLost?: (error: Error) => void;
}

/** Creates the keeper of one connection; nothing is opened yet. */
export function createKeptConnection({ config, prepare, onLost }: KeptConnectionOptions): KeptConnection {
  let current: Promise<Client> | undefined;
  let opened: Client | undefined;
  let closed = false;

  const leave = (client: Client, error: Error): void => {
    if (opened !== client) return;
    opened = undefined;
    current = undefined;
    onLost?.(error);
  };
  const open = async (): Promise<Client> => {
    if (closed) throw new PortalError({ code: 'store-unavailable' });
    const client = new Client(config);
    client.on('error', (error) => {
      leave(client, error);
      end(client);
    });
    client.on('end', () => leave(client, new Error('The connection ended.')));
    try {
      await client.connect();
      await prepare?.(client);
    } catch (error) {
      end(client);
      throw new PortalError({ code: 'store-unavailable' }, { cause: error });
    }
    opened = client;
    return client;
  };

  return {
    client: async () => {
      current ??= open().catch((error: unknown) => {
        current = undefined;
        throw error;
      });
      return await current;
    },
    drop: (client) => {
      leave(client, new Error('The connection was given up.'));
      end(client);
    },
    get isOpen() {
      return opened !== undefined;
    },
    [Symbol.asyncDispose]: async () => {
      closed = true;
      const client = opened;
      opened = undefined;
      await client?.end().catch(() => undefined);
    },
  };
}

/** Ends a connection without waiting for a server that may never answer. */
function end(client: Client): void {
  client.end().catch(() => undefined);
  client.connection.stream.destroy();
}

/** What SQLSTATEs mean that the server does not serve now: connection, resources, operator, system, locks, a standby. */
const notServing = /^(?:08|53|57|58)|^(?:55P03|25006|25P03|40001|40P01)$/;

/**
 * Tells a server that cannot be reached, or does not serve now, from a statement it refused.
 *
 * @returns the portal's error for the former, `undefined` for the latter.
 */
export function unavailability(error: unknown): PortalError | undefined {
  if (error instanceof PortalError) return error.info.code === 'store-unavailable' ? error : undefined;
  const state = sqlState(error);
  if (state !== undefined) {
    return notServing.test(state) ? new PortalError({ code: 'store-unavailable' }, { cause: error }) : undefined;
  }
  // drizzle wraps what the driver threw.
  if (error instanceof Error && error.cause !== undefined) return unavailability(error.cause);
  // Whatever else the driver throws is about the connection; a fault of ours is not.
  const ours = error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
  return ours ? undefined : new PortalError({ code: 'store-unavailable' }, { cause: error });
}

/** The SQLSTATE of an error that the server sent. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}

// What a server says when it ends the connection, or is in trouble itself.
const notCertain = /^(?:08|25P|57P|58|XX)/;

/** Whether the server refused a statement and goes on: what the transaction did is certainly undone. */
export function isRefusal(error: unknown): error is DatabaseError {
  const state = sqlState(error);
  return state !== undefined && !notCertain.test(state);
}
