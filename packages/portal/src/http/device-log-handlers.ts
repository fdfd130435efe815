import type { LockLogEntry } from '@latchwork/contract';
import type { MemberId } from '@latchwork/core';
import { eventTypeOf } from '../lock-log/entry-account.js';
import type { LogPosition, Reader, Row } from '../store/store.js';
import { timestampOf, timestampOrNull } from '../wire-time.js';
import { notFound } from './authorize.js';
import type { Handlers, Permission } from './call.js';
import { decodeCursor, encodeCursor, noCursor } from './paging.js';

/** Creates the handler of locks' logs. */
export function createDeviceLogHandlers({
  store,
}: {
  readonly store: Pick<Reader, 'lockLogOf'>;
}): Pick<Handlers, 'listDeviceLog'> {
  return {
    listDeviceLog: async ({ request: { query }, place: { device }, caller, permission }) => {
      if (device === undefined) return notFound;
      const after = query.cursor === undefined ? undefined : readCursor(query.cursor);
      if (after === 'none') return noCursor('query', 'This is no cursor of this list.');
      const isVisible = entryFilter(permission, caller.member.id);
      const rows = await store.lockLogOf(device.id, { after, limit: query.limit + 1 });
      const page = rows.slice(0, query.limit);
      const last = page.at(-1);
      const nextCursor =
        rows.length > page.length && last !== undefined ? encodeCursor(`${last.resets}.${last.seq}`) : null;
      const data = page.filter(isVisible).map((row) => entryOf(row, device));
      return { status: 200, body: { data, nextCursor } };
    },
  };
}

function readCursor(cursor: string): LogPosition | 'none' {
  const [, resets, seq] = /^(\d{1,10})\.(\d{1,10})$/.exec(decodeCursor(cursor)) ?? [];
  return resets === undefined || seq === undefined ? 'none' : { resets: Number(resets), seq: Number(seq) };
}

/** Which entries a permission to see the audit reaches. To whom only devices are shown, nobody's coming and going is. */
function entryFilter(permission: Permission | undefined, memberId: MemberId): (row: Row<'lockLog'>) => boolean {
  switch (permission?.scope) {
    case 'own':
      return ({ account }) => account.holderId === memberId;
    case 'devices':
      return ({ account }) => eventTypeOf(account) === 'lock.logged';
    default:
      return () => true;
  }
}

function entryOf(row: Row<'lockLog'>, { entranceId }: Row<'device'>): LockLogEntry {
  const { deviceId, propertyId, resets, seq, account, occurredAt, receivedAt, historical } = row;
  return {
    ...{ propertyId, deviceId, entranceId, resets, seq, ...account, historical },
    occurredAt: timestampOrNull(occurredAt),
    receivedAt: timestampOf(receivedAt),
  };
}
