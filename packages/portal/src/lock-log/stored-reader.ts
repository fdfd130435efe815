import type { Instant } from '@latchwork/core';
import { type LogHead, type LogReader, startLogReader } from '@latchwork/lock-protocol';
import type { StoredHead, StoredLogReader } from '../store/schema/lock-log.js';
import type { Row } from '../store/store.js';

/** The reader of a lock's log as a row has it; one that begins at the lock's first entry where there is no row. */
export function openReader(row: Pick<Row<'lockReader'>, 'reader'> | undefined): LogReader {
  if (row === undefined) return startLogReader();
  const { cursor, heads, previous, ...rest } = row.reader;
  return {
    ...rest,
    cursor: { ...headOf(cursor), resets: cursor.resets },
    heads: heads.map(headOf),
    // What did not connect is read again.
    runs: [],
    ...(previous === undefined ? {} : { previous: { ...headOf(previous), resets: previous.resets } }),
  };
}

/** A reader as it is stored; entries that do not connect yet are forgotten, and read again. */
export function storeReader({ cursor, heads, previous, runs: _, ...rest }: LogReader): StoredLogReader {
  return {
    ...rest,
    cursor: { ...storedHead(cursor), resets: cursor.resets },
    heads: heads.map(storedHead),
    ...(previous === undefined ? {} : { previous: { ...storedHead(previous), resets: previous.resets } }),
  };
}

/** The row of a lock whose log nobody has read yet. */
export function newReaderRow(
  { id, propertyId }: Pick<Row<'device'>, 'id' | 'propertyId'>,
  now: Instant,
): Row<'lockReader'> {
  return {
    ...{ deviceId: id, propertyId, reader: storeReader(startLogReader()) },
    ...{ told: null, withheld: null, lostAt: null, lastReading: null, updatedAt: now },
  };
}

function headOf({ seq, hash }: StoredHead): LogHead {
  return { seq, hash: new Uint8Array(Buffer.from(hash, 'hex')) };
}

function storedHead({ seq, hash }: LogHead): StoredHead {
  return { seq, hash: Buffer.from(hash).toString('hex') };
}
