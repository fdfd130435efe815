import type { ReviewedMember as WireMember } from '@latchwork/contract';
import { decidePermission, type Instant, type MemberId, type PropertyId } from '@latchwork/core';
import { type AccessUse, isTop, type PeopleState, type ReviewedMember, reviewAccess } from '@latchwork/core/people';
import type { MemberPrincipal } from '../access/principal.js';
import { usedActionsOf } from '../people/member-use.js';
import { memberFactsOf, peopleStateOf } from '../people/people-view.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { timestampOf, timestampOrNull } from '../wire-time.js';
import { forbidden, notFound } from './authorize.js';
import type { Handlers } from './call.js';
import { checkConditions } from './conditions.js';
import { type PageQuery, pageOf } from './paging.js';
import { seesProperty } from './visibility.js';

type ReviewOperation = 'listAccessReview' | 'listPropertyAccessReview';

interface ReviewQuery extends PageQuery {
  readonly unseenDays: number;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Creates the handlers of the access reviews (G49, G50). */
export function createAccessReviewHandlers(parts: {
  readonly projection: Projection;
}): Pick<Handlers, ReviewOperation> {
  const { projection } = parts;

  const stands = ({ id, organizationOwner }: Row<'member'>, propertyId: PropertyId): boolean =>
    organizationOwner || projection.assignments.get(`${id}/${propertyId}`) !== undefined;

  /** Whether a caller may review a property now: by the role, and unless the property hides it from that role (★4). */
  const reviews = (caller: MemberPrincipal, propertyId: PropertyId): boolean => {
    if (!seesProperty(projection, caller, propertyId)) return false;
    const query = { memberId: caller.member.id, action: 'access_review.view', propertyId } as const;
    const permission = decidePermission(projection.permissions, query);
    const property = projection.properties.get(propertyId);
    if (!permission.allow || property === undefined) return false;
    return checkConditions({ projection, permission, place: { property }, body: undefined }) === undefined;
  };

  const useOf = (memberId: MemberId, within: (propertyId: PropertyId) => boolean, now: Instant): AccessUse => {
    const row = projection.members.get(memberId);
    const opens = ({ revokedAt, endsAt }: Row<'accessKey'>) => revokedAt === null && (endsAt === null || endsAt > now);
    return {
      lastSeenAt: row?.lastSeenAt ?? null,
      activatedAt: row?.activatedAt ?? null,
      keys: projection.accessKeys.group(memberId).filter((key) => opens(key) && within(key.propertyId)).length,
      actions: usedActionsOf(row, now),
    };
  };

  /** Reviews one page of members: each is looked at by itself, so a page costs what it holds. */
  const page = (o: {
    readonly query: ReviewQuery;
    readonly caller: MemberPrincipal;
    readonly organization: Row<'organization'>;
    readonly propertyId: PropertyId | null;
    readonly isReviewed: (row: Row<'member'>) => boolean;
    readonly within: (propertyId: PropertyId) => boolean;
    readonly now: Instant;
  }) => {
    const { query, caller, organization, propertyId, within, now } = o;
    const state = peopleStateOf(projection, organization);
    const review = (row: Row<'member'>): ReviewedMember | undefined => {
      const one: PeopleState = { ...state, members: () => [memberFactsOf(projection, row)] };
      return reviewAccess(one, {
        actor: { kind: 'member', memberId: caller.member.id },
        at: now,
        propertyId,
        unseenForMs: query.unseenDays * dayMs,
        useOf: (memberId) => useOf(memberId, within, now),
      }).members[0];
    };
    return pageOf(projection.members.group(organization.id), {
      query,
      idOf: (row) => row.id,
      isVisible: (row) => row.state !== 'removed' && o.isReviewed(row) && review(row) !== undefined,
      toWire: (row) => {
        const reviewed = review(row);
        if (reviewed === undefined) throw new Error(`Member ${row.id} left the review while it was read.`);
        return reviewedMemberOf(row, reviewed, within);
      },
    });
  };

  return {
    listAccessReview: async ({ request: { query }, place: { organization }, caller, now }) => {
      if (organization === undefined) return notFound;
      const { id: memberId, organizationOwner } = caller.member;
      const asked = { query, caller, organization, propertyId: null, now };
      const assignments = projection.assignments.group(memberId);
      if (isTop(organization.kind, { organizationOwner, assignments })) {
        return { status: 200, body: page({ ...asked, isReviewed: () => true, within: () => true }) };
      }
      const administers = decidePermission(projection.permissions, { memberId, action: 'user.list' }).allow;
      const own = assignments.map(({ propertyId }) => propertyId);
      const within = (propertyId: PropertyId) => own.includes(propertyId) && reviews(caller, propertyId);
      const reviewable = own.filter(within);
      if (reviewable.length === 0 && !administers) {
        const query = { memberId, action: 'access_review.view', propertyId: own[0] } as const;
        const decision = decidePermission(projection.permissions, query);
        return decision.allow ? notFound : { problem: forbidden(decision, organization) };
      }
      const isReviewed = (row: Row<'member'>) =>
        (administers && row.workplaceRole !== null) || reviewable.some((propertyId) => stands(row, propertyId));
      return { status: 200, body: page({ ...asked, isReviewed, within }) };
    },

    listPropertyAccessReview: async ({ request: { query }, place, caller, now }) => {
      const { organization, property } = place;
      if (organization === undefined || property === undefined) return notFound;
      const { id: propertyId } = property;
      const isReviewed = (row: Row<'member'>) => stands(row, propertyId);
      const within = (id: PropertyId) => id === propertyId;
      return { status: 200, body: page({ query, caller, organization, propertyId, isReviewed, within, now }) };
    },
  };
}

function reviewedMemberOf(
  { name, email, createdAt }: Row<'member'>,
  reviewed: ReviewedMember,
  within: (propertyId: PropertyId) => boolean,
): WireMember {
  const { memberId, state, organizationOwner, workplaceRole, lastSeenAt, keys } = reviewed;
  return {
    memberId,
    name,
    email,
    state,
    organizationOwner,
    assignments: reviewed.assignments
      .filter(({ propertyId }) => within(propertyId))
      .map(({ propertyId, role }) => ({ propertyId, role })),
    workplaceRole,
    createdAt: timestampOf(createdAt),
    lastSeenAt: timestampOrNull(lastSeenAt),
    keys,
    findings: reviewed.findings.flatMap((finding): WireMember['findings'] => {
      if (finding.code === 'not-seen') return [{ ...finding, since: timestampOrNull(finding.since) }];
      if (finding.code !== 'could-be-lower') return [finding];
      return finding.propertyId === null || within(finding.propertyId) ? [finding] : [];
    }),
  };
}
