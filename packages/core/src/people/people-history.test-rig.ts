import fc from 'fast-check';
import type { MemberId } from '../identifiers.js';
import { toInstant } from '../instant.js';
import { hospitalityRoles, type RoleScheme, workplaceRoles } from '../role.js';
import type { PeopleActor, PeopleCommand } from './people-command.js';
import type { PeopleDecision } from './people-decision.js';
import { type MemberFacts, plans, signInMethods } from './people-state.js';
import {
  directorySync,
  east,
  firstDesk,
  north,
  now,
  nowhere,
  openForMs,
  operator,
  type SamplePeople,
  secondDesk,
  south,
} from './sample-people.test-rig.js';

/** One step of a random history, before its members are known: who asks, of whom, and what. */
export interface HistoryStep {
  /** `operator` and `sync` stand for themselves; a number counts members from the youngest, a negative one from the first. */
  readonly actor: number | 'operator' | 'sync' | 'self';
  readonly target: number;
  readonly wish: Wish;
  /** How long after the step before. */
  readonly afterMs: number;
}

interface Wish {
  /** Whom it is about, if there is one of them. */
  readonly of?: 'inactive' | 'deactivated';
  readonly command: (target: MemberId) => PeopleCommand;
}

const property = fc.oneof(
  { weight: 6, arbitrary: fc.constant(north) },
  { weight: 5, arbitrary: fc.constantFrom(south, east) },
  { weight: 1, arbitrary: fc.constant(nowhere) },
);
const role = fc.constantFrom(...hospitalityRoles);
const assignments = fc
  .uniqueArray(fc.tuple(property, role), { minLength: 1, maxLength: 2, selector: ([propertyId]) => propertyId })
  .map((pairs) => pairs.map(([propertyId, assigned]) => ({ propertyId, role: assigned })));
const standing = fc.oneof(
  { weight: 4, arbitrary: assignments.map((given) => ({ assignments: given })) },
  { weight: 1, arbitrary: fc.constant({ organizationOwner: true }) },
  {
    weight: 1,
    arbitrary: assignments.map((given) => ({ organizationOwner: false, assignments: given })),
  },
);
const method = fc.constantFrom('email_password' as const, ...signInMethods);
const email = fc.constantFrom(...Array.from({ length: 12 }, (_, index) => `Guest-${index}@hotel.example`));
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const confirm = fc.constantFrom('remove', 'remove', 'remove', 'Remove');
const desk = fc.constantFrom(firstDesk, secondDesk);

const teamRow = fc
  .tuple(email, standing, optional(method))
  .map(([address, offer, signInMethod]) => ({ email: address, ...offer, signInMethod }));
const userRow = fc.record(
  { email, role: fc.constantFrom(...workplaceRoles), deskId: desk, licensed: fc.boolean(), signInMethod: method },
  { requiredKeys: ['email'] },
);
const settings = fc.record(
  {
    role: fc.option(fc.constantFrom(...workplaceRoles)),
    deskId: fc.option(desk),
    licensed: fc.boolean(),
    signInMethod: method,
  },
  { requiredKeys: [] },
);
const subscription = fc.record(
  { plan: fc.constantFrom(...plans), licenses: fc.nat(12), subscriptionEndsAt: fc.option(fc.constant(now)) },
  { requiredKeys: [] },
);

const schemes = fc.constantFrom<(readonly RoleScheme[])[]>(['hospitality', 'workplace'], ['hospitality']);
const organizing = fc.record({ peerManagement: fc.boolean(), schemes }, { requiredKeys: [] });

const syncKind = fc.constantFrom('deactivate' as const, 'reactivate' as const, 'remove' as const, 'update' as const);

/** Each kind of command as often as the first number says. */
const wishes: readonly (readonly [number, fc.Arbitrary<Wish>])[] = [
  [
    6,
    fc.tuple(fc.array(teamRow, { minLength: 1, maxLength: 2 }), optional(property)).map(([rows, at]) => ({
      command: () => ({ type: 'invite-team', level: at ? { propertyId: at } : 'organization', rows }),
    })),
  ],
  [
    3,
    fc
      .array(userRow, { minLength: 1, maxLength: 2 })
      .map((rows) => ({ command: () => ({ type: 'invite-users', rows }) })),
  ],
  [4, standing.map((change) => ({ command: (memberId) => ({ type: 'edit-member', memberId, ...change }) }))],
  [
    4,
    fc.tuple(property, role).map(([propertyId, given]) => ({
      command: (memberId) => ({ type: 'edit-assignment', memberId, propertyId, role: given }),
    })),
  ],
  [4, settings.map((change) => ({ command: (memberId) => ({ type: 'edit-user', memberId, ...change }) }))],
  [8, fc.constant({ of: 'inactive', command: (memberId) => ({ type: 'accept-invitation', memberId }) })],
  [1, fc.constant({ of: 'inactive', command: (memberId) => ({ type: 'remove-invitation', memberId }) })],
  [
    2,
    optional(email).map((address) => ({
      of: 'inactive',
      command: (memberId) => ({ type: 'replace-invitation', memberId, email: address }),
    })),
  ],
  [
    3,
    fc.tuple(fc.option(property), confirm).map(([propertyId, word]) => ({
      command: (memberId) => ({ type: 'remove-member', memberId, propertyId, confirm: word }),
    })),
  ],
  [1, fc.option(property).map((propertyId) => ({ command: () => ({ type: 'leave', propertyId }) }))],
  [2, fc.constant({ command: (memberId) => ({ type: 'deactivate', memberId }) })],
  [
    2,
    optional(fc.boolean()).map((licensed) => ({
      of: 'deactivated',
      command: (memberId) => ({ type: 'reactivate', memberId, licensed }),
    })),
  ],
  [1, fc.constant({ command: (memberId) => ({ type: 'rename', memberId, name: 'Ada' }) })],
  [1, subscription.map((change) => ({ command: () => ({ type: 'change-subscription', ...change }) }))],
  [
    // People are told apart by their addresses in histories, so none of those moves.
    3,
    fc.tuple(syncKind, fc.array(email, { maxLength: 2 })).map(([type, addresses]) => ({
      command: (memberId) => ({
        type: 'sync-users',
        steps: [
          type === 'update' ? { type, rowId: '', memberId, name: 'Ada' } : { type, rowId: '', memberId },
          ...addresses.map((address) => ({
            ...{ type: 'invite' as const, rowId: address, email: address, name: null },
            signInMethod: 'email_password' as const,
          })),
        ],
      }),
    })),
  ],
  [2, organizing.map((change) => ({ command: () => ({ type: 'change-organization', ...change }) }))],
  [
    1,
    fc.tuple(fc.constantFrom(south, east), confirm).map(([propertyId, word]) => ({
      command: () => ({ type: 'remove-property', propertyId, confirm: word }),
    })),
  ],
];

const wish = fc.oneof(...wishes.map(([weight, arbitrary]) => ({ weight, arbitrary })));

/** A random history; `actors` are those that act in it beside members. */
export function histories(actors: readonly ('operator' | 'sync')[]): fc.Arbitrary<HistoryStep[]> {
  const actor = fc.oneof(
    { weight: 6, arbitrary: fc.nat(40) },
    // The first there were may the most.
    { weight: 6, arbitrary: fc.integer({ min: -6, max: -1 }) },
    { weight: 3, arbitrary: fc.constant('self' as const) },
    ...actors.map((one) => ({ weight: 1, arbitrary: fc.constant(one) })),
  );
  const afterMs = fc.oneof({ weight: 9, arbitrary: fc.nat(1000) }, { weight: 1, arbitrary: fc.constant(openForMs) });
  return fc.array(fc.record({ actor, target: fc.nat(20), wish, afterMs }), { maxLength: 60, size: 'max' });
}

/** Owners, managers, staff and users, over three properties. */
export function populate(people: SamplePeople): void {
  people.add({ organizationOwner: true });
  people.add({ organizationOwner: true, user: 'admin' });
  people.add({ user: { role: 'admin', licensed: false } });
  people.add({
    roles: [
      [north, 'owner'],
      [south, 'general_manager'],
    ],
  });
  people.add({ roles: [[north, 'general_manager']] });
  people.add({
    roles: [
      [south, 'general_manager'],
      [east, 'team'],
    ],
  });
  people.add({ roles: [[north, 'team']], user: 'member' });
  people.add({
    roles: [
      [north, 'housekeeping'],
      [south, 'housekeeping'],
    ],
  });
  people.add({ roles: [[north, 'installer']] });
  people.add({ user: 'coordinator' });
}

/** One step as it happened. */
export interface HistoryMoment {
  readonly actor: PeopleActor;
  readonly command: PeopleCommand;
  readonly decision: PeopleDecision;
}

/** Plays a history, as far as `mayAct` lets somebody act, and shows each step to `check`. */
export function play(
  people: SamplePeople,
  steps: readonly HistoryStep[],
  check: (moment: HistoryMoment) => void,
  mayAct: (actor: PeopleActor, command: PeopleCommand) => boolean = () => true,
): void {
  let at = now;
  for (const { actor: who, target: index, wish: wanted, afterMs } of steps) {
    at = toInstant(at + afterMs);
    const target = targetOf(people, wanted, index);
    const command = wanted.command(target);
    const actor = command.type === 'accept-invitation' ? people.by(target) : actorOf(people, who, target);
    if (!mayAct(actor, command)) continue;
    check({ actor, command, decision: people.run(actor, command, at) });
  }
}

function targetOf(people: SamplePeople, { of }: Wish, index: number): MemberId {
  const everybody = [...people.everybody.values()];
  const fitting = everybody.filter(({ state }) => state === of);
  const choice = fitting.length === 0 ? everybody : fitting;
  // From the youngest on: they are where the history is.
  return (choice[choice.length - 1 - (index % choice.length)] as MemberFacts).memberId;
}

function actorOf(people: SamplePeople, who: HistoryStep['actor'], target: MemberId): PeopleActor {
  if (who === 'operator') return operator;
  if (who === 'sync') return directorySync;
  if (who === 'self') return people.by(target);
  const members = [...people.everybody.keys()];
  const index = who < 0 ? -1 - who : members.length - 1 - (who % members.length);
  return people.by(members[index % members.length] as MemberId);
}
