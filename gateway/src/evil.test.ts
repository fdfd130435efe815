import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeGatewayMessage, gatewayTopic, parseGatewayMessage, parseGatewayTopic } from '@latchwork/contract';
import { type Authority, performUnlock, signCommandToken, signPropertyCertificate } from '@latchwork/lock-protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeBase64url } from './base64url.js';
import { inTime, liveThroughWeek, type RecordedWeek } from './evil.test-rig.js';
import { address, crypto, rigConfig, startLoggedGateway } from './gateway.test-rig.js';
import { lockLinkOf } from './lock-link.js';

let week: RecordedWeek;
let movesBefore: number;
let timesBefore: number;

beforeAll(async () => {
  week = await liveThroughWeek();
  movesBefore = week.lock.moves.length;
  timesBefore = week.lock.timesTold.length;
});

afterAll(async () => {
  await week?.[Symbol.asyncDispose]();
});

const fromBase64url = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'));
const textOf = (payload: Uint8Array) => Buffer.from(payload).toString();

function recordedOf<Kind extends 'cmd' | 'desired' | 'pass'>(kind: Kind) {
  return week.messages
    .filter(
      ({ topic, payload }) => topic.startsWith('olp/') && parseGatewayTopic(topic).kind === kind && payload.length > 0,
    )
    .map(({ payload }) => parseGatewayMessage(kind, textOf(payload)));
}

/** Calls the lock with the gateway's own keys, and gives what it says. */
async function call(
  authority: (challenge: Uint8Array, commandId: Uint8Array) => Authority,
  commandId: Uint8Array = randomBytes(8),
): Promise<string> {
  const { rig, lock } = week;
  // No guess is slowed down by the one before.
  await rig.clock.advance(60_000);
  const stored = await readFile(join(rig.config.dataDir, 'gateway-x25519.secret'), 'utf8');
  const link = await rig.central.connect(lock.tag, { timeoutMs: 1_000 });
  const work = performUnlock({
    ...{ crypto, link: lockLinkOf(link), lockPublicKey: lock.publicKey, info: link.info },
    caller: crypto.x25519KeyPair(new Uint8Array(Buffer.from(stored.trim(), 'hex'))),
    command: { commandId, action: 'unlock', ttlMs: 4_000, intent: 'staff' },
    authority: async (challenge) => authority(challenge, commandId),
    now: () => rig.clock.monotonic(),
    startTimer: (delayMs, elapsed) => rig.clock.after(delayMs, elapsed),
  });
  const answer = await inTime(rig, work);
  await link.close();
  return answer === 'failed' ? 'failed' : answer.code;
}

async function expectNothingMoved(): Promise<void> {
  const { lock } = week;
  expect(lock.moves).toHaveLength(movesBefore);
  expect(lock.timesTold).toHaveLength(timesBefore);
  for (const digits of [week.revokedDigits.at(0), week.revokedDigits.at(-1)]) {
    expect(await week.opensBy(digits ?? '')).toBe(false);
  }
  // And the lock is not deaf: it refuses those, and opens for who may.
  expect(await week.opensBy(week.validDigits)).toBe(true);
  movesBefore = lock.moves.length;
}

/** A gateway without a memory, to whom all of this is said as if the portal did; the time is told with an old token too. */
async function carryOut(told: readonly { readonly topic: string; readonly text: string }[]): Promise<void> {
  const { rig } = week;
  const folder = join(rig.config.dataDir, '..', `fresh-${randomBytes(4).toString('hex')}`);
  const log: string[] = [];
  const config = rigConfig(rig.broker.url, folder);
  await using gateway = await startLoggedGateway({ config, central: rig.central, clock: rig.clock, log });
  rig.central.setState('ready');
  await inTime(
    rig,
    new Promise<void>((resolve) => {
      const look = setInterval(() => {
        if (!gateway.readiness().broker) return;
        clearInterval(look);
        resolve();
      }, 2);
    }),
  );
  for (const { topic, text } of told) {
    await rig.broker.publish({ topic, payload: Buffer.from(text), qos: 1 });
    for (let turn = 0; turn < 20; turn += 1) {
      await rig.clock.advance(500);
      rig.central.advertise();
    }
  }
}

describe('T13: a gateway with all its keys and the traffic of a week', () => {
  test('has recorded what it takes: unlocks, sets, revocations, time and a right to read logs', () => {
    const types = recordedOf('cmd').map(({ type }) => type);
    expect(types.filter((type) => type === 'token')).toHaveLength(7);
    expect(types.filter((type) => type === 'time-token').length).toBeGreaterThanOrEqual(7);
    expect(recordedOf('desired')).toHaveLength(14);
    expect(recordedOf('pass')[0]?.grants).toHaveLength(1);
    expect(week.written.flat().length).toBeGreaterThan(50);
  });

  test('opens nothing with the tokens of the week', async () => {
    for (const message of recordedOf('cmd')) {
      if (message.type !== 'token') continue;
      const [token, certificate] = [fromBase64url(message.token), fromBase64url(message.certificate)];
      const commandId = new Uint8Array(Buffer.from(message.commandId, 'hex'));
      expect(await call(() => ({ kind: 'token', token, certificate }), commandId)).not.toBe('ok');
    }
    await expectNothingMoved();
  });

  test('opens nothing with the frames of the week, written as they were', async () => {
    const { rig, lock, written } = week;
    for (const frames of written) {
      await rig.clock.advance(60_000);
      const link = await rig.central.connect(lock.tag, { timeoutMs: 1_000 });
      for (const frame of frames) {
        await link.write(frame, { withResponse: false }).catch(() => undefined);
        await rig.clock.advance(10);
      }
      await link.close();
    }
    await expectNothingMoved();
  });

  test('opens nothing with tokens of its own, under the certificates of the week or one of its own', async () => {
    const { rig, lock } = week;
    const own = crypto.ed25519KeyPair();
    const issuedAt = Math.floor(rig.clock.now() / 1_000);
    const { property, epoch } = rig.property.trust;
    const made = signPropertyCertificate(crypto, own.secret, {
      ...{
        property,
        publicKey: own.publicKey,
        use: 'cmd',
        epoch,
        notBefore: issuedAt - 60,
        expires: issuedAt + 86_400,
      },
    });
    const certificates = recordedOf('cmd').flatMap((one) =>
      one.type === 'token' ? [fromBase64url(one.certificate)] : [],
    );
    for (const certificate of [made, certificates[0] ?? made]) {
      const code = await call((challenge, commandId) => ({
        kind: 'token',
        certificate,
        token: signCommandToken(crypto, own.secret, {
          ...{ lock: lock.tagBytes, commandId, action: 'unlock', challenge, epoch },
          ...{ issuedAt: Math.floor(rig.clock.now() / 1_000), expires: Math.floor(rig.clock.now() / 1_000) + 20 },
        }),
      }));
      expect(code).not.toBe('ok');
    }
    await expectNothingMoved();
  });

  test('opens nothing with its right to read the log', async () => {
    const grant = recordedOf('pass')[0]?.grants[0];
    const [object, certificate] = [grant?.object, grant?.certificate].map((text) => fromBase64url(text ?? ''));
    if (object === undefined || certificate === undefined) expect.unreachable();
    expect(await call(() => ({ kind: 'grant', grant: object, certificate }))).not.toBe('ok');
    await expectNothingMoved();
  });

  test('brings no code back and sets no clock with the sets, bulletins and time tokens of the week', async () => {
    const { messages } = week;
    await carryOut(
      messages
        .filter(({ topic, payload }) => /\/desired\//.test(topic) && payload.length > 0)
        .slice(0, -1)
        .map(({ topic, payload }) => ({ topic, text: textOf(payload) })),
    );
    await expectNothingMoved();
  });

  test('changes nothing in a set that it carries', async () => {
    const newest = week.messages.findLast(({ topic, payload }) => /\/desired\//.test(topic) && payload.length > 0);
    if (newest === undefined) expect.unreachable();
    const message = parseGatewayMessage('desired', textOf(newest.payload));
    const bent = (text: string, at: number) => {
      const bytes = fromBase64url(text);
      const place = at % bytes.length;
      bytes[place] = (bytes[place] ?? 0) ^ 1;
      return encodeBase64url(bytes);
    };
    const standing = { ...message.standing, revision: message.standing.revision + 1 };
    const told = [3, 40, 77].flatMap((at) => {
      const { set, bulletin } = message;
      if (set === undefined) return [];
      const changed = [
        { ...message, standing, set: { ...set, revision: standing.revision, manifest: bent(set.manifest, at) } },
        {
          ...message,
          standing,
          set: { ...set, buckets: set.buckets.map((boxes) => boxes.map((box) => bent(box, at))) },
        },
        ...(bulletin === undefined
          ? []
          : [{ ...message, standing, bulletin: { ...bulletin, object: bent(bulletin.object, at) } }]),
      ];
      return changed.map((each) => ({ topic: newest.topic, text: encodeGatewayMessage('desired', each) }));
    });
    await carryOut(told);
    await expectNothingMoved();
  });

  test('holds no card key and no digits: neither in its folder nor in anything that passed it', () => {
    const passed = [
      ...week.messages.map(({ payload }) => payload),
      ...week.written.flat(),
      ...week.notified,
      ...week.files,
    ];
    const decoded = passed.flatMap((bytes) =>
      (textOf(bytes).match(/[A-Za-z0-9_-]{8,}/g) ?? []).flatMap((text) => [
        Buffer.from(text, 'base64url'),
        Buffer.from(text, 'hex'),
      ]),
    );
    for (const secret of week.secrets) {
      expect([...passed, ...decoded].filter((bytes) => Buffer.from(bytes).includes(Buffer.from(secret)))).toEqual([]);
    }
  });
});

describe('T14: a broker with everything that passed it', () => {
  test('moves no bolt: neither with all of it again, nor with commands of its own and the answers of the week', async () => {
    const { rig, lock } = week;
    const topic = gatewayTopic(address, 'cmd');
    const again = week.messages
      .filter((message) => message.topic === topic)
      .map(({ payload }) => ({ topic, text: textOf(payload) }));
    const token = recordedOf('cmd').findLast(({ type }) => type === 'token');
    if (token?.type !== 'token') expect.unreachable();
    rig.portal.answer = ({ commandId, challenge }) => {
      void rig.broker.publish({
        topic,
        payload: Buffer.from(encodeGatewayMessage('cmd', { ...token, commandId, challenge })),
      });
    };
    const asked = rig.portal.challenges.length;
    const forged = Array.from({ length: 3 }, () => ({
      topic,
      text: encodeGatewayMessage('cmd', {
        ...rig.command(lock),
        deadline: rig.clock.now() + 86_400_000,
        ttlMs: 30_000,
      }),
    }));
    await carryOut([...again, ...forged]);
    // It was asked for a token at the door each time, and that is where it ended.
    expect(rig.portal.challenges.length).toBeGreaterThan(asked);
    await expectNothingMoved();
  });

  test('and the honest portal opens the door as ever', async () => {
    const { rig, lock } = week;
    const tag = lock.tagBytes;
    expect(await call((challenge, commandId) => rig.property.authorize({ tag, commandId, challenge }))).toBe('ok');
    rig.portal.answer = 'token';
    await rig.startGateway();
    const command = rig.command(lock);
    await rig.portal.send(command);
    expect(await rig.portal.result(command.commandId)).toMatchObject({ outcome: 'executed' });
  });
});
