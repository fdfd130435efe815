import type { Actor } from '@latchwork/contract';
import type { AppGrantId, KeyId, MemberId, PropertyId } from '@latchwork/core';
import type { AccessEnd, PeopleChange } from '@latchwork/core/people';
import { takeBackAll } from '../credentials/credential-record.js';
import type { Draft } from '../ledger.js';
import { revokeGrant } from '../oauth/grant-record.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import type { UnlockDesk } from '../unlock/unlock-desk.js';
import { timestampOf } from '../wire-time.js';

/** A change that ends something a person could get in with (G41). */
export type AccessEnding = Extract<
  PeopleChange,
  {
    readonly type:
      | 'sessions-ended'
      | 'app-grants-revoked'
      | 'api-keys-revoked'
      | 'setup-links-voided'
      | 'keys-revoked'
      | 'unlocks-cancelled';
  }
>;

/** What an ending is written with. */
export interface EndingParts {
  readonly projection: Projection;
  readonly unlocks: Pick<UnlockDesk, 'cancel'>;
  readonly draft: Draft;
  readonly organization: Row<'organization'>;
  readonly actor: Actor;
  /** What this command has revoked, so that nothing is told of twice. */
  readonly revoked: Set<KeyId | AppGrantId>;
  /** Why each member's access ends everywhere, for those whose does; core names it with the sessions. */
  readonly ends: ReadonlyMap<MemberId, AccessEnd>;
}

/** Reads from a decision's changes why the access of each member ends; see {@link EndingParts.ends}. */
export function endsOf(changes: readonly PeopleChange[]): ReadonlyMap<MemberId, AccessEnd> {
  return new Map(
    changes.flatMap((change) => (change.type === 'sessions-ended' ? [[change.memberId, change.because]] : [])),
  );
}

/** Writes one ending into the draft: whatever of its kind still stands, stands no more from the commit on. */
export function endAccess(parts: EndingParts, ending: AccessEnding): void {
  const { projection, unlocks, draft, organization, actor, revoked, ends } = parts;
  const { memberId } = ending;
  const { now } = draft;
  switch (ending.type) {
    case 'sessions-ended':
      for (const session of projection.sessions.group(memberId)) {
        if (session.endedAt !== null) continue;
        draft.update('session', { ...session, endedAt: now, endedBecause: ending.because });
      }
      return;
    case 'app-grants-revoked':
      for (const grant of projection.appGrants.group(memberId)) {
        if (revoked.has(grant.id) || !isWithin(grant.propertyId, ending.propertyId)) continue;
        revoked.add(grant.id);
        revokeGrant(draft, projection, grant, { actor, because: ends.get(memberId) ?? 'property_lost' });
      }
      return;
    case 'api-keys-revoked':
      for (const apiKey of projection.apiKeys.group(memberId)) {
        if (apiKey.revokedAt !== null) continue;
        draft.update('apiKey', { ...apiKey, revokedAt: now });
        draft.audit(organization.id, { action: 'api_key.revoked', actor, subject: { apiKeyId: apiKey.id } });
      }
      return;
    case 'setup-links-voided':
      for (const link of projection.setupLinks.group(memberId)) {
        if (link.endedAt === null) draft.update('setupLink', { ...link, endedAt: now, endedAs: 'void' });
      }
      return;
    case 'keys-revoked':
      revokeKeys(
        parts,
        projection.accessKeys.group(memberId).filter((key) => isWithin(key.propertyId, ending.propertyId)),
      );
      return;
    case 'unlocks-cancelled':
      draft.last((last) => unlocks.cancel(last, { holderId: memberId, propertyId: ending.propertyId }));
  }
}

/** Takes a property out of use, with every Key and every unlock on it, whoever's; devices stay as history (G8). */
export function removeProperty(parts: EndingParts, propertyId: PropertyId): void {
  const { projection, unlocks, draft, organization, actor } = parts;
  const property = projection.properties.get(propertyId);
  if (property === undefined || property.removedAt !== null) return;
  revokeKeys(parts, projection.accessKeys.group(propertyId));
  unlocks.cancel(draft, { holderId: null, propertyId });
  draft.update('property', { ...property, version: property.version + 1, removedAt: draft.now });
  const occurredAt = timestampOf(draft.now);
  const organizationId = organization.id;
  draft.event({ type: 'property.removed', occurredAt, organizationId, actor, removedPropertyId: propertyId });
  draft.audit(organizationId, { action: 'property.removed', actor, propertyId, subject: {} });
}

/** Revokes Keys for good, with all that carries them, so that none comes back with a new invitation (G42). */
export function revokeKeys(
  parts: Pick<EndingParts, 'projection' | 'draft' | 'organization' | 'actor' | 'revoked'>,
  keys: readonly Row<'accessKey'>[],
): void {
  const { projection, draft, organization, actor, revoked } = parts;
  for (const key of keys) {
    if (key.revokedAt !== null || revoked.has(key.id)) continue;
    const { id: keyId, holderId, propertyId } = key;
    revoked.add(keyId);
    draft.update('accessKey', { ...key, version: key.version + 1, revokedAt: draft.now });
    const fact = { propertyId, actor };
    draft.event({ type: 'key.revoked', occurredAt: timestampOf(draft.now), ...fact, keyId, holderId });
    draft.audit(organization.id, { action: 'key.revoked', ...fact, subject: { keyId, holderId } });
    takeBackAll({ projection, draft, organizationId: organization.id, actor }, keyId);
  }
}

function isWithin(propertyId: PropertyId, wanted: PropertyId | null): boolean {
  return wanted === null || propertyId === wanted;
}
