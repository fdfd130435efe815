import { randomBytes } from 'node:crypto';
import type {
  AttemptId,
  DeviceId,
  EntranceId,
  Instant,
  MemberId,
  OrganizationId,
  PropertyId,
  ReviewId,
  SyncRunId,
  WebhookEndpointId,
} from '@latchwork/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  accessKey,
  attempt,
  delivery,
  desk,
  device,
  entrance,
  event,
  insert,
  instant,
  property,
} from '../harness/store-rows.test-rig.js';
import { acceptManyRows } from './many-rows.test-rig.js';
import type { Row, Store, Write } from './store.js';

/** What the suite needs of an engine. */
export interface StoreEngine extends AsyncDisposable {
  /** Opens a new store with nothing in it. */
  open(): Promise<Store>;
}

/** The suite that every store passes: what the portal relies on, and no more. */
export function acceptStore(startEngine: () => Promise<StoreEngine>): void {
  let engine: StoreEngine;
  let store: Store;
  const called = new Set<string>();

  beforeAll(async () => {
    engine = await startEngine();
    store = noting(await engine.open(), called);
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
  });

  describe('a commit', () => {
    it('is all or nothing, whatever fails in it', async () => {
      const kept = desk();
      await store.commit([insert('desk', kept)]);
      const failing: Readonly<Record<string, Write>> = {
        'a row that is there already': insert('desk', kept),
        'a row to update that is not there': { op: 'update', table: 'desk', row: desk() },
        'a row to delete that is not there': { op: 'delete', table: 'desk', row: desk() },
        'a value that is missing': insert('desk', { ...desk(), name: null as never }),
        'a text that no database holds': insert('desk', { ...desk(), name: 'a\0b' }),
        'a number that no database holds': insert('desk', { ...desk(), createdAt: Number.NaN as Instant }),
      };
      for (const [what, write] of Object.entries(failing)) {
        const before = desk();
        const after = desk();
        const change = { op: 'update', table: 'desk', row: { ...kept, name: what } } as const;
        await expect(
          store.commit([insert('desk', before), change, write, insert('desk', after)]),
          what,
        ).rejects.toThrow();
      }
      expect(await store.rows('desk')).toEqual([kept]);
    });

    it('does its writes to one table in their order', async () => {
      const first = entrance();
      const taken = device(first, { tag: '0011223344556677' });
      await store.commit([insert('entrance', first), insert('device', taken)]);
      const heir = device(first, { tag: taken.tag });
      const moved = { ...heir, name: 'Moved' };
      await store.commit([
        { op: 'delete', table: 'device', row: taken },
        insert('device', heir),
        { op: 'update', table: 'device', row: { ...heir, name: 'Not yet' } },
        { op: 'update', table: 'device', row: moved },
        insert('device', device(first)),
      ]);
      const devices = await store.rows('device');
      expect(devices).toHaveLength(2);
      expect(devices).toContainEqual(moved);
    });

    it('P-10: leaves what any history of writes leaves', async () => {
      const ids = fc.integer({ min: 0, max: 6 });
      const step = fc.record({
        op: fc.constantFrom('insert', 'update', 'delete'),
        id: ids,
        name: fc.string({ unit: 'grapheme' }),
      });
      const histories = fc.array(fc.array(step, { maxLength: 12 }), { maxLength: 6 });
      const round = randomBytes(4).toString('hex');
      let history = 0;
      await fc.assert(
        fc.asyncProperty(histories, async (commits) => {
          history += 1;
          const organizationId = `org_${round}_${history}` as OrganizationId;
          const model = new Map<string, Row<'desk'>>();
          for (const commit of commits) {
            const writes: Write[] = [];
            for (const { op, id, name } of commit) {
              const row = {
                ...desk(),
                organizationId,
                id: `${organizationId}/${id}`,
                name,
              } as Row<'desk'>;
              if ((op === 'insert') === model.has(row.id)) continue;
              writes.push({ op, table: 'desk', row });
              if (op === 'delete') model.delete(row.id);
              else model.set(row.id, row);
            }
            if (writes.length > 0) await store.commit(writes);
          }
          const left = (await store.rows('desk')).filter((row) => row.organizationId === organizationId);
          expect(new Map(left.map((row) => [row.id, row]))).toEqual(model);
        }),
        { numRuns: 25 },
      );
    });
  });

  acceptManyRows(() => store);

  describe('what was written', () => {
    const texts = {
      quotes: `O'Hara's "Inn"; drop table desk; --`,
      backslashes: String.raw`C:\temp\' \n \u0041`,
      lines: 'one\ntwo\r\n\tthree',
      worlds: 'Gästehaus 東京 🏨 \u200f עברית',
      dollars: '$1 $$ $tag$ :name ?',
      empty: '',
      long: 'x'.repeat(1_000_000),
    };

    it.each(Object.entries(texts))('comes back as it was: %s', async (_, text) => {
      const row = { ...device(entrance()), name: text, observation: null };
      const settings = {
        remoteUnlock: true,
        doorRange: [text as EntranceId],
        longestStayMs: 2 ** 53 - 1,
        auditHiddenFromTeam: false,
      };
      const place = { ...property(), name: text, settings, integratedApps: [text, ''] };
      await store.commit([insert('device', row), insert('property', place)]);
      expect((await store.rows('device')).find(({ id }) => id === row.id)).toEqual(row);
      expect((await store.rows('property')).find(({ id }) => id === place.id)).toEqual(place);
    });

    it('comes back with its kinds: large numbers, nothing, truth, lists and depths', async () => {
      const rows: readonly Row<'accessKey'>[] = [
        { ...accessKey(), startsAt: 0 as Instant, endsAt: null, entranceIds: [], schedule: null },
        { ...accessKey(), startsAt: -1 as Instant, endsAt: Number.MAX_SAFE_INTEGER as Instant },
        { ...accessKey(), schedule: { windows: [{ days: [1, 7], start: '00:00', end: '24:00' }] } as never },
      ];
      await store.commit(rows.map((row) => insert('accessKey', row)));
      for (const row of rows) expect(await store.rows('accessKey')).toContainEqual(row);
    });
  });

  describe('a reader', () => {
    it('knows where the feeds and audits stand', async () => {
      const feedId = `prop_${randomBytes(4).toString('hex')}` as PropertyId;
      const organizationId = `org_${randomBytes(4).toString('hex')}` as OrganizationId;
      await store.commit([
        insert('event', event(feedId, 1)),
        insert('event', event(feedId, 2)),
        insert('auditEntry', { organizationId, seq: 1, entry: '{"seq":1}', hash: 'one' }),
        insert('auditEntry', { organizationId, seq: 2, entry: '{"seq":2}', hash: 'two' }),
      ]);
      const heads = await store.heads();
      expect(heads.events.filter((head) => head.feedId === feedId)).toEqual([{ feedId, position: 2 }]);
      expect(heads.audit.filter((head) => head.organizationId === organizationId)).toEqual([
        { organizationId, seq: 2, hash: 'two' },
      ]);
      const audit = await store.audit(organizationId, { after: undefined, limit: 10 });
      expect(audit.map(({ seq, entry }) => [seq, entry])).toEqual([
        [1, '{"seq":1}'],
        [2, '{"seq":2}'],
      ]);
      expect(await store.audit(organizationId, { after: 1, limit: 10 })).toEqual(audit.slice(1));
      expect(await store.audit(organizationId, { after: undefined, limit: 1 })).toEqual(audit.slice(0, 1));
    });

    it('pages through events from the oldest, in the order of their positions', async () => {
      const feedId = `prop_${randomBytes(4).toString('hex')}` as PropertyId;
      const events = Array.from({ length: 25 }, (_, index) => event(feedId, index + 1));
      await store.commit([...events].reverse().map((row) => insert('event', row)));
      expect(await store.events(feedId, { after: undefined, limit: 200 })).toEqual(events);
      expect(await store.events(feedId, { after: 9, limit: 2 })).toEqual(events.slice(9, 11));
      expect(await store.events(feedId, { after: 25, limit: 2 })).toEqual([]);
    });

    it('pages through attempts from the newest, and knows the open ones', async () => {
      const entranceId = `ent_${randomBytes(4).toString('hex')}` as EntranceId;
      const attempts = [1, 2, 3, 4].map((number) =>
        attempt({ entranceId, id: `att_${entranceId}_${number}` as AttemptId, endedAt: number === 2 ? null : instant }),
      );
      await store.commit(attempts.map((row) => insert('attempt', row)));
      const ids = (rows: readonly Row<'attempt'>[]) => rows.map(({ id }) => id.slice(-1)).join('');
      expect(ids(await store.attemptsOf(entranceId, { after: undefined, limit: 3 }))).toBe('432');
      expect(ids(await store.attemptsOf(entranceId, { after: attempts[1]?.id, limit: 3 }))).toBe('1');
      expect(ids((await store.openAttempts()).filter((row) => row.entranceId === entranceId))).toBe('2');
      expect(await store.attempt(attempts[0]?.id as AttemptId)).toEqual(attempts[0]);
      expect(await store.attempt('att_none' as AttemptId)).toBeUndefined();
    });

    it('finds the log of a lock from the newest, and what it and the attempts say of commands', async () => {
      const deviceId = `dev_${randomBytes(4).toString('hex')}` as DeviceId;
      const commands = ['a1b2c3d4e5f60718', '1122334455667788'];
      const attempts = commands.map((commandId) => attempt({ deviceId, commandId, endedAt: instant }));
      const rows = [0, 1].flatMap((resets) =>
        [1, 2].map(
          (seq): Row<'lockLog'> => ({
            ...{ deviceId, propertyId: 'prop_1' as PropertyId, resets, seq, historical: false },
            entry: `${'00'.repeat(24)}${commands[resets] ?? ''}`,
            account: {} as Row<'lockLog'>['account'],
            ...{ occurredAt: null, receivedAt: (instant + resets) as Instant },
          }),
        ),
      );
      await store.commit([
        ...attempts.map((row) => insert('attempt', row)),
        ...rows.map((row) => insert('lockLog', row)),
      ]);
      const places = (found: readonly Row<'lockLog'>[]) => found.map(({ resets, seq }) => `${resets}/${seq}`);
      expect(places(await store.lockLogOf(deviceId, { after: undefined, limit: 3 }))).toEqual(['1/2', '1/1', '0/2']);
      const after = { resets: 1, seq: 1 };
      expect(places(await store.lockLogOf(deviceId, { after, limit: 3 }))).toEqual(['0/2', '0/1']);
      expect(places(await store.lockLogOfCommands(deviceId, commands.slice(1)))).toEqual(['1/1', '1/2']);
      expect(await store.lockLogOfCommands(deviceId, [])).toEqual([]);
      const found = await store.attemptsOfCommands(deviceId, [...commands.slice(0, 1), 'ffffffffffffffff']);
      expect(found).toEqual(attempts.slice(0, 1));
      expect(await store.attemptsOfCommands(deviceId, [])).toEqual([]);
      await store.forgetLockLog((instant + 1) as Instant);
      expect(places(await store.lockLogOf(deviceId, { after: undefined, limit: 9 }))).toEqual(['1/2', '1/1']);
    });

    it('keeps replies until they are forgotten', async () => {
      const scope = `mem_${randomBytes(4).toString('hex')}`;
      const reply = (key: string, createdAt: number): Row<'idempotentReply'> => ({
        scope,
        key,
        requestHash: `hash of ${key}`,
        status: 201,
        replySealed: 'sealed',
        attemptId: null,
        createdAt: createdAt as Instant,
      });
      await store.commit([
        insert('idempotentReply', reply('new', 3_000)),
        insert('idempotentReply', reply('old', 1_000)),
      ]);
      const known = (await store.idempotentRequests(1_000 as Instant)).filter((row) => row.scope === scope);
      expect(known).toEqual([
        { scope, key: 'old', requestHash: 'hash of old', createdAt: 1_000 },
        { scope, key: 'new', requestHash: 'hash of new', createdAt: 3_000 },
      ]);
      expect(await store.idempotentReply(scope, 'old')).toEqual(reply('old', 1_000));
      await store.forgetReplies(2_000 as Instant);
      expect(await store.idempotentReply(scope, 'old')).toBeUndefined();
      expect(await store.idempotentReply(scope, 'new')).toEqual(reply('new', 3_000));
    });

    it('finds records of the authorization server by either name until they are forgotten', async () => {
      const record = (id: string, expiresAt: number): Row<'oauthRecord'> => ({
        id,
        uidHash: `uid of ${id}`,
        payloadSealed: 'sealed',
        expiresAt: expiresAt as Instant,
        consumedAt: null,
      });
      const [old, fresh] = [record('old', 1_000), record('fresh', 3_000)];
      await store.commit([insert('oauthRecord', old), insert('oauthRecord', fresh)]);
      expect(await store.oauthRecord('old')).toEqual(old);
      expect(await store.oauthRecordByUid('uid of fresh')).toEqual(fresh);
      await store.forgetOauthRecords(2_000 as Instant);
      expect(await store.oauthRecord('old')).toBeUndefined();
      expect(await store.oauthRecord('fresh')).toEqual(fresh);
    });
  });

  describe('a reader of deliveries', () => {
    const endpointId = `whe_${randomBytes(4).toString('hex')}` as WebhookEndpointId;
    const deliveries = [
      delivery({ endpointId, number: 1, state: 'pending', nextAttemptAt: 3_000 as Instant }),
      delivery({ endpointId, number: 2, state: 'pending', nextAttemptAt: 1_000 as Instant }),
      delivery({ endpointId, number: 3, state: 'dead', endedAt: 500 as Instant }),
      delivery({ endpointId, number: 4, state: 'dead', endedAt: 700 as Instant }),
      delivery({ endpointId, number: 5, state: 'pending', nextAttemptAt: 9_000 as Instant }),
    ] as const;
    const numbers = (rows: readonly Row<'webhookDelivery'>[]) => rows.map(({ id }) => id.slice(-1)).join('');
    const all = { after: undefined, limit: 10 };

    beforeAll(async () => {
      await store.commit(deliveries.map((row) => insert('webhookDelivery', row)));
    });

    it('knows what is due, the longest due first', async () => {
      const at = 5_000 as Instant;
      expect(await store.endpointsWithDue(999 as Instant)).not.toContain(endpointId);
      expect((await store.endpointsWithDue(at)).filter((id) => id === endpointId)).toEqual([endpointId]);
      expect(numbers(await store.dueDeliveries(endpointId, { at, limit: 10 }))).toBe('21');
      expect(numbers(await store.dueDeliveries(endpointId, { at, limit: 1 }))).toBe('2');
    });

    it('pages through all from the newest and through dead ones from the oldest, until they are forgotten', async () => {
      expect(numbers(await store.deliveriesOf(endpointId, { ...all, state: undefined }))).toBe('54321');
      expect(
        numbers(await store.deliveriesOf(endpointId, { after: deliveries[3].id, limit: 2, state: undefined })),
      ).toBe('32');
      expect(numbers(await store.deliveriesOf(endpointId, { ...all, state: 'pending' }))).toBe('521');
      expect(numbers(await store.deadDeliveries(endpointId, all))).toBe('34');
      expect(numbers(await store.deadDeliveries(endpointId, { after: deliveries[2].id, limit: 10 }))).toBe('4');
      expect(await store.delivery(deliveries[2].id)).toEqual(deliveries[2]);
      await store.forgetDeliveries(600 as Instant);
      expect(await store.delivery(deliveries[2].id)).toBeUndefined();
      expect(numbers(await store.deliveriesOf(endpointId, { ...all, state: undefined }))).toBe('5421');
    });
  });

  it('gives the pieces of a review, and the receipts of a run, in their order', async () => {
    const reviewId = `rev_${randomBytes(4).toString('hex')}` as ReviewId;
    const other = `rev_${randomBytes(4).toString('hex')}` as ReviewId;
    const chunk = (position: number, of = reviewId) =>
      insert('directoryReviewChunk', { reviewId: of, position, sealed: `piece ${position}` });
    await store.commit([chunk(2), chunk(0), chunk(1), chunk(3), chunk(1, other)]);
    const positions = async (from: number, count: number) =>
      (await store.reviewChunks(reviewId, { from, count })).map(({ position, sealed }) => [position, sealed]);
    expect(await positions(1, 2)).toEqual([
      [1, 'piece 1'],
      [2, 'piece 2'],
    ]);
    expect(await positions(3, 5)).toEqual([[3, 'piece 3']]);
    const syncRunId = `syn_${randomBytes(4).toString('hex')}` as SyncRunId;
    const receipt = (position: number) =>
      insert('syncReceipt', {
        ...{ syncRunId, position, status: 'new', because: null },
        memberId: `mem_${position}` as MemberId,
      });
    await store.commit([receipt(1), receipt(0), receipt(2)]);
    const receipts = async (after: number | undefined, limit: number) =>
      (await store.syncReceipts(syncRunId, { after, limit })).map(({ position }) => position);
    expect(await receipts(undefined, 2)).toEqual([0, 1]);
    expect(await receipts(1, 2)).toEqual([2]);
  });

  it('reads several things as of one moment', async () => {
    const feedId = `prop_${randomBytes(4).toString('hex')}` as PropertyId;
    await store.commit([insert('event', event(feedId, 1))]);
    const { result } = await store.snapshot(async (reader) => {
      const before = await reader.events(feedId, { after: undefined, limit: 10 });
      // Where others can write at all, they do it now.
      if (store.log !== undefined) await store.commit([insert('event', event(feedId, 2))]);
      return [before, await reader.events(feedId, { after: undefined, limit: 10 })];
    });
    expect(result[1]).toEqual(result[0]);
  });

  it('keeps the first sealing check', async () => {
    expect(await store.sealingCheck(() => 'first')).toBe('first');
    expect(await store.sealingCheck(() => 'second')).toBe('first');
  });

  it('maintains itself without losing anything', async () => {
    const row = desk();
    await store.commit([insert('desk', row)]);
    await store.maintain();
    expect(await store.rows('desk')).toContainEqual(row);
    expect(store.isReachable()).toBe(true);
  });

  it('was asked for everything that it does', () => {
    const functions = Object.entries(store).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
    expect(functions.filter((name) => !called.has(name))).toEqual([]);
  });
}

/** The same store, which notes the names of what it is asked for. */
function noting(store: Store, called: Set<string>): Store {
  const noted = Object.entries(store).map(([name, value]: [string, unknown]) => {
    if (typeof value !== 'function') return [name, value];
    const call = (...parameters: unknown[]) => {
      called.add(name);
      return value(...parameters);
    };
    return [name, call];
  });
  return { ...store, ...Object.fromEntries(noted) };
}
