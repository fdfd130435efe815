import type { GatewayId, Instant } from '@latchwork/core';
import type { LockHearing } from '../store/schema/lock-condition.js';

/** What one gateway is worth for one unlock. */
interface Candidate {
  readonly gatewayId: GatewayId;
  readonly loudness: number;
}

/** How much is taken off for each ten seconds since the lock was heard, in dB: doors close, people walk, gateways are moved. */
const decayDbPerTenSeconds = 1;
/** After this nothing is known any more. */
const forgottenMs = 10 * 60_000;
/** The one that has just opened the lock is kept unless another one hears it clearly better, in dB. */
const provenDb = 6;
/** What counts for a gateway that has not heard the lock: less than the faintest that has. */
const unheard = -1_000;

/**
 * Chooses, of the gateways that can be reached, the one that hears the lock best now; of several that hear it alike the first.
 * None is left out: a gateway that has heard nothing of the lock may reach it all the same.
 */
export function chooseByHearing(
  gatewayIds: readonly GatewayId[],
  o: { readonly hearings: readonly LockHearing[]; readonly last: GatewayId | undefined; readonly now: Instant },
): GatewayId | undefined {
  const candidates = gatewayIds.map((gatewayId): Candidate => {
    const heard = o.hearings.find((hearing) => hearing.gatewayId === gatewayId);
    const ageMs = heard === undefined ? Number.POSITIVE_INFINITY : Math.max(0, o.now - heard.heardAt);
    const bonus = gatewayId === o.last ? provenDb : 0;
    if (heard === undefined || ageMs > forgottenMs) return { gatewayId, loudness: unheard + bonus };
    return { gatewayId, loudness: heard.rssi - (ageMs / 10_000) * decayDbPerTenSeconds + bonus };
  });
  return candidates.reduce<Candidate | undefined>(
    (best, one) => (best === undefined || one.loudness > best.loudness ? one : best),
    undefined,
  )?.gatewayId;
}
