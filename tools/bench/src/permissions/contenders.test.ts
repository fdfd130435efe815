import { describe, expect, it } from 'vitest';
import { createCasl, createOurs, createTable, createTerseCasl, findDisagreements } from './contenders.js';
import { createSample } from './sample-organization.js';

const sample = createSample({ members: 300, properties: 20, queries: 5000 });
const contenders = [createOurs(sample), createCasl(sample), createTerseCasl(sample), createTable(sample)];

describe('P2: what the permissions bench compares', () => {
  it('all give the same answer to every question', () => {
    expect(findDisagreements(contenders, sample.queries)).toEqual([]);
    expect(new Set(contenders.map(({ run }) => run(sample.queries))).size).toBe(1);
  });

  it('the questions are of all kinds: allowed, denied by role, not assigned, not active, unknown', () => {
    const allowed = contenders[0]?.run(sample.queries) ?? 0;
    expect(allowed).toBeGreaterThan(sample.queries.length / 5);
    expect(allowed).toBeLessThan((sample.queries.length * 4) / 5);
    const known = new Map(sample.memberships.map((membership) => [membership.memberId as string, membership]));
    const asked = sample.queries.map(({ memberId }) => known.get(memberId));
    expect(asked.some((membership) => membership === undefined)).toBe(true);
    expect(asked.some((membership) => membership?.state === 'deactivated')).toBe(true);
    expect(asked.some((membership) => membership?.organizationOwner)).toBe(true);
  });

  it('a contender that is wrong about one question is found out', () => {
    const [ours, , , table] = contenders;
    const first = sample.queries[0];
    if (ours === undefined || table === undefined || first === undefined) throw new Error('the sample is empty');
    const liar = {
      ...table,
      decide: (query: typeof first) => (query === first ? !table.decide(query) : table.decide(query)),
    };
    expect(findDisagreements([ours, liar], sample.queries)).toEqual([first]);
  });

  it('the same seed asks the same questions', () => {
    expect(createSample({ members: 300, properties: 20, queries: 5000 })).toEqual(sample);
  });
});
