import { describe, expect, it } from 'vitest';
import { hashBytes } from './record-hash.js';

/**
 * Made with the reference implementation (github.com/veorq/SipHash, halfsiphash.c, compiled with one and three rounds):
 * secret 00…07, then the first n of the bytes 00, 01, 02, ….
 */
const vectors = [
  '76a5d0212320f72a',
  '87e8748d6fd33397',
  '78ee1fe15d3cd732',
  '3e5239a36bde6c3e',
  'eb24dba0718cae05',
  '83e7464ecbc3bde6',
  'af65e0c64df5d602',
  '3c052d0ab24cf18f',
  '3dcda8311dec7a5f',
  'bd615fbfc1433bf6',
  '3134fba809e041f2',
  'cd3daa72c20b76fb',
  '5577cc5cb3e73f93',
  '6d177cca97c22544',
  '7da915ca92ec826b',
  '165bdfa626a2729a',
  '56d7c5b93d3e2ec2',
  '58ec4c13d6ac3a30',
  'f449a18ad5987ad6',
  '7d1290edf3429ef8',
  '525e23294d7408e4',
  'c3d9b8867fd93be5',
  'af97b53ae66d9bda',
  '70d7de319436aeff',
  '858192abe6c25324',
  '6d567eb6b6f9e3a8',
  '4a51bfce4c82f9f3',
  '8e4fc32e7bd9c82a',
  'b1bcbf18c2f4636a',
  'ec7401c48b689e2a',
  'ad3015d857893ddd',
  'cbbb9e1bdecab632',
  '166eee0fc184b8f1',
  'bfb71495d4b66bf4',
  '41359e0034cfd71a',
  '383c31d4759a33fe',
  'ec905553a43d1ea4',
  'a7cc174db730d667',
  'a2dfb776b83aa58e',
  '7493d377c7cb4649',
  '528567d59dd5ea12',
  'c19fa8fc024c133e',
  'bb18d53de33a01a4',
  '3ed82d7e5943ff03',
  '690ab33f13714489',
  '277510b796a74b74',
  '47cfa4b806053f1c',
  '594cecf6fefbff14',
  'fc513a57f23c3903',
  '398975e7a192ee36',
  '42bd3b402ea09f40',
  '365ad62ac3bc8acb',
  '85f276512bd30d97',
  '63d31f1671b19301',
  'a2e721503778e429',
  '8bbfba9e90fe0a8a',
  'd7dd10b7ecfd873a',
  '936c4e9f93c2597b',
  '8b0146ec86c51f3c',
  '5c9d183160dd8291',
  '49ab1bc394c274f4',
  'c245b4268e3fdd4d',
  '7cdf3ae3b2de5716',
  '3c12c4201914c5c1',
];

function hashHex(bytes: Uint8Array, seed: Uint8Array, start: number): string {
  const into = new Int32Array(2);
  const view = new DataView(bytes.buffer);
  hashBytes(
    view,
    { start, end: bytes.byteLength },
    Int32Array.from([0, 4], (at) => new DataView(seed.buffer).getInt32(at, true)),
    into,
  );
  return [...new Uint8Array(into.buffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

describe('hashBytes', () => {
  it('gives what the reference implementation gives, wherever the bytes stand', () => {
    for (const [length, vector] of vectors.entries()) {
      for (const start of [0, 1, 2, 3]) {
        const bytes = Uint8Array.from({ length: start + length }, (_, at) => at - start);
        expect(
          hashHex(
            bytes,
            Uint8Array.from({ length: 8 }, (_, at) => at),
            start,
          ),
          `${length} at ${start}`,
        ).toBe(vector);
      }
    }
  });

  it('gives it for more bytes than its length byte counts, and a secret of high bits', () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, at) => at * 7);
    expect(
      hashHex(
        bytes,
        Uint8Array.from({ length: 8 }, (_, at) => 0xf0 | at),
        0,
      ),
    ).toBe('ebbf5d7b00ba7545');
  });
});
