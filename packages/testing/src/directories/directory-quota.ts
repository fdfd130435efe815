import type { DirectoryOperation, DirectoryRequest } from './directory-http.js';
import type { FakeDirectoryKind } from './fake-person.js';

/** How much may be asked in how long; whoever asks more is throttled until the time is over. */
export interface DirectoryQuota {
  /** Units at Microsoft (throttling-limits), requests elsewhere. */
  readonly units: number;
  readonly perMs: number;
}

/** What the makes' documentation says of small tenants; a fake has no quota unless it is given one. */
export const documentedQuotas: Readonly<Record<FakeDirectoryKind, DirectoryQuota>> = {
  microsoft_365: { units: 3_500, perMs: 10_000 },
  google_workspace: { units: 2_400, perMs: 60_000 },
  scim: { units: 25, perMs: 1_000 },
};

/** What a request costs of a quota: at Graph more for members, less for few fields or few records, at least 1. */
export function unitsOf(kind: FakeDirectoryKind, request: DirectoryRequest, operation: DirectoryOperation): number {
  if (kind !== 'microsoft_365') return 1;
  const { pathname, searchParams } = request.url;
  const whole =
    operation === 'members' ? (pathname.includes('/transitiveMembers') ? 5 : 3) : operation === 'users' ? 2 : 1;
  const top = Number(searchParams.get('$top') ?? 100);
  return Math.max(1, whole - (searchParams.has('$select') ? 1 : 0) - (top < 20 ? 1 : 0));
}

/** What is left of a quota after a request. */
export interface QuotaState {
  /** Whether the request was within it. */
  readonly within: boolean;
  /** Used part of the quota, 1 for all of it. */
  readonly used: number;
  /** Until when whoever is over it waits. */
  readonly retryAfterSeconds: number;
}

/** Counts requests against a quota, on the fake's clock. */
export function createQuotaMeter(quota: DirectoryQuota | undefined, now: () => number): (units: number) => QuotaState {
  let since = Number.NEGATIVE_INFINITY;
  let spent = 0;
  return (units) => {
    if (quota === undefined) return { within: true, used: 0, retryAfterSeconds: 0 };
    const at = now();
    if (at >= since + quota.perMs) {
      since = at;
      spent = 0;
    }
    spent += units;
    const retryAfterSeconds = Math.ceil((since + quota.perMs - at) / 1_000);
    return { within: spent <= quota.units, used: spent / quota.units, retryAfterSeconds };
  };
}
