import { createProblem } from '@latchwork/contract';
import type { PeopleCommand, TeamInvitee } from '@latchwork/core/people';
import type { MemberPrincipal } from '../access/principal.js';
import { memberViewOf } from '../people/member-view.js';
import type { PeopleDesk } from '../people/people-desk.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { notFound } from './authorize.js';
import type { Answer, Call, Handlers, ProblemAnswer } from './call.js';
import { createInvitationBatch } from './invitation-batch.js';
import { sightOf } from './member-sight.js';
import { invitationOf, memberSeenBy, teamInvitationOf } from './member-wire.js';
import { pageOf } from './paging.js';
import { answerOfRefusal } from './people-problem.js';
import { requestBy } from './people-request.js';

type InvitationOperation =
  | 'inviteTeam'
  | 'importTeam'
  | 'inviteToProperty'
  | 'listInvitations'
  | 'getInvitation'
  | 'removeInvitation'
  | 'replaceInvitation';

type TeamCommand = Extract<PeopleCommand, { readonly type: 'invite-team' }>;
type InvitationCall = Pick<Call<'inviteTeam'>, 'caller' | 'now' | 'write'>;

/** Creates the handlers of invitations to the team. */
export function createInvitationHandlers(parts: {
  readonly projection: Projection;
  readonly people: PeopleDesk;
}): Pick<Handlers, InvitationOperation> {
  const { projection, people } = parts;

  const invite = async (
    { caller, now, write }: InvitationCall,
    { dryRun, level, rows }: Omit<TeamCommand, 'type'> & { readonly dryRun: boolean },
  ): Promise<Answer<'inviteTeam'>> => {
    const batch = createInvitationBatch(parts, caller, { type: 'invite-team', level, rows });
    if (dryRun) return batch.preview(now);
    return await write((draft) =>
      batch.run(draft, ({ invited }, { organization }) => {
        const sight = sightOf(projection, caller, organization);
        return invited.map(({ row, view }) => {
          if (view.invitation === null) throw new Error(`Member ${view.row.id} was invited without an invitation.`);
          const invitation = invitationOf(view.invitation.row, view.invitation.mail, draft.now);
          return { row, email: view.row.email, invitation, member: memberSeenBy(view, sight, draft.now) };
        });
      }),
    );
  };

  /** An invitation as it now is. */
  const find = (place: Row<'invitation'> | undefined) => {
    const invitation = place && projection.invitations.get(place.id);
    const member = invitation && projection.members.get(invitation.memberId);
    return member && { invitation, member };
  };
  const sightIn = (caller: MemberPrincipal) => sightOf(projection, caller, requestBy(projection, caller).organization);

  return {
    inviteTeam: async ({ request: { body }, ...call }) => {
      const { emails, dryRun, ...offer } = body;
      return await invite(call, { dryRun, level: 'organization', rows: emails.map((email) => ({ email, ...offer })) });
    },

    importTeam: async ({ request: { body }, ...call }) =>
      await invite(call, { dryRun: body.dryRun, level: 'organization', rows: body.rows }),

    inviteToProperty: async ({ request: { body }, place: { property }, ...call }) => {
      if (property === undefined) return notFound;
      const { emails, role, signInMethod, dryRun } = body;
      const assignments = [{ propertyId: property.id, role }];
      const rows = emails.map((email): TeamInvitee => ({ email, assignments, signInMethod }));
      return await invite(call, { dryRun, level: { propertyId: property.id }, rows });
    },

    listInvitations: async ({ request: { query }, place: { organization }, caller, now }) => {
      if (organization === undefined) return notFound;
      const sight = sightOf(projection, caller, organization);
      const memberOfRow = (row: Row<'invitation'>) => projection.members.get(row.memberId);
      const body = pageOf(projection.invitations.group(organization.id), {
        query,
        idOf: (row) => row.id,
        isVisible: (row) => {
          const member = row.endedAt === null ? memberOfRow(row) : undefined;
          return member !== undefined && sight.seesMember(member);
        },
        toWire: (row) => {
          const member = memberOfRow(row);
          if (member === undefined) throw new Error(`Invitation ${row.id} is of nobody.`);
          return teamInvitationOf(projection, row, { view: memberViewOf(projection, member), sight, now });
        },
      });
      return { status: 200, body };
    },

    getInvitation: async ({ place, caller, now }) => {
      const sight = sightIn(caller);
      const found = find(place.invitation);
      if (found === undefined || !sight.seesMember(found.member)) return notFound;
      const view = memberViewOf(projection, found.member);
      return { status: 200, body: teamInvitationOf(projection, found.invitation, { view, sight, now }) };
    },

    removeInvitation: async ({ place, caller, write }) =>
      await write((draft) => {
        const sight = sightIn(caller);
        const found = find(place.invitation);
        if (found === undefined) return notFound;
        const { invitation, member } = found;
        if (!sight.seesMember(member) && !sight.sawMember(member)) return notFound;
        if (invitation.endedAs === 'accepted') return notOpen;
        const command = { type: 'remove-invitation', memberId: member.id } as const;
        const outcome = people.run(draft, command, requestBy(projection, caller));
        if (!outcome.allow) return answerOfRefusal(outcome);
        const view = outcome.viewOf(member.id) ?? memberViewOf(projection, member);
        // What of it is offered on properties out of the caller's sight stands on, and the caller does not learn of it.
        const ended: Row<'invitation'> = { ...invitation, endedAs: invitation.endedAs ?? 'removed' };
        const shown = { ...view, invitation: null };
        return { status: 200, body: teamInvitationOf(projection, ended, { view: shown, sight, now: draft.now }) };
      }),

    replaceInvitation: async ({ request: { body }, place, caller, write }) =>
      await write((draft) => {
        const sight = sightIn(caller);
        const found = find(place.invitation);
        if (found === undefined || !sight.seesMember(found.member)) return notFound;
        if (found.invitation.endedAt !== null) return notOpen;
        const command = { type: 'replace-invitation', memberId: found.member.id, email: body.email } as const;
        const outcome = people.run(draft, command, requestBy(projection, caller));
        if (!outcome.allow) return answerOfRefusal(outcome);
        const view = outcome.invited[0]?.view;
        if (view === undefined || view.invitation === null) throw new Error('A replacement made no invitation.');
        const o = { view, sight, now: draft.now };
        return { status: 201, body: teamInvitationOf(projection, view.invitation.row, o) };
      }),
  };
}

const notOpen: ProblemAnswer = { problem: createProblem('invitation-not-open', {}) };
