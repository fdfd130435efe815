import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFingerprints, decodeFingerprints } from './fingerprints.js';
import { jsonText, listText, memberText, objectText, recordText } from './json-text.test-rig.js';
import { readPage } from './page-contents.js';

const encoder = new TextEncoder();

function nothingKnown() {
  return createFingerprints({ seed: new Uint8Array(8), basis: '' });
}

function read(page: string, fast: boolean) {
  return readPage(encoder.encode(page), { list: 'value', ...(fast ? { known: nothingKnown() } : {}) });
}

describe('readPage', () => {
  it('reads any page alike, with known records and without', () => {
    const page = objectText(
      fc.oneof(
        memberText(fc.constant('"value"'), fc.oneof(listText(recordText), listText(jsonText), jsonText)),
        memberText(fc.constant('"@odata.nextLink"'), jsonText),
      ),
    );
    fc.assert(
      fc.property(fc.oneof(page, jsonText, fc.string()), (text) => {
        expect(read(text, true)).toEqual(read(text, false));
      }),
      { numRuns: 1000 },
    );
  });

  it.each([false, true])('takes a page apart into what is about the list and what is in it (fast: %s)', (fast) => {
    expect(
      read('{"@odata.nextLink":"https://next.example","value":[{"id":"a"},{"id":"b"}],"@odata.count":2}', fast),
    ).toEqual({
      envelope: { '@odata.nextLink': 'https://next.example', value: [], '@odata.count': 2 },
      records: [{ id: 'a' }, { id: 'b' }],
      count: 2,
    });
  });

  it.each([false, true])('case 1: leaves it to the reader what a page without a list means (fast: %s)', (fast) => {
    expect(read('{"kind":"admin#directory#users"}', fast)).toEqual({
      envelope: { kind: 'admin#directory#users' },
      records: [],
      count: 0,
    });
    expect(read('{"value":null}', fast)?.envelope).toEqual({ value: null });
  });

  it.each([false, true])(
    'case 3: has nothing to say of a cut body, of a sign-in page and of bytes that are no text (fast: %s)',
    (fast) => {
      const known = fast ? { known: nothingKnown() } : {};
      for (const text of ['{"value":[{"id":"a"},{"id":', '<!doctype html><title>Sign in</title>', '', '[]', 'null']) {
        expect(read(text, fast), text).toBeUndefined();
      }
      const broken = encoder.encode('{"value":[{"id":"a","displayName":"?"}]}');
      broken[broken.indexOf(0x3f)] = 0xff;
      expect(readPage(broken, { list: 'value', ...known })).toBeUndefined();
    },
  );

  it('parses everybody where nobody is to be passed over, and has no fingerprint of whom it saw', () => {
    const [known, page] = [nothingKnown(), encoder.encode('{"value":[{"id":"a"}]}')];
    readPage(page, { list: 'value', known });
    const opened = decodeFingerprints(
      known.encode(() => true),
      { basis: '' },
    );
    opened?.startReading('everybody');
    expect(readPage(page, { list: 'value', known: opened })?.records).toEqual([]);
    expect(readPage(page, { list: 'value', known: opened, passesOver: false })?.records).toEqual([{ id: 'a' }]);
    expect(opened?.unchangedIds.size).toBe(0);
    expect(opened?.encode(() => true).byteLength).toBe(nothingKnown().encode(() => true).byteLength);
  });

  it('takes note of nobody on a page of which one record is broken', () => {
    const known = nothingKnown();
    known.startReading('everybody');
    expect(readPage(encoder.encode('{"value":[{"id":"a"},{"id":"b",}]}'), { list: 'value', known })).toBeUndefined();
    expect(known.encode(() => true).byteLength).toBe(nothingKnown().encode(() => true).byteLength);
  });

  it.each([false, true])(
    'case 45: a name of a megabyte, 100,000 fields and a __proto__ are inert (fast: %s)',
    (fast) => {
      const fields = Array.from({ length: 100_000 }, (_, at) => `"field${at}":${at}`).join(',');
      const large = `{"id":"a","displayName":"${'n'.repeat(1_000_000)}",${fields}}`;
      const page = `{"value":[${large},{"id":"b","__proto__":{"accountEnabled":false}}],"__proto__":{"polluted":true}}`;
      const contents = read(page, fast);
      expect(contents?.count).toBe(2);
      const [first, second] = contents?.records ?? [];
      expect(Object.keys(first as object)).toHaveLength(100_002);
      expect((second as { readonly accountEnabled?: unknown }).accountEnabled).toBeUndefined();
      expect(contents?.envelope['polluted']).toBeUndefined();
      expect(({} as { readonly polluted?: unknown }).polluted).toBeUndefined();
    },
  );

  it('case 45: follows any depth of nesting without a stack of its own', () => {
    const deep = `{"value":[{"id":"a","x":${'['.repeat(5000)}${']'.repeat(5000)}}]}`;
    expect(read(deep, true)?.count).toBe(1);
    expect(read(`{"value":[{"id":"a","x":${'['.repeat(5_000_000)}`, true)).toBeUndefined();
  });
});
