import { describe, expect, it } from 'vitest';
import { base64urlOf } from './bytes-text.js';
import { createTunnelLink, type GivenFrames, type TakenFrames } from './tunnel-link.js';

const partOf = (byte: number) => Uint8Array.of(0, byte);
const endOf = (byte: number) => Uint8Array.of(0x40, byte);
const open = (...frames: readonly Uint8Array[]): TakenFrames => ({
  ...{ state: 'open', code: null },
  frames: frames.map(base64urlOf),
});
const fast = { withResponse: false };

/** A tunnel that answers as told, and keeps what it was asked. */
function tunnelThat(answers: readonly (TakenFrames | Error)[]) {
  const asked: GivenFrames[] = [];
  const link = createTunnelLink({
    info: base64urlOf(Uint8Array.of(1, 2, 3)),
    mtu: 23,
    exchange: async (given) => {
      asked.push(given);
      const answer = answers[asked.length - 1] ?? { state: 'closed' as const, code: 'link-lost', frames: [] };
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  const heard: number[] = [];
  link.onFrame((frame) => heard.push(frame[1] ?? -1));
  return { link, asked, heard };
}

describe('a link through a tunnel', () => {
  it('carries a message when it is whole, and asks until the lock’s is', async () => {
    const { link, asked, heard } = tunnelThat([open(partOf(7)), open(partOf(8)), open(endOf(9))]);
    await link.write(partOf(1), { withResponse: true });
    expect(asked).toEqual([]);
    await link.write(endOf(2), fast);
    await expect.poll(() => heard).toEqual([7, 8, 9]);
    expect(asked.map(({ sent, frames, received }) => [sent, frames.length, received])).toEqual([
      ...[
        [0, 2, 0],
        [2, 0, 1],
        [2, 0, 2],
      ],
    ]);
    expect(asked[0]?.frames[0]).toEqual({ frame: base64urlOf(partOf(1)), withResponse: true });
    expect(asked.every(({ wait }) => wait)).toBe(true);
  });

  it('does not wait for an answer to half a message', async () => {
    const { link, asked, heard } = tunnelThat([open(), open(endOf(3))]);
    for (let byte = 0; byte < 70; byte += 1) await link.write(partOf(byte), fast);
    await link.write(endOf(70), fast);
    await expect.poll(() => heard).toEqual([3]);
    expect(asked.map(({ sent, frames, wait }) => [sent, frames.length, wait])).toEqual([
      ...[
        [0, 64, false],
        [64, 7, true],
      ],
    ]);
  });

  it('T15: a reply that got lost is asked for again, with the same numbers', async () => {
    const { link, asked, heard } = tunnelThat([new TypeError('fetch failed'), open(endOf(5))]);
    await link.write(endOf(1), fast);
    await expect.poll(() => heard).toEqual([5]);
    expect(asked[1]).toEqual(asked[0]);
    expect(asked).toHaveLength(2);
  });

  it('is closed with the tunnel’s code, and when nobody can be asked', async () => {
    const ended = tunnelThat([]);
    await ended.link.write(endOf(1), fast);
    expect(await ended.link.closed).toBe('link-lost');
    await expect(ended.link.write(endOf(2), fast)).rejects.toThrow('closed');
    const lost = tunnelThat(Array<Error>(3).fill(new TypeError('fetch failed')));
    await lost.link.write(endOf(1), fast);
    expect(await lost.link.closed).toBe('unreachable');
    expect(lost.asked).toHaveLength(3);
  });
});
