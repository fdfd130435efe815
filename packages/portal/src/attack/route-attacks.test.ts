import { type OperationId, routes } from '@latchwork/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import type { Caller, Verdict } from './attack-case.test-rig.js';
import { everybodyOf, operationIds, readingIds, sendAttack } from './attack-sender.test-rig.js';
import { type AttackTargets, createAttackTargets, type Target, targetsOf } from './attack-targets.test-rig.js';
import { createOracle, type Oracle } from './attack-verdicts.test-rig.js';
import { type AttackWorld, buildAttackWorld, newSession } from './attack-world.test-rig.js';

let test: TestPortal;
let world: AttackWorld;
let targets: AttackTargets;
let oracle: Oracle;
let callers: readonly Caller[];
let requests = 0;

beforeAll(async () => {
  test = await startTestPortal();
  world = await buildAttackWorld(test);
  targets = createAttackTargets(world);
  oracle = createOracle(world);
  callers = everybodyOf(world);
}, 120_000);
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

async function attack(operation: OperationId, caller: Caller, target: Target, fresh: boolean): Promise<Verdict> {
  const { path } = routes[operation];
  const params = await targets[fresh ? 'fresh' : 'shared'](path, target, caller.memberId);
  const { status, text } = await sendAttack(world, caller, { operation, params, target });
  requests += 1;
  if (status < 400) return 'allowed';
  const problem = JSON.parse(text) as { readonly code: Verdict; readonly rows?: readonly { readonly code: string }[] };
  return problem.rows === undefined ? problem.code : (`${problem.code}:${problem.rows[0]?.code}` as Verdict);
}

/** Whoever would leave the world by it does not try. */
const endings = new Set<OperationId>(['removeMember', 'removeMemberFromProperty', 'deactivateUser', 'removeUser']);
const endsItself = (operation: OperationId, { victim }: Target) => victim === 'self' && endings.has(operation);

/** What guesses passwords and tokens, and is slowed down after a while, whoever guesses. */
const guesses = new Set<OperationId>([
  'previewAccountSetup',
  'completeAccountSetup',
  'createSession',
  'changePassword',
  'requestPasswordReset',
  'completeSso',
]);
/** They come last: their delays are everybody's who signs in from the same address. */
const inOrder = [...operationIds].sort((one, other) => Number(guesses.has(one)) - Number(guesses.has(other)));

async function rightCaller(operation: OperationId, caller: Caller): Promise<Caller> {
  if (operation !== 'deleteCurrentSession' || caller.kind !== 'session') return caller;
  // Signing out ends the token: each tries it on a session of its own.
  const email = world.identities.get(caller.memberId)?.[1] ?? '';
  return { ...caller, token: await newSession(test, email, caller.workplace === null ? 'portal_app' : 'dashboard') };
}

describe('G10, G24–G35, G54, P-19, P-21: every route, by everybody, on every target', () => {
  it.each(inOrder)(
    '%s',
    async (operation) => {
      const wrong: string[] = [];
      for (const caller of callers) {
        for (const target of targetsOf(routes[operation].path)) {
          if (endsItself(operation, target)) continue;
          const expected = oracle.verdict(operation, caller, target);
          const fresh = expected === 'allowed' && !readingIds.includes(operation);
          const got = await attack(operation, await rightCaller(operation, caller), target, fresh);
          if (got === 'rate-limited' && guesses.has(operation)) continue;
          if (got !== expected) wrong.push(`${caller.label} on ${JSON.stringify(target)}: ${got}, not ${expected}`);
        }
      }
      expect(wrong).toEqual([]);
    },
    120_000,
  );

  it('was tried some twenty thousand times', () => {
    expect(requests).toBeGreaterThan(15_000);
    expect(test.log.filter((line) => line.includes('request failed'))).toEqual([]);
  });
});
