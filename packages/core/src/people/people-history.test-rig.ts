import fc from 'fast-check';
import type { MemberId, PropertyId } from '../identifiers.js';
import { toInstant } from '../instant.js';
import { type HospitalityRole, hospitalityRoles, workplaceRoles } from '../role.js';
import type { PeopleActor, PeopleCommand } from './people-command.js';
import type { PeopleDecision } from './people-decision.js';
import { plans, signInMethods } from './people-state.js';
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
  /** `operator` and `sync` stand for themselves, a number for one of the members there are. */
  readonly actor: number | 'operator' | 'sync' | 'self';
  readonly target: number;
  readonly wish: Wish;
  /** How long after the step before. */
  readonly afterMs: number;
}

type Wish = (target: MemberId, actor: PeopleActor) => PeopleCommand;

const property = fc.constantFrom(north, south, east, nowhere);
const role = fc.constantFrom(...hospitalityRoles);
const assignments = fc.array(fc.tuple(property, role), { maxLength: 3 }).map(asAssignments);
const method = fc.constantFrom(...signInMethods);
const email = fc.constantFrom(...Array.from({ length: 6 }, (_, index) => `Guest-${index}@hotel.example`));
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const confirm = fc.constantFrom('remove', 'remove', 'remove', 'Remove');
const desk = fc.constantFrom(firstDesk, secondDesk);

function asAssignments(pairs: readonly (readonly [PropertyId, HospitalityRole])[]) {
  return pairs.map(([propertyId, assigned]) => ({ propertyId, role: assigned }));
}

const teamRow = fc.record(
  { email, organizationOwner: fc.boolean(), assignments, signInMethod: method },
  { requiredKeys: ['email'] },
);
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

const wish: fc.Arbitrary<Wish> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(fc.array(teamRow, { minLength: 1, maxLength: 3 }), optional(property)).map(
      ([rows, at]): Wish =>
        () => ({ type: 'invite-team', level: at ? { propertyId: at } : 'organization', rows }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.array(userRow, { minLength: 1, maxLength: 3 }).map(
      (rows): Wish =>
        () => ({ type: 'invite-users', rows }),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(optional(fc.boolean()), optional(assignments)).map(
      ([organizationOwner, given]): Wish =>
        (memberId) => ({
          ...{ type: 'edit-member', memberId, organizationOwner, assignments: given },
        }),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(property, role).map(
      ([propertyId, given]): Wish =>
        (memberId) => ({
          ...{ type: 'edit-assignment', memberId, propertyId, role: given },
        }),
    ),
  },
  {
    weight: 4,
    arbitrary: settings.map(
      (change): Wish =>
        (memberId) => ({ type: 'edit-user', memberId, ...change }),
    ),
  },
  { weight: 6, arbitrary: fc.constant<Wish>((memberId) => ({ type: 'accept-invitation', memberId })) },
  { weight: 1, arbitrary: fc.constant<Wish>((memberId) => ({ type: 'remove-invitation', memberId })) },
  {
    weight: 2,
    arbitrary: optional(email).map(
      (address): Wish =>
        (memberId) => ({
          ...{ type: 'replace-invitation', memberId, email: address },
        }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.option(property), confirm).map(
      ([propertyId, word]): Wish =>
        (memberId) => ({
          ...{ type: 'remove-member', memberId, propertyId, confirm: word },
        }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.option(property).map(
      (propertyId): Wish =>
        () => ({ type: 'leave', propertyId }),
    ),
  },
  { weight: 2, arbitrary: fc.constant<Wish>((memberId) => ({ type: 'deactivate', memberId })) },
  {
    weight: 2,
    arbitrary: optional(fc.boolean()).map(
      (licensed): Wish =>
        (memberId) => ({
          ...{ type: 'reactivate', memberId, licensed },
        }),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Wish>((memberId) => ({ type: 'rename', memberId, name: 'Ada' })) },
  {
    weight: 1,
    arbitrary: subscription.map(
      (change): Wish =>
        () => ({ type: 'change-subscription', ...change }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.boolean().map(
      (peerManagement): Wish =>
        () => ({ type: 'change-organization', peerManagement }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(south, east), confirm).map(
      ([propertyId, word]): Wish =>
        () => ({ type: 'remove-property', propertyId, confirm: word }),
    ),
  },
);

/** A random history; `actors` are those that act in it beside members. */
export function histories(actors: readonly ('operator' | 'sync')[]): fc.Arbitrary<HistoryStep[]> {
  const actor = fc.oneof(
    { weight: 12, arbitrary: fc.nat(20) },
    { weight: 3, arbitrary: fc.constant('self' as const) },
    ...actors.map((one) => ({ weight: 1, arbitrary: fc.constant(one) })),
  );
  const afterMs = fc.oneof({ weight: 9, arbitrary: fc.nat(1000) }, { weight: 1, arbitrary: fc.constant(openForMs) });
  return fc.array(fc.record({ actor, target: fc.nat(20), wish, afterMs }), { maxLength: 60, size: 'max' });
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
  for (const { actor: who, target: index, wish: make, afterMs } of steps) {
    at = toInstant(at + afterMs);
    const members = [...people.everybody.keys()];
    // The youngest are the most interesting: they are where the history is.
    const pick = (n: number) => members[members.length - 1 - (n % members.length)] as MemberId;
    const target = pick(index);
    const command = make(target, operator);
    const actor = command.type === 'accept-invitation' ? people.by(target) : actorOf(people, who, pick, target);
    if (!mayAct(actor, command)) continue;
    check({ actor, command, decision: people.run(actor, command, at) });
  }
}

function actorOf(
  people: SamplePeople,
  who: HistoryStep['actor'],
  pick: (n: number) => MemberId,
  target: MemberId,
): PeopleActor {
  if (who === 'operator') return operator;
  if (who === 'sync') return directorySync;
  return people.by(who === 'self' ? target : pick(who));
}
