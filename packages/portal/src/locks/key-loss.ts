import type { EntranceId } from '@latchwork/core';
import type { Row } from '../store/store.js';

/** Of a Key, what it opens and when. */
export type KeyTerms = Pick<Row<'accessKey'>, 'startsAt' | 'endsAt' | 'schedule'>;

/** Whether a Key opens less of its time than before; a longer or freer one ends nothing. */
export function opensLess(before: KeyTerms, after: KeyTerms): boolean {
  return (
    after.startsAt > before.startsAt ||
    (after.endsAt !== null && (before.endsAt === null || after.endsAt < before.endsAt)) ||
    (after.schedule !== null && JSON.stringify(after.schedule) !== JSON.stringify(before.schedule))
  );
}

/** At which doors a Key opens less than before. */
export function lostDoors(before: Row<'accessKey'>, after: Row<'accessKey'>): (entranceId: EntranceId) => boolean {
  const isLess = after.revokedAt !== null || opensLess(before, after);
  return (entranceId) => isLess || !after.entranceIds.includes(entranceId);
}
