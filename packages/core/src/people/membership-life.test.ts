import { describe, expect, it } from 'vitest';
import type { MemberId } from '../identifiers.js';
import { toInstant } from '../instant.js';
import type { PeopleActor, PeopleCommand } from './people-command.js';
import {
  createSamplePeople,
  north,
  now,
  openForMs,
  operator,
  outcome,
  type SamplePeople,
} from './sample-people.test-rig.js';

const lives = ['invited', 'expired', 'active', 'deactivated', 'removed'] as const;
type Life = (typeof lives)[number];

/** Somebody in each state, in an organization where owners and Admins are there already. */
function personIn(life: Life): { people: SamplePeople; memberId: MemberId; at: typeof now } {
  const people = createSamplePeople();
  people.add({ organizationOwner: true, user: 'admin' });
  const at = life === 'expired' ? toInstant(now + openForMs) : now;
  if (life === 'removed') return { people, memberId: people.add({ state: 'removed' }), at };
  if (life === 'deactivated') {
    return { people, memberId: people.add({ state: 'deactivated', user: { role: 'member', licensed: false } }), at };
  }
  const state = life === 'active' ? 'active' : 'inactive';
  return { people, memberId: people.add({ state, user: 'member', roles: [[north, 'team']] }), at };
}

type About = (
  memberId: MemberId,
  actor: PeopleActor,
) => { readonly command: PeopleCommand; readonly actor: PeopleActor };
const byOperator =
  (make: (memberId: MemberId) => PeopleCommand): About =>
  (memberId) => ({ command: make(memberId), actor: operator });
const bySelf =
  (make: (memberId: MemberId) => PeopleCommand): About =>
  (memberId, actor) => ({ command: make(memberId), actor });

const commands = {
  'edit-member': byOperator((memberId) => ({
    type: 'edit-member',
    memberId,
    assignments: [{ propertyId: north, role: 'installer' }],
  })),
  'edit-assignment': byOperator((memberId) => ({
    type: 'edit-assignment',
    memberId,
    propertyId: north,
    role: 'installer',
  })),
  'edit-user': byOperator((memberId) => ({ type: 'edit-user', memberId, role: 'coordinator' })),
  rename: byOperator((memberId) => ({ type: 'rename', memberId, name: 'Ada' })),
  'accept-invitation': bySelf((memberId) => ({ type: 'accept-invitation', memberId })),
  'remove-invitation': byOperator((memberId) => ({ type: 'remove-invitation', memberId })),
  'replace-invitation': byOperator((memberId) => ({ type: 'replace-invitation', memberId })),
  'remove-member': byOperator((memberId) => ({ type: 'remove-member', memberId, propertyId: null, confirm: 'remove' })),
  leave: bySelf(() => ({ type: 'leave', propertyId: null })),
  deactivate: byOperator((memberId) => ({ type: 'deactivate', memberId })),
  reactivate: byOperator((memberId) => ({ type: 'reactivate', memberId })),
} as const satisfies Record<string, About>;

/** What each command makes of each state: the state afterwards, or the code of the refusal. */
const table: Readonly<Record<keyof typeof commands, Readonly<Record<Life, string>>>> = {
  'edit-member': {
    ...{ invited: 'inactive', expired: 'inactive', active: 'active' },
    ...{ deactivated: 'state-not-fitting', removed: 'state-not-fitting' },
  },
  'edit-assignment': {
    ...{ invited: 'inactive', expired: 'inactive', active: 'active' },
    ...{ deactivated: 'state-not-fitting', removed: 'state-not-fitting' },
  },
  'edit-user': {
    ...{ invited: 'inactive', expired: 'inactive', active: 'active' },
    ...{ deactivated: 'deactivated', removed: 'state-not-fitting' },
  },
  rename: {
    ...{ invited: 'inactive', expired: 'inactive', active: 'active' },
    ...{ deactivated: 'deactivated', removed: 'state-not-fitting' },
  },
  'accept-invitation': {
    ...{ invited: 'active', expired: 'invitation-expired', active: 'invitation-not-open' },
    ...{ deactivated: 'invitation-not-open', removed: 'invitation-not-open' },
  },
  'remove-invitation': {
    ...{ invited: 'removed', expired: 'removed', active: 'state-not-fitting' },
    ...{ deactivated: 'state-not-fitting', removed: 'removed' },
  },
  'replace-invitation': {
    ...{ invited: 'removed', expired: 'removed', active: 'state-not-fitting' },
    ...{ deactivated: 'state-not-fitting', removed: 'state-not-fitting' },
  },
  'remove-member': {
    ...{ invited: 'removed', expired: 'removed', active: 'removed' },
    ...{ deactivated: 'removed', removed: 'removed' },
  },
  leave: {
    ...{ invited: 'not-active', expired: 'not-active', active: 'removed' },
    ...{ deactivated: 'not-active', removed: 'not-active' },
  },
  deactivate: {
    ...{ invited: 'state-not-fitting', expired: 'state-not-fitting', active: 'deactivated' },
    ...{ deactivated: 'deactivated', removed: 'state-not-fitting' },
  },
  reactivate: {
    ...{ invited: 'state-not-fitting', expired: 'state-not-fitting', active: 'active' },
    ...{ deactivated: 'active', removed: 'state-not-fitting' },
  },
};

const names = Object.keys(commands) as (keyof typeof commands)[];

describe('the life of a membership: inactive → active ⇄ deactivated → removed', () => {
  it.each(names.flatMap((name) => lives.map((life) => [name, life] as const)))(
    '4.2: %s of somebody %s',
    (name, life) => {
      const { people, memberId, at } = personIn(life);
      const before = people.get(memberId).state;
      const { command, actor } = commands[name](memberId, people.by(memberId));
      const decision = people.run(actor, command, at);
      const after = people.get(memberId).state;
      expect(decision.allow ? after : outcome(decision)).toBe(table[name][life]);
      if (!decision.allow) expect(after).toBe(before);
    },
  );

  it('G42: nothing leads out of removed', () => {
    for (const name of names)
      expect(['removed', 'state-not-fitting', 'invitation-not-open', 'not-active']).toContain(table[name].removed);
  });

  it('G42: the same address is invited again, as somebody new without what there was', () => {
    const { people, memberId } = personIn('active');
    const { email } = people.get(memberId);
    people.must(operator, { type: 'remove-member', memberId, propertyId: null, confirm: 'remove' });
    people.must(operator, { type: 'invite-users', rows: [{ email }] });
    const again = people.newest();
    people.must(again, { type: 'accept-invitation', memberId: again });
    expect(again).not.toBe(memberId);
    expect(people.get(again)).toMatchObject({ state: 'active', assignments: [] });
    expect(people.get(memberId).state).toBe('removed');
  });
});
