import { randomBytes } from 'node:crypto';
import type { EntranceId, Instant, PropertyId } from '@latchwork/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accessKey, desk, device, entrance, event, insert, property } from '../harness/store-rows.test-rig.js';
import { atOnce } from '../in-steps.js';
import type { Row, Store, TableName, Write } from './store.js';

const update = <Table extends TableName>(table: Table, row: Row<Table>) =>
  ({ op: 'update', table, row }) as unknown as Write;
const remove = <Table extends TableName>(table: Table, row: Row<Table>) =>
  ({ op: 'delete', table, row }) as unknown as Write;
const many = <Item>(count: number, make: (index: number) => Item): readonly Item[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** The part of the suite in which so many rows are written that an engine does them together. */
export function acceptManyRows(opened: () => Store): void {
  describe('a commit of many rows', () => {
    it('brings every row back as it was, whatever stands in it', async () => {
      const texts = [
        `O'Hara's "Inn"`,
        String.raw`C:\temp\' \n`,
        '{a,"b"}',
        'NULL',
        'null',
        '',
        ' ',
        'one\ntwo\r\n\tthree',
        String.raw`\N`,
        String.raw`\.`,
        '東京🏨',
      ];
      const places = many(300, (index): Row<'property'> => {
        const text = texts[index % texts.length] ?? '';
        const settings = {
          remoteUnlock: index % 2 === 0,
          doorRange: index % 3 === 0 ? null : [text as EntranceId],
          longestStayMs: 2 ** 53 - 1,
          auditHiddenFromTeam: false,
        };
        return { ...property(), name: text, settings, integratedApps: [text, ''] };
      });
      const keys = many(300, (index): Row<'accessKey'> => {
        const endsAt = index % 2 === 0 ? null : (Number.MAX_SAFE_INTEGER as Instant);
        return { ...accessKey(), startsAt: (1 - index) as Instant, endsAt, entranceIds: [], schedule: null };
      });
      const store = opened();
      await store.commit([
        ...places.map((row) => insert('property', row)),
        ...keys.map((row) => insert('accessKey', row)),
      ]);
      expect(await store.rows('property')).toEqual(expect.arrayContaining([...places]));
      expect(await store.rows('accessKey')).toEqual(expect.arrayContaining([...keys]));
      const renamed = places.map((row, index) => ({ ...row, name: texts[(index + 1) % texts.length] ?? '' }));
      await store.commit(renamed.map((row) => update('property', row)));
      const rows = new Map((await store.rows('property')).map((row) => [row.id, row]));
      for (const row of renamed) expect(rows.get(row.id)).toEqual(row);
      await store.commit(keys.map((row) => remove('accessKey', row)));
      const left = new Set((await store.rows('accessKey')).map(({ id }) => id));
      expect(keys.filter(({ id }) => left.has(id))).toEqual([]);
    });

    it('is all or nothing too', async () => {
      const store = opened();
      const kept = many(60, desk);
      await store.commit(kept.map((row) => insert('desk', row)));
      const change = kept.map((row) => update('desk', { ...row, name: 'Changed' }));
      const failing: Readonly<Record<string, readonly Write[]>> = {
        'a row to update that is not there': [update('desk', desk())],
        'a row to delete that is not there': [...kept, desk()].map((row) => remove('desk', row)),
        'a row that is there already': [...many(60, desk), ...kept.slice(0, 1)].map((row) => insert('desk', row)),
        'a text that no database holds': [update('desk', { ...desk(), name: 'a\0b' })],
        'a number that no database holds': many(60, () =>
          insert('desk', { ...desk(), createdAt: Number.NaN as Instant }),
        ),
      };
      for (const [what, writes] of Object.entries(failing)) {
        const before = many(600, desk);
        const all = [...before.map((row) => insert('desk', row)), ...change, ...writes];
        await expect(store.commit(all), what).rejects.toThrow();
        const words = atOnce(store.wording(before.map((row) => insert('desk', row))));
        await expect(store.commit(all, words), what).rejects.toThrow();
      }
      const ids = new Set(kept.map(({ id }) => id));
      expect((await store.rows('desk')).filter(({ id }) => ids.has(id))).toEqual(expect.arrayContaining([...kept]));
      const next = desk();
      await store.commit([insert('desk', next)]);
      expect(await store.rows('desk')).toContainEqual(next);
    });

    it('case 16: rows may get what other rows of the same commit give up, in a circle too', async () => {
      const store = opened();
      const place = entrance();
      const devices = many(80, () => device(place));
      await store.commit([insert('entrance', place), ...devices.map((row) => insert('device', row))]);
      const turned = devices.map((row, index) => ({ ...row, tag: devices[(index + 1) % 80]?.tag ?? '' }));
      await store.commit(turned.map((row) => update('device', row)));
      const rows = new Map((await store.rows('device')).map((row) => [row.id, row]));
      for (const row of turned) expect(rows.get(row.id)).toEqual(row);
      const taken = turned.map((row, index) => (index === 7 ? { ...row, tag: turned[8]?.tag ?? '' } : row));
      await expect(store.commit(taken.map((row) => update('device', row)))).rejects.toThrow();
    });

    it('keeps the order in which a table is written, also where the words for some of it were made before', async () => {
      const store = opened();
      const count = fc.integer({ min: 1, max: 130 });
      const steps = fc.array(fc.record({ op: fc.constantFrom('insert', 'update', 'delete'), from: count, count }), {
        maxLength: 8,
      });
      let round = 0;
      await fc.assert(
        fc.asyncProperty(steps, fc.nat(200), async (history, ahead) => {
          round += 1;
          const prefix = `${randomBytes(4).toString('hex')}/${round}`;
          const model = new Map<string, Row<'desk'>>();
          const writes: Write[] = [];
          for (const [step, { op, from, count: length }] of history.entries()) {
            for (let number = from; number < from + length; number += 1) {
              const row = { ...desk(), id: `${prefix}/${number}`, name: `Step ${step}` } as Row<'desk'>;
              if ((op === 'insert') === model.has(row.id)) continue;
              writes.push({ op, table: 'desk', row } as Write);
              if (op === 'delete') model.delete(row.id);
              else model.set(row.id, row);
            }
          }
          const first = writes.slice(0, ahead);
          await store.commit(writes, first.length === 0 ? undefined : atOnce(store.wording(first)));
          const left = (await store.rows('desk')).filter(({ id }) => id.startsWith(prefix));
          expect(new Map(left.map((row) => [row.id, row]))).toEqual(model);
        }),
        { numRuns: 25 },
      );
    });

    it('thousands of rows at once', async () => {
      const store = opened();
      const feedId = `prop_${randomBytes(4).toString('hex')}` as PropertyId;
      const count = 5_000;
      await store.commit(many(count, (index) => insert('event', event(feedId, index + 1))));
      const last = await store.events(feedId, { after: count - 1, limit: 10 });
      expect(last.map(({ position }) => position)).toEqual([count]);
    });
  });
}
