import type { DeskId, OrganizationId } from '@latchwork/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { desk } from '../harness/store-rows.test-rig.js';
import { createWatches } from './read-watch.js';
import { createRowIndex, type RowIndex } from './row-index.js';
import type { Row } from './store.js';

type Desks = RowIndex<'desk', DeskId>;

function desks() {
  const watches = createWatches();
  const index = createRowIndex<'desk', DeskId>(
    {
      id: (row) => row.id,
      unique: (row) => (row.removedAt === null ? row.name : undefined),
      groups: [(row) => row.organizationId, (row) => (row.removedAt === null ? 'open' : undefined)],
    },
    watches,
  );
  return { watches, index };
}

const few = (prefix: string) => fc.integer({ min: 0, max: 3 }).map((number) => `${prefix}${number}`);
const rows: fc.Arbitrary<Row<'desk'>> = fc.record({
  id: few('desk_') as fc.Arbitrary<DeskId>,
  organizationId: few('org_') as fc.Arbitrary<OrganizationId>,
  name: few('Desk '),
  removedAt: fc.constantFrom(null, desk().createdAt),
  createdAt: fc.constant(desk().createdAt),
});
const readings: fc.Arbitrary<(index: Desks) => unknown> = fc.oneof(
  few('desk_').map((id) => (index: Desks) => index.get(id as DeskId)),
  few('Desk ').map((name) => (index: Desks) => index.byUnique(name)),
  fc.oneof(few('org_'), fc.constant('open')).map((text) => (index: Desks) => [...index.group(text)]),
  fc.constant((index: Desks) => [...index.all()]),
  fc.constant((index: Desks) => index.size),
);
const writings: fc.Arbitrary<(index: Desks) => void> = fc.oneof(
  rows.map((row) => (index: Desks) => index.put(row)),
  rows.map((row) => (index: Desks) => index.remove(row)),
);

describe('a watch over what is read', () => {
  it('holds only as long as everything that was read would be read again just so', () => {
    fc.assert(
      fc.property(
        fc.array(rows, { maxLength: 6 }),
        fc.array(readings, { minLength: 1, maxLength: 4 }),
        fc.array(writings, { maxLength: 3 }),
        (known, reads, writes) => {
          const { watches, index } = desks();
          for (const row of known) index.put(row);
          using watch = watches.open();
          let before: unknown;
          watch.during(() => {
            before = reads.map((read) => read(index));
          });
          for (const write of writes) write(index);
          if (watch.holds) expect(reads.map((read) => read(index))).toEqual(before);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('goes on holding while others are written, and others are read', () => {
    const { watches, index } = desks();
    const [mine, other] = [desk(), { ...desk(), organizationId: 'org_2' as OrganizationId, name: 'Other' }];
    index.put(mine);
    using watch = watches.open();
    watch.during(() => {
      index.get(mine.id);
      index.group(mine.organizationId);
      index.byUnique(mine.name);
    });
    index.all();
    index.put(other);
    index.remove(other);
    expect(watch.holds).toBe(true);
    index.put({ ...mine, name: 'Moved' });
    expect(watch.holds).toBe(false);
  });

  it('watches what is not there, and everything when it is loaded anew', () => {
    for (const write of [(index: Desks) => index.put(desk()), (index: Desks) => index.clear()]) {
      const { watches, index } = desks();
      using watch = watches.open();
      watch.during(() => index.group('org_1'));
      write(index);
      expect(watch.holds).toBe(false);
    }
  });

  it('costs whoever writes nothing when nobody watches', () => {
    const { watches } = desks();
    const watch = watches.open();
    expect(watches.any).toBe(true);
    watch[Symbol.dispose]();
    expect(watches.any).toBe(false);
  });
});
