import {
  type Action,
  encodeId,
  type HospitalityAction,
  hospitalityMatrix,
  hospitalityRoles,
  type IdKind,
  type IdOf,
  type Membership,
  type PropertyPlace,
  toInstant,
} from '@latchwork/core';

/** One question, as it would arrive: ids in strings of their own, read from a request; the action a constant of the program. */
export interface Query {
  readonly memberId: string;
  readonly propertyId: string;
  readonly action: Action;
}

/** A whole organization and questions about it. */
export interface Sample {
  readonly properties: readonly PropertyPlace[];
  readonly memberships: readonly Membership[];
  readonly queries: readonly Query[];
}

/** A small seeded generator (mulberry32): every run asks the same questions. */
function createDice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

function pick<T>(items: readonly T[], roll: (sides: number) => number): T {
  const item = items[roll(items.length)];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
}

/**
 * Makes an organization: one member in a hundred holds the owner flag, one in fifty is no longer active, and each other
 * has one to five properties with a role of its own on each. Of the questions, seven in ten are about a property of the
 * member's, and one in a hundred about a stranger.
 */
export function createSample(size: { members: number; properties: number; queries: number; seed?: number }): Sample {
  const roll = createDice(size.seed ?? 1);
  const makeId = <Kind extends IdKind>(kind: Kind): IdOf<Kind> =>
    encodeId(
      kind,
      toInstant(1_700_000_000_000 + roll(1e9)),
      Uint8Array.from({ length: 10 }, () => roll(256)),
    );
  const organizationId = makeId('organization');
  const properties = Array.from({ length: size.properties }, () => ({
    propertyId: makeId('property'),
    organizationId,
  }));
  const memberships = Array.from({ length: size.members }, (): Membership => {
    const organizationOwner = roll(100) === 0;
    const assigned = new Set(Array.from({ length: organizationOwner ? 0 : 1 + roll(5) }, () => pick(properties, roll)));
    return {
      memberId: makeId('member'),
      organizationId,
      state: roll(50) === 0 ? 'deactivated' : 'active',
      organizationOwner,
      assignments: [...assigned].map(({ propertyId }) => ({ propertyId, role: pick(hospitalityRoles, roll) })),
    };
  });
  const actions = Object.keys(hospitalityMatrix) as HospitalityAction[];
  const queries = Array.from({ length: size.queries }, (): Query => {
    const { memberId, assignments } = pick(memberships, roll);
    const own = assignments.length > 0 && roll(10) < 7;
    return {
      memberId: roll(100) === 0 ? makeId('member') : memberId,
      propertyId: (own ? pick(assignments, roll) : pick(properties, roll)).propertyId,
      action: pick(actions, roll),
    };
  });
  const arrived = queries.map((query) => ({ ...(JSON.parse(JSON.stringify(query)) as Query), action: query.action }));
  return { properties, memberships, queries: arrived };
}
