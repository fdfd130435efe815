import { type Change, type NewWrites, projectedTables, type TableName, tablesOf, type Write } from './store.js';

const followed = new Set<TableName>([...projectedTables, 'attempt', 'event', 'auditEntry', 'idempotentReply']);

/** The writes of a commit that other processes take over, without what they never look at: other tables, long texts. */
export function loggedWrites(writes: readonly Write[]): readonly Write[] {
  return writes.flatMap((write): Write[] => {
    if (write.table === 'auditEntry') return [{ ...write, row: { ...write.row, entry: '' } }];
    if (write.table === 'idempotentReply') return [{ ...write, row: { ...write.row, replySealed: null } }];
    return followed.has(write.table) ? [write] : [];
  });
}

/** Writes as they stand in the log, with commas in between. */
export function loggedText(writes: readonly Write[]): string {
  return JSON.stringify(loggedWrites(writes)).slice(1, -1);
}

/** Writes a change's content as it stands in the log. */
export function changeText({ writes, wording }: NewWrites): string {
  const rest = loggedText(wording === undefined ? writes : writes.slice(wording.count));
  const logged = [wording?.logged ?? '', rest].filter((text) => text !== '').join(',');
  return `{"writes":[${logged}],"tables":${JSON.stringify(tablesOf(writes))}}`;
}

/** Reads what {@link changeText} wrote; the log is written by portals alone, so its content is taken at its word. */
export function parseChangeText(text: string): Pick<Change, 'writes' | 'tables'> {
  return JSON.parse(text) as Pick<Change, 'writes' | 'tables'>;
}
