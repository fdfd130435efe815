import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { MemberId } from '../identifiers.js';
import { type HistoryMoment, histories, play, populate } from './people-history.test-rig.js';
import { seesMember } from './people-rights.js';
import type { MemberFacts } from './people-state.js';
import { createSamplePeople, north, outcome, refusalIn } from './sample-people.test-rig.js';

it('4.1: an Admin without a role on a property sees nobody who has no place in the workplace, and no refusal names one', () => {
  fc.assert(
    fc.property(histories([]), (steps) => {
      const people = createSamplePeople();
      populate(people);
      let hidden: readonly MemberId[] = [];
      const isPlainAdmin = (self: MemberFacts | undefined) =>
        self?.state === 'active' &&
        self.workplace?.role === 'admin' &&
        !self.organizationOwner &&
        self.assignments.length === 0;
      const check = ({ actor, command, decision }: HistoryMoment) => {
        for (const memberId of hidden) {
          const told = JSON.stringify(decision.allow ? decision.warnings : [decision.refusal, decision.rows]);
          if (!JSON.stringify(command).includes(memberId)) expect(told).not.toContain(memberId);
        }
        if (!isPlainAdmin(actor.kind === 'member' ? people.get(actor.memberId) : undefined)) return;
        for (const member of people.state.members()) {
          expect(seesMember(people.state, actor, member)).toBe(member.workplace !== undefined);
        }
      };
      play(people, steps, check, (actor) => {
        hidden = isPlainAdmin(actor.kind === 'member' ? people.get(actor.memberId) : undefined)
          ? [...people.state.members()].flatMap((one) => (one.workplace === undefined ? [one.memberId] : []))
          : [];
        return true;
      });
    }),
    { numRuns: 300 },
  );
});

it('4.1: an address of somebody out of sight is told to be in use, and not by whom', () => {
  const people = createSamplePeople();
  const admin = people.add({ user: 'admin' });
  const hidden = people.get(people.add({ roles: [[north, 'team']] }));
  const seen = people.get(people.add({ user: 'member' }));
  const invite = (email: string) => people.decide(admin, { type: 'invite-users', rows: [{ email }] });
  expect(refusalIn(invite(hidden.email))).toEqual({ because: 'email-in-use', memberId: null, state: null });
  expect(refusalIn(invite(seen.email))).toMatchObject({ because: 'email-in-use', memberId: seen.memberId });
  const join = { type: 'edit-user', memberId: hidden.memberId, role: 'member' } as const;
  expect(outcome(people.decide(admin, join))).toBe('member-not-found');
  expect(outcome(people.decide(people.add({ organizationOwner: true, user: 'admin' }), join))).toBe('allowed');
});
