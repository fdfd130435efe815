import type { User } from '@latchwork/contract';
import type { Instant, MemberId } from '@latchwork/core';
import type { PeopleCommand } from '@latchwork/core/people';
import type { MemberPrincipal } from '../access/principal.js';
import type { Draft } from '../ledger.js';
import { type MemberView, memberViewOf } from '../people/member-view.js';
import type { PeopleDesk, PeopleOutcome } from '../people/people-desk.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { holdsActiveLicense } from '../workplace/workplace-view.js';
import { notFound } from './authorize.js';
import type { Handlers, ProblemAnswer } from './call.js';
import { createInvitationBatch } from './invitation-batch.js';
import { sightOf } from './member-sight.js';
import { openInvitationOf } from './member-wire.js';
import { pageOf } from './paging.js';
import { answerOfRefusal } from './people-problem.js';
import { requestBy } from './people-request.js';
import { checkVersion } from './versions.js';
import { colleagueOf, userOf } from './workplace-wire.js';

type UserOperation =
  | 'inviteUsers'
  | 'listUsers'
  | 'listColleagues'
  | 'getUser'
  | 'updateUser'
  | 'deactivateUser'
  | 'reactivateUser'
  | 'removeUser';

/** What of a call a command about one user needs. */
interface UserCall {
  readonly place: { readonly organization?: Row<'organization'>; readonly member?: Row<'member'> };
  readonly caller: MemberPrincipal;
}

/** Creates the handlers of the workplace's users. Every rule about them is core's; the desk does what it decides. */
export function createUserHandlers(parts: {
  readonly projection: Projection;
  readonly people: PeopleDesk;
}): Pick<Handlers, UserOperation> {
  const { projection, people } = parts;

  const show = (view: MemberView, organization: Row<'organization'>, at: Instant): User =>
    userOf(view.row, { organization, at, invitation: openInvitationOf(view.invitation, at) });

  /** Who is a user: whoever has, or last had, a place in the workplace. */
  const isUser = ({ workplaceRole }: Row<'member'>): boolean => workplaceRole !== null;

  /** Runs a command about one user and answers with the user as it leaves them. */
  const change = (
    draft: Draft,
    { place, caller }: UserCall,
    commandOf: (memberId: MemberId) => PeopleCommand,
  ): { readonly status: 200; readonly body: User } | ProblemAnswer => {
    const { organization, member } = place;
    if (organization === undefined || member === undefined) return notFound;
    const request = requestBy(projection, caller);
    const sight = sightOf(projection, caller, request.organization);
    // No Admin reaches whoever is of another scheme alone (requirement 4.1).
    const now = projection.members.get(member.id) ?? member;
    if (!sight.seesMember(now) && !sight.sawMember(now)) return notFound;
    const outcome = people.run(draft, commandOf(member.id), request);
    if (!outcome.allow) return answerOfRefusal(outcome);
    const view = outcome.viewOf(member.id);
    return view === undefined ? notFound : { status: 200, body: show(view, request.organization, draft.now) };
  };

  const invitationsOf = (
    outcome: Extract<PeopleOutcome, { readonly allow: true }>,
    organization: Row<'organization'>,
    at: Instant,
  ) =>
    outcome.invited.flatMap(({ row, view }) => {
      const invitation = openInvitationOf(view.invitation, at);
      const user = show(view, organization, at);
      return invitation === null ? [] : [{ row, email: view.row.email, invitation, user }];
    });

  return {
    inviteUsers: async ({ request: { body }, place: { organization }, caller, now, write }) => {
      if (organization === undefined) return notFound;
      const batch = createInvitationBatch(parts, caller, { type: 'invite-users', rows: body.rows });
      if (body.dryRun) return batch.preview(now);
      return await write((draft) =>
        batch.run(draft, (outcome, request) => invitationsOf(outcome, request.organization, draft.now)),
      );
    },

    listUsers: async ({ request: { query }, place: { organization }, now }) =>
      organization === undefined
        ? notFound
        : {
            status: 200,
            body: pageOf(projection.members.group(organization.id), {
              query,
              idOf: (row) => row.id,
              isVisible: (row) => isUser(row) && row.state !== 'removed',
              toWire: (row) => show(memberViewOf(projection, row), organization, now),
            }),
          },

    listColleagues: async ({ request: { query }, place: { organization }, now }) =>
      organization === undefined
        ? notFound
        : {
            status: 200,
            body: pageOf(projection.members.group(organization.id), {
              query,
              idOf: (row) => row.id,
              isVisible: (row) => row.state === 'active' && holdsActiveLicense(row, organization, now),
              toWire: colleagueOf,
            }),
          },

    getUser: async ({ place: { organization, member }, now }) =>
      organization === undefined || member === undefined || !isUser(member)
        ? notFound
        : { status: 200, body: show(memberViewOf(projection, member), organization, now) },

    updateUser: async ({ request: { body, headers }, place, caller, write }) =>
      await write((draft) => {
        const member = place.member && projection.members.get(place.member.id);
        if (member === undefined) return notFound;
        return (
          checkVersion(headers, member.version) ??
          change(draft, { place, caller }, (memberId) => ({ type: 'edit-user', memberId, ...body }))
        );
      }),

    deactivateUser: async ({ place, caller, write }) =>
      await write((draft) => change(draft, { place, caller }, (memberId) => ({ type: 'deactivate', memberId }))),

    reactivateUser: async ({ request: { body }, place, caller, write }) =>
      await write((draft) =>
        change(draft, { place, caller }, (memberId) => ({ type: 'reactivate', memberId, licensed: body.licensed })),
      ),

    removeUser: async ({ request: { body }, place, caller, write }) =>
      await write((draft) =>
        change(draft, { place, caller }, (memberId) => ({
          type: 'remove-member',
          memberId,
          propertyId: null,
          confirm: body.confirm,
        })),
      ),
  };
}
