import type { Instant } from '@latchwork/core';
import type { LogRecord } from '@latchwork/lock-protocol';
import type { Draft } from '../ledger.js';
import type { DeviceObservation } from '../store/schema/hardware.js';
import type { Row } from '../store/store.js';
import { instantOf } from './entry-account.js';

/** What is learned of a lock besides its log. */
export interface LockObservations {
  readonly device: Row<'device'>;
  readonly records: readonly LogRecord[];
  /** What the carrier says that the lock said of itself. */
  readonly observed?: DeviceObservation;
}

const bolts = ['unknown', 'locked', 'unlocked', 'held-open'] as const;

/** Writes where the bolt is and how full the battery, by the newest of what the lock said of either (P-1). */
export function observeLock(draft: Draft, { device, records, observed }: LockObservations): void {
  let newest = device.observation;
  const take = (observation: DeviceObservation): void => {
    const observedAt = Math.min(observation.observedAt, draft.now) as Instant;
    if (newest === null || newest.observedAt <= observedAt) newest = { ...observation, observedAt };
  };
  for (const { entry } of records) {
    const at = instantOf(entry);
    if (entry === undefined || at === null) continue;
    const first = entry.commandId[0];
    const bolt = entry.type === 'manual' && first !== undefined ? bolts[first] : undefined;
    if (bolt !== undefined) take({ bolt, batteryPercent: newest?.batteryPercent ?? null, observedAt: at });
    if (entry.type === 'battery' && first !== undefined) {
      take({ bolt: newest?.bolt ?? 'unknown', batteryPercent: first, observedAt: at });
    }
  }
  if (observed !== undefined) take(observed);
  if (newest !== null && newest !== device.observation) draft.update('device', { ...device, observation: newest });
}
