import {
  type CarriedSet,
  decodeLockMemory,
  deliverParcel,
  type LockParcel,
  openVisit,
  planSetBoxes,
  type SetEntry,
  signGrant,
  signSetManifest,
  signTimeToken,
  type Visit,
} from '@latchwork/lock-protocol';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { expect, test, vi } from 'vitest';
import { cutStates, recordWrites } from './cut-states.test-rig.js';
import type { FlashStore } from './flash.js';
import { type BenchLock, makeBenchStore, startBenchLock } from './lock-bench.test-rig.js';
import { createPropertyFixture } from './property-fixture.js';

// Thousands of starts each: the limit only bounds a hang.
vi.setConfig({ testTimeout: 300_000 });

const crypto = createNodeCrypto();
const startsAt = Date.UTC(2026, 0, 1);
const utcSeconds = startsAt / 1000;
/** As often as this a lock that was cut is visited again; all others are only switched on. */
const statesPerRetry = 50;
/** The maker's mark is on the page before the first. */
const lastRecordPage = 16;

/** A lock that obeys a property, and what somebody without any right brings it. */
function createScene() {
  const property = createPropertyFixture({ crypto, now: () => startsAt });
  const store = makeBenchStore({ crypto, property });
  const { epoch } = property.trust;
  const caller = crypto.x25519KeyPair();
  const visit = async <Result>(lock: BenchLock, use: (open: Visit) => Promise<Result>): Promise<Result> => {
    const { staticKeys, disconnected } = lock.program;
    const link = lock.connect();
    const open = await openVisit({
      ...{ crypto, link, caller, lockPublicKey: staticKeys.publicKey, now: lock.time.monotonic },
    });
    try {
      return await use(open);
    } finally {
      disconnected();
    }
  };
  const deliver = async (lock: BenchLock, parcel: LockParcel): Promise<void> => {
    const { parts } = await visit(lock, (open) => deliverParcel(open, parcel, { now: lock.time.monotonic }));
    for (const part of Object.values(parts)) expect(part).toEqual({ outcome: 'done' });
  };
  /** Lets a whole lock live through it, and gives every flash that a cut would have left. */
  const cutAt = async (from: FlashStore, run: (lock: BenchLock) => Promise<unknown>) => {
    // One entry of the log more each time, until the records change slots on the way.
    for (let more = 0; ; more += 1) {
      const { store: recorded, writes } = recordWrites(from);
      const lock = startBenchLock({ crypto, store: recorded });
      for (let count = 0; count < more; count += 1) lock.program.noticed({ type: 'tamper' });
      const before = recordWrites(recorded).store;
      writes.length = 0;
      await run(lock);
      lock.program.stop();
      if (writes.some((write) => 'page' in write && write.page <= lastRecordPage)) return cutStates(before, writes);
    }
  };
  return { property, store, epoch, caller, visit, deliver, cutAt };
}

test('T7: a power cut at every byte while the clock is set leaves the old time or the new one, and the next token sets it', async () => {
  const { property, store, epoch, deliver, cutAt } = createScene();
  const { tag } = startBenchLock({ crypto, store: recordWrites(store).store }).program.identity;
  const { secret, certificate } = property.signer('cmd');
  const told = (seconds: number): LockParcel => ({
    time: async (challenge) => ({
      ...{ certificate, object: signTimeToken(crypto, secret, { lock: tag, issuedAt: seconds, challenge, epoch }) },
    }),
  });
  const settingOf = ({ storage }: BenchLock) => storage.record.clock.setting?.utcSeconds ?? 0;
  const [old, later] = [utcSeconds, utcSeconds + 7200];
  const found: number[] = [];
  for (const flash of await cutAt(store, (lock) => deliver(lock, told(later)))) {
    const lock = startBenchLock({ crypto, store: flash });
    const seconds = settingOf(lock);
    // A token is good to a second.
    found.push(seconds > later - 5 ? later : seconds);
    if (found.length % statesPerRetry !== 0) continue;
    await deliver(lock, told(later + 60));
    expect(settingOf(lock)).toBeGreaterThanOrEqual(later + 60);
  }
  expect(new Set(found)).toEqual(new Set([old, later]));
  expect(found).toEqual(found.toSorted());
  expect(found.length).toBeGreaterThan(1000);
});

test('a power cut at every byte while a certificate is learned leaves those known before or that one too', async () => {
  const { property, store, epoch, caller, visit, cutAt } = createScene();
  const { tag } = startBenchLock({ crypto, store: recordWrites(store).store }).program.identity;
  const { secret, certificate } = property.signer('grant');
  const grant = signGrant(crypto, secret, {
    ...{ grantId: crypto.randomBytes(8), locks: [tag], holderPublicKey: caller.publicKey, epoch, rights: ['status'] },
    ...{ notBefore: utcSeconds, expires: utcSeconds + 86_400, issuedAt: utcSeconds },
  });
  const status = async (lock: BenchLock, shown: { readonly certificate?: Uint8Array }) =>
    (await visit(lock, (open) => open.ask({ name: 'status', body: new Uint8Array(0) }, { grant, ...shown }))).code;
  const learnedBy = ({ storage }: BenchLock) => {
    const { memory } = storage.record;
    return memory === undefined ? [] : decodeLockMemory(memory).certificates;
  };
  const found: number[] = [];
  for (const flash of await cutAt(store, (lock) => status(lock, { certificate }))) {
    const lock = startBenchLock({ crypto, store: flash });
    const known = learnedBy(lock);
    expect([[], [certificate]]).toContainEqual(known);
    found.push(known.length);
    if (found.length % statesPerRetry !== 0) continue;
    expect(await status(lock, {})).toBe(known.length === 0 ? 'certificate-unknown' : 'ok');
    expect(await status(lock, { certificate })).toBe('ok');
    expect(learnedBy(lock)).toEqual([certificate]);
  }
  expect(found).toEqual(found.toSorted());
  expect(found.length).toBeGreaterThan(1000);
});

test('T18: a power cut at every byte of begin, put and commit leaves the old set or the new one at the door, and a retry needs no operator', async () => {
  const { property, store, epoch, deliver, cutAt } = createScene();
  const { secret, certificate } = property.signer('set');
  const first = startBenchLock({ crypto, store });
  const { identity, staticKeys } = first.program;
  let before: readonly SetEntry[] = [];
  let revision = 0;
  const publish = (entries: readonly SetEntry[]): CarriedSet => {
    const lock = { lockPublicKey: staticKeys.publicKey, tag: identity.tag };
    const { digest, count, ...boxes } = planSetBoxes(crypto, { ...lock, before, after: entries });
    before = entries;
    revision += 1;
    const manifest = signSetManifest(crypto, secret, {
      ...{ lock: identity.tag, issuedAt: utcSeconds, epoch, revision, digest, count },
    });
    return { ...boxes, manifest, certificate };
  };
  const uidOf = (number: number) => Uint8Array.of(4, 9, 9, 9, 9, 9, number);
  const card = (id: number): SetEntry => ({ id, credential: { kind: 'uid', uid: uidOf(id) } });
  const code: SetEntry = { id: 9, credential: { kind: 'code', digits: '271828', salt: crypto.randomBytes(16) } };
  // Two sets before, so that both banks were written.
  await deliver(first, { set: publish([card(1)]) });
  await deliver(first, { set: publish([card(1), card(2), code]) });
  first.program.stop();
  const next = publish([card(1), card(3), code, { ...card(20), flags: ['hold-open'] }]);
  const opens = async (lock: BenchLock, number: number): Promise<boolean> => {
    const { moves } = lock.bolt;
    lock.program.card({ technology: 'uid-only', uid: uidOf(number) });
    await new Promise<void>((resolve) => setImmediate(resolve));
    return lock.bolt.moves > moves;
  };
  const atDoor = async (lock: BenchLock) => [await opens(lock, 1), await opens(lock, 2), await opens(lock, 3)].join();
  const [old, renewed] = ['true,true,false', 'true,false,true'];
  const found: string[] = [];
  let states = 0;
  for (const flash of await cutAt(store, (lock) => deliver(lock, { set: next }))) {
    const lock = startBenchLock({ crypto, store: flash });
    const seen = await atDoor(lock);
    expect([old, renewed]).toContain(seen);
    if (seen !== found.at(-1)) found.push(seen);
    states += 1;
    if (states % statesPerRetry !== 0) continue;
    await deliver(lock, { set: next });
    expect(await atDoor(lock)).toBe(renewed);
  }
  // The swap is one moment, and never back.
  expect(found).toEqual([old, renewed]);
  expect(states).toBeGreaterThan(3000);
});
