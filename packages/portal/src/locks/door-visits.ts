import type { DoorVisit } from '@latchwork/contract';
import { endOfTime, type Instant } from '@latchwork/core';
import { isProven } from '@latchwork/core/credentials';
import type { LockHearings } from '../alarms/lock-hearing.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { timestampOf, timestampOrNull } from '../wire-time.js';
import { desiredOf } from './desired-signing.js';
import { standsAt } from './lock-doubt.js';
import { isSpent } from './revocation-progress.js';

/** What it is decided from. */
export interface DoorVisitParts {
  readonly projection: Projection;
  readonly hearings: Pick<LockHearings, 'of'>;
}

/** A lock that was heard so long ago is within reach of nobody any more. */
const reachMs = 10 * 60_000;
/** A gateway that hears a lock has so long to bring it what is new. */
const patienceMs = 2 * 60_000;

/** Whether somebody has to go to a door, and why; `undefined`: its lock has proven all, or is about to be brought it. */
export function doorVisitOf(parts: DoorVisitParts, device: Row<'device'>, now: Instant): DoorVisit | undefined {
  const { projection } = parts;
  const row = projection.lockDesired.get(device.id);
  if (row === undefined) return undefined;
  const brings = missingParts(row);
  if (brings.length === 0) return undefined;
  const heard = parts.hearings.of(device.id);
  const because = reasonOf(projection, { device, row, heard, now });
  if (because === undefined) return undefined;
  const { lastReport } = row;
  const cause = lastReport?.parts.set?.code ?? lastReport?.parts.bulletin?.code ?? lastReport?.failure ?? null;
  const lastHeardAt = heard.reduce((last, { heardAt }) => Math.max(last, heardAt), 0);
  return {
    ...{ deviceId: device.id, propertyId: device.propertyId, entranceId: device.entranceId, because, cause, brings },
    since: timestampOf(row.doubtedAt ?? row.updatedAt),
    lastHeardAt: timestampOrNull(lastHeardAt === 0 ? null : (lastHeardAt as Instant)),
    exposure: exposureAt(projection, device, now),
  };
}

/** What of the newest word the lock has not proven. */
function missingParts(row: Row<'lockDesired'>): DoorVisit['brings'] {
  const at = standsAt(row);
  const { bulletin } = desiredOf(row);
  const lacksSet = row.set !== null && !isProven(at, row.set);
  const lacksBulletin = bulletin !== undefined && !isProven(at, row.standing);
  return [...(lacksBulletin ? (['bulletin'] as const) : []), ...(lacksSet ? (['set'] as const) : [])];
}

function reasonOf(
  projection: Projection,
  o: {
    readonly device: Row<'device'>;
    readonly row: Row<'lockDesired'>;
    readonly heard: ReturnType<LockHearings['of']>;
    readonly now: Instant;
  },
): DoorVisit['because'] | undefined {
  const { device, row, heard, now } = o;
  const online = new Set(
    projection.gateways.group(device.propertyId).flatMap((gateway) => (gateway.online ? [gateway.id] : [])),
  );
  if (online.size === 0) return 'no-gateway';
  if (!heard.some(({ gatewayId, heardAt }) => online.has(gatewayId) && now - heardAt < reachMs)) return 'unheard';
  const hasFailed = row.lastReport !== null && row.lastReport.occurredAt >= row.updatedAt - patienceMs;
  return hasFailed && now - row.updatedAt >= patienceMs ? 'failing' : undefined;
}

/** What was ended and may still open there. */
function exposureAt(projection: Projection, { id, propertyId }: Row<'device'>, now: Instant): DoorVisit['exposure'] {
  const ends = projection.revocations
    .group('open')
    .filter((revocation) => revocation.propertyId === propertyId)
    .flatMap(({ locks }) => locks)
    .filter((lock) => lock.deviceId === id && lock.state === 'pending' && !isSpent(lock, now))
    .map(({ exposureEndsAt }) => exposureEndsAt ?? endOfTime);
  if (ends.length === 0) return null;
  const last = Math.max(...ends) as Instant;
  return { endsAt: timestampOrNull(last === endOfTime ? null : last) };
}
