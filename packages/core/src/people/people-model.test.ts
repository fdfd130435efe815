import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hospitalityMatrix } from '../hospitality-matrix.js';
import type { MemberId, PropertyId } from '../identifiers.js';
import type { Action } from '../permission-decision.js';
import { decidePermission } from '../permission-model.js';
import { hospitalityRoles } from '../role.js';
import { licenseUsage } from './license-usage.js';
import type { PeopleActor } from './people-command.js';
import { type HistoryMoment, histories, play, populate } from './people-history.test-rig.js';
import { seesMember, seesProperty } from './people-rights.js';
import { type MemberFacts, organizationKinds } from './people-state.js';
import { planAllowsMethod } from './plan-gate.js';
import { createSamplePeople, east, north, now, type SamplePeople, south } from './sample-people.test-rig.js';
import { decideSignIn } from './sign-in-decision.js';

const actions = Object.keys(hospitalityMatrix) as Action[];
const properties = [north, south, east];
const runs = { numRuns: 300 };

function canEnter(people: SamplePeople, { state, canSignIn, signInMethod }: MemberFacts): boolean {
  return state === 'active' && canSignIn && planAllowsMethod(people.organization.plan, signInMethod);
}

const isOwner = ({ organizationOwner, assignments }: MemberFacts) =>
  organizationOwner || assignments.some(({ role }) => role === 'owner');
const memberOf = (people: SamplePeople, actor: PeopleActor) =>
  actor.kind === 'member' ? people.get(actor.memberId) : undefined;
const hasOnly = (member: MemberFacts | undefined, role: string) =>
  member !== undefined &&
  !member.organizationOwner &&
  member.workplace === undefined &&
  member.assignments.length > 0 &&
  member.assignments.every((assignment) => assignment.role === role);

/** What each member holds that removal has to end: keys by property, and whether a session is open. */
function trackAccess(people: SamplePeople) {
  const keys = new Map<MemberId, Set<PropertyId>>();
  const sessions = new Set<MemberId>();
  let read = 0;
  const grant = () => {
    for (const member of people.state.members()) {
      // Somebody only invited may be given Keys too, for when he comes.
      if (member.state !== 'active' && member.state !== 'inactive') continue;
      if (member.state === 'active') sessions.add(member.memberId);
      const here = properties.filter(
        (id) =>
          people.state.hasProperty(id) &&
          (member.organizationOwner || member.assignments.some((one) => one.propertyId === id)),
      );
      keys.set(member.memberId, new Set([...(keys.get(member.memberId) ?? []), ...here]));
    }
  };
  grant();
  return {
    keys,
    sessions,
    update() {
      for (const change of people.log.slice(read)) {
        if (change.type === 'sessions-ended') sessions.delete(change.memberId);
        if (change.type === 'keys-revoked' && change.propertyId === null) keys.delete(change.memberId);
        else if (change.type === 'keys-revoked' && change.propertyId !== null) {
          keys.get(change.memberId)?.delete(change.propertyId);
        }
      }
      read = people.log.length;
    },
    grant,
  };
}

describe('§5.1: random histories of many people', () => {
  it('1: no history of what General Managers and lower ones may do makes a new Owner', () => {
    fc.assert(
      fc.property(histories(['sync']), (steps) => {
        const people = createSamplePeople();
        populate(people);
        const [boss] = people.everybody.keys();
        if (boss === undefined) throw new Error('nobody is here');
        // Open offers by an owner, parts of which the managers of one property cannot see.
        const grantor = people.by(boss);
        people.add({
          ...{ state: 'inactive', grantor },
          roles: [
            [north, 'team'],
            [east, 'owner'],
          ],
        });
        people.add({
          ...{ state: 'inactive', grantor },
          roles: [
            [south, 'installer'],
            [east, 'owner'],
          ],
        });
        // By address: a replacement of an offer is a new member.
        const owners = new Set([...people.everybody.values()].filter(isOwner).map(({ emailKey }) => emailKey));
        const noOwner = (actor: PeopleActor) =>
          actor.kind !== 'member' || !owners.has(people.get(actor.memberId).emailKey);
        const check = () => {
          for (const member of people.state.members()) {
            if (isOwner(member)) expect(owners).toContain(member.emailKey);
          }
        };
        play(people, steps, check, noOwner);
      }),
      runs,
    );
  });

  it('4.1: nobody becomes an Admin but by an Admin, or as the first, who manages the organization and begins its workplace', () => {
    let firsts = 0;
    fc.assert(
      fc.property(histories([]), fc.constantFrom(...organizationKinds), (steps, kind) => {
        const people = createSamplePeople({ kind, schemes: ['hospitality'] });
        if (kind === 'organization') people.add({ organizationOwner: true });
        for (const role of hospitalityRoles) people.add({ roles: [[north, role]] });
        // By address: a replacement of an offer is a new member.
        const adminsNow = () =>
          new Set(
            [...people.state.members()].flatMap((one) => (one.workplace?.role === 'admin' ? [one.emailKey] : [])),
          );
        let admins = adminsNow();
        let by: MemberFacts | undefined;
        const check = ({ command }: HistoryMoment) => {
          const before = admins;
          admins = adminsNow();
          const made = [...admins].filter((emailKey) => !before.has(emailKey));
          if (made.length === 0 || (by !== undefined && before.has(by.emailKey))) return;
          const top = kind === 'organization' ? by?.organizationOwner : by?.assignments[0]?.role === 'owner';
          expect([command.type, before.size, made, top]).toEqual(['change-organization', 0, [by?.emailKey], true]);
          firsts += 1;
        };
        play(people, steps, check, (actor) => {
          by = memberOf(people, actor);
          return true;
        });
      }),
      runs,
    );
    expect(firsts).toBeGreaterThan(0);
  });

  it('2, P-20: somebody who can sign in is always left as Organization Owner, and as Admin', () => {
    fc.assert(
      fc.property(histories(['operator', 'sync']), (steps) => {
        const people = createSamplePeople();
        populate(people);
        play(people, steps, ({ command }) => {
          const present = [...people.state.members()].filter((member) => canEnter(people, member));
          const why = JSON.stringify(command);
          expect(
            present.some(({ organizationOwner }) => organizationOwner),
            why,
          ).toBe(true);
          expect(
            present.some(({ workplace }) => workplace?.role === 'admin'),
            why,
          ).toBe(true);
        });
      }),
      runs,
    );
  });

  it('2, P-20: and as Owner of a single property', () => {
    fc.assert(
      fc.property(histories(['operator', 'sync']), (steps) => {
        const people = createSamplePeople({ kind: 'single_property' });
        people.add({ roles: [[north, 'owner']] });
        people.add({ roles: [[north, 'owner']], user: 'admin' });
        people.add({ roles: [[north, 'general_manager']] });
        people.add({ roles: [[north, 'team']], user: 'member' });
        play(people, steps, () => {
          const present = [...people.state.members()].filter((member) => canEnter(people, member));
          expect(present.some(isOwner)).toBe(true);
        });
      }),
      runs,
    );
  });

  it('3, G41: whoever is removed or deactivated may nothing and holds nothing, and nobody holds keys out of reach', () => {
    fc.assert(
      fc.property(histories(['operator', 'sync']), (steps) => {
        const people = createSamplePeople();
        populate(people);
        people.add({
          state: 'inactive',
          roles: [
            [north, 'team'],
            [south, 'team'],
          ],
        });
        const access = trackAccess(people);
        play(people, steps, () => {
          access.update();
          for (const member of people.everybody.values()) {
            const { memberId, state, organizationOwner, assignments } = member;
            const held = access.keys.get(memberId) ?? new Set();
            if (state === 'removed' || state === 'deactivated') {
              expect(held.size).toBe(0);
              expect(access.sessions.has(memberId)).toBe(false);
            }
            for (const propertyId of held) {
              const stands = organizationOwner || assignments.some((one) => one.propertyId === propertyId);
              expect(stands && people.state.hasProperty(propertyId)).toBe(true);
            }
          }
          access.grant();
        });
        const model = people.permissions();
        for (const { memberId, state } of people.everybody.values()) {
          if (state === 'active') continue;
          for (const action of actions) {
            expect(decidePermission(model, { memberId, action, propertyId: north }).allow).toBe(false);
          }
          const { organization } = people;
          const wish = { channel: 'portal_app', method: people.get(memberId).signInMethod, at: now } as const;
          expect(decideSignIn({ organization, member: people.get(memberId) }, wish).allow).toBe(false);
          expect(people.decide(memberId, { type: 'leave', propertyId: null }).allow).toBe(false);
          expect(people.decide(memberId, { type: 'rename', memberId, name: 'me' }).allow).toBe(false);
        }
      }),
      runs,
    );
  });

  it('4, G32: Housekeeping finds no dashboard, and changes nobody but oneself', () => {
    fc.assert(
      fc.property(histories(['operator']), (steps) => {
        const people = createSamplePeople();
        populate(people);
        play(people, steps, changesNobody(people, 'housekeeping'));
        for (const member of people.state.members()) {
          if (member.state !== 'active' || !hasOnly(member, 'housekeeping')) continue;
          const wish = { channel: 'dashboard', method: member.signInMethod, at: now } as const;
          expect(decideSignIn({ organization: people.organization, member }, wish).allow).toBe(false);
        }
      }),
      runs,
    );
  });

  it('6: an Installer sees no other member, and no refusal names one', () => {
    fc.assert(
      fc.property(histories(['operator']), (steps) => {
        const people = createSamplePeople();
        populate(people);
        const check = changesNobody(people, 'installer');
        play(people, steps, (moment) => {
          check(moment);
          const { actor, command, decision } = moment;
          const self = memberOf(people, actor);
          if (self?.state !== 'active' || !hasOnly(self, 'installer')) return;
          for (const other of people.state.members()) {
            if (other.memberId !== self.memberId) expect(seesMember(people.state, actor, other)).toBe(false);
          }
          const told = JSON.stringify(decision.allow ? decision.warnings : [decision.refusal, decision.rows]);
          for (const memberId of people.everybody.keys()) {
            if (!JSON.stringify(command).includes(memberId)) expect(told).not.toContain(memberId);
          }
        });
      }),
      runs,
    );
  });

  it('G10: nobody is told of a property that he neither stands on nor named', () => {
    fc.assert(
      fc.property(histories([]), (steps) => {
        const people = createSamplePeople();
        populate(people);
        const before = new Map<PropertyId, boolean>();
        play(
          people,
          steps,
          ({ command, decision }) => {
            if (decision.allow) return;
            const told = JSON.stringify([decision.refusal, decision.rows]);
            for (const [propertyId, seen] of before) {
              if (!seen && !JSON.stringify(command).includes(propertyId)) expect(told).not.toContain(propertyId);
            }
          },
          (actor) => {
            for (const propertyId of properties) before.set(propertyId, seesProperty(people.state, actor, propertyId));
            return true;
          },
        );
      }),
      runs,
    );
  });

  it('S31, P-22, S5, G14: never more seats than bought, one desk for one, one address for one', () => {
    fc.assert(
      fc.property(histories(['operator', 'sync']), (steps) => {
        const people = createSamplePeople({ licenses: 6 });
        populate(people);
        play(people, steps, () => {
          expect(licenseUsage(people.state).available).toBeGreaterThanOrEqual(0);
          const present = [...people.state.members()];
          const desks = present.flatMap(({ deskId }) => (deskId === null ? [] : [deskId]));
          expect(new Set(desks).size).toBe(desks.length);
          expect(new Set(present.map(({ emailKey }) => emailKey)).size).toBe(present.length);
        });
      }),
      runs,
    );
  });

  it('4.6: Directory Sync makes Members and deactivates, and gives nobody a role', () => {
    fc.assert(
      fc.property(histories(['sync']), (steps) => {
        const people = createSamplePeople();
        populate(people);
        play(people, steps, ({ actor, decision, command }) => {
          if (actor.kind !== 'directory_sync' || !decision.allow) return;
          for (const change of decision.changes) {
            if (change.type === 'member-created') expect(change.member.workplace?.role).toBe('member');
            if (change.type !== 'member-changed') continue;
            const { state, assignments = [], organizationOwner = false } = change.change;
            expect(assignments, JSON.stringify(command)).toEqual([]);
            expect(organizationOwner).toBe(false);
            if (command.type === 'sync-users') expect([undefined, 'active', 'deactivated', 'removed']).toContain(state);
            else if (command.type !== 'rename') expect(['deactivated', 'removed']).toContain(state);
          }
        });
      }),
      runs,
    );
  });

  it('every member there is has a place, and nobody removed keeps one', () => {
    fc.assert(
      fc.property(histories(['operator', 'sync']), (steps) => {
        const people = createSamplePeople();
        populate(people);
        play(people, steps, ({ command, decision }) => {
          if (!decision.allow) return;
          for (const member of people.everybody.values()) {
            const { state, organizationOwner, assignments, workplace, deskId } = member;
            const why = `${JSON.stringify(command)} ${JSON.stringify(member)}`;
            const places = assignments.length + Number(organizationOwner) + Number(workplace !== undefined);
            expect(places > 0, why).toBe(state !== 'removed');
            expect(organizationOwner && assignments.length > 0, why).toBe(false);
            expect(new Set(assignments.map(({ propertyId }) => propertyId)).size, why).toBe(assignments.length);
            expect(
              assignments.every(({ propertyId }) => people.state.hasProperty(propertyId)),
              why,
            ).toBe(true);
            expect(deskId !== null && workplace === undefined, why).toBe(false);
            expect(people.invitation(member.memberId) !== undefined, why).toBe(state === 'inactive');
          }
        });
      }),
      runs,
    );
  });
});

/** Whoever has no role but this one changes nothing but by leaving, accepting, or giving oneself a name. */
function changesNobody(people: SamplePeople, role: 'housekeeping' | 'installer') {
  const roles = new Map<MemberId, boolean>();
  const note = () => {
    for (const member of people.everybody.values()) roles.set(member.memberId, hasOnly(member, role));
  };
  note();
  return ({ actor, command, decision }: HistoryMoment) => {
    const was = actor.kind === 'member' && roles.get(actor.memberId) === true;
    note();
    if (!was || !decision.allow) return;
    const own = command.type === 'leave' || command.type === 'accept-invitation' || command.type === 'rename';
    if (!own) expect(decision.changes).toEqual([]);
    if (command.type === 'rename') expect(actor).toEqual(people.by(command.memberId));
  };
}
