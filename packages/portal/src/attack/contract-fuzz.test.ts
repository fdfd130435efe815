import { type OperationId, problemCodesOf, type Route, readProblem, routes } from '@latchwork/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import { operationIds } from './attack-sender.test-rig.js';
import { type AttackWorld, buildAttackWorld } from './attack-world.test-rig.js';
import { type FuzzedRequest, fuzzedRequests, type KnownIds } from './contract-inputs.test-rig.js';
import { type RawReply, sendRaw } from './raw-socket.test-rig.js';

let test: TestPortal;
let world: AttackWorld;
let ids: KnownIds;
let requests = 0;
const runs = 80;
/** Bounds a hang and nothing else. */
const answeredWithinMs = 20_000;

beforeAll(async () => {
  test = await startTestPortal();
  world = await buildAttackWorld(test);
  const { things, tenants, identities } = world;
  // The own ones twice: most requests are to reach something, but nobody whose tokens the requests are sent with.
  const all = [things.harbor, things.harbor, tenants.own, tenants.own, things.cove, things.other, tenants.other];
  const kept = new Set([...identities.keys(), world.arranger.id, world.otherOwner.id]);
  const offers = test.portal.projection.invitations.all().filter(({ memberId }) => !kept.has(memberId));
  ids = idsByPrefix(JSON.stringify([all, offers.map(({ id, memberId }) => [id, memberId])]));
}, 120_000);
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

function idsByPrefix(text: string): KnownIds {
  const found = text.match(/[a-z]+_[0-7][0-9a-hjkmnp-tv-z]{25}/g) ?? [];
  const prefixes = new Set(found.flatMap((id) => id.split('_')[0] ?? []));
  return Object.fromEntries([...prefixes].map((prefix) => [prefix, found.filter((id) => id.startsWith(`${prefix}_`))]));
}

/** What ends the sessions, apps and people that the other routes are tried with. */
const last: readonly OperationId[] = ['leave', 'revokeMyAppGrant', 'endSession', 'deleteCurrentSession'];
const inOrder = [...operationIds].sort((one, other) => last.indexOf(one) - last.indexOf(other));

/** Who sends it: mostly whoever may do most, so that what is odd gets past the question who asks. */
function tokensFor({ auth }: Route): fc.Arbitrary<string | undefined> {
  const { attackers, office } = world;
  const { organization_owner, general_manager, housekeeping, installer } = attackers;
  const operator = test.portal.operatorKey.reveal();
  const most = auth === 'operator' ? [operator] : [world.arranger.token, organization_owner.tokens.dashboard];
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...most) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        ...[organization_owner.tokens.api, organization_owner.tokens.integrated_app, general_manager.tokens.portal_app],
        ...[housekeeping.tokens.portal_app, installer.tokens.portal_app, office.member.tokens['mobile_app']],
        ...[operator, undefined, 'lws_', '\u00ff'],
      ),
    },
  );
}

/** Sends it over a socket, or without a network where the platform would let it pass. */
async function send(
  route: Route,
  { params, query, headers, body }: FuzzedRequest,
  by: { readonly token: string | undefined; readonly socket: boolean },
): Promise<RawReply | undefined> {
  const filled = route.path.replace(/:(\w+)/g, (_, name: string) => encodeText(params[name] ?? ''));
  const pairs = query.map(([name, value]) => `${encodeText(name)}=${encodeText(value)}`).join('&');
  const path = `${filled}${pairs === '' ? '' : `?${pairs}`}`;
  // A reading carries no body: the platform itself refuses one.
  const text = route.method === 'GET' || body === undefined ? undefined : JSON.stringify(body);
  const { token, socket } = by;
  const given = {
    ...(text === undefined ? {} : { 'content-type': 'application/json' }),
    ...headers,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  if (socket) {
    return await sendRaw(test.portal.httpUrl, {
      method: route.method,
      path,
      headers: given,
      ...(text === undefined ? {} : { body: text }),
    });
  }
  const fitting = Object.entries(given).filter(([, value]) => isHeader(value));
  const options = { headers: Object.fromEntries(fitting), ...(text === undefined ? {} : { text }) };
  const response = await test.send(route.method, path, options);
  const contentType = response.headers.get('content-type') ?? '';
  const isStream = contentType === 'text/event-stream';
  if (isStream) await response.body?.cancel();
  return { status: response.status, contentType, text: isStream ? '' : await response.text() };
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
        fc.asyncProperty(
          fuzzedRequests(operation, ids),
          tokensFor(route),
          fc.boolean(),
          async (request, token, socket) => {
            const reply = await hurried(send(route, request, { token, socket }));
            if (reply === undefined) return;
            const { status, contentType, text } = reply;
            requests += 1;
            expect(status).not.toBe(500);
            if (isElsewhere(request)) return;
            if (status < 400) {
              expect(route.statuses).toContain(status);
              return;
            }
            // What is no request of HTTP at all never reaches a route.
            if (socket && status === 400 && text === '') return;
            expect(contentType).toBe('application/problem+json');
            const problem = readProblem(JSON.parse(text));
            expect(problem?.status).toBe(status);
            const named: readonly (string | undefined)[] = problemCodesOf(route);
            expect(named).toContain(problem?.code);
            // Only what the route itself names: no gateway is there, or the deadline has passed.
            if (status > 500) expect(route.problems).toContain(problem?.code);
          },
        ),
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
