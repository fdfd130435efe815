import { type GatewayMessage, mostHeardLocks } from '@latchwork/contract';
import type { DeviceId, GatewayId, Instant } from '@latchwork/core';
import { serviceFlags } from '@latchwork/lock-protocol';
import type { Draft, Ledger } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import { deviceName } from '../store/row-indexes.js';
import type { LockHearing } from '../store/schema/lock-condition.js';

/** What a gateway that is connected here has told of the air around it. */
export interface GatewayEar {
  /** Since when it tells, without a gap. */
  readonly since: Instant;
  readonly toldAt: Instant;
  /** Whether it may hear more locks than it told of. */
  readonly isCut: boolean;
  /** Locks that are nobody's, by tag: when each was first heard. */
  readonly unowned: ReadonlyMap<string, Instant>;
}

/** Knows which gateway hears which lock how well: what was told here from memory, and from the rows what was told elsewhere or before. */
export interface LockHearings {
  /** Takes what a gateway tells of itself. */
  told(gatewayId: GatewayId, status: GatewayMessage<'status'>): void;
  /** What the gateway tells; `undefined`: nothing of late, or it is not connected here. */
  ear(gatewayId: GatewayId, now: Instant): GatewayEar | undefined;
  /** The last hearing of a lock by each gateway of its property. */
  of(deviceId: DeviceId): readonly LockHearing[];
  /** Whether it was heard by a gateway that is connected here, since the start. */
  isKnownHere(deviceId: DeviceId): boolean;
  /** Writes down what has been told here, for other processes and other starts. */
  record(): Promise<void>;
}

/** A gateway that has not told for so long has a gap; it tells every 30 s. */
const gapMs = 75_000;
/** What is written is at least so much newer than what stands there: other processes want it soon, another start can wait. */
const worthMs = { shared: 45_000, alone: 3_600_000 } as const;

/** Creates it, empty. */
export function createLockHearings(parts: {
  readonly projection: Projection;
  readonly ledger: Pick<Ledger, 'write'>;
  readonly clock: { now(): Instant };
  /** Whether other processes have gateways, too. */
  readonly isShared: boolean;
}): LockHearings {
  const { projection, ledger, clock } = parts;
  const ears = new Map<GatewayId, GatewayEar>();
  const here = new Map<DeviceId, Map<GatewayId, LockHearing>>();

  const hearingsOf = (deviceId: DeviceId): readonly LockHearing[] => {
    const device = projection.devices.get(deviceId);
    const newest = new Map<GatewayId, LockHearing>();
    const all = [...(projection.lockConditions.get(deviceId)?.hearings ?? []), ...(here.get(deviceId)?.values() ?? [])];
    for (const hearing of all) {
      const { gatewayId, heardAt } = hearing;
      if (projection.gateways.get(gatewayId)?.propertyId !== device?.propertyId) continue;
      if ((newest.get(gatewayId)?.heardAt ?? -1) < heardAt) newest.set(gatewayId, hearing);
    }
    return [...newest.values()];
  };

  const write = (draft: Draft, deviceId: DeviceId): void => {
    const device = projection.devices.get(deviceId);
    if (device === undefined) return;
    const row = projection.lockConditions.get(deviceId);
    const hearings = hearingsOf(deviceId);
    const isNews = hearings.some(({ gatewayId, heardAt }) => {
      const stored = row?.hearings.find((hearing) => hearing.gatewayId === gatewayId);
      return stored === undefined || heardAt - stored.heardAt >= worthMs[parts.isShared ? 'shared' : 'alone'];
    });
    if (!isNews) return;
    const { propertyId } = device;
    const next = { deviceId, propertyId, batteryLevels: row?.batteryLevels ?? [], hearings, updatedAt: draft.now };
    draft[row === undefined ? 'insert' : 'update']('lockCondition', next);
  };

  return {
    told: (gatewayId, { online, heardLocks }) => {
      const now = clock.now();
      const gateway = projection.gateways.get(gatewayId);
      if (!online || heardLocks === undefined || gateway === undefined) {
        ears.delete(gatewayId);
        return;
      }
      const before = ears.get(gatewayId);
      const isGap = before === undefined || now - before.toldAt > gapMs;
      const unowned = new Map<string, Instant>();
      for (const { tag, rssi, agoMs, flags } of heardLocks) {
        const heardAt = Math.max(0, now - Math.round(agoMs)) as Instant;
        const device = projection.devices.byUnique(deviceName({ propertyId: gateway.propertyId, tag }));
        if (device !== undefined) {
          const of = here.get(device.id) ?? new Map<GatewayId, LockHearing>();
          here.set(device.id, of.set(gatewayId, { gatewayId, rssi, heardAt }));
        } else if ((flags & serviceFlags.commissionable) !== 0) {
          unowned.set(tag, before?.unowned.get(tag) ?? heardAt);
        }
      }
      ears.set(gatewayId, {
        ...{ since: isGap ? now : before.since, toldAt: now },
        ...{ isCut: heardLocks.length >= mostHeardLocks, unowned },
      });
    },
    ear: (gatewayId, now) => {
      const ear = ears.get(gatewayId);
      return ear !== undefined && now - ear.toldAt <= gapMs ? ear : undefined;
    },
    of: hearingsOf,
    isKnownHere: (deviceId) => here.has(deviceId),
    record: async () => {
      for (const deviceId of here.keys()) if (!projection.devices.get(deviceId)) here.delete(deviceId);
      if (here.size === 0) return;
      await ledger.write((draft) => {
        for (const deviceId of here.keys()) write(draft, deviceId);
      });
    },
  };
}
