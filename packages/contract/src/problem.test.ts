import { describe, expect, expectTypeOf, it } from 'vitest';
import { type Problem, type ProblemCode, problemExtras, readProblem } from './problem.js';
import { createProblem, problemTable } from './problem-table.js';

const codes = Object.keys(problemExtras) as ProblemCode[];

describe('problems', () => {
  it('every code has a status of failure, a title and an occasion', () => {
    expect(Object.keys(problemTable).sort()).toStrictEqual([...codes].sort());
    for (const code of codes) {
      expect(problemTable[code].status, code).toBeGreaterThanOrEqual(400);
      expect(problemTable[code].title.length * problemTable[code].when.length, code).toBeGreaterThan(0);
    }
  });

  it('P-17: an unlock refused by decision says why and names the denied attempt', () => {
    const problem = createProblem('unlock-refused', {
      because: 'outside-schedule',
      explanation: 'The key opens from 09:00.',
      attemptId: 'att_01jd0000000000000000000000' as Extract<Problem, { code: 'unlock-refused' }>['attemptId'],
    });
    expect(problem).toMatchObject({ status: 403, type: 'urn:latchwork:problem:unlock-refused' });
    expect(readProblem(JSON.parse(JSON.stringify(problem)))).toStrictEqual(problem);
  });

  it('is narrowed by its code', () => {
    const problem: Problem = createProblem('invalid-request', { detail: 'No.', issues: [] });
    if (problem.code === 'invalid-request') expectTypeOf(problem.issues).not.toBeAny();
    expect(problem.detail).toBe('No.');
    expect(createProblem('not-found', {}).detail).toBe('Not found');
  });

  it('members of a later version are dropped; what is none of ours is not read as a problem', () => {
    expect(readProblem({ ...createProblem('not-found', {}), later: 1 })).toStrictEqual(createProblem('not-found', {}));
    for (const body of [null, undefined, 'x', 7, [], {}, { code: 'toString' }, { code: 'not-found' }]) {
      expect(readProblem(body)).toBeUndefined();
    }
  });
});
