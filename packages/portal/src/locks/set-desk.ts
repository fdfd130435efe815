import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LockRevision } from '@latchwork/contract';
import type { DeviceId, Instant } from '@latchwork/core';
import { type CryptoProvider, compareRevisions, decodeSetManifest } from '@latchwork/lock-protocol';
import type { PropertySigners } from '../access/property-signers.js';
import type { Sealer } from '../access/sealer.js';
import type { Clock } from '../clock.js';
import { grantsToRefuse } from '../credentials/phone-grants.js';
import type { Committed, Ledger } from '../ledger.js';
import type { Log } from '../log.js';
import type { Projection } from '../store/projection.js';
import type { Row, Write } from '../store/store.js';
import { desiredOf, signDesired } from './desired-signing.js';
import { takesCredentials } from './driven-lock.js';
import { standsAt } from './lock-doubt.js';
import { type LockSetEntry, openLockSet, sealLockSet } from './lock-set.js';
import { hasUntold, tellRevocations } from './revocation-progress.js';
import { decideSetChange } from './set-change.js';
import { wantedSet } from './wanted-set.js';

/** Sees that what each lock is told is what is wanted of it. */
export interface SetDesk extends AsyncDisposable {
  /** Hears of commits; what this process committed is looked into at once. */
  heard(committed: Committed): void;
  /** Looks into every lock: nothing is remembered of what was wanted before (P-7). */
  lookAtAll(): void;
  /** Looks into the locks that other processes' commits were about, and again into what failed. Resolves when nothing is left. */
  catchUp(): Promise<void>;
}

/** What the set desk stands on. */
export interface SetDeskParts {
  readonly projection: Projection;
  readonly ledger: Pick<Ledger, 'write'>;
  readonly signers: PropertySigners;
  readonly sealer: Sealer;
  readonly crypto: CryptoProvider;
  readonly clock: Clock;
  readonly log: Log;
}

/** What is wanted of a lock, and what comes of that. */
interface LockPlan {
  readonly device: Row<'device'>;
  readonly base: Row<'lockDesired'> | undefined;
  readonly wanted: readonly LockSetEntry[];
  readonly minimumClass: number;
  readonly refusing: readonly Row<'phoneGrant'>[];
  /** The row without a moment; `undefined`: it stays as it is. */
  readonly row: Omit<Row<'lockDesired'>, 'updatedAt'> | undefined;
}

/**
 * Creates the desk. A lock is planned outside of any commit, because signing and sealing take long, and written only if nothing
 * that the plan rests on has changed meanwhile: of several portals one wins, and the others find that there is nothing left to do.
 */
export function createSetDesk(parts: SetDeskParts): SetDesk {
  const { projection, ledger, signers, sealer, crypto, clock, log } = parts;
  const due = new Set<DeviceId>();
  const later = new Set<DeviceId>();
  let working: Promise<void> | undefined;
  let isStopping = false;

  const wantedOf = (device: Row<'device'>, row: Row<'lockDesired'> | undefined, now: Instant) =>
    wantedSet({ projection, sealer }, { device, row, now });

  /** What a lock has not taken yet goes with a certificate that was renewed: it would end on the way. */
  const isUnderFormerCertificate = (row: Row<'lockDesired'> | undefined): boolean => {
    const set = row === undefined ? undefined : desiredOf(row).set;
    if (row === undefined || set === undefined || isSameRevision(standsAt(row), row.standing)) return false;
    return set.certificate !== Buffer.from(signers.setCertificate(row.propertyId)).toString('base64url');
  };

  const plan = (deviceId: DeviceId, now: Instant): LockPlan | undefined => {
    const device = projection.devices.get(deviceId);
    if (device === undefined || !takesCredentials(device)) return undefined;
    const { propertyId } = device;
    const base = projection.lockDesired.get(deviceId);
    const held = base?.entriesSealed == null ? [] : openLockSet(sealer, deviceId, base.entriesSealed);
    const wanted = wantedOf(device, base, now);
    const epoch = signers.setEpoch(propertyId);
    const minimumClass = minimumClassOf(projection, device);
    const isOtherwise = minimumClass !== toldMinimumClass(base) || isUnderFormerCertificate(base);
    const refusing = grantsToRefuse(projection, deviceId, now);
    const change = decideSetChange({ row: base, held, wanted, refusing, epoch, isOtherwise, now });
    if (change === undefined) {
      return hasUntold(projection, deviceId)
        ? { device, base, wanted, minimumClass, refusing, row: undefined }
        : undefined;
    }
    const { set, entries, leaving, refused } = change;
    const message = signDesired({ crypto, signers }, { device, row: base, held, wanted, change, minimumClass, now });
    const row = {
      ...{
        deviceId,
        propertyId,
        epoch,
        revision: set.revision,
        set,
        standing: set,
        entries,
        leaving,
        refused,
        message,
      },
      entriesSealed: sealLockSet(sealer, deviceId, wanted),
      ...{ proven: base?.proven ?? null, provenAt: base?.provenAt ?? null, lastReport: base?.lastReport ?? null },
      ...{ lastWord: base?.lastWord ?? null, doubtedAt: base?.doubtedAt ?? null },
    };
    return { device, base, wanted, minimumClass, refusing, row };
  };

  /** @returns whether it was written, or there was nothing to write any more. */
  const record = async ({ device, base, wanted, minimumClass, refusing, row }: LockPlan): Promise<boolean> =>
    await ledger.write((draft) => {
      const { id } = device;
      if (projection.devices.get(id) !== device || projection.lockDesired.get(id) !== base) return false;
      if (!isSame(wanted, wantedOf(device, base, draft.now))) return false;
      if (minimumClass !== minimumClassOf(projection, device)) return false;
      // What has ended by itself meanwhile need not be refused.
      const isNamed = new Set(refusing.map((grant) => grant.id));
      if (grantsToRefuse(projection, id, draft.now).some((grant) => !isNamed.has(grant.id))) return false;
      const written = row === undefined ? base : { ...row, updatedAt: draft.now };
      if (written === undefined) return true;
      if (row !== undefined) draft[base === undefined ? 'insert' : 'update']('lockDesired', written);
      tellRevocations(draft, projection, { row: written, actor: { kind: 'system' } });
      return true;
    });

  const work = async (): Promise<void> => {
    for (const deviceId of due) {
      if (isStopping) return;
      due.delete(deviceId);
      try {
        const planned = plan(deviceId, clock.now());
        // Taken up again at once: what came in between is at hand.
        if (planned !== undefined && !(await record(planned))) due.add(deviceId);
        else if (planned?.row !== undefined) {
          log.info({ deviceId, ...planned.row.standing, entries: planned.row.entries.length }, 'lock planned');
        }
      } catch (error) {
        later.add(deviceId);
        log.error({ err: error, deviceId }, 'lock not planned yet');
      }
      await nextTurn();
    }
  };
  const begin = async (): Promise<void> => {
    working ??= work().finally(() => {
      working = undefined;
      if (due.size > 0 && !isStopping) void begin();
    });
    await working;
  };
  const note = (devices: Iterable<DeviceId>): void => {
    for (const deviceId of devices) due.add(deviceId);
    if (due.size > 0 && !isStopping) void begin();
  };

  return {
    heard: ({ writes, by }) => {
      const concerned = writes.flatMap((write) => devicesOf(projection, write));
      if (by === 'this-process') note(concerned);
      // Most likely its own process has planned it by the time that this one looks.
      else for (const deviceId of concerned) later.add(deviceId);
    },
    lookAtAll: () => note(projection.devices.all().map(({ id }) => id)),
    catchUp: async () => {
      for (const deviceId of later) due.add(deviceId);
      later.clear();
      while (due.size > 0 && !isStopping) await begin();
      await working;
    },
    [Symbol.asyncDispose]: async () => {
      isStopping = true;
      await working;
    },
  };
}

/** What a card must prove at the least at the locks of a property. */
function minimumClassOf(projection: Projection, { propertyId }: Row<'device'>): number {
  return projection.properties.get(propertyId)?.settings.minimumCardClass ?? 0;
}

/** The same, as the lock was told last. */
function toldMinimumClass(row: Row<'lockDesired'> | undefined): number {
  const manifest = row && desiredOf(row).set?.manifest;
  if (manifest === undefined) return 0;
  return decodeSetManifest(new Uint8Array(Buffer.from(manifest, 'base64url'))).minimumClass ?? 0;
}

/** The locks that a write may want to be told something else. */
function devicesOf(projection: Projection, write: Write): readonly DeviceId[] {
  switch (write.table) {
    case 'device':
      return [write.row.id];
    case 'property':
      return projection.devices.group(write.row.id).map(({ id }) => id);
    case 'propertySigner':
      return projection.devices.group(write.row.propertyId).map(({ id }) => id);
    case 'accessKey':
      return devicesOfKey(projection, write.row);
    case 'credential': {
      const key = projection.accessKeys.get(write.row.keyId);
      return key === undefined ? [] : devicesOfKey(projection, key);
    }
    case 'keyCard':
      return projection.credentials.group(write.row.id).flatMap(({ keyId }) => {
        const key = projection.accessKeys.get(keyId);
        return key === undefined ? [] : devicesOfKey(projection, key);
      });
    case 'lockDesired':
      // It was found to stand where it was never told to.
      return write.op !== 'delete' && compareRevisions(write.row.standing, write.row) !== 0 ? [write.row.deviceId] : [];
    default:
      return [];
  }
}

/** Those at its doors now, and those that know it from before. */
function devicesOfKey(projection: Projection, { id, propertyId, entranceIds }: Row<'accessKey'>): readonly DeviceId[] {
  const credentialIds = new Set(projection.credentials.group(id).map((credential) => credential.id));
  if (credentialIds.size === 0) return [];
  const granted = [...credentialIds].flatMap((credentialId) => projection.phoneGrants.group(credentialId));
  const knowing = projection.lockDesired
    .group(propertyId)
    .filter(({ entries }) => entries.some(({ credentialId }) => credentialIds.has(credentialId)));
  return [
    ...entranceIds.flatMap((entranceId) => projection.devices.group(entranceId).map((device) => device.id)),
    ...knowing.map(({ deviceId }) => deviceId),
    ...granted.map(({ deviceId }) => deviceId),
  ];
}

function isSame(a: readonly LockSetEntry[], b: readonly LockSetEntry[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ credentialId, bytes }, at) => {
      const other = b[at];
      return other !== undefined && other.credentialId === credentialId && Buffer.from(bytes).equals(other.bytes);
    })
  );
}

function isSameRevision(a: LockRevision | null, b: LockRevision): boolean {
  return a !== null && compareRevisions(a, b) === 0;
}
