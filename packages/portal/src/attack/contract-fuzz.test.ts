import { type OperationId, problemCodesOf, type Route, readProblem, routes } from '@latchwork/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import { operationIds } from './attack-sender.test-rig.js';
import { type AttackWorld, buildAttackWorld } from './attack-world.test-rig.js';
import { type FuzzedRequest, fuzzedRequests, type KnownIds } from './contract-inputs.test-rig.js';

let test: TestPortal;
let world: AttackWorld;
let ids: KnownIds;
let requests = 0;
const runs = 60;
/** Bounds a hang and nothing else. */
const answeredWithinMs = 20_000;

beforeAll(async () => {
  test = await startTestPortal();
  world = await buildAttackWorld(test);
  const { things, tenants, attackers } = world;
  const all = [things, tenants, Object.values(attackers).map(({ person }) => person.id)];
  const found = JSON.stringify(all).match(/[a-z]+_[0-7][0-9a-hjkmnp-tv-z]{25}/g) ?? [];
  ids = Object.fromEntries(
    [...new Set(found)].map((id) => [
      id.split('_')[0] ?? '',
      found.filter((one) => one.split('_')[0] === id.split('_')[0]),
    ]),
  );
}, 120_000);
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

/** What ends the sessions, apps and people that the other routes are tried with. */
const last: readonly OperationId[] = ['leave', 'revokeMyAppGrant', 'endSession', 'deleteCurrentSession'];
const inOrder = [...operationIds].sort((one, other) => last.indexOf(one) - last.indexOf(other));

const tokens = (): readonly (string | undefined)[] => {
  const { attackers, office } = world;
  const { organization_owner, general_manager, housekeeping, installer } = attackers;
  return [
    organization_owner.tokens.dashboard,
    organization_owner.tokens.api,
    organization_owner.tokens.integrated_app,
    general_manager.tokens.portal_app,
    housekeeping.tokens.portal_app,
    installer.tokens.portal_app,
    world.arranger.token,
    office.member.tokens['mobile_app'],
    test.portal.operatorKey.reveal(),
    undefined,
  ];
};

async function send(route: Route, request: FuzzedRequest, token: string | undefined): Promise<Response> {
  const path = route.path.replace(/:(\w+)/g, (_, name: string) => encodeText(request.params[name] ?? ''));
  const query = request.query.map(([name, value]) => `${encodeText(name)}=${encodeText(value)}`).join('&');
  const { body } = request;
  // A reading carries no body: the platform itself refuses one.
  const text = route.method === 'GET' || body === undefined ? {} : { text: JSON.stringify(body) ?? '' };
  return await test.send(route.method, `${path}${query === '' ? '' : `?${query}`}`, {
    ...(token === undefined ? {} : { token }),
    ...text,
    headers: Object.fromEntries(Object.entries(request.headers).filter(([, value]) => isHeader(value))),
  });
}

/** Half of a surrogate pair cannot be sent at all. */
const encodeText = (text: string) => encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'));

function isHeader(value: string): boolean {
  try {
    return new Headers({ x: value }).has('x');
  } catch {
    return false;
  }
}

async function readAll(response: Response): Promise<string> {
  if (response.headers.get('content-type') !== 'text/event-stream') return await response.text();
  await response.body?.cancel();
  return '';
}

async function hurried<Value>(of: Promise<Value>): Promise<Value> {
  const clock = { timer: undefined as NodeJS.Timeout | undefined };
  const late = new Promise<never>((_, reject) => {
    clock.timer = setTimeout(() => reject(new Error('No answer.')), answeredWithinMs);
  });
  return await Promise.race([of, late]).finally(() => clearTimeout(clock.timer));
}

/** An address that is none of the route's, because of what was put into it. */
const isElsewhere = ({ params }: FuzzedRequest) => Object.values(params).some((value) => value === '');

describe('bad input from the contract is never a 500', () => {
  it.each(inOrder)(
    '%s answers with a reply or a problem that it names',
    async (operation) => {
      const route: Route = routes[operation];
      await fc.assert(
        fc.asyncProperty(fuzzedRequests(operation, ids), fc.constantFrom(...tokens()), async (request, token) => {
          const response = await hurried(send(route, request, token));
          const text = await hurried(readAll(response));
          requests += 1;
          expect(response.status).toBeLessThan(500);
          if (isElsewhere(request)) return;
          if (response.status < 400) {
            expect(route.statuses).toContain(response.status);
            return;
          }
          expect(response.headers.get('content-type')).toBe('application/problem+json');
          const problem = readProblem(JSON.parse(text));
          expect(problem?.status).toBe(response.status);
          const named: readonly (string | undefined)[] = problemCodesOf(route);
          expect(named).toContain(problem?.code);
        }),
        { numRuns: runs, endOnFailure: false },
      );
      expect(test.log.filter((line) => line.includes('request failed'))).toEqual([]);
    },
    120_000,
  );

  it('was tried thousands of times', () => {
    expect(requests).toBeGreaterThan(6_000);
  });
});
