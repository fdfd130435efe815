import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStreamChunk, type StreamBlock, startOfStream, streamBlockMaxChars } from './sse-parser.js';

function parseAll(chunks: readonly string[]): readonly StreamBlock[] {
  let state = startOfStream;
  return chunks.flatMap((chunk) => {
    const parsed = parseStreamChunk(state, chunk);
    if (!parsed) throw new Error('block too long');
    state = parsed.state;
    return parsed.blocks;
  });
}

/** Lines of every kind the format knows, so that random streams are not all noise. */
const line = fc.oneof(
  fc.constantFrom('', '', ': heartbeat', 'data', 'data:', 'data: a', 'data:b: c', 'id: 7', 'id', 'id:\0', 'event: x'),
  fc.string().map((text) => `data: ${text.replace(/[\r\n]/g, '')}`),
  fc.string({ unit: 'grapheme' }),
);
const streamText = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\r', '\r\n')))
  .map((lines) => lines.map(([text, ending]) => text + ending).join(''));

describe('the event stream parser', () => {
  it.each<[string, string, readonly StreamBlock[]]>([
    ['an event', 'id: 1\ndata: {"a":1}\n\n', [{ id: '1', event: 'message', data: '{"a":1}' }]],
    ['lines of data joined', 'data: a\ndata:b\ndata\n\n', [{ id: undefined, event: 'message', data: 'a\nb\n' }]],
    ['a named event', 'event: gap\ndata: x\n\n', [{ id: undefined, event: 'gap', data: 'x' }]],
    ['a comment is no event', ': hi\n\n', []],
    ['an id without data moves the id', 'id: 4\n\n', [{ id: '4', event: 'message', data: undefined }]],
    [
      'an id stays',
      'id: 4\n\ndata: x\n\n',
      [
        { id: '4', event: 'message', data: undefined },
        { id: '4', event: 'message', data: 'x' },
      ],
    ],
    ['an id with a null is ignored', 'id: a\0\ndata: x\n\n', [{ id: undefined, event: 'message', data: 'x' }]],
    ['only one space is taken off', 'data:  x\n\n', [{ id: undefined, event: 'message', data: ' x' }]],
    [
      'carriage returns alone',
      'data: a\r\rdata: b\r\r',
      [
        { id: undefined, event: 'message', data: 'a' },
        { id: undefined, event: 'message', data: 'b' },
      ],
    ],
    ['a byte order mark at the start', '\uFEFFdata: a\n\n', [{ id: undefined, event: 'message', data: 'a' }]],
    ['an unfinished block is no event', 'data: a\n', []],
  ])('%s', (_, text, blocks) => {
    expect(parseAll([text])).toStrictEqual(blocks);
  });

  it('gives the same blocks wherever the stream is cut', () => {
    fc.assert(
      fc.property(streamText, fc.array(fc.nat(400)), (text, cuts) => {
        const places = [0, ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length];
        const chunks = places.slice(1).map((place, index) => text.slice(places[index], place));
        expect(chunks.join('')).toBe(text);
        expect(parseAll(chunks)).toStrictEqual(parseAll([text]));
        expect(parseAll([...text])).toStrictEqual(parseAll([text]));
      }),
    );
  });

  it('does not keep a block that never ends', () => {
    const parsed = parseStreamChunk(startOfStream, `data: ${'x'.repeat(streamBlockMaxChars)}`);
    expect(parsed).toBeUndefined();
    const lines = parseStreamChunk(startOfStream, `data: ${'x'.repeat(1000)}\n`.repeat(streamBlockMaxChars / 1000));
    expect(lines).toBeUndefined();
  });
});
