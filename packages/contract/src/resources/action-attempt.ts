import type { UnlockRefusal } from '@latchwork/core';
import * as z from 'zod/mini';
import { attemptId, deviceId, entranceId, gatewayId, keyId, memberId, propertyId } from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';
import { timestamp } from '../wire-values.js';
import { attemptStates } from './attempt-state.js';
import { actor, channel } from './member.js';

/** Every reason a decision can refuse an unlock with; the values are core's. */
export const unlockRefusals = [
  'unknown-member',
  'not-active',
  'unknown-entrance',
  'not-assigned',
  'no-lock',
  'deadline-passed',
  'channel-not-allowed',
  'lockdown',
  'privacy-mode',
  'outside-schedule',
  'key-not-started',
  'key-ended',
  'key-revoked',
  'no-key',
] as const satisfies readonly UnlockRefusal[];

/** Why a decision refused an unlock. */
export const unlockRefusal = z.enum(unlockRefusals);

const spanMs = z.optional(z.number());

/**
 * A tracked physical action (P-1): accepted, sent, acknowledged and confirmed are four facts, each with its time.
 *
 * `code` says why it ended: the lock's answer (`ok`, `jammed`, …), the gateway's (`lock-unreachable`, …), `denied`
 * when the decision refused it, or `null` while it runs. `because` is the decision's reason, only with `denied`.
 */
export const actionAttempt = z.object({
  id: attemptId,
  action: z.literal('unlock'),
  propertyId,
  entranceId,
  deviceId: z.nullable(deviceId),
  gatewayId: z.nullable(gatewayId),
  holderId: memberId,
  keyId: z.nullable(keyId),
  actor,
  channel,
  /** With the portal's token for the command, or through a tunnel, with the grant of the holder's phone. */
  mode: z.enum(['token', 'tunnel']),
  state: z.enum(attemptStates),
  code: z.nullable(z.string()),
  because: z.nullable(unlockRefusal),
  explanation: z.nullable(z.string()),
  /** Whose word the end rests on: a phone's gives way to that of the lock's log. `null` where it is the portal's own. */
  toldBy: z.nullable(z.enum(['gateway', 'phone', 'log'])),
  requestedAt: timestamp,
  deadline: timestamp,
  timeline: z.object({
    acceptedAt: z.nullable(timestamp),
    sentAt: z.nullable(timestamp),
    acknowledgedAt: z.nullable(timestamp),
    confirmedAt: z.nullable(timestamp),
    endedAt: z.nullable(timestamp),
  }),
  spansMs: z.optional(
    z.object({
      queue: spanMs,
      connect: spanMs,
      token: spanMs,
      handshake: spanMs,
      command: spanMs,
    }),
  ),
});
/** {@link actionAttempt} as data. */
export type ActionAttempt = ReadonlyData<z.output<typeof actionAttempt>>;
