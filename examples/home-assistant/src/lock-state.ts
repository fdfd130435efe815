import type { Alarm, Device } from '@latchwork/contract';

/** What Home Assistant is shown of a lock. */
export interface LockState {
  /** What the lock has said of its bolt last; `None`: nothing, that it does not know, or that an unlock since then ended unknown. */
  readonly bolt: 'LOCKED' | 'UNLOCKED' | 'None';
  /** When it said so. */
  readonly saidAt: string | null;
  /** 0 to 100. */
  readonly battery: number | null;
  /** When a gateway had it within reach last. */
  readonly heardAt: string | null;
  /** Whether an alarm about it goes on, and which. */
  readonly problem: 'ON' | 'OFF';
  readonly alarms: readonly string[];
}

/** A lock as it is shown: by its own words, and by the alarms that go on. */
export function lockStateOf(
  device: Device,
  { alarms, isInDoubt }: { readonly alarms: readonly Alarm[]; readonly isInDoubt: boolean },
): LockState {
  const { observation, lastHeardAt } = device;
  const kinds = alarms.flatMap((alarm) => ('deviceId' in alarm && alarm.deviceId === device.id ? [alarm.kind] : []));
  return {
    bolt: isInDoubt ? 'None' : boltOf(observation),
    saidAt: observation?.observedAt ?? null,
    battery: observation?.batteryPercent ?? null,
    heardAt: lastHeardAt,
    problem: kinds.length > 0 ? 'ON' : 'OFF',
    alarms: kinds,
  };
}

/** Whether a gateway can get to the lock, as far as is known: else Home Assistant shows it as unavailable. */
export function isInReach(
  { id }: Device,
  alarms: readonly Alarm[],
  gateways: readonly { readonly online: boolean }[],
): boolean {
  const isUnheard = alarms.some((alarm) => alarm.kind === 'lock-unheard' && alarm.deviceId === id);
  return !isUnheard && gateways.some(({ online }) => online);
}

function boltOf(observation: Device['observation']): LockState['bolt'] {
  switch (observation?.bolt) {
    case 'locked':
      return 'LOCKED';
    case 'unlocked':
    case 'held-open':
      return 'UNLOCKED';
    default:
      return 'None';
  }
}
