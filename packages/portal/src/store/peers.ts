import { randomInt } from 'node:crypto';
import { runningClass } from './advisory-locks.js';
import { type Lease, ownLease } from './lease.js';
import type { PostgresSession } from './postgres-session.js';

/** This process among those on the same database. */
export interface Peers {
  /** Names this run of this process. */
  readonly self: string;
  /** The names of all runs that are connected to the database now. */
  running(): Promise<ReadonlySet<string>>;
  readonly lease: Lease;
}

/** A process that is alone with its database. */
export function createLonePeer(): Peers {
  const self = peerName(newPeerNumber());
  return { self, running: async () => new Set([self]), lease: ownLease };
}

/** A process among others: each holds a lock of the server under its number for as long as its session lives. */
export function createPostgresPeers(parts: {
  readonly number: number;
  readonly session: PostgresSession;
  readonly lease: Lease;
}): Peers {
  const { number, session, lease } = parts;
  return {
    self: peerName(number),
    running: async () => {
      const rows = await session.query(
        `select objid from pg_locks where locktype = 'advisory' and granted and classid = $1
         and database = (select oid from pg_database where datname = current_database())`,
        [runningClass],
      );
      return new Set(rows.map((row) => peerName(Number(row['objid']))));
    },
    lease,
  };
}

/** A number that no other running process has, as far as chance allows. */
export function newPeerNumber(): number {
  return randomInt(1, 2 ** 31 - 1);
}

function peerName(number: number): string {
  return String(number);
}
