import fc from 'fast-check';

/** The spaces that JSON knows. */
const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\r', '\t'), maxLength: 2 });

const names = ['id', 'i\u0064', '__proto__', 'constructor', 'value', ''];

/** Any JSON value as text, spelled in every way that JSON allows: spaces, escapes, order, members given twice. */
export const jsonText: fc.Arbitrary<string> = fc.letrec<{ readonly value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    jsonString(fc.string({ unit: 'binary', maxLength: 12 })),
    fc.constantFrom(
      'null',
      'true',
      'false',
      '0',
      '-0',
      '1e5',
      '-12.50E-3',
      '9007199254740993',
      '"\\ud800"',
      '"]}\\\\"',
    ),
    listText(tie('value')),
    objectText(memberText(anyName(), tie('value'))),
  ),
})).value;

/** A record of a listing: an object, often with an `id` that is text. */
export const recordText: fc.Arbitrary<string> = objectText(
  fc.oneof(
    memberText(fc.constant('"id"'), jsonString(fc.constantFrom('a', 'b', 'c', 'd', 'é', '"'))),
    memberText(anyName(), jsonText),
  ),
);

/** Text with every letter written plainly or as an escape. */
export function jsonString(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(text, fc.array(fc.constantFrom('plain', 'plain', 'plain', 'escape'), { minLength: 1, maxLength: 8 }))
    .map(
      ([letters, ways]) =>
        `"${Array.from(letters, (letter, at) => {
          if (ways[at % ways.length] === 'plain') return JSON.stringify(letter).slice(1, -1);
          return letter === '/'
            ? '\\/'
            : Array.from({ length: letter.length }, (_, unit) => escapeUnit(letter, unit)).join('');
        }).join('')}"`,
    );
}

export function listText(item: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return bracketed('[', item, ']');
}

export function objectText(member: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return bracketed('{', member, '}');
}

export function memberText(name: fc.Arbitrary<string>, value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(name, space, space, value).map(([written, before, after, of]) => `${written}${before}:${after}${of}`);
}

function anyName(): fc.Arbitrary<string> {
  return jsonString(fc.oneof(fc.constantFrom(...names), fc.string({ unit: 'binary', maxLength: 6 })));
}

function bracketed(open: string, item: fc.Arbitrary<string>, close: string): fc.Arbitrary<string> {
  const spaced = fc.tuple(space, item, space).map((parts) => parts.join(''));
  return fc
    .tuple(fc.array(spaced, { maxLength: 5 }), space)
    .map(([items, gap]) => `${open}${items.join(',') || gap}${close}`);
}

function escapeUnit(letter: string, unit: number): string {
  return `\\u${letter.charCodeAt(unit).toString(16).padStart(4, '0')}`;
}
