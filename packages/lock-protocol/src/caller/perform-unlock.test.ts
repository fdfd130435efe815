import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { createPortableCrypto } from '../crypto/portable-crypto.js';
import { splitMessage } from '../encoding/frame.js';
import type { SuiteName } from '../encoding/gatt.js';
import { createScene, faultOf, framesOf, messageSizes } from '../lock/command-scene.test-rig.js';
import { everySuite } from '../noise/suite.test-rig.js';
import { byToken, settle } from '../session.test-rig.js';
import { withPlainTables } from '../spec-text.test-rig.js';
import type { PerformUnlockOptions } from './perform-unlock.js';

describe.each([createNodeCrypto(), createPortableCrypto()])('one command on the $name provider', (crypto) => {
  test('opens the door with a token, and says where the log ends', async () => {
    const { door, unlock } = createScene(crypto);
    const answer = await unlock(door.connect());
    expect(answer).toMatchObject({ code: 'ok', bolt: 'unlocked', batteryPercent: 80, logSeq: 1, repeated: false });
    expect(door.moves).toHaveLength(1);
    expect(door.log).toMatchObject([{ type: 'unlock', result: 'ok', seq: 1 }]);
  });

  test('opens the door with a grant of its holder', async () => {
    const { door, property, caller, unlock } = createScene(crypto);
    const grant = property.grant({ locks: [door.tag], holderPublicKey: caller.publicKey });
    const authority = async () => ({ kind: 'grant', grant, certificate: property.certificates.grant }) as const;
    expect((await unlock(door.connect(), { authority })).code).toBe('ok');
  });

  test.each([
    { suite: 'x25519ChaChaPoly', sizes: [48, 71] },
    { suite: 'p256AesGcm', sizes: [49, 72] },
  ] as const)(
    'P11, T25: an unlock is four messages in two round trips, message 3 at most 241 bytes: $suite',
    async ({ suite, sizes }) => {
      const { door, unlock, warm } = createScene(crypto, suite);
      await warm();
      const link = door.connect({ mtu: 247 });
      expect((await unlock(link)).code).toBe('ok');
      const [first = 0, third = 0] = messageSizes(framesOf(link));
      expect(messageSizes(link.notified)).toEqual([sizes[1], 49]);
      expect(first).toBe(sizes[0]);
      expect(third).toBeLessThanOrEqual(241);
      // One frame each way, twice, and no write that waits for a response.
      expect(link.written).toHaveLength(2);
      expect(link.notified).toHaveLength(2);
      expect(link.written.every(({ withResponse }) => !withResponse)).toBe(true);
    },
  );
});

async function sizesOf(suite: SuiteName): Promise<readonly number[]> {
  const { door, property, caller, unlock } = createScene(createNodeCrypto(), suite);
  const cold = door.connect();
  await unlock(cold);
  cold.close();
  const grant = property.grant({
    locks: [door.tag],
    holderPublicKey: caller.publicKey,
    rights: ['unlock', 'lock', 'local', 'remote'],
  });
  const link = door.connect();
  await unlock(link, { authority: async () => ({ kind: 'grant', grant, certificate: property.certificates.grant }) });
  const [first = 0, token = 0, certificate = 0] = messageSizes(framesOf(cold));
  const [second = 0, result = 0] = messageSizes(cold.notified);
  const shown = messageSizes(framesOf(link))[1] ?? 0;
  return [first, second, token, shown, certificate, result];
}

test('the messages have the sizes and frames that SPEC §8 says', async () => {
  const names = [
    '1: e, es',
    '2: e, ee, 23-byte hello',
    '3: s, se, token and command',
    '3: s, se, grant for one lock and command',
    'certificate and command, as a later request',
    'result',
  ];
  const sizes = await Promise.all(everySuite.map(sizesOf));
  const cells = (size: number) => {
    const frames = [23, 185, 247, 517].map(
      (mtu) => splitMessage(new Uint8Array(size), { mtu, firstCounter: 0 }).frames.length,
    );
    return `| ${size} | ${frames.join(' / ')} `;
  };
  const rows = names.map((name, row) => `| ${name} ${sizes.map((of) => cells(of[row] ?? 0)).join('')}|`);
  const spec = withPlainTables(readFileSync(new URL('../../SPEC.md', import.meta.url), 'utf8'));
  expect(spec).toContain(rows.join('\n'));
});

describe('performUnlock', () => {
  test('writes nothing with the key of a lock’s other suite, or with a key of no suite', async () => {
    const { crypto, door, unlock } = createScene(createNodeCrypto(), 'p256AesGcm');
    const mixed = door.connect();
    const other = { lockPublicKey: door.publicKeys.x25519ChaChaPoly };
    const length = { code: 'handshake', reason: 'length', commandWritten: false };
    expect(await faultOf(unlock(mixed, other))).toEqual(length);
    expect(mixed.written).toHaveLength(0);
    mixed.close();
    const odd = door.connect();
    const caller = { ...crypto.p256KeyPair(), publicKey: new Uint8Array(65) };
    expect(await faultOf(unlock(odd, { caller }))).toEqual({ code: 'crypto', reason: 'size', commandWritten: false });
    expect(odd.written).toHaveLength(0);
  });

  test.each([23, 40, 185, 247, 517])('works at an MTU of %i', async (mtu) => {
    const { door, unlock } = createScene();
    const link = door.connect({ mtu });
    expect((await unlock(link)).code).toBe('ok');
    expect(framesOf(link).every((frame) => frame.length <= mtu - 3)).toBe(true);
    expect(link.notified.every((frame) => frame.length <= mtu - 3)).toBe(true);
  });

  test('a result takes three frames at the smallest MTU', () => {
    expect(splitMessage(new Uint8Array(49), { mtu: 23, firstCounter: 0 }).frames).toHaveLength(3);
  });

  test('every eighth frame of a message is written with response, the last one never', async () => {
    const { door, unlock, warm } = createScene();
    await warm();
    const link = door.connect({ mtu: 23 });
    await unlock(link);
    const third = link.written.slice(3);
    expect(third.map(({ withResponse }) => withResponse)).toEqual(third.map((_, index) => index === 7));
    expect(third.length).toBeGreaterThan(8);
  });

  test('the certificate travels once per lock: the second caller leaves it out', async () => {
    const { door, unlock } = createScene();
    const cold = door.connect();
    expect((await unlock(cold)).code).toBe('ok');
    cold.close();
    const warm = door.connect();
    expect((await unlock(warm)).code).toBe('ok');
    expect(messageSizes(framesOf(cold))).toHaveLength(3);
    expect(messageSizes(framesOf(warm))).toHaveLength(2);
    expect(door.moves).toHaveLength(2);
  });

  test('the authority is asked for once, over LN, while messages 1 and 2 travel', async () => {
    const { door, unlock, property } = createScene();
    const asked: { challenge: Uint8Array; written: number }[] = [];
    const commandId = door.tag;
    const link = door.connect();
    const info = await link.readInfo();
    await unlock(link, {
      info,
      command: { commandId, action: 'lock', ttlMs: 5000, intent: 'staff' },
      authority: async (challenge) => {
        asked.push({ challenge, written: link.written.length });
        await settle();
        const token = property.token({ lock: door.tag, commandId, challenge, action: 'lock' });
        return { kind: 'token', token, certificate: property.certificates.cmd };
      },
    });
    expect(asked).toEqual([{ challenge: info.slice(12, 20), written: 0 }]);
    expect(door.moves).toMatchObject([{ action: 'lock' }]);
  });

  test('beforeCommand is awaited right before the first frame of message 3', async () => {
    const { door, unlock } = createScene();
    const link = door.connect();
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const answer = unlock(link, { beforeCommand: () => gate });
    await settle();
    expect(messageSizes(framesOf(link))).toEqual([48]);
    expect(link.notified).toHaveLength(1);
    release();
    expect((await answer).code).toBe('ok');
  });

  test('a repeat of a command id gets the stored answer and never moves the bolt again, also after a power cut', async () => {
    const { crypto, door, unlock, property } = createScene();
    const commandId = crypto.randomBytes(8);
    const command = { commandId, action: 'unlock', ttlMs: 5000, intent: 'staff' } as const;
    const again = () => unlock(door.connect(), { command, authority: byToken(property, door, commandId) });
    const first = await again();
    door.restart();
    const second = await again();
    door.restart();
    const third = await again();
    expect(first).toMatchObject({ code: 'ok', repeated: false });
    expect(second).toMatchObject({ code: 'ok', repeated: true });
    expect(third).toMatchObject({ code: 'ok', repeated: true });
    expect(door.moves).toHaveLength(1);
    expect(door.log.map(({ result }) => result)).toEqual(['ok', 'duplicate', 'duplicate']);
  });

  test('a command whose bolt was moving when the power failed is never run again', async () => {
    const { crypto, door, unlock, property, time } = createScene();
    const commandId = crypto.randomBytes(8);
    const command = { commandId, action: 'unlock', ttlMs: 5000, intent: 'staff' } as const;
    const authority = byToken(property, door, commandId);
    door.actuation.takesMs = 500;
    const cut = faultOf(unlock(door.connect(), { command, authority }));
    await time.advance(100);
    door.restart();
    expect(await cut).toEqual({ code: 'command', reason: 'link-closed', commandWritten: true });
    door.actuation.takesMs = 0;
    const answer = await unlock(door.connect(), { command, authority });
    expect(answer).toMatchObject({ code: 'position-unknown', repeated: true });
    expect(door.moves).toHaveLength(1);
  });

  test('a jammed bolt is an answer, and its repeat does not try again', async () => {
    const { crypto, door, unlock, property } = createScene();
    const commandId = crypto.randomBytes(8);
    const command = { commandId, action: 'unlock', ttlMs: 5000, intent: 'staff' } as const;
    door.actuation.jammed = true;
    const authority = byToken(property, door, commandId);
    expect(await unlock(door.connect(), { command, authority })).toMatchObject({ code: 'jammed', bolt: 'locked' });
    door.actuation.jammed = false;
    door.restart();
    expect(await unlock(door.connect(), { command, authority })).toMatchObject({ code: 'jammed', repeated: true });
    expect(door.moves).toHaveLength(0);
  });

  test('the bolt goes on moving when the link is lost, and the outcome is kept', async () => {
    const { crypto, door, unlock, property, time } = createScene();
    const commandId = crypto.randomBytes(8);
    const command = { commandId, action: 'unlock', ttlMs: 5000, intent: 'staff' } as const;
    const authority = byToken(property, door, commandId);
    door.actuation.takesMs = 300;
    const link = door.connect();
    const lost = faultOf(unlock(link, { command, authority }));
    await time.advance(100);
    link.close();
    expect(await lost).toMatchObject({ reason: 'link-closed', commandWritten: true });
    const newcomer = door.connect();
    expect(newcomer.isClosed()).toBe(true);
    await time.advance(300);
    expect(door.log).toMatchObject([{ type: 'unlock', result: 'ok' }]);
    expect(await unlock(door.connect(), { command, authority })).toMatchObject({ code: 'ok', repeated: true });
  });
});

describe('a failure tells whether the lock may have acted', () => {
  const forever = new Promise<never>(() => undefined);

  test('an authority that is refused ends the call before message 3', async () => {
    const { door, unlock } = createScene();
    const link = door.connect();
    const cause = new Error('no');
    const call = unlock(link, { authority: () => Promise.reject(cause) });
    await expect(call).rejects.toMatchObject({ cause });
    expect(await faultOf(call)).toEqual({ code: 'command', reason: 'authority-failed', commandWritten: false });
    expect(messageSizes(framesOf(link))).toEqual([48]);
    expect(door.moves).toHaveLength(0);
  });

  test('a journal that cannot be written keeps message 3 back', async () => {
    const { door, unlock } = createScene();
    const fault = await faultOf(
      unlock(door.connect(), { beforeCommand: () => Promise.reject(new Error('disk full')) }),
    );
    expect(fault).toEqual({ code: 'command', reason: 'not-permitted', commandWritten: false });
    expect(door.moves).toHaveLength(0);
  });

  test('the deadline ends every wait: INFO, authority, journal, and the answer', async () => {
    const waits: [Partial<PerformUnlockOptions>, boolean][] = [
      [{ authority: () => forever }, false],
      [{ beforeCommand: () => forever }, false],
    ];
    for (const [change, commandWritten] of waits) {
      const { door, unlock, time } = createScene();
      const fault = faultOf(unlock(door.connect(), change));
      await time.advance(5000);
      expect(await fault).toEqual({ code: 'command', reason: 'late', commandWritten });
      expect(door.moves).toHaveLength(0);
    }
    const { door, unlock, time } = createScene();
    const hung = { ...door.connect(), readInfo: () => forever, closed: forever };
    const fault = faultOf(unlock(hung));
    await time.advance(5000);
    expect(await fault).toMatchObject({ reason: 'late', commandWritten: false });
    const other = createScene();
    other.door.actuation.takesMs = 60_000;
    const unanswered = faultOf(other.unlock(other.door.connect()));
    await other.time.advance(5000);
    expect(await unanswered).toEqual({ code: 'command', reason: 'late', commandWritten: true });
  });

  test('a write that never returns does not hold the call past its deadline', async () => {
    const { door, unlock, time } = createScene();
    const fault = faultOf(unlock({ ...door.connect(), write: () => forever, closed: forever }));
    await time.advance(5000);
    expect(await fault).toMatchObject({ reason: 'late', commandWritten: false });
  });

  test('a signal ends the call, before and after message 3', async () => {
    const { door, unlock, time } = createScene();
    const aborted = AbortSignal.abort('stop');
    expect(await faultOf(unlock(door.connect(), { signal: aborted }))).toMatchObject({
      reason: 'aborted',
      commandWritten: false,
    });
    door.restart();
    const controller = new AbortController();
    door.actuation.takesMs = 1000;
    const call = faultOf(unlock(door.connect(), { signal: controller.signal }));
    await time.advance(100);
    controller.abort();
    expect(await call).toEqual({ code: 'command', reason: 'aborted', commandWritten: true });
  });

  test('a lost link ends the call, before and after message 3', async () => {
    const { door, unlock, time } = createScene();
    const early = door.connect();
    const before = faultOf(unlock(early, { authority: () => forever }));
    await settle();
    early.close();
    expect(await before).toEqual({ code: 'command', reason: 'link-closed', commandWritten: false });
    const link = door.connect();
    door.actuation.takesMs = 1000;
    const after = faultOf(unlock(link));
    await time.advance(100);
    link.close();
    expect(await after).toEqual({ code: 'command', reason: 'link-closed', commandWritten: true });
  });

  test('a write or a read that fails says so', async () => {
    const { door, unlock } = createScene();
    const broken = () => Promise.reject(new Error('ATT 0x0e'));
    const read = faultOf(unlock({ ...door.connect(), readInfo: broken }));
    expect(await read).toMatchObject({ reason: 'read-failed', commandWritten: false });
    door.restart();
    const write = faultOf(unlock({ ...door.connect(), write: broken }));
    expect(await write).toMatchObject({ reason: 'write-failed', commandWritten: false });
  });
});
