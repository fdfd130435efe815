import type { Actor } from '@latchwork/contract';
import type { AccessEnd } from '@latchwork/core/people';
import type { Draft } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';

/** Why a grant ended before its time. */
export type GrantEnd =
  | 'revoked_by_member'
  | 'revoked_by_app'
  | 'token_reused'
  | 'app_removed'
  | 'password_changed'
  /** The member has no place any more on the property that the grant is for. */
  | 'property_lost'
  /** The membership ended, rests, or is signed in to in another way. */
  | AccessEnd;

/** Writes what a member let an app do, with its event and audit entry. */
export function recordGrant(
  draft: Draft,
  projection: Projection,
  record: {
    readonly op: 'insert' | 'update';
    readonly grant: Row<'appGrant'>;
    readonly actor: Actor;
    readonly because: GrantEnd | null;
  },
): void {
  const { op, grant, actor, because } = record;
  const { id: appGrantId, appId, memberId, propertyId, scopes } = grant;
  draft[op]('appGrant', grant);
  const type = grant.revokedAt === null ? 'app_grant.created' : 'app_grant.revoked';
  const fact = { propertyId, actor };
  draft.event({ type, occurredAt: timestampOf(draft.now), ...fact, appId, memberId });
  const organizationId = projection.apps.get(appId)?.organizationId;
  if (organizationId === undefined) throw new Error(`App ${appId} is not known.`);
  draft.audit(organizationId, { action: type, ...fact, subject: { appGrantId, appId, memberId, scopes, because } });
}

/** Revokes a grant if it still stands: from the commit on no token of it is taken. */
export function revokeGrant(
  draft: Draft,
  projection: Projection,
  grant: Row<'appGrant'>,
  end: { readonly actor: Actor; readonly because: GrantEnd },
): void {
  if (grant.revokedAt !== null) return;
  recordGrant(draft, projection, { op: 'update', grant: { ...grant, revokedAt: draft.now }, ...end });
}

/** Whether a grant stands at an instant: neither revoked nor run out. */
export function stands(grant: Pick<Row<'appGrant'>, 'revokedAt' | 'expiresAt'>, at: number): boolean {
  return grant.revokedAt === null && grant.expiresAt > at;
}
