import type { Instant } from '@latchwork/core';
import {
  type ConflictReason,
  type DirectoryUser,
  type HeldReason,
  planSync,
  type SyncPlan,
} from '@latchwork/core/directory';
import { changesStateOf } from '../directory/directory-state-view.js';
import { digest, policyOf } from '../directory/sync-planning.js';
import type { Projection } from '../store/projection.js';
import type { DirectoryBinding } from '../store/schema/directory.js';
import type { Row } from '../store/store.js';
import type { ScimErrorInfo } from './scim-error.js';

/** Which tenant a directory that pushes is: whoever has the integration's token. */
export function bindingOf({ id }: Row<'directoryIntegration'>): DirectoryBinding {
  return { tenantId: id, scope: 'push' };
}

/** Plans what one pushed user means for the organization, by the same rules as a sync of everybody. */
export function planPush(
  projection: Projection,
  integration: Row<'directoryIntegration'>,
  { user, at }: { readonly user: DirectoryUser; readonly at: Instant },
): SyncPlan {
  const organization = projection.organizations.get(integration.organizationId);
  if (organization === undefined) throw new Error(`Organization ${integration.organizationId} does not exist.`);
  return planSync({
    snapshot: {
      kind: integration.kind,
      ...bindingOf(integration),
      coverage: 'changes',
      users: [user],
      unchangedIds: new Set(),
      evidence: { pages: 1, sawLastPage: true, counted: null, distinct: 1, malformed: 0 },
    },
    state: changesStateOf(projection, integration, at),
    policy: policyOf(integration, organization),
    at,
    digest,
  });
}

/** Why a push is not carried out; `held` when an Admin has to look first. */
export interface PushRefusal {
  readonly error: ScimErrorInfo;
  readonly held?: readonly HeldReason[];
}

/** What keeps a plan of one user from being carried out; `undefined`: nothing. */
export function refusalOf(plan: SyncPlan, user: DirectoryUser): PushRefusal | undefined {
  const [conflict] = plan.conflicts;
  if (conflict !== undefined) return { error: conflictErrors[conflict.because] };
  const [skip] = plan.skipped;
  if (skip?.because === 'no-email' && user.standing === 'enabled') return { error: conflictErrors['no-valid-email'] };
  const { short, needed, available } = plan.seats;
  if (short > 0) {
    const detail = `Licenses are ${short} short: ${needed} needed, ${Math.max(0, available)} available. Nobody was invited.`;
    return { error: { status: 409, detail }, held: [{ because: 'seats-short', short }] };
  }
  if (plan.held.length === 0) return undefined;
  return { error: { status: 409, detail: heldDetail(plan.held) }, held: plan.held };
}

function heldDetail(held: readonly HeldReason[]): string {
  const sum = held.find((one) => one.because === 'too-many-removed-lately' || one.because === 'too-many-removed');
  const numbers = sum === undefined ? '' : ` ${sum.removed} in seven days, where ${sum.allowed} go by themselves.`;
  return `Held: so many removals wait until an Admin has looked.${numbers} Whoever an Admin deactivates by hand is let through.`;
}

const inUse = (detail: string): ScimErrorInfo => ({ status: 409, scimType: 'uniqueness', detail });

const conflictErrors: Readonly<Record<ConflictReason, ScimErrorInfo>> = {
  'duplicate-email': inUse('Two users have this address.'),
  'email-held-by-other': inUse('Somebody else has this address.'),
  recreated: inUse('Somebody who was removed from the directory had this address; an Admin removes that user first.'),
  'removed-here': inUse('An Admin has removed this user; only an Admin invites again.'),
  'other-directory': inUse('The user of this address comes from another directory.'),
  'adoption-not-allowed': inUse('Somebody who was invited by hand has this address, and is not taken over.'),
  'last-admin': { status: 409, detail: 'Nobody would be left to administer; make somebody else an Admin first.' },
  'no-valid-email': {
    status: 400,
    scimType: 'invalidValue',
    detail: 'The user has no address that mail can be sent to.',
  },
  'plan-required': { status: 409, detail: 'The sign-in method of this user is not in the plan.' },
};
