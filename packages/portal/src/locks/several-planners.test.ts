import { decodeSetManifest } from '@latchwork/lock-protocol';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClosingStack } from '../closing-stack.js';
import { type HouseGround, type LockHouse, openLockHouse } from '../harness/lock-house.test-rig.js';
import {
  missingForPostgres,
  type PostgresCluster,
  startPostgresCluster,
} from '../harness/postgres-cluster.test-rig.js';
import { createLog } from '../log.js';
import type { Secret } from '../secret.js';
import { openPostgresStore } from '../store/postgres-store.js';

describe.skipIf(missingForPostgres !== '')(`several portals that plan for one lock ${missingForPostgres}`, () => {
  let cluster: PostgresCluster;
  let url: Secret;
  let open: ReturnType<typeof createClosingStack>;

  beforeAll(async () => {
    cluster = await startPostgresCluster();
  });
  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    open = createClosingStack();
    url = await cluster.database();
  });
  afterEach(async () => {
    await open[Symbol.asyncDispose]();
  });

  async function join(ground?: HouseGround): Promise<LockHouse> {
    const store = open.use(await openPostgresStore({ url, log: createLog('silent') }));
    return open.use(await openLockHouse({ store, ...(ground === undefined ? {} : { ground }) }));
  }

  const settle = async (houses: readonly LockHouse[]) => {
    for (const { ledger, locks } of [...houses, ...houses]) {
      await ledger.fresh();
      await locks.plan();
    }
  };

  it('T8, T19: give each number to one set, and end at the newest word of both', async () => {
    const first = await join();
    const second = await join(first.ground);
    const [door] = first.ground.doors;
    const codes = ['111111', '222222', '333333', '444444', '555555', '666666'];
    const given = await Promise.all(codes.map((digits, at) => (at % 2 === 0 ? first : second).giveCode({ digits })));
    await settle([first, second]);
    const [gone, cut] = [given[0], given[3]];
    if (gone === undefined || cut === undefined) throw new Error('There are six.');
    const revokedAt = first.ground.clock.now();
    // Both look into the lock at the same time, for changes that each has only half of.
    await Promise.all([
      first.editKey(gone.keyId, { revokedAt }),
      second.editKey(cut.keyId, { revokedAt }),
      first.giveCode({ digits: '777777' }),
      second.giveCode({ digits: '888888' }),
    ]);
    await settle([first, second]);
    expect(second.row(door)).toEqual(first.row(door));

    const sets = new Map<number, Set<string>>();
    for (const { tag, text } of [...first.published, ...second.published]) {
      if (tag !== door.device.tag || text === null) continue;
      const { set } = JSON.parse(text);
      const { revision } = decodeSetManifest(new Uint8Array(Buffer.from(set.manifest, 'base64url')));
      sets.set(revision, (sets.get(revision) ?? new Set()).add(set.manifest));
    }
    expect([...sets.values()].map(({ size }) => size)).toEqual(Array.from(sets, () => 1));

    // A receipt that one of them hears is proof to both.
    await second.bring(door);
    await settle([first, second]);
    for (const house of [first, second]) {
      const states = house.revocations().map(({ locks }) => locks.find((at) => at.deviceId === door.device.id)?.state);
      expect(states).toEqual(['proven', 'proven']);
    }
    expect(await door.lock.opensTo('111111')).toBe(false);
    expect(await door.lock.opensTo('444444')).toBe(false);
    for (const digits of ['222222', '333333', '555555', '666666', '777777', '888888']) {
      expect(await door.lock.opensTo(digits)).toBe(true);
    }
  }, 60_000);

  it('plan at the latest a few seconds later what a portal committed that died before it planned', async () => {
    const first = await join();
    const second = await join(first.ground);
    const [door] = first.ground.doors;
    const { keyId } = await first.giveCode({ digits: '111111' });
    await first.bring(door);
    await first.locks[Symbol.asyncDispose]();
    await first.ledger.write((draft) => {
      const key = first.projection.accessKeys.get(keyId);
      if (key !== undefined) draft.update('accessKey', { ...key, revokedAt: draft.now });
    });
    await settle([second]);
    expect(second.revocations()[0]?.locks[0]?.needs).not.toBeNull();
    await second.bring(door);
    expect(await door.lock.opensTo('111111')).toBe(false);
  }, 60_000);
});
