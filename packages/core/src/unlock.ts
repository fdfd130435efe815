import { isWithinSchedule, nextClosing, nextOpening } from './access-schedule.js';
import type { Channel } from './channel.js';
import { standingTables } from './decision-tables.js';
import type { HospitalityAction } from './hospitality-matrix.js';
import { endOfTime, type Instant } from './instant.js';
import type { Key } from './key.js';
import type { HospitalityStanding } from './role.js';
import type { ChannelFault, UnlockCommand, UnlockDecision, UnlockPlace, UnlockState } from './unlock-decision.js';

/**
 * Which row of the matrix rules a channel; `null`: no unlock command ever comes that way. `ble` is the Portal app itself
 * at the lock, `gateway_local` an integrated app on the property's own network while the outside line is cut, and `api` is
 * as remote as the dashboard.
 */
const channelRows: Readonly<Record<Channel, HospitalityAction | null>> = {
  portal_app: 'unlock.portal_app',
  ble: 'unlock.portal_app',
  integrated_app: 'unlock.integrated_app',
  gateway_local: 'unlock.integrated_app',
  dashboard: 'unlock.dashboard',
  mobile_app: null,
  web_reservation_portal: null,
  api: 'unlock.dashboard',
  pms: null,
  keypad: null,
  card: null,
};

function findChannelFault(
  command: UnlockCommand,
  standing: HospitalityStanding,
  place: UnlockPlace,
): ChannelFault | undefined {
  const row = channelRows[command.channel];
  if (row === null) return 'no-commands';
  const ruling = standingTables[standing].get(row);
  if (ruling?.allow !== true) return 'role';
  const { conditions } = ruling;
  if (
    conditions.includes('app-enabled') &&
    !(command.app !== undefined && place.integratedApps.includes(command.app))
  ) {
    return 'app-not-enabled';
  }
  if (conditions.includes('remote-unlock-enabled') && !place.remoteUnlock) return 'remote-unlock-off';
  return undefined;
}

/**
 * Answers "may this member open this entrance now, through this channel?". Only a key opens: no role does, the
 * Organization Owner's included (G24, ★15).
 *
 * Refusals are looked for in the order of `UnlockDenial`: who asks, where, when, how, then the keys. Of several keys that
 * fit, the one that opens longest counts; when none fits, the one nearest to fitting is named: closed at this hour, then
 * not started, then ended, then revoked. Ties go to the smaller key id, so the order of the keys never matters.
 *
 * @throws CoreError `time-zone-unknown` when the place's zone is none.
 */
export function decideUnlock(state: UnlockState, command: UnlockCommand): UnlockDecision {
  const { holder, place } = state;
  const { at, deadline } = command;
  if (holder === null || holder.memberId !== command.memberId) return { allow: false, because: 'unknown-member' };
  if (holder.state !== 'active') return { allow: false, because: 'not-active', state: holder.state };
  if (place === null || place.entranceId !== command.entranceId) return { allow: false, because: 'unknown-entrance' };
  if (holder.standing === null) return { allow: false, because: 'not-assigned' };
  if (place.lockIds.length === 0) return { allow: false, because: 'no-lock' };
  if (deadline !== undefined && at > deadline) return { allow: false, because: 'deadline-passed', deadline };
  const fault = findChannelFault(command, holder.standing, place);
  if (fault !== undefined) {
    return { allow: false, because: 'channel-not-allowed', channel: command.channel, fault, role: holder.standing };
  }
  if (place.mode === 'lockdown') return { allow: false, because: 'lockdown' };
  if (place.mode === 'privacy') return { allow: false, because: 'privacy-mode' };
  return decideByKeys(state.keys, command, place);
}

/** What one key says, with the rank of its answer and, within a rank, how near it is to what is wanted: smaller is better. */
interface Verdict {
  readonly rank: number;
  readonly distance: number;
  readonly decision: UnlockDecision;
  readonly keyId: Key['id'];
}

function judge(key: Key, at: Instant, timeZone: string): Verdict {
  const keyId = key.id;
  if (key.revokedAt !== null) {
    const { revokedAt } = key;
    return {
      rank: 4,
      distance: -revokedAt,
      keyId,
      decision: { allow: false, because: 'key-revoked', keyId, revokedAt },
    };
  }
  const endedAt = key.endsAt ?? endOfTime;
  if (at >= endedAt && key.endsAt !== null) {
    return { rank: 3, distance: -endedAt, keyId, decision: { allow: false, because: 'key-ended', keyId, endedAt } };
  }
  if (at < key.startsAt) {
    const { startsAt } = key;
    return {
      rank: 2,
      distance: startsAt,
      keyId,
      decision: { allow: false, because: 'key-not-started', keyId, startsAt },
    };
  }
  if (key.schedule !== null && !isWithinSchedule(key.schedule, at, timeZone)) {
    const opening = nextOpening(key.schedule, at, timeZone);
    const opensAt = opening !== null && opening < endedAt ? opening : null;
    const distance = opensAt ?? endOfTime;
    return { rank: 1, distance, keyId, decision: { allow: false, because: 'outside-schedule', keyId, opensAt } };
  }
  const closing = key.schedule === null ? null : nextClosing(key.schedule, at, timeZone);
  const until = Math.min(endedAt, closing ?? endOfTime) as Instant;
  return { rank: 0, distance: -until, keyId, decision: { allow: true, by: keyId, until } };
}

function isBetter(one: Verdict, other: Verdict): boolean {
  if (one.rank !== other.rank) return one.rank < other.rank;
  if (one.distance !== other.distance) return one.distance < other.distance;
  return one.keyId < other.keyId;
}

function decideByKeys(keys: readonly Key[], command: UnlockCommand, place: UnlockPlace): UnlockDecision {
  let best: Verdict | undefined;
  for (const key of keys) {
    const covers =
      key.holderId === command.memberId &&
      key.propertyId === place.propertyId &&
      key.entranceIds.includes(place.entranceId);
    if (!covers) continue;
    const verdict = judge(key, command.at, place.timeZone);
    if (best === undefined || isBetter(verdict, best)) best = verdict;
  }
  return best === undefined ? { allow: false, because: 'no-key' } : best.decision;
}
