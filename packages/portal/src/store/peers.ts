import { randomInt, randomUUID } from 'node:crypto';
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
  readonly post: PeerPost;
}

/** Words between processes on the same database: each arrives once or not at all, soon or never. */
export interface PeerPost {
  /** False: there is nobody else. */
  send(to: string, text: string): Promise<boolean>;
  onWord(listener: (text: string) => void): () => void;
}

/** A process that is alone with its database. */
export function createLonePeer(): Peers {
  const self = peerName(newPeerNumber());
  return { self, running: async () => new Set([self]), lease: ownLease, post: nobodyElse };
}

const nobodyElse: PeerPost = { send: async () => false, onWord: () => () => undefined };

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
    post: createPostgresPost(session),
  };
}

/** What the server takes in one notification is less than 8,000 bytes. */
const partLength = 7_000;
/** Of words that never became whole, so many are kept. */
const mostBegun = 100;

function createPostgresPost(session: PostgresSession): PeerPost {
  return {
    send: async (to, text) => {
      const id = randomUUID();
      const bytes = Buffer.from(text).toString('base64');
      const count = Math.max(1, Math.ceil(bytes.length / partLength));
      const parts = Array.from({ length: count }, (_, at) => {
        return `${id} ${at} ${count} ${bytes.slice(at * partLength, (at + 1) * partLength)}`;
      });
      const channel = ownChannelOf(Number(to));
      await session.query('select pg_notify($1, part) from unnest($2::text[]) as part', [channel, parts]);
      return true;
    },
    onWord: (listener) => {
      const begun = new Map<string, string[]>();
      return session.onWord((part) => {
        const [id = '', at, count, bytes = ''] = part.split(' ');
        const parts = begun.get(id) ?? [];
        parts[Number(at)] = bytes;
        if (Object.keys(parts).length < Number(count)) {
          begun.set(id, parts);
          const [oldest] = begun.keys();
          if (begun.size > mostBegun && oldest !== undefined) begun.delete(oldest);
          return;
        }
        begun.delete(id);
        listener(Buffer.from(parts.join(''), 'base64').toString());
      });
    },
  };
}

/** The channel on which the process of a number hears what is meant for it alone. */
export function ownChannelOf(number: number): string {
  return `latchwork_peer_${number}`;
}

/** A number that no other running process has, as far as chance allows. */
export function newPeerNumber(): number {
  return randomInt(1, 2 ** 31 - 1);
}

function peerName(number: number): string {
  return String(number);
}
