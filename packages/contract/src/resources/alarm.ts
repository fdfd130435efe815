import * as z from 'zod/mini';
import { alarmId, deviceId, gatewayId, propertyId } from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';
import { timestamp } from '../wire-values.js';
import { lockLogFaults, logRange } from './lock-log.js';

/** What every alarm says. While `clearedAt` is `null` what it tells of goes on; then that was over. */
const alarmFact = {
  id: alarmId,
  propertyId,
  raisedAt: timestamp,
  clearedAt: z.nullable(timestamp),
};
const gatewayAlarm = { ...alarmFact, gatewayId };
const lockAlarm = { ...alarmFact, deviceId };

/** Why a lock counts as reset: it says so in what it sends out, or its log began anew. */
export const lockResetSigns = ['advertised', 'log'] as const;

/** What one of the property's certificates is for; a lock believes nothing that was signed with one that has ended. */
export const certificateUses = ['cert', 'cmd', 'grant', 'set'] as const;

/** Something that somebody has to see to, told apart by `kind`. Nothing is one alarm twice at the same time. */
export const alarm = z.discriminatedUnion('kind', [
  /** The gateway is not connected: its locks hear of nothing (P-4). */
  z.object({ kind: z.literal('gateway-offline'), ...gatewayAlarm, lastSeenAt: z.nullable(timestamp) }),
  /** No gateway of the property that is online has heard the lock. `lastHeardAt` is `null` when none ever has. */
  z.object({ kind: z.literal('lock-unheard'), ...lockAlarm, lastHeardAt: z.nullable(timestamp) }),
  /** The lock has spoken of entries of its log that nobody has brought since (T12). */
  z.object({ kind: z.literal('log-withheld'), ...lockAlarm, missing: logRange }),
  /** What was brought of the lock's log does not fit together, or is gone (T11). */
  z.object({
    kind: z.literal('log-tampered'),
    ...lockAlarm,
    fault: z.enum(lockLogFaults),
    missing: z.nullable(logRange),
  }),
  /** `emptyAt` is when the battery will be empty if it goes on as it did; `null` while that cannot be said. */
  z.object({
    kind: z.literal('battery-low'),
    ...lockAlarm,
    batteryPercent: z.nullable(z.number()),
    emptyAt: z.nullable(timestamp),
  }),
  /** A gateway's clock is not the portal's; `offsetMs` is above zero where it is ahead. */
  z.object({ kind: z.literal('clock-drift'), ...gatewayAlarm, offsetMs: z.number() }),
  /** The lock's own clock was so far off until it was told the time, by its log; `offsetMs` is above zero where it was ahead. */
  z.object({ kind: z.literal('lock-clock-drift'), ...lockAlarm, offsetMs: z.number() }),
  /** The lock has no room for what it shall obey (`limit` is `null`, for nobody knows how much it takes), or soon has none. */
  z.object({ kind: z.literal('lock-nearly-full'), ...lockAlarm, used: z.number(), limit: z.nullable(z.number()) }),
  /** Somebody has reset the lock: it is the property's no more (T21). */
  z.object({ kind: z.literal('lock-reset'), ...lockAlarm, sign: z.enum(lockResetSigns) }),
  /** A certificate of the property ends soon and could not be renewed. */
  z.object({ kind: z.literal('certificate-ending'), ...alarmFact, use: z.enum(certificateUses), endsAt: timestamp }),
]);
/** {@link alarm} as data, told apart by `kind`. */
export type Alarm = ReadonlyData<z.output<typeof alarm>>;
/** What an alarm can be about. */
export type AlarmKind = Alarm['kind'];
/** Every {@link AlarmKind}. */
export const alarmKinds = alarm.def.options.map((option) => option.shape.kind.def.values[0]) as [
  AlarmKind,
  ...AlarmKind[],
];

/** Whether an alarm's cause goes on. */
export const alarmStates = ['raised', 'cleared'] as const;
