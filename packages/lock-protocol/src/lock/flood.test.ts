import { describe, expect, test } from 'vitest';
import type { Authority } from '../caller/lock-link.js';
import { createDoorScene } from '../cards/door-scene.test-rig.js';
import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { splitMessage } from '../encoding/frame.js';
import { encodeInfo } from '../encoding/gatt.js';
import type { LogEntry } from '../log/lock-log.js';
import { decodeLogEntry, decodeLogNumbers } from '../log/lock-log.js';
import { createProperty, epochSeconds } from '../session.test-rig.js';
import { createScene } from './command-scene.test-rig.js';
import { lockDeadline } from './lock-deadline.js';
import { lockStep, startLock } from './lock-machine.js';
import { encodeLockMemory } from './lock-memory.js';
import type { LockContext, LockEvent, LockReadings, LockState } from './lock-state.js';

const crypto = frugalCrypto();
const hourMs = 3_600_000;

/** Attempts that a log speaks of: one each, or as many as a `handshakes` entry counts. */
function attemptsIn(log: readonly LogEntry[]): number {
  return log.reduce((sum, entry) => {
    if (entry.type === 'handshakes') return sum + decodeLogNumbers(entry)[0];
    return sum + (entry.type === 'session' ? 1 : 0);
  }, 0);
}

/** The frames of a message 1 that verifies at no lock. */
const garbage = splitMessage(createNodeCrypto().randomBytes(48), { mtu: 247, firstCounter: 0 }).frames;

/** A provider that draws few pairs and agrees only once with the same stranger: a hundred thousand of these take a while. */
function frugalCrypto(): CryptoProvider {
  const crypto = createNodeCrypto();
  const pairs = Array.from({ length: 64 }, () => crypto.x25519KeyPair());
  const agreements = new Map<string, Uint8Array>();
  let drawn = 0;
  return {
    ...crypto,
    x25519KeyPair(secret) {
      drawn += 1;
      return secret ? crypto.x25519KeyPair(secret) : (pairs[drawn % pairs.length] ?? crypto.x25519KeyPair());
    },
    x25519(secret, publicKey) {
      const name = `${secret} ${publicKey}`;
      const agreement = agreements.get(name) ?? crypto.x25519(secret, publicKey);
      agreements.set(name, agreement);
      return agreement;
    },
  };
}

describe('T20: a flood of handshakes', () => {
  test('T20: 100 a second for ten minutes: a valid phone opens within 3 s of getting the connection, and every attempt is in the log', async () => {
    const { door, time, unlock, warm } = createScene(crypto);
    await warm();
    const opened: number[] = [];
    let attempts = 0;
    let stranger: ReturnType<typeof door.connect> | undefined;
    for (let tick = 1; tick <= 60_000; tick += 1) {
      await time.advance(10);
      if (tick % 3000 === 0) {
        // Whoever had the connection is gone, and the phone gets it.
        stranger?.close();
        const link = door.connect();
        const since = time.now();
        const answer = unlock(link);
        await time.advance(2999);
        expect((await answer).code).toBe('ok');
        opened.push((door.moves.at(-1)?.at ?? Number.NaN) - since);
        link.close();
        continue;
      }
      const link = door.connect();
      if (link.isClosed()) continue;
      attempts += 1;
      stranger = link;
      for (const frame of garbage) await link.write(frame, { withResponse: false });
      // Most leave at once and come back; some stay as long as the lock lets them.
      if (tick % 1000 !== 0) link.close();
    }
    stranger?.close();
    expect(attempts).toBeGreaterThan(40_000);
    expect(opened).toHaveLength(20);
    expect(Math.max(...opened)).toBeLessThanOrEqual(2000);
    await time.advance(hourMs);
    const last = door.connect();
    await unlock(last);
    expect(attemptsIn(door.log)).toBe(attempts);
    expect(door.log.filter(({ type }) => type === 'handshakes').length).toBeLessThanOrEqual(5);
    expect(door.log.length).toBeLessThanOrEqual(20 + 1 + 13);
    // The count says when it began.
    const counted = door.log.find(({ type }) => type === 'handshakes');
    expect(counted && decodeLogNumbers(counted)[1]).toBeLessThanOrEqual(epochSeconds + 60);
  });

  test('T20: 100 a second for ten minutes: a card opens at once, whatever waits on the link, and is in the log', () => {
    const uid = Uint8Array.of(4, 1, 2, 3, 4, 5, 6);
    const scene = createDoorScene([{ id: 1, credential: { kind: 'uid', uid } }]);
    const ephemeral = crypto.x25519KeyPair();
    let taps = 0;
    let waited = 0;
    for (let n = 0; n < 60_000; n += 1) {
      scene.at = n * 10;
      if (scene.state.at === 'ready' && n % 7 === 0) scene.step({ type: 'disconnected' });
      scene.step({ type: 'connected', mtu: 247, info, ephemeral });
      for (const frame of garbage) scene.step({ type: 'frame', frame, nonce: challenge });
      if (scene.state.at === 'closing') scene.step({ type: 'disconnected' });
      if (n % 1000 !== 999) continue;
      if (scene.state.at === 'ready') waited += 1;
      expect(scene.tap({ technology: 'uid-only', uid })).toBe('opened');
      expect(scene.log.at(-1)).toMatchObject({ type: 'card', result: 'ok' });
      taps += 1;
    }
    expect(scene.moves).toHaveLength(taps);
    expect(waited).toBeGreaterThan(taps / 2);
  });

  test.each([
    { name: '100 a second for ten minutes', everyMs: 10, count: 60_000, mostEntries: 9 },
    { name: 'one in two seconds for a day', everyMs: 2000, count: 43_200, mostEntries: 24 * 9 },
  ])('T20: $name: memory is flat, the log not washed out, the flash not worn', ({ everyMs, count, mostEntries }) => {
    const lock = createBareLock();
    lock.step({ type: 'noticed', at: 0, readings, notice: { type: 'tamper' } });
    const before = sizeOf(lock.state.awake);
    let largest = 0;
    let attempts = 0;
    const end = count * everyMs;
    for (let n = 0; n < count; n += 1) {
      attempts += lock.attack(n * everyMs);
      largest = Math.max(largest, sizeOf(lock.state.awake));
    }
    const { memory } = lock.state;
    lock.step({ type: 'disconnected', at: end, readings });
    lock.step({ type: 'present', at: end + hourMs, readings });
    expect(attemptsIn(lock.log)).toBe(attempts);
    expect(attempts).toBeGreaterThan(20_000);
    expect(lock.log.length).toBeLessThanOrEqual(1 + mostEntries);
    expect(lock.persisted).toBe(lock.log.length);
    expect(largest).toBeLessThanOrEqual(before + 6 * 8);
    expect(encodeLockMemory(memory).length).toBeLessThan(200);
    const kept = lock.state.memory.log.segments.flatMap(({ entries }) => entries.map(decodeLogEntry));
    expect(kept[0]?.type).toBe('tamper');
    expect(kept).toHaveLength(lock.log.length);
  });

  test('T1: a good unlock replayed a hundred times: every attempt is in the log, alone or counted', async () => {
    const { door, time, unlock } = createScene(crypto);
    const good = door.connect();
    await unlock(good);
    good.close();
    for (let n = 0; n < 100; n += 1) {
      const link = door.connect();
      for (const { frame } of good.written) if (!link.isClosed()) await link.write(frame, { withResponse: false });
      await time.advance(5000);
      expect(link.isClosed()).toBe(true);
    }
    const link = door.connect();
    expect((await unlock(link)).code).toBe('ok');
    expect(door.moves).toHaveLength(2);
    expect(door.log.map(({ type, result }) => `${type} ${result}`)).toEqual([
      'unlock ok',
      ...Array.from({ length: 8 }, () => 'session auth'),
      'handshakes auth',
      'unlock ok',
    ]);
    expect(attemptsIn(door.log)).toBe(100);
  });

  test('T20: a key that has expired cannot wash the log away either', async () => {
    const { door, time, property, unlock, caller } = createScene(crypto);
    const grant = property.grant({
      locks: [door.tag],
      holderPublicKey: caller.publicKey,
      expires: epochSeconds - 1,
    });
    const authority: Authority = { kind: 'grant', grant, certificate: property.certificates.grant };
    for (let n = 0; n < 100; n += 1) {
      const link = door.connect();
      expect((await unlock(link, { authority: async () => authority })).code).toBe('expired');
      link.close();
      await time.advance(1000);
    }
    expect(door.log.filter(({ result }) => result === 'expired')).toHaveLength(24);
    // Its own visits tell what was counted, but not again and again.
    expect(door.log.filter(({ type }) => type === 'handshakes')).toHaveLength(4);
    await time.advance(hourMs);
    const link = door.connect();
    expect((await unlock(link)).code).toBe('ok');
    const counted = door.log.filter(({ type }) => type === 'handshakes').map((entry) => decodeLogNumbers(entry)[0]);
    expect(counted).toHaveLength(5);
    expect(24 + counted.reduce((sum, count) => sum + count, 0)).toBe(100);
  });

  test('T20: the tries fill again evenly, and what is left of one is kept for the next', () => {
    const lock = createBareLock();
    for (let n = 0; n < 10; n += 1) lock.attack(0);
    lock.attack(3000);
    expect(lock.state.at).toBe('idle');
    lock.attack(3000);
    expect([lock.state.at, lockDeadline(lock.state)]).toEqual(['ready', 4000]);
  });

  test('T20: the hour of attempts is over 3,600,000 ms after the first of them, and the next one begins another', () => {
    const lock = createBareLock();
    const types = () => lock.log.map(({ type }) => type);
    const own = Array.from({ length: 8 }, () => 'session');
    for (let n = 0; n < 10; n += 1) lock.attack(10);
    lock.step({ type: 'present', at: hourMs + 9, readings });
    expect(types()).toEqual(own);
    lock.step({ type: 'present', at: hourMs + 10, readings });
    expect(types()).toEqual([...own, 'handshakes']);
    for (let n = 0; n < 9; n += 1) lock.attack(hourMs + 1010);
    expect(types()).toEqual([...own, 'handshakes', ...own]);
    lock.step({ type: 'present', at: 2 * hourMs + 1009, readings });
    expect(types()).toHaveLength(17);
    lock.step({ type: 'present', at: 2 * hourMs + 1010, readings });
    expect(types()).toHaveLength(18);
  });

  test('T20: an installer’s message 1 that waits until nobody inside counts as there is refused like any other', () => {
    const lock = createBareLock({ setupSecret: new Uint8Array(16) });
    lock.step({ type: 'present', at: 0, readings });
    const end = 120_000;
    for (let n = 0; n < 10; n += 1) lock.attack(end - 1);
    lock.connect(end - 1);
    const [first = new Uint8Array()] = splitMessage(new Uint8Array(56), { mtu: 247, firstCounter: 0 }).frames;
    expect(lock.step({ type: 'frame', at: end - 1, readings, frame: first, nonce: challenge })).toEqual([]);
    const due = lockDeadline(lock.state) ?? 0;
    expect(due).toBeGreaterThan(end);
    expect(lock.step({ type: 'timer', at: due, readings })).toEqual([{ type: 'disconnect' }]);
  });

  test('T20: whoever leaves in the midst of message 1 is in the log, and so is what its slot holds', () => {
    const lock = createBareLock();
    lock.connect(0);
    lock.step({ type: 'frame', at: 1, readings, frame: Uint8Array.of(0x80, 0, 48, 1), nonce: challenge });
    const left = lock.step({ type: 'disconnected', at: 2, readings });
    expect(left.map(({ type }) => type)).toEqual(['write-log', 'persist', 'log']);
    expect(lock.log).toMatchObject([{ type: 'session', result: 'auth' }]);
  });
});

const readings: LockReadings = {
  utcSeconds: epochSeconds,
  clockQuality: 'good',
  bolt: 'locked',
  batteryPercent: 50,
  privacy: false,
};
const challenge = crypto.randomBytes(8);
const info = encodeInfo({ versions: 1, suites: 1, maxMessageSizeBytes: 4096, tag: challenge, nonce: challenge });

/** A lock without a driver, whose state can be measured. */
function createBareLock(change: Partial<LockContext> = {}) {
  const { trust } = createProperty(crypto);
  const context: LockContext = { crypto, identity: crypto.x25519KeyPair(), ...change };
  // Which pair it is does not matter to a stranger.
  const ephemeral = crypto.x25519KeyPair();
  let state: LockState = startLock();
  const log: LogEntry[] = [];
  let persisted = 0;
  const step = (event: LockEvent) => {
    const { state: next, effects } = lockStep(context, state, { ...event, trust });
    state = next;
    for (const effect of effects) {
      if (effect.type === 'log') log.push(effect.entry);
      if (effect.type === 'persist') persisted += 1;
    }
    return effects;
  };
  const connect = (at: number) => step({ type: 'connected', at, readings, mtu: 247, info, ephemeral });
  return {
    log,
    step,
    connect,
    get state() {
      return state;
    },
    get persisted() {
      return persisted;
    },
    /** One stranger at `at`, who stays while the lock lets him wait; says whether he was served. */
    attack(at: number): number {
      const due = lockDeadline(state);
      if (due !== undefined && due <= at) {
        step({ type: 'timer', at, readings });
        step({ type: 'disconnected', at, readings });
      }
      // Every other one gives up at once.
      if (state.at === 'ready' && at % 20 === 0) step({ type: 'disconnected', at, readings });
      if (connect(at).some(({ type }) => type === 'refuse-connection')) return 0;
      for (const frame of garbage) step({ type: 'frame', at, readings, frame, nonce: challenge });
      if (state.at === 'closing') step({ type: 'disconnected', at, readings });
      return 1;
    },
  };
}

/** Bytes of everything in a value, however it is nested. */
function sizeOf(value: unknown): number {
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof Map) return sizeOf([...value]);
  if (typeof value === 'object' && value !== null)
    return Object.values(value).reduce((sum, part) => sum + sizeOf(part), 0);
  return typeof value === 'string' ? value.length : 8;
}
