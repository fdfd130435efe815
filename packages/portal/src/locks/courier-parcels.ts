import { encodeGatewayMessage, type PhoneParcels } from '@latchwork/contract';
import { type Instant, isId, type MemberId } from '@latchwork/core';
import { compareRevisions } from '@latchwork/lock-protocol';
import { readOf } from '../lock-log/read-publishing.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { desiredOf } from './desired-signing.js';
import { takesCredentials } from './driven-lock.js';
import { standsAt } from './lock-doubt.js';

/** A phone has little room, and a set of a thousand cards is large. */
const mostParcels = 16;
const mostChars = 2_000_000;

/** The member whose phone carries for locks; `undefined`: it is a guest's, or the member's Key is over. */
export function courierOf(projection: Projection, { keyId }: Row<'credential'>, now: Instant): MemberId | undefined {
  const key = projection.accessKeys.get(keyId);
  if (key === undefined || key.revokedAt !== null || (key.endsAt !== null && key.endsAt <= now)) return undefined;
  const { holderId } = key;
  if (!isId('member', holderId)) return undefined;
  return projection.members.get(holderId)?.state === 'active' ? holderId : undefined;
}

/**
 * What a phone of the staff is to take along: for every lock that has not proven the newest word on it that word, and from where its
 * log is to be read, where something of it is missing and the phone has a grant for that. Those of its own doors come first.
 */
export function parcelsFor(
  projection: Projection,
  { keyId, propertyId }: Row<'credential'>,
  now: Instant,
): PhoneParcels {
  const own = new Set(projection.accessKeys.get(keyId)?.entranceIds);
  const locks = projection.devices.group(propertyId).filter(takesCredentials);
  const isOwn = ({ entranceId }: Row<'device'>) => own.has(entranceId);
  const waiting = [...locks.filter(isOwn), ...locks.filter((device) => !isOwn(device))].flatMap((device) => {
    const desired = desiredText(projection, device);
    const read = isOwn(device) ? readText(projection, device, now) : null;
    const { id: deviceId, entranceId, tag, publicKey } = device;
    return desired === null && read === null ? [] : [{ deviceId, entranceId, tag, publicKey, desired, read }];
  });
  let chars = 0;
  const parcels = waiting.slice(0, mostParcels).filter(({ desired }, at) => {
    chars += desired?.length ?? 0;
    return at === 0 || chars <= mostChars;
  });
  return { parcels, hasMore: parcels.length < waiting.length };
}

function desiredText(projection: Projection, { id }: Row<'device'>): string | null {
  const row = projection.lockDesired.get(id);
  if (row === undefined) return null;
  const { bulletin, set, standing } = desiredOf(row);
  const proven = standsAt(row);
  const isBehind = proven === null || compareRevisions(standing, proven) > 0;
  return isBehind && (bulletin !== undefined || set !== undefined) ? row.message : null;
}

function readText(projection: Projection, device: Row<'device'>, now: Instant): string | null {
  const read = readOf(device, projection, now);
  return read.newest > read.seq || read.asked === true ? encodeGatewayMessage('read', read) : null;
}
