import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { LockTrust, LogEntry } from '@latchwork/lock-protocol';

/** What makes a lock itself: made once, and secret but for the tag. */
export interface LockIdentity {
  /** 8 random bytes, advertised. */
  readonly tag: Uint8Array;
  /** Secret of the static X25519 key pair. */
  readonly staticSecret: Uint8Array;
  /** Secret of the Ed25519 key pair that signs receipts and log heads. */
  readonly signingSecret: Uint8Array;
}

/** All that survives a power failure of a simulated lock. */
export interface LockRecord {
  readonly identity: LockIdentity;
  readonly trust: LockTrust | undefined;
  /** The lock machine's own memory, opaque here. */
  readonly memory: Uint8Array | undefined;
  readonly log: readonly LogEntry[];
  /** What stands in the flash of its log, by the number of the segment. */
  readonly logImage: ReadonlyMap<number, Uint8Array>;
  readonly boltMoves: number;
}

/** Where a simulated lock keeps its record. */
export interface LockStorage {
  load(): LockRecord | undefined;
  /** Keeps the record before it returns; either the old or the new one is found afterwards, never a part of one. */
  save(record: LockRecord): void;
}

/** A record in memory: gone with the process. */
export const volatileLockStorage: LockStorage = {
  load: () => undefined,
  save: () => {},
};

/**
 * A record in a JSON file, replaced as a whole by renaming. It survives the death of the process at any moment; it is
 * not synced to the disk, for no test pulls the plug of the machine.
 */
export function createLockFile(path: string): LockStorage {
  return {
    load() {
      let text: string;
      try {
        text = readFileSync(path, 'utf8');
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw error;
      }
      return parseRecord(JSON.parse(text), path);
    },
    save(record) {
      mkdirSync(dirname(path), { recursive: true });
      const temporary = `${path}.${process.pid}.tmp`;
      writeFileSync(temporary, JSON.stringify(record, hexBytes), { mode: 0o600 });
      renameSync(temporary, path);
    },
  };
}

// `value` is what toJSON made of a Buffer, so the bytes are looked at where they are held.
function hexBytes(this: Readonly<Record<string, unknown>>, name: string, value: unknown): unknown {
  const held = this[name];
  if (held instanceof Map) return Object.fromEntries(held);
  return held instanceof Uint8Array ? Buffer.from(held).toString('hex') : value;
}

function parseRecord(value: unknown, path: string): LockRecord {
  const record = objectIn(value, path);
  const identity = objectIn(record['identity'], path);
  const trust = record['trust'] === undefined ? undefined : objectIn(record['trust'], path);
  const log = record['log'];
  if (!Array.isArray(log)) throw new TypeError(`no lock record: ${path}`);
  return {
    identity: {
      tag: bytesIn(identity['tag'], path),
      staticSecret: bytesIn(identity['staticSecret'], path),
      signingSecret: bytesIn(identity['signingSecret'], path),
    },
    trust:
      trust === undefined
        ? undefined
        : {
            rootPublicKey: bytesIn(trust['rootPublicKey'], path),
            property: bytesIn(trust['property'], path),
            epoch: Number(trust['epoch']),
          },
    memory: record['memory'] === undefined ? undefined : bytesIn(record['memory'], path),
    log: log.map((entry: unknown) => {
      const fields = objectIn(entry, path);
      // Written by this module from a LogEntry; only its two byte strings have another shape in JSON.
      return {
        ...fields,
        actor: bytesIn(fields['actor'], path),
        commandId: bytesIn(fields['commandId'], path),
      } as LogEntry;
    }),
    logImage: new Map(
      Object.entries(objectIn(record['logImage'], path)).map(([segment, bytes]) => [
        Number(segment),
        bytesIn(bytes, path),
      ]),
    ),
    boltMoves: Number(record['boltMoves']),
  };
}

function objectIn(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new TypeError(`no lock record: ${path}`);
  return value as Readonly<Record<string, unknown>>;
}

function bytesIn(value: unknown, path: string): Uint8Array {
  if (typeof value !== 'string' || !/^([0-9a-f]{2})*$/.test(value)) throw new TypeError(`no lock record: ${path}`);
  return Uint8Array.from(Buffer.from(value, 'hex'));
}
