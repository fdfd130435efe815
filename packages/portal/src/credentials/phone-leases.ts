import { randomBytes } from 'node:crypto';
import type { PhoneGrants, PhoneLock } from '@latchwork/contract';
import { type Instant, isId } from '@latchwork/core';
import { lockHours } from '@latchwork/core/credentials';
import type { Grant, GrantSchedule } from '@latchwork/lock-protocol';
import type { PropertySigners } from '../access/property-signers.js';
import type { Draft } from '../ledger.js';
import { takesCredentials } from '../locks/driven-lock.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';
import { isGood, livingGrants } from './phone-grants.js';

/** For how long a phone opens without hearing of the portal: what is ended meanwhile, it opens no longer than that. */
export const leaseMs = 24 * 60 * 60 * 1000;
/** A lock's clock may be behind the portal's. */
const clockSlackMs = 300_000;

/** What grants are given with. */
export interface LeaseParts {
  readonly projection: Projection;
  readonly signers: Pick<PropertySigners, 'signGrant'>;
}

/** A credential with the phone that it is. */
export interface LeasedPhone {
  readonly credential: Row<'credential'>;
  /** As hex. */
  readonly publicKey: string;
}

/**
 * Gives a phone what it opens its doors with for now: for each lock of its Key a grant of a day at most, which is the one that it
 * has as long as half of that is left, so that however often it asks, few are to be refused when it has to be stopped.
 */
export function leaseGrants({ projection, signers }: LeaseParts, draft: Draft, phone: LeasedPhone): PhoneGrants {
  const { credential, publicKey } = phone;
  const { id: credentialId, propertyId, keyId } = credential;
  const { now } = draft;
  const key = projection.accessKeys.get(keyId);
  const property = projection.properties.get(propertyId);
  if (key === undefined || property === undefined) throw new Error(`Credential ${credentialId} is of no Key.`);
  for (const ended of projection.phoneGrants.group(credentialId)) {
    if (ended.expiresAt <= now) draft.delete('phoneGrant', ended);
  }
  const opensAt = Math.max(key.startsAt, now - clockSlackMs) as Instant;
  const endsAt = Math.min(key.endsAt ?? Number.POSITIVE_INFINITY, Math.max(key.startsAt, now) + leaseMs) as Instant;
  const isDue = key.startsAt - now <= leaseMs && wholeSeconds(endsAt) > wholeSeconds(opensAt);
  const { startsAt, schedule } = key;
  const terms = { startsAt, endsAt: key.endsAt, schedule };
  const hours = lockHours(key, property.timeZone, now);
  let certificate: string | null = null;
  const devices = key.entranceIds.flatMap((entranceId) => projection.devices.group(entranceId));

  const grantFor = (device: Row<'device'>): PhoneLock['grant'] => {
    if (!isDue || !takesCredentials(device)) return null;
    const held = livingGrants(projection, credentialId, now).find(
      (grant) => grant.deviceId === device.id && isGood(projection, grant) && isFresh(grant, endsAt, now),
    );
    const row = held ?? {
      id: randomBytes(8).toString('hex'),
      ...{ credentialId, propertyId, deviceId: device.id, terms, notBefore: opensAt, expiresAt: endsAt },
    };
    if (held === undefined) draft.insert('phoneGrant', row);
    const signed = signers.signGrant(propertyId, {
      ...{ grantId: bytesOf(row.id), locks: [bytesOf(device.tag)], holderPublicKey: bytesOf(publicKey) },
      ...{ notBefore: wholeSeconds(row.notBefore), expires: wholeSeconds(row.expiresAt) },
      issuedAt: wholeSeconds(now),
      rights: rightsOf(key),
      ...(hours === null ? {} : { schedule: scheduleOf(hours) }),
    });
    certificate = Buffer.from(signed.certificate).toString('base64url');
    return {
      object: Buffer.from(signed.token).toString('base64url'),
      ...{ notBefore: timestampOf(row.notBefore), expiresAt: timestampOf(row.expiresAt) },
    };
  };

  const locks = devices.map((device) => {
    const { id: deviceId, entranceId, tag, publicKey: lockKey } = device;
    return { entranceId, deviceId, tag, publicKey: lockKey, grant: grantFor(device) };
  });
  const renewAt = (isDue ? now + (endsAt - now) / 2 : Math.max(now, key.startsAt - leaseMs)) as Instant;
  const lan = projection.gateways.group(propertyId).flatMap(({ lan: address }) => address ?? []);
  const granted = { credentialId, keyId, propertyId, locks, certificate, lan };
  return { ...granted, renewAt: timestampOf(Math.floor(renewAt) as Instant) };
}

/** Whether a grant is good for long enough to be given again: no new one would last much longer. */
function isFresh({ expiresAt }: Row<'phoneGrant'>, endsAt: Instant, now: Instant): boolean {
  return expiresAt >= endsAt || expiresAt - now > leaseMs / 2;
}

/** Who is of the staff may carry what locks are to be told, too. */
function rightsOf({ holderId }: Row<'accessKey'>): Grant['rights'] {
  const own = ['unlock', 'local', 'remote', 'status'] as const;
  return isId('member', holderId) ? [...own, 'deliver', 'log'] : own;
}

function scheduleOf({ schedule, offsets }: NonNullable<ReturnType<typeof lockHours>>): GrantSchedule {
  return {
    windows: schedule.windows,
    offsets: offsets.map(({ from, offsetMinutes }) => ({ from: from / 1000, offsetMinutes })),
  };
}

/** A lock counts full seconds. */
function wholeSeconds(at: Instant): number {
  return Math.floor(at / 1000);
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}
