import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  codeEntry,
  createDesiredLock,
  type DesiredLock,
  type DesiredPortal,
  startDesiredPortal,
} from './desired-lock.test-rig.js';
import { address, crypto, type GatewayRig, startRig } from './gateway.test-rig.js';
import type { MemoryLock } from './memory-central.test-rig.js';

let rig: GatewayRig;
let portal: DesiredPortal;
let door: MemoryLock;
let cupboard: MemoryLock;
let desired: DesiredLock;

beforeEach(async () => {
  rig = await startRig();
  portal = await startDesiredPortal({ url: rig.broker.url, address, crypto, property: rig.property });
  door = rig.central.addLock(rig.property.trust);
  cupboard = rig.central.addLock(rig.property.trust);
  desired = createDesiredLock({ crypto, property: rig.property, lock: cupboard, now: () => rig.clock.now() });
});

afterEach(async () => {
  await portal[Symbol.asyncDispose]();
  await rig[Symbol.asyncDispose]();
});

const entries = (count: number) => Array.from({ length: count }, (_, id) => codeEntry(crypto, id, `${100_000 + id}`));

/** Holds the lock's frames back from the n-th on, as a slow link does; resolves when the first one is held. */
function holdFrames(lock: MemoryLock, from: number): { readonly held: Promise<void>; release(): void } {
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const held = new Promise<void>((resolve) => {
    lock.onNotify = (frame) => {
      if (frame < from) return 'pass';
      resolve();
      return gate;
    };
  });
  return {
    held,
    release() {
      lock.onNotify = undefined;
      release();
    },
  };
}

async function unlocked(lock: MemoryLock): Promise<void> {
  const command = rig.command(lock);
  await rig.portal.send(command);
  expect(await rig.portal.result(command.commandId)).toMatchObject({ outcome: 'executed', code: 'ok' });
}

/** The clock stands still in every test here: whatever happens, happens without any time having passed. */
describe('P7: an unlock that comes while an errand runs', () => {
  test.each([
    ['before the lock has answered the handshake', 0],
    ['while the bulletin is answered', 1],
    ['while the set is put', 4],
  ])('goes first: %s, at another lock', async (_when, frame) => {
    const { held, release } = holdFrames(cupboard, frame);
    desired.publish(entries(40));
    await portal.desire(desired.revoke([3]));
    await held;
    expect(rig.central.busy).toBe(1);
    await unlocked(door);
    expect(door.moves).toHaveLength(1);
    release();
    await portal.proof(desired);
    expect(cupboard.connections).toBe(2);
    expect(rig.clock.monotonic()).toBe(0);
  });

  test('what the lock has proven until then is told all the same', async () => {
    const { held, release } = holdFrames(cupboard, 4);
    desired.publish(entries(40));
    await portal.desire(desired.revoke([3]));
    await held;
    await unlocked(door);
    release();
    await portal.proof(desired);
    const [interrupted] = portal.reports.filter(({ report }) => report.failure === 'interrupted');
    expect(interrupted?.report).toMatchObject({
      receipts: [expect.any(String)],
      parts: { bulletin: { outcome: 'done' } },
    });
  });

  test('goes first while the errand waits for the portal to tell the time', async () => {
    portal.answer = 'silence';
    await portal.desire(desired.publish(entries(3)));
    await vi.waitFor(() => expect(portal.timesAsked).toHaveLength(1), { timeout: 30_000, interval: 1 });
    // The first question stays unanswered; it is asked anew for the next connection.
    portal.answer = 'token';
    await unlocked(door);
    await portal.proof(desired);
    expect(rig.clock.monotonic()).toBe(0);
  });

  test('goes first while the errand waits to be connected', async () => {
    await portal.desire(desired.publish(entries(1)));
    await portal.proof(desired);
    cupboard.audible = false;
    await portal.desire(desired.publish(entries(3)));
    await vi.waitFor(() => expect(rig.central.busy).toBe(1), { timeout: 30_000, interval: 1 });
    await unlocked(door);
    cupboard.audible = true;
    await portal.proof(desired);
    expect(rig.clock.monotonic()).toBe(0);
  });

  test('goes first at the very lock that is being visited, which takes up its set where it was', async () => {
    const { held, release } = holdFrames(cupboard, 6);
    await portal.desire(desired.publish(entries(400)));
    await held;
    const command = rig.command(cupboard);
    await rig.portal.send(command);
    await vi.waitFor(() => expect(cupboard.connections).toBe(2), { timeout: 30_000, interval: 1 });
    release();
    expect(await rig.portal.result(command.commandId)).toMatchObject({ outcome: 'executed', code: 'ok' });
    await portal.proof(desired);
    expect(cupboard.moves).toEqual([command.commandId]);
    expect(rig.clock.monotonic()).toBe(0);
  });

  test('goes before all errands that wait, and they all come to their end afterwards', async () => {
    const { held, release } = holdFrames(cupboard, 1);
    const others = Array.from({ length: 5 }, () =>
      createDesiredLock({
        ...{ crypto, property: rig.property, now: () => rig.clock.now() },
        lock: rig.central.addLock(rig.property.trust),
      }),
    );
    await portal.desire(desired.publish(entries(3)));
    await held;
    for (const other of others) await portal.desire(other.publish(entries(3)));
    await unlocked(door);
    expect(portal.reports).toEqual([]);
    release();
    for (const one of [desired, ...others]) await portal.proof(one);
    expect(rig.clock.monotonic()).toBe(0);
  });

  test('an errand that waited, and that another gateway did meanwhile, is not gone for any more', async () => {
    const { held, release } = holdFrames(cupboard, 1);
    const [met, last] = [rig.central.addLock(rig.property.trust), rig.central.addLock(rig.property.trust)].map((lock) =>
      createDesiredLock({ ...{ crypto, property: rig.property, lock }, now: () => rig.clock.now() }),
    ) as [DesiredLock, DesiredLock];
    await portal.desire(desired.publish(entries(3)));
    await held;
    const message = met.publish(entries(3));
    await portal.desire(message);
    await portal.desire(last.publish(entries(3)));
    await portal.desire({ ...message, proven: message.standing });
    await unlocked(door);
    release();
    await portal.proof(desired);
    await portal.proof(last);
    expect(portal.reports.map(({ tag }) => tag)).not.toContain(message.lock.tag);
  });

  test('a link that does not come down keeps nobody waiting', async () => {
    const connect = rig.central.connect.bind(rig.central);
    rig.central.connect = async (tag, options) => {
      const link = await connect(tag, options);
      // The controller never says that the connection is gone.
      return tag === cupboard.tag ? { ...link, close: () => new Promise(() => undefined) } : link;
    };
    const { held } = holdFrames(cupboard, 1);
    await portal.desire(desired.publish(entries(3)));
    await held;
    await unlocked(door);
    expect(rig.clock.monotonic()).toBe(0);
  });

  test('what revokes interrupts the delivery of a set to another lock in the same way', async () => {
    const other = createDesiredLock({
      ...{ crypto, property: rig.property, now: () => rig.clock.now() },
      lock: door,
    });
    await portal.desire(other.publish(entries(4)));
    await portal.proof(other);
    const { held, release } = holdFrames(cupboard, 5);
    await portal.desire(desired.publish(entries(40)));
    await held;
    await portal.desire(other.revoke([2]));
    await portal.proof(other);
    release();
    await portal.proof(desired);
    expect(rig.clock.monotonic()).toBe(0);
  });

  test('unlock after unlock: the errand gets its turn between them and ends', async () => {
    await portal.desire(desired.publish(entries(60)));
    for (let n = 0; n < 12; n += 1) await unlocked(door);
    await portal.proof(desired);
    expect(door.moves).toHaveLength(12);
    expect(rig.clock.monotonic()).toBe(0);
  });
});
