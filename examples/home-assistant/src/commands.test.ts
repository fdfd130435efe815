import { type ActionAttempt, createProblem, type ProblemCode, type ProblemDetails } from '@latchwork/contract';
import { startTestBroker, type TestBroker } from '@latchwork/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  addSilentDoor,
  giveKey,
  type Home,
  type Hostel,
  openHostel,
  patience,
  type Running,
  startBridge,
  startHome,
} from './bridge.test-rig.js';

type Asked = 'unlock' | 'attempt' | 'other';
const kindOf = ({ method, url }: Request): Asked => {
  if (method === 'POST' && url.endsWith('/unlock')) return 'unlock';
  return /\/attempts\/[^/]+$/.test(new URL(url).pathname) ? 'attempt' : 'other';
};
function problem<Code extends ProblemCode>(code: Code, details: ProblemDetails<Code>): Response {
  const body = createProblem(code, details);
  return Response.json(body, { status: body.status, headers: { 'content-type': 'application/problem+json' } });
}

const attemptId = `att_${'0'.repeat(26)}` as ActionAttempt['id'];

let hostel: Hostel;
let broker: TestBroker;
let home: Home;
let running: Running;
let moved: number;
/** What is asked of the portal, whatever becomes of it. */
let asked: Asked[];
let bodies: unknown[];
const countMove = ({ bolt }: { readonly bolt: string }) => {
  if (bolt === 'unlocked') moved += 1;
};

beforeAll(async () => {
  hostel = await openHostel();
}, 120_000);
afterAll(async () => {
  await hostel?.world[Symbol.asyncDispose]();
});
beforeEach(async () => {
  broker = await startTestBroker();
  home = await startHome(broker.url);
  [moved, asked, bodies] = [0, [], []];
  hostel.world.lock.events.on('bolt', countMove);
});
afterEach(async () => {
  hostel.world.lock.events.off('bolt', countMove);
  await running.stop();
  await home.client.endAsync(true);
  await broker.close();
});

const topic = (deviceId: string, leaf: string) => `latchwork/${hostel.world.propertyId}/${deviceId}/${leaf}`;
const said = (deviceId: string, leaf: string) => JSON.parse(home.kept.get(topic(deviceId, leaf)) ?? '{}');
const command = (deviceId: string) => home.client.publishAsync(topic(deviceId, 'set'), 'UNLOCK');
const resultsOf = (deviceId: string) =>
  home.heard.filter((one) => one.topic === topic(deviceId, 'result')).map(({ text }) => JSON.parse(text));

type Answer = (kind: Asked, forward: () => Promise<Response>) => Promise<Response>;

/** Starts the bridge, with this in the way of what it asks of the portal. */
async function start(answer: Answer = async (_, forward) => await forward()): Promise<void> {
  running = await startBridge(hostel, {
    ...{ url: broker.url, deadlineMs: 2_000 },
    fetch: async (request) => {
      asked.push(kindOf(request));
      if (kindOf(request) === 'unlock') bodies.push(await request.clone().json());
      const ended = new Promise<never>((_, reject) => {
        request.signal.addEventListener('abort', () => reject(request.signal.reason));
      });
      return await Promise.race([ended, answer(kindOf(request), async () => await fetch(request))]);
    },
  });
  const topics = [`latchwork/${hostel.world.propertyId}/bridge`, topic(hostel.deviceId, 'reach')];
  await expect.poll(() => topics.map((one) => home.kept.get(one)), patience).toEqual(['online', 'online']);
}
/** This instead of the portal's reply to an unlock, which the portal never gets. */
const toUnlock =
  (reply: () => Response): Answer =>
  async (kind, forward) =>
    kind === 'unlock' ? reply() : await forward();
/** This made of the portal's account of the attempt. */
const ofAttempt =
  (change: (attempt: object) => Response): Answer =>
  async (kind, forward) => {
    const reply = await forward();
    return kind === 'attempt' && reply.ok ? change((await reply.json()) as object) : reply;
  };
const noReply = (): never => {
  throw new TypeError('fetch failed');
};

describe('an unlock of which this is not known is told as unknown, neither as refused nor as done', () => {
  test.each<[string, string, Answer]>([
    [
      'whether it arrived before the connection broke',
      'network',
      async (kind, forward) => {
        const reply = await forward();
        return kind === 'unlock' ? noReply() : reply;
      },
    ],
    ['how the portal’s own fault ended', 'internal', toUnlock(() => problem('internal', { detail: 'A fault.' }))],
    [
      'how an earlier try ends',
      'idempotency-key-in-use',
      toUnlock(() => problem('idempotency-key-in-use', { detail: 'Still.' })),
    ],
    ['what the portal said to a proxy', 'invalid-response', toUnlock(() => new Response('<html>', { status: 403 }))],
    ['what came of it in time', 'timeout', ofAttempt((one) => Response.json({ ...one, state: 'sent', code: null }))],
    [
      'what the lock did',
      'link-lost',
      ofAttempt((one) => Response.json({ ...one, state: 'unknown', code: 'link-lost' })),
    ],
    [
      'what the portal would say now',
      'unauthenticated',
      ofAttempt(() => problem('unauthenticated', { detail: 'Ended.' })),
    ],
    ['what it said while the connection was broken', 'network', ofAttempt(noReply)],
  ])('%s', { timeout: 60_000 }, async (_, code, answer) => {
    await start(answer);
    await command(hostel.deviceId);
    await expect.poll(() => resultsOf(hostel.deviceId), patience).toMatchObject([{ outcome: 'unknown', code }]);
  });
});

describe('an unlock that is known not to have opened is told so, with its code', () => {
  test.each<[string, object, Answer]>([
    [
      'a problem',
      { outcome: 'refused', code: 'scope-missing', attemptId: null },
      toUnlock(() => problem('scope-missing', { detail: 'No.', scope: 'unlock' })),
    ],
    [
      'a decision',
      { outcome: 'refused', code: 'lockdown', attemptId: attemptId },
      toUnlock(() => problem('unlock-refused', { detail: 'No.', because: 'lockdown', explanation: 'No.', attemptId })),
    ],
    [
      'the lock’s word',
      { outcome: 'refused', code: 'jammed', attemptId: expect.stringMatching(/^att_/) },
      ofAttempt((one) => Response.json({ ...one, state: 'refused', code: 'jammed' })),
    ],
    [
      'a command that was not carried out',
      { outcome: 'expired', code: 'lock-unreachable', attemptId: expect.stringMatching(/^att_/) },
      ofAttempt((one) => Response.json({ ...one, state: 'expired', code: 'lock-unreachable' })),
    ],
  ])('%s', async (_, result, answer) => {
    await start(answer);
    await command(hostel.deviceId);
    await expect.poll(() => resultsOf(hostel.deviceId), patience).toMatchObject([result]);
  });
});

test('a command goes once, with its deadline; under way when the bridge ends, it is told as unknown before that', async () => {
  await start(async (kind, forward) =>
    kind === 'unlock' ? await new Promise<never>(() => undefined) : await forward(),
  );
  await command(hostel.deviceId);
  await expect.poll(() => bodies, patience).toEqual([{ deadlineMs: 2_000 }]);
  home.heard.splice(0);
  await running.stop();
  const bridge = `latchwork/${hostel.world.propertyId}/bridge`;
  await expect.poll(() => home.kept.get(bridge), patience).toBe('offline');
  expect(home.heard.map((one) => one.topic)).toEqual([topic(hostel.deviceId, 'result'), bridge]);
  expect(said(hostel.deviceId, 'result')).toMatchObject({ outcome: 'unknown', code: 'aborted' });
});

test('after an unknown end nothing is claimed of the bolt until the lock has said more', async () => {
  let isCut = false;
  await start(async (kind, forward) => (isCut && kind === 'unlock' ? noReply() : await forward()));
  const shown = () => said(hostel.deviceId, 'state');
  await command(hostel.deviceId);
  await expect.poll(() => resultsOf(hostel.deviceId), patience).toMatchObject([{ outcome: 'confirmed', code: 'ok' }]);
  await expect.poll(shown, patience).toMatchObject({ bolt: 'UNLOCKED' });
  isCut = true;
  await command(hostel.deviceId);
  await expect.poll(shown, patience).toMatchObject({ bolt: 'None' });
  isCut = false;
  await command(hostel.deviceId);
  await expect.poll(shown, patience).toMatchObject({ bolt: 'UNLOCKED' });
  expect(resultsOf(hostel.deviceId).map(({ outcome }) => outcome)).toEqual(['confirmed', 'unknown', 'confirmed']);
});

test('of many commands at once each door gets one, and the others are refused and never carried out', {
  timeout: 120_000,
}, async () => {
  const { world, deviceId } = hostel;
  const { propertyId } = world;
  const silent = [
    await addSilentDoor(world, { propertyId, number: 8 }),
    await addSilentDoor(world, { propertyId, number: 9 }),
  ];
  await giveKey(
    world,
    silent.map(({ entranceId }) => entranceId),
  );
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await start(async (kind, forward) => {
    if (kind === 'unlock') await held;
    return await forward();
  });
  const doors = [deviceId, ...silent.map((door) => door.deviceId)];
  await expect.poll(() => doors.every((door) => home.kept.has(topic(door, 'state'))), patience).toBe(true);
  for (let round = 0; round < 20; round += 1) for (const door of doors) await command(door);
  const outcomesOf = (door: string) =>
    running.said.flatMap((one) => (one['deviceId'] === door ? [`${one['outcome']} ${one['code']}`] : []));
  const busy = Array(19).fill('refused busy');
  await expect.poll(() => doors.map((door) => outcomesOf(door).length), patience).toEqual([19, 19, 19]);
  expect(doors.map(outcomesOf)).toEqual([busy, busy, busy]);
  release();
  await expect.poll(() => doors.map((door) => outcomesOf(door).length), patience).toEqual([20, 20, 20]);
  expect(outcomesOf(deviceId).at(-1)).toBe('confirmed ok');
  for (const door of doors.slice(1)) expect(outcomesOf(door).at(-1)).toMatch(/^(expired|refused) (?!busy)/);
  // One of each, and it is the next command that is carried out, none of those.
  expect(asked.filter((kind) => kind === 'unlock')).toHaveLength(3);
  expect(moved).toBe(1);
  await command(deviceId);
  await expect.poll(() => outcomesOf(deviceId).at(20), patience).toBe('confirmed ok');
  expect(asked.filter((kind) => kind === 'unlock')).toHaveLength(4);
});
