import { type Operation, type OperationId, operations, parseRouteReply } from '@latchwork/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exchangeOf } from './contract-samples.test-rig.js';
import { createReader, type ShapeFault } from './reply-shape.js';
import { findWireCall } from './wire-call.js';
import { describeOperations, printWireTable } from './wire-description.js';

const table = describeOperations(operations);
const withReply = (Object.entries(operations) as [OperationId, Operation][]).filter(([, { reply }]) => reply !== null);

function readReply(id: OperationId, value: unknown) {
  const faults: ShapeFault[] = [];
  const read = createReader(findWireCall(table, id).reply || 1)(value, faults);
  return { read, faults };
}

/** Every place of a value that holds something, as the steps to it. */
function placesIn(value: unknown, steps: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [steps];
  return [steps, ...Object.entries(value).flatMap(([name, inner]) => placesIn(inner, [...steps, name]))];
}

/** The same value with another one at one place, or nothing there. */
function withAt(value: unknown, [step, ...rest]: readonly (string | number)[], put: unknown): unknown {
  if (step === undefined) return put;
  const members = Object.entries(value as object)
    .map(([name, inner]) => [name, name === step ? withAt(inner, rest, put) : inner] as const)
    .filter(([, inner]) => inner !== undefined);
  return Array.isArray(value) ? members.map(([, inner]) => inner) : Object.fromEntries(members);
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((at, step) => (at as Record<string | number, unknown> | undefined)?.[step], value);
}

describe('C3: the shapes that the client checks replies by', () => {
  it.each(withReply)('%s: what the contract lets through has its shape, and comes out the same', (id, called) => {
    fc.assert(
      fc.property(exchangeOf(id), fc.string(), ({ reply }, later) => {
        const known = parseRouteReply(called, reply);
        const { read, faults } = readReply(id, { ...(reply as object), [`later${later}`]: 1 });
        expect(faults).toStrictEqual([]);
        expect(read).toStrictEqual(known.success && known.reply);
      }),
      { numRuns: 10 },
    );
  });

  it.each(withReply)('%s: what is missing or of another type is found by both', (id, called) => {
    const anything = fc.constantFrom(undefined, null, 7, 'text', true, {}, []);
    fc.assert(
      fc.property(exchangeOf(id), fc.nat(), anything, ({ reply }, at, put) => {
        const places = placesIn(reply);
        const spoiled = withAt(reply, places[at % places.length] ?? [], put);
        const known = parseRouteReply(called, spoiled);
        // Only the contract looks at the form of a text and at the values of an enumeration.
        const structural = known.success
          ? []
          : known.issues.filter(
              ({ code, path }) =>
                code === 'invalid_type' || code === 'invalid_union' || typeof valueAt(spoiled, path) !== 'string',
            );
        expect(readReply(id, spoiled).faults.length > 0).toBe(structural.length > 0);
      }),
      { numRuns: 25 },
    );
  });

  it('a variant that this version does not know is told apart from a broken one', () => {
    const fault = readReply('streamEvents', { type: 'door.repainted' }).faults;
    expect(fault).toStrictEqual([{ at: '/type', expected: 'known' }]);
    expect(readReply('streamEvents', { type: 'toString' }).faults).toStrictEqual(fault);
    expect(readReply('streamEvents', null).faults).toStrictEqual(fault);
    expect(readReply('streamEvents', { type: { toString: 0 } }).faults).toStrictEqual(fault);
    expect(readReply('streamEvents', { type: ['entrance.created'] }).faults).toStrictEqual(fault);
    expect(readReply('streamEvents', { type: 'entrance.created' }).faults.length).toBeGreaterThan(3);
  });

  it('says where and what', () => {
    const page = { data: [{ id: 'ent_1', propertyId: 'prop_1', name: 7, createdAt: null }], nextCursor: 1 };
    expect(readReply('listEntrances', page).faults).toStrictEqual([
      { at: '/data/0/name', expected: 'string' },
      { at: '/data/0/createdAt', expected: 'string' },
      { at: '/nextCursor', expected: 'string' },
    ]);
    expect(readReply('listEntrances', { data: {} }).faults).toStrictEqual([
      { at: '/data', expected: 'array' },
      { at: '/nextCursor', expected: 'string' },
    ]);
    expect(readReply('listEntrances', []).faults).toStrictEqual([{ at: '', expected: 'object' }]);
  });

  it('have a record for any names', () => {
    const readShape = createReader({ counts: [1, 2] });
    const faults: ShapeFault[] = [];
    expect(readShape({ counts: { a: 1, b: 2 } }, faults)).toStrictEqual({ counts: { a: 1, b: 2 } });
    expect(faults).toStrictEqual([]);
    readShape({ counts: { a: 1, b: 'two' } }, faults);
    readShape({ counts: [] }, faults);
    expect(faults).toStrictEqual([
      { at: '/counts/b', expected: 'number' },
      { at: '/counts', expected: 'object' },
    ]);
  });

  it('are what the build prints', async () => {
    const printed = await import(`data:text/javascript,${encodeURIComponent(printWireTable(table))}`);
    expect(printed.wireTable).toStrictEqual(table);
  });
});
