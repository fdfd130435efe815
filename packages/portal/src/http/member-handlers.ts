import { type PeopleCommand, suggestRole } from '@latchwork/core/people';
import { memberViewOf } from '../people/member-view.js';
import type { PeopleDesk } from '../people/people-desk.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { notFound } from './authorize.js';
import type { Handlers } from './call.js';
import { ownSight, sightOf } from './member-sight.js';
import { memberSeenBy } from './member-wire.js';
import { pageOf } from './paging.js';
import { answerOfRefusal } from './people-problem.js';
import { requestBy } from './people-request.js';
import { checkVersion } from './versions.js';

type MemberOperation =
  | 'listOrganizationMembers'
  | 'listMembers'
  | 'getMember'
  | 'updateMember'
  | 'setAssignment'
  | 'removeMember'
  | 'removeMemberFromProperty'
  | 'leave'
  | 'suggestRole';

/** Creates the handlers of the members of organizations and properties. */
export function createMemberHandlers(parts: {
  readonly projection: Projection;
  readonly people: PeopleDesk;
}): Pick<Handlers, MemberOperation> {
  const { projection, people } = parts;
  const now = (row: Row<'member'> | undefined) => row && projection.members.get(row.id);

  return {
    listOrganizationMembers: async ({ request: { query }, place: { organization }, caller, now: at }) => {
      if (organization === undefined) return notFound;
      const sight = sightOf(projection, caller, organization);
      const body = pageOf(projection.members.group(organization.id), {
        query,
        idOf: (row) => row.id,
        isVisible: (row) => row.state !== 'removed' && sight.seesMember(row),
        toWire: (row) => memberSeenBy(memberViewOf(projection, row), sight, at),
      });
      return { status: 200, body };
    },

    listMembers: async ({ request: { query }, place: { organization, property }, caller, now: at }) => {
      if (organization === undefined || property === undefined) return notFound;
      const sight = sightOf(projection, caller, organization);
      const stands = ({ id, organizationOwner }: Row<'member'>) =>
        organizationOwner || projection.assignments.get(`${id}/${property.id}`) !== undefined;
      const body = pageOf(projection.members.group(organization.id), {
        query,
        idOf: (row) => row.id,
        isVisible: (row) => row.state !== 'removed' && stands(row),
        toWire: (row) => memberSeenBy(memberViewOf(projection, row), sight, at),
      });
      return { status: 200, body };
    },

    getMember: async ({ place: { organization, member }, caller, now: at }) => {
      if (organization === undefined || member === undefined) return notFound;
      const sight = sightOf(projection, caller, organization);
      if (!sight.seesMember(member)) return notFound;
      return { status: 200, body: memberSeenBy(memberViewOf(projection, member), sight, at) };
    },

    updateMember: async ({ request: { body, headers }, place, caller, write }) =>
      await write((draft) => {
        const member = now(place.member);
        const request = requestBy(projection, caller);
        const sight = sightOf(projection, caller, request.organization);
        if (member === undefined || !sight.seesMember(member)) return notFound;
        const stale = checkVersion(headers, member.version);
        if (stale !== undefined) return stale;
        const { name, organizationOwner, assignments } = body;
        const { id: memberId } = member;
        const commands: PeopleCommand[] = [];
        if (organizationOwner !== undefined || assignments !== undefined) {
          commands.push({ type: 'edit-member', memberId, organizationOwner, assignments });
        }
        if (name !== undefined) commands.push({ type: 'rename', memberId, name });
        const outcome = people.run(draft, commands, request);
        if (!outcome.allow) return answerOfRefusal(outcome);
        return {
          status: 200,
          body: memberSeenBy(outcome.viewOf(memberId) ?? memberViewOf(projection, member), sight, draft.now),
        };
      }),

    setAssignment: async ({ request: { body, headers }, place, caller, write }) =>
      await write((draft) => {
        const member = now(place.member);
        const { property } = place;
        const request = requestBy(projection, caller);
        const sight = sightOf(projection, caller, request.organization);
        if (member === undefined || property === undefined || !sight.seesMember(member)) return notFound;
        const stale = checkVersion(headers, member.version);
        if (stale !== undefined) return stale;
        const facts = { memberId: member.id, propertyId: property.id, role: body.role };
        const outcome = people.run(draft, { type: 'edit-assignment', ...facts }, request);
        if (!outcome.allow) return answerOfRefusal(outcome);
        return {
          status: 200,
          body: memberSeenBy(outcome.viewOf(member.id) ?? memberViewOf(projection, member), sight, draft.now),
        };
      }),

    removeMember: async ({ request: { body }, place, caller, write }) =>
      await write((draft) => {
        const member = now(place.member);
        const request = requestBy(projection, caller);
        const sight = sightOf(projection, caller, request.organization);
        if (member === undefined || !(sight.seesMember(member) || sight.sawMember(member))) return notFound;
        const facts = { memberId: member.id, propertyId: null, confirm: body.confirm };
        const outcome = people.run(draft, { type: 'remove-member', ...facts }, request);
        if (!outcome.allow) return answerOfRefusal(outcome);
        return {
          status: 200,
          body: memberSeenBy(outcome.viewOf(member.id) ?? memberViewOf(projection, member), sight, draft.now),
        };
      }),

    removeMemberFromProperty: async ({ request: { body }, place, caller, write }) =>
      await write((draft) => {
        const member = now(place.member);
        const { property } = place;
        if (member === undefined || property === undefined) return notFound;
        const request = requestBy(projection, caller);
        const sight = sightOf(projection, caller, request.organization);
        const stands =
          member.organizationOwner || projection.assignments.get(`${member.id}/${property.id}`) !== undefined;
        if (!stands && !sight.sawMember(member, property.id)) return notFound;
        const facts = { memberId: member.id, propertyId: property.id, confirm: body.confirm };
        const outcome = people.run(draft, { type: 'remove-member', ...facts }, request);
        if (!outcome.allow) return answerOfRefusal(outcome);
        return {
          status: 200,
          body: memberSeenBy(outcome.viewOf(member.id) ?? memberViewOf(projection, member), sight, draft.now),
        };
      }),

    leave: async ({ request: { body }, caller, write }) =>
      await write((draft) => {
        const command = { type: 'leave', propertyId: body.propertyId ?? null } as const;
        const outcome = people.run(draft, command, requestBy(projection, caller));
        if (!outcome.allow) return answerOfRefusal(outcome);
        const view = outcome.viewOf(caller.member.id) ?? memberViewOf(projection, caller.member);
        return { status: 200, body: memberSeenBy(view, ownSight, draft.now) };
      }),

    suggestRole: async ({ request: { body } }) => {
      const { hospitality, workplace, uncovered } = suggestRole(body.actions);
      return { status: 200, body: { hospitality, workplace, uncovered: [...uncovered] } };
    },
  };
}
