import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonText, listText, memberText, objectText, recordText } from './json-text.test-rig.js';
import { type PageLayout, scanPage } from './page-scanner.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textAt(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end));
}

function recordsOf(bytes: Uint8Array, { ranges, count }: PageLayout) {
  return Array.from({ length: count }, (_, index) => {
    const [start = 0, end = 0, idStart = 0, idEnd = 0] = ranges.subarray(4 * index, 4 * index + 4);
    return {
      value: JSON.parse(textAt(bytes, start, end)) as unknown,
      id: idStart < 0 ? undefined : textAt(bytes, idStart, idEnd),
    };
  });
}

function scanText(page: string) {
  const bytes = encoder.encode(page);
  const layout = scanPage(bytes, 'value');
  return layout && recordsOf(bytes, layout);
}

/** A page with its list, other members around it and spaces anywhere. */
const pageText = objectText(
  fc.oneof(
    memberText(fc.constant('"value"'), listText(recordText)),
    memberText(fc.constant('"@odata.nextLink"'), jsonText),
  ),
);

describe('scanPage', () => {
  it('finds the records that JSON.parse finds, and exactly their ids, in any JSON', () => {
    let scanned = 0;
    fc.assert(
      fc.property(fc.oneof(pageText, jsonText), (page) => {
        const bytes = encoder.encode(page);
        const layout = scanPage(bytes, 'value');
        if (layout === undefined) return;
        scanned += 1;
        const whole = JSON.parse(page) as { readonly value: unknown };
        const records = recordsOf(bytes, layout);
        expect(records.map(({ value }) => value)).toEqual(whole.value);
        for (const { value, id } of records)
          if (id !== undefined) expect((value as { readonly id: unknown }).id).toBe(id);
        const rest = `${textAt(bytes, 0, layout.list.start)}[]${textAt(bytes, layout.list.end, bytes.byteLength)}`;
        expect(JSON.parse(rest)).toEqual({ ...(whole as object), value: [] });
      }),
      { numRuns: 2000 },
    );
    expect(scanned).toBeGreaterThan(200);
  });

  it('gives up on no page that a directory sends', () => {
    fc.assert(
      fc.property(listText(recordText), jsonText, jsonText, (list, before, after) => {
        expect(scanText(`{"@odata.context":${before},"value":${list},"@odata.nextLink" : ${after} }`)).toBeDefined();
      }),
    );
  });

  it('never takes damaged bytes for other records: what does not fit is no layout, or no JSON', () => {
    fc.assert(
      fc.property(
        pageText,
        fc.nat(),
        fc.nat(255),
        fc.constantFrom('put', 'insert', 'cut', 'end'),
        (page, where, byte, how) => {
          const bytes = [...encoder.encode(page)];
          const at = where % bytes.length;
          if (how === 'put') bytes[at] = byte;
          else if (how === 'insert') bytes.splice(at, 0, byte);
          else if (how === 'cut') bytes.splice(at, 1);
          else bytes.length = at;
          const damaged = Uint8Array.from(bytes);
          const layout = scanPage(damaged, 'value');
          if (layout === undefined) return;
          let records: readonly unknown[];
          try {
            records = recordsOf(damaged, layout).map(({ value }) => value);
            JSON.parse(
              `${textAt(damaged, 0, layout.list.start)}[]${textAt(damaged, layout.list.end, damaged.byteLength)}`,
            );
          } catch {
            return;
          }
          expect(records).toEqual((JSON.parse(decoder.decode(damaged)) as { readonly value: unknown }).value);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['a list named twice', '{"value":[{"id":"a"}],"value":[]}'],
    ['a name that may be the list once its escapes are read', '{"value":[{"id":"a"}],"valu\\u0065":[]}'],
    ['no list', '{"error":{"code":"x"}}'],
    ['a list that is none', '{"value":{"id":"a"}}'],
    ['a list of something else than objects', '{"value":[{"id":"a"},null]}'],
    ['a page that is a list', '[{"id":"a"}]'],
    ['a page with something after it', '{"value":[]}{}'],
    ['a cut page', '{"value":[{"id":"a"},{"id":"b'],
    ['a page cut between records', '{"value":[{"id":"a"},'],
    ['a byte order mark', '\uFEFF{"value":[]}'],
    ['nothing', ''],
  ])('leaves %s to JSON.parse', (_, page) => {
    expect(scanText(page)).toBeUndefined();
  });

  it.each([
    ['two ids', '{"id":"a","id":"b"}'],
    ['an id with an escape', '{"id":"\\u0061"}'],
    ['an id whose name has an escape', '{"id":"a","i\\u0064":"b"}'],
    ['an id that is no text', '{"id":7}'],
    ['no id but deeper ones', '{"manager":{"id":"a"},"x":["id",{"id":"b"}]}'],
    ['a value that reads id', '{"x":"id"}'],
  ])('knows no id of a record with %s', (_, record) => {
    expect(scanText(`{"value":[${record}]}`)).toEqual([{ value: JSON.parse(record), id: undefined }]);
  });

  it('finds the id wherever it stands', () => {
    const record = '{"a":{"id":"x","b":[{}]},"c":"id", "id" : "é-1","d":"\\"}"}';
    expect(scanText(`{"value":[ ${record} ]}`)?.[0]?.id).toBe('é-1');
  });
});
