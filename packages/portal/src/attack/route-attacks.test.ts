import { randomUUID } from 'node:crypto';
import { type OperationId, operationPath, type Route, routes } from '@latchwork/contract';
import { hospitalityStandings, workplaceRoles } from '@latchwork/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import type { Caller, Verdict } from './attack-case.test-rig.js';
import { payloads } from './attack-requests.test-rig.js';
import { type AttackTargets, createAttackTargets, type Target, targetsOf } from './attack-targets.test-rig.js';
import { createOracle, type Oracle } from './attack-verdicts.test-rig.js';
import { type Attacker, type AttackWorld, buildAttackWorld, newSession } from './attack-world.test-rig.js';

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
  callers = callersOf(world);
}, 60_000);
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

const nowhere = { harbor: null, hill: null, cove: null };
const channels = [
  ['portal_app', 'session'],
  ['dashboard', 'session'],
  ['api', 'api-key'],
  ['integrated_app', 'app'],
] as const;

/** Everybody, with every token they have. */
function callersOf({ attackers, office, removed }: AttackWorld): readonly Caller[] {
  const withTokens = (label: string, attacker: Attacker, isGone = false): readonly Caller[] =>
    channels.map(([channel, kind]) => ({
      label: `${label} by ${channel}`,
      kind: isGone ? 'nobody' : kind,
      channel,
      token: attacker.tokens[channel],
      memberId: attacker.person.id,
      standings: attacker.standings,
      workplace: null,
    }));
  const users = workplaceRoles.flatMap((workplace) =>
    (['dashboard', 'mobile_app'] as const).map((channel): Caller => {
      const { id, tokens } = office[workplace];
      const token = tokens[channel];
      const label = `${workplace} by ${channel}`;
      return { label, kind: 'session', channel, token, memberId: id, standings: nowhere, workplace };
    }),
  );
  const plain = { channel: null, memberId: attackers.owner.person.id, standings: nowhere, workplace: null } as const;
  return [
    ...hospitalityStandings.flatMap((standing) => withTokens(standing, attackers[standing])),
    ...users,
    ...withTokens('somebody removed', removed, true),
    { ...plain, label: 'nobody', kind: 'nobody', token: undefined },
    { ...plain, label: 'a guessed token', kind: 'nobody', token: 'lws_guessed' },
    { ...plain, label: 'the operator', kind: 'operator', token: test.portal.operatorKey.reveal() },
  ];
}

async function attack(operation: OperationId, caller: Caller, target: Target, fresh: boolean): Promise<Verdict> {
  const route: Route = routes[operation];
  const { method, path, precondition, idempotency } = route;
  const params = await targets[fresh ? 'fresh' : 'shared'](path, target, caller.memberId);
  const payload = payloads[operation](world, target);
  const query = route.sends === 'query' ? `?${new URLSearchParams(payload as Record<string, string>)}` : '';
  const response = await test.send(method, `${operationPath(routes[operation], params)}${query}`, {
    ...(caller.token === undefined ? {} : { token: caller.token }),
    ...(route.sends === 'body' ? { body: payload } : {}),
    headers: {
      ...(precondition === 'version' ? { 'if-match': '*' } : {}),
      ...(idempotency === 'required' ? { 'idempotency-key': randomUUID() } : {}),
    },
  });
  requests += 1;
  if (response.headers.get('content-type') === 'text/event-stream') await response.body?.cancel();
  if (response.ok) return 'allowed';
  const problem = (await response.json()) as {
    readonly code: Verdict;
    readonly rows?: readonly { readonly code: string }[];
  };
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
const inOrder = (Object.keys(routes) as OperationId[]).sort(
  (one, other) => Number(guesses.has(one)) - Number(guesses.has(other)),
);

const reads = new Set<OperationId>(
  (Object.entries(routes) as [OperationId, Route][]).flatMap(([operation, { method }]) =>
    method === 'GET' ? [operation] : [],
  ),
);

async function rightCaller(operation: OperationId, caller: Caller): Promise<Caller> {
  if (operation !== 'deleteCurrentSession' || caller.kind !== 'session') return caller;
  // Signing out ends the token: each tries it on a session of its own.
  const email = world.identities.get(caller.memberId)?.[1] ?? '';
  return { ...caller, token: await newSession(test, email, caller.workplace === null ? 'portal_app' : 'dashboard') };
}

describe('G10, G24–G35, G54, P-19, P-21: every route, by everybody, on every target', () => {
  it.each(inOrder)('%s', async (operation) => {
    const wrong: string[] = [];
    for (const caller of callers) {
      for (const target of targetsOf(routes[operation].path)) {
        if (endsItself(operation, target)) continue;
        const expected = oracle.verdict(operation, caller, target);
        const fresh = expected === 'allowed' && !reads.has(operation);
        const got = await attack(operation, await rightCaller(operation, caller), target, fresh);
        if (got === 'rate-limited' && guesses.has(operation)) continue;
        if (got !== expected) wrong.push(`${caller.label} on ${JSON.stringify(target)}: ${got}, not ${expected}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('was tried some twenty thousand times', () => {
    expect(requests).toBeGreaterThan(15_000);
    expect(test.log.filter((line) => line.includes('request failed'))).toEqual([]);
  });
});
