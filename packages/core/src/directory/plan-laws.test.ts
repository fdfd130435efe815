import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { licenseUsage } from '../people/license-usage.js';
import { directorySync } from '../people/sample-people.test-rig.js';
import type { DirectoryUser } from './directory-user.js';
import { createDirectoryWorld, type DirectoryWorld, digest, snapshotOf } from './directory-world.test-rig.js';
import type { SyncPlan } from './sync-plan.js';
import { automaticPart, type SyncSelection, selectRows } from './sync-selection.js';
import { syncStepsOf } from './sync-steps.js';

const runs = { numRuns: 500 };
const ids = [...'abcdefgh'];
const addresses = Array.from({ length: 9 }, (_, index) =>
  index < 7 ? `Guest-${index}@hotel.example` : `guest-${index}@other.example`,
);

const person = fc.record({
  is: fc.constantFrom('linked' as const, 'linked' as const, 'linked' as const, 'manual' as const, 'elsewhere' as const),
  state: fc.constantFrom(...(['active', 'active', 'inactive', 'deactivated', 'removed'] as const)),
  role: fc.constantFrom(...(['member', 'member', 'coordinator', 'admin'] as const)),
  licensed: fc.boolean(),
  organizationOwner: fc.constantFrom(false, false, true),
  byUs: fc.boolean(),
});
const persons = fc.record({ members: fc.array(person, { maxLength: addresses.length }), alone: fc.boolean() });

const user = fc.record(
  {
    email: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...addresses, ...addresses.map((address) => address.toUpperCase())) },
      { weight: 1, arbitrary: fc.constantFrom(null, 'nobody') },
    ),
    displayName: fc.constantFrom('Ada', 'Grace', null),
    title: fc.constantFrom('Cook', null),
    standing: fc.constantFrom(...(['enabled', 'enabled', 'enabled', 'disabled', 'deleted'] as const)),
    kind: fc.constantFrom(...(['person', 'person', 'person', 'guest', 'other'] as const)),
  },
  { requiredKeys: [] },
);
const users = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...ids), user), { maxLength: ids.length, selector: ([id]) => id })
  .map((pairs) => pairs.map(([directoryId, said]): DirectoryUser => ({ directoryId, ...said })));
const policy = fc.record({
  guests: fc.constantFrom('skip' as const, 'sync' as const),
  decisions: fc.dictionary(fc.constantFrom(...ids), fc.constantFrom('same_person' as const, 'other_person' as const)),
});

/** An organization with these people, each at an address of its own; the linked ones by ids in order. */
function worldOf(
  { members: people, alone }: typeof persons extends fc.Arbitrary<infer One> ? One : never,
  licenses: number,
): DirectoryWorld {
  const world = createDirectoryWorld({ licenses });
  const [first] = world.people.everybody.keys();
  if (first === undefined) throw new Error('nobody is here');
  people.forEach(({ is, state, role, licensed, organizationOwner, byUs }, index) => {
    const email = (addresses[index] ?? '').toLowerCase();
    const gone = state === 'removed';
    const rests = state === 'deactivated';
    const place = gone
      ? {}
      : { user: { role, licensed: licensed && !rests }, organizationOwner: organizationOwner && !rests };
    const facts = { email, emailKey: email, state, name: 'Ada', ...place };
    const directoryId = ids[index] ?? '';
    if (is === 'linked' && directoryId !== '') {
      world.linked(
        directoryId,
        { ...facts, ...(gone ? { user: undefined } : {}) } as Parameters<DirectoryWorld['linked']>[1],
        {
          removed: byUs && state === 'deactivated',
        },
      );
    } else {
      const memberId = world.manual(email, facts);
      if (is === 'elsewhere') world.elsewhere(memberId);
    }
  });
  world.people.changeOrganization({ licenses });
  if (alone) world.people.setCanSignIn(first, false);
  return world;
}

const canAdminister = ({ people }: DirectoryWorld) =>
  [...people.state.members()].some((one) => one.workplace?.role === 'admin' && one.state === 'active' && one.canSignIn);

/** One address for one, one link for one, somebody left who administers, and no license but bought ones. */
function expectSound(
  world: DirectoryWorld,
  before: { readonly administered: boolean; readonly available: number },
): void {
  const present = [...world.people.state.members()];
  expect(new Set(present.map(({ emailKey }) => emailKey)).size).toBe(present.length);
  expect(licenseUsage(world.people.state).available).toBeGreaterThanOrEqual(Math.min(0, before.available));
  if (before.administered) expect(canAdminister(world)).toBe(true);
  for (const { directoryId, memberId } of world.links.values()) {
    expect(world.state.linkOf(memberId)?.directoryId).toBe(directoryId);
  }
}

function carryOut(world: DirectoryWorld, plan: SyncPlan): void {
  const before = { administered: canAdminister(world), available: licenseUsage(world.people.state).available };
  world.apply(plan);
  expectSound(world, before);
}

const planned = fc.tuple(persons, users, policy);
const many = 60;

describe('laws of plans', () => {
  it('in whatever order the pages come, the plan is the same', () => {
    fc.assert(
      fc.property(planned, fc.infiniteStream(fc.nat()), ([people, seen, change], order) => {
        const world = worldOf(people, many);
        const shuffled = [...seen].map((one) => [order.next().value ?? 0, one] as const).sort(([a], [b]) => a - b);
        const other = shuffled.map(([, one]) => one);
        expect(world.plan(other, change)).toEqual(world.plan(seen, change));
      }),
      runs,
    );
  });

  it('S24: every user is in exactly one list, or only counted', () => {
    fc.assert(
      fc.property(planned, ([people, seen, change]) => {
        const world = worldOf(people, many);
        const { rows, conflicts, skipped, unchanged } = world.plan(seen, change);
        const listed = [...rows, ...conflicts, ...skipped].map(({ rowId }) => rowId);
        expect(new Set(listed).size).toBe(listed.length);
        const known = new Set(seen.map(({ directoryId }) => directoryId));
        expect(listed.filter((rowId) => known.has(rowId)).length + unchanged).toBeLessThanOrEqual(known.size);
        for (const list of [rows, conflicts, skipped]) {
          const order = list.map(({ rowId }) => rowId);
          expect(order).toEqual([...order].sort());
        }
      }),
      runs,
    );
  });

  it('a plan that has been carried out leaves nothing to do but what waits for a person', () => {
    fc.assert(
      fc.property(planned, ([people, shown, change]) => {
        const seen = shown.map((one) => ({ standing: 'enabled' as const, ...one }));
        const world = worldOf(people, many);
        const plan = world.plan(seen, change);
        carryOut(world, plan);
        // An Admin who came back lets another one go.
        const waited = plan.conflicts.filter(({ because }) => because === 'last-admin').map(({ rowId }) => rowId);
        // Decisions are about what was shown, once.
        const later = { ...change, decisions: {} };
        const again = world.plan(seen, later);
        for (const { rowId } of again.rows) expect(waited).toContain(rowId);
        carryOut(world, again);
        expect(world.plan(seen, later).rows).toEqual([]);
      }),
      runs,
    );
  });

  it('S27: nobody is removed for not being there unless everybody was listed to the end', () => {
    const reading = fc.record({
      coverage: fc.constantFrom('everybody' as const, 'changes' as const),
      sawLastPage: fc.boolean(),
      malformed: fc.nat(1),
      counted: fc.option(fc.nat(12)),
    });
    let proven = 0;
    fc.assert(
      fc.property(planned, reading, ([people, seen, change], { coverage, ...evidence }) => {
        const world = worldOf(people, many);
        const { rows, held } = world.plan(snapshotOf(seen, { coverage, evidence }), change);
        const absent = rows.filter((row) => row.status === 'removed' && row.because === 'absent');
        const counted = evidence.counted === null || Math.abs(evidence.counted - seen.length) <= 2.24;
        const whole = evidence.sawLastPage && evidence.malformed === 0 && counted && seen.length > 0;
        if (coverage === 'changes' || !whole) expect(absent).toEqual([]);
        else proven += absent.length;
        if (coverage === 'everybody' && !whole && seen.length > 0) expect(held).not.toEqual([]);
      }),
      runs,
    );
    expect(proven).toBeGreaterThan(0);
  });

  it('S31, P-20, P-24: whatever is chosen can be carried out, if the licenses reach, and only then', () => {
    const asked = fc.array(fc.constantFrom(...ids), { maxLength: 4 });
    let refused = 0;
    fc.assert(
      fc.property(planned, asked, fc.boolean(), fc.nat(12), ([people, seen, change], wanted, all, licenses) => {
        const world = worldOf(people, licenses);
        const plan = world.plan(seen, change);
        const rowIds = wanted.filter((id) => plan.rows.some(({ rowId }) => rowId === id));
        const select: SyncSelection = all ? { rows: 'all', except: rowIds } : { rows: 'some', rowIds };
        const chosen = selectRows(plan, select, digest);
        if (!chosen.allow) throw new Error('not a selection');
        const there = new Set(chosen.plan.rows.map(({ rowId }) => rowId));
        for (const { needs } of chosen.plan.rows) for (const needed of needs) expect(there).toContain(needed);
        for (const rowId of all ? [] : rowIds) expect(there).toContain(rowId);
        const steps = syncStepsOf(chosen.plan);
        const { seats } = chosen.plan;
        if (seats.short === 0) {
          carryOut(world, chosen.plan);
          return;
        }
        refused += 1;
        expect(world.people.decide(directorySync, { type: 'sync-users', steps })).toMatchObject({
          allow: false,
          refusal: { because: 'license-shortfall', needed: seats.needed, available: seats.needed - seats.short },
        });
      }),
      runs,
    );
    expect(refused).toBeGreaterThan(10);
  });

  it('S36: what an automatic run does can always be carried out, and takes nothing from who needs no license', () => {
    let waited = 0;
    fc.assert(
      fc.property(planned, fc.nat(12), ([people, seen, change], licenses) => {
        const world = worldOf(people, licenses);
        const plan = world.plan(seen, change);
        const part = automaticPart(plan, digest);
        expect(part.held.length > 0).toBe(plan.held.length > 0 || plan.seats.short > 0);
        if (plan.held.length > 0) expect(part.plan.rows).toEqual([]);
        else {
          waited += part.waiting;
          for (const row of plan.rows.filter(({ takes, needs }) => takes === 0 && needs.length === 0)) {
            expect(part.plan.rows).toContainEqual(row);
          }
          const invited = part.plan.rows.filter(({ status }) => status === 'new').length;
          if (plan.seats.short > 0) expect(invited).toBe(0);
        }
        expect(part.plan.seats.short).toBe(0);
        carryOut(world, part.plan);
      }),
      runs,
    );
    expect(waited).toBeGreaterThan(10);
  });

  it('whoever is known not to have changed need not be looked at: the plan is the same', () => {
    fc.assert(
      fc.property(planned, users, fc.infiniteStream(fc.boolean()), ([people, seen, change], later, known) => {
        const world = worldOf(people, many);
        // Records that were applied, and not those that wait for a person or are nobody's.
        const first = world.plan(seen, change);
        const waiting = new Set([...first.conflicts, ...first.skipped].map(({ rowId }) => rowId));
        world.apply(first);
        const changed = new Map(later.map((one) => [one.directoryId, one]));
        const now = [...seen.filter(({ directoryId }) => !changed.has(directoryId)), ...later];
        const unchangedIds = seen
          .map(({ directoryId }) => directoryId)
          .filter((id) => !changed.has(id) && !waiting.has(id) && world.links.has(id) && known.next().value === true);
        const whole = world.plan(now, change);
        const shown = now.filter(({ directoryId }) => !unchangedIds.includes(directoryId));
        const fast = world.plan(snapshotOf(shown, { unchangedIds }), change);
        expect([fast.rows, fast.planId, fast.unchanged]).toEqual([whole.rows, whole.planId, whole.unchanged]);
        const names = ({ conflicts }: SyncPlan) => conflicts.map(({ rowId, because }) => [rowId, because]);
        expect(names(fast)).toEqual(names(whole));
      }),
      runs,
    );
  });
});
