import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFingerprints, decodeFingerprints, type Fingerprints } from './fingerprints.js';
import { recordText } from './json-text.test-rig.js';
import { readPage } from './page-contents.js';

const seed = Uint8Array.of(1, 2, 3, 4, 250, 6, 7, 8);
const basis = 'contoso; everybody; guests skipped';
const encoder = new TextEncoder();

function pageOf(records: readonly string[]): Uint8Array {
  return encoder.encode(`{"@odata.count":3,"value":[${records.join(', ')}]}`);
}

/** Reads pages against what is known; the ids of records that had to be looked at. */
function read(
  known: Fingerprints,
  pages: readonly (readonly string[])[],
  coverage: 'everybody' | 'changes' = 'everybody',
) {
  known.startReading(coverage);
  const looked = pages.flatMap((records) => readPage(pageOf(records), { list: 'value', known })?.records ?? []);
  return { looked, unchanged: [...known.unchangedIds].sort() };
}

/** Fingerprints as the portal gets them back after a run in which everybody, or whoever is named, was applied. */
function reopen(known: Fingerprints, applied?: readonly string[]): Fingerprints {
  const opened = decodeFingerprints(
    known.encode((id) => applied === undefined || applied.includes(id)),
    { basis },
  );
  if (!opened) throw new Error('what was encoded did not open');
  return opened;
}

function knowing(records: readonly string[]): Fingerprints {
  const known = createFingerprints({ seed, basis });
  read(known, [records]);
  return reopen(known);
}

const ada = '{"id":"ada","mail":"ada@contoso.example"}';
const adaRenamed = '{"id":"ada","mail":"lovelace@contoso.example"}';
const bob = '{"id":"bob","mail":"bob@contoso.example"}';

/** What the fingerprints should know, in the plainest words: for each id the one text that was applied. */
function expectedAfter(
  known: ReadonlyMap<string, string>,
  pages: readonly (readonly string[])[],
  applied: readonly string[],
) {
  const seen = new Map<string, Set<string>>();
  for (const record of pages.flat()) {
    const { id } = JSON.parse(record) as { readonly id?: unknown };
    if (typeof id === 'string') seen.set(id, (seen.get(id) ?? new Set()).add(record));
  }
  const unchanged = [...seen]
    .filter(([id, texts]) => texts.size === 1 && texts.has(known.get(id) ?? ''))
    .map(([id]) => id);
  const next = new Map<string, string>();
  for (const [id, texts] of seen) {
    const [text = ''] = texts;
    if (texts.size === 1 && (applied.includes(id) || unchanged.includes(id))) next.set(id, text);
  }
  return { unchanged, next };
}

describe('fingerprints', () => {
  it('passes over whoever is to the byte as last applied, and parses everybody else', () => {
    const known = knowing([ada, bob]);
    const carl = '{"id":"carl"}';
    expect(read(known, [[bob, adaRenamed], [carl]])).toEqual({
      looked: [JSON.parse(adaRenamed), JSON.parse(carl)],
      unchanged: ['bob'],
    });
    expect(known.unchangedIds.has('bob')).toBe(true);
    expect(known.unchangedIds.has('ada')).toBe(false);
    expect([...known.notUnchangedIds()]).toEqual(['ada']);
  });

  it('never says unchanged of a user with another record, over any histories of any records', () => {
    const plain = ['a', 'b', 'c'].flatMap((id) => [1, 2].map((version) => `{"id":"${id}","version":${version}}`));
    const run = fc.record({
      pages: fc.array(fc.array(fc.nat(11), { maxLength: 4 }), { maxLength: 3 }),
      applied: fc.subarray(['a', 'b', 'c', 'd', 'é', '"'], { minLength: 3 }),
    });
    let passedOver = 0;
    fc.assert(
      fc.property(
        fc.array(recordText, { minLength: 6, maxLength: 6 }),
        fc.array(run, { minLength: 2, maxLength: 6 }),
        (odd, history) => {
          const records = [...plain, ...odd];
          let known = createFingerprints({ seed, basis });
          let model: ReadonlyMap<string, string> = new Map();
          for (const { pages: picks, applied } of history) {
            const pages = picks.map((page) => page.map((pick) => records[pick] ?? '{}'));
            const { looked, unchanged } = read(known, pages);
            const expected = expectedAfter(model, pages, applied);
            expect(expected.unchanged).toEqual(expect.arrayContaining(unchanged));
            for (const record of pages.flat()) {
              const parsed = JSON.parse(record) as { readonly id?: string };
              if (model.get(parsed.id ?? '') !== record) expect(looked).toContainEqual(parsed);
            }
            passedOver += unchanged.length;
            model = expected.next;
            known = reopen(known, applied);
          }
        },
      ),
      { numRuns: 2000 },
    );
    expect(passedOver).toBeGreaterThan(100);
  });

  it('compares within one exact id only', () => {
    const known = knowing(['{"id":"A"}']);
    expect(read(known, [['{"id":"a"}']]).unchanged).toEqual([]);
    expect(known.unchangedIds.has('a')).toBe(false);
    expect([...known.notUnchangedIds()]).toEqual(['A']);
  });

  it('looks at every record of a user who was seen otherwise before, whatever the order', () => {
    for (const order of [
      [ada, adaRenamed],
      [adaRenamed, ada],
    ]) {
      const known = knowing([ada, bob]);
      const pages = order.map((record) => [record]);
      expect(read(known, pages).unchanged).toEqual([]);
      expect(read(known, [order]).unchanged).toEqual([]);
      expect(read(reopen(known), [[ada]]).unchanged, 'merged records leave no fingerprint').toEqual([]);
    }
  });

  it('looks at a user whose id was spelled in another way in between', () => {
    const known = knowing([ada]);
    expect(read(known, [[ada], ['{"id":"\\u0061da","accountEnabled":false}']]).unchanged).toEqual([]);
    expect(read(known, [['{"id":"\\u0061da","accountEnabled":false}'], [ada]]).looked).toHaveLength(2);
  });

  it('does not take one half of a surrogate pair for the replacement character', () => {
    const known = knowing(['{"id":"\uFFFD"}']);
    read(known, [['{"id":"\uFFFD"}']]);
    expect(known.unchangedIds.has('\uFFFD')).toBe(true);
    expect(known.unchangedIds.has('\uD800')).toBe(false);
  });

  it('remembers only whoever was applied', () => {
    const known = createFingerprints({ seed, basis });
    read(known, [[ada, bob]]);
    const stored = known.encode((id) => id === 'bob');
    expect(new TextDecoder().decode(stored)).not.toContain('ada');
    const next = decodeFingerprints(stored, { basis });
    expect(next && read(next, [[ada, bob]]).unchanged).toEqual(['bob']);
  });

  it('forgets a user who was changed here, until the record has been applied again', () => {
    const afterRun = (applied: readonly string[]) => {
      const known = knowing([ada, bob]);
      known.forget('ada');
      known.forget('nobody');
      expect(read(known, [[ada, bob]]).unchanged).toEqual(['bob']);
      return reopen(known, applied);
    };
    expect(read(afterRun([]), [[ada, bob]]).unchanged).toEqual(['bob']);
    expect(read(afterRun(['ada']), [[ada, bob]]).unchanged).toEqual(['ada', 'bob']);
  });

  it('forgets whoever is absent from everybody, and nobody for not being among changes', () => {
    const everybody = knowing([ada, bob]);
    read(everybody, [[bob]]);
    expect(read(reopen(everybody), [[ada, bob]]).unchanged).toEqual(['bob']);
    const changes = knowing([ada, bob]);
    read(changes, [['{"id":"bob","displayName":"Bob"}']], 'changes');
    expect(read(reopen(changes), [[ada, bob]]).unchanged).toEqual(['ada']);
  });

  it('is of use for one basis only, and not once a byte of it is another', () => {
    const stored = knowing([ada, bob]).encode(() => true);
    expect(decodeFingerprints(stored.slice(), { basis: `${basis}, guests too` })).toBeUndefined();
    fc.assert(
      fc.property(fc.nat(stored.byteLength - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, change, cut) => {
        const damaged = stored.slice(0, cut ? at : undefined);
        if (!cut) damaged[at] = (damaged[at] ?? 0) ^ change;
        expect(decodeFingerprints(damaged, { basis })).toBeUndefined();
      }),
    );
  });

  it('refuses a seed of another size', () => {
    expect(() => createFingerprints({ seed: new Uint8Array(4), basis })).toThrow(RangeError);
  });

  it('case 45: keeps about fifty bytes for a user, however large the record', () => {
    const records = Array.from({ length: 20_000 }, (_, at) => {
      const id = `00000000-0000-4000-8000-${at.toString(16).padStart(12, '0')}`;
      return `{"id":"${id}","displayName":"${'n'.repeat(at === 7 ? 1_000_000 : 300)}"}`;
    });
    const known = createFingerprints({ seed, basis });
    read(known, [records]);
    const stored = known.encode(() => true);
    expect(stored.byteLength / records.length).toBeLessThan(55);
    const next = decodeFingerprints(stored, { basis });
    expect(next && read(next, [records]).unchanged).toHaveLength(records.length);
  });
});
