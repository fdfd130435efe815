import type { SyncRow, SyncSeats } from './sync-plan.js';

/** How the licenses come out when these rows are carried out (S31): what they free is there before anything is taken. */
export function seatsOf(
  rows: readonly SyncRow[],
  { bought, available }: Pick<SyncSeats, 'bought' | 'available'>,
): SyncSeats {
  let freed = 0;
  let needed = 0;
  for (const row of rows) {
    freed += row.frees;
    needed += row.takes;
  }
  return { bought, available, freed, needed, short: Math.max(0, needed - Math.max(0, available + freed)) };
}
