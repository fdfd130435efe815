import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { createPortableCrypto } from '../crypto/portable-crypto.js';
import { makeSessionVector } from '../lock/session-vector.test-rig.js';
import { writeIndependently } from './independent-xk.test-rig.js';

const file = new URL('../../vectors/session-suite2.json', import.meta.url);
type Vector = ReturnType<typeof makeSessionVector>;
const vectors: Record<string, Vector | undefined> = JSON.parse(readFileSync(file, 'utf8'));
// A new vector is added with this set once; one that is there is never written over.
const fill = process.env['LATCHWORK_FILL_VECTORS'] === '1';

/** Nobody publishes vectors of XK on P-256: these are our own, and an independent writer must write the same. */
const sessions = [
  { name: 'grant', seed: 3, warm: true, by: 'grant', messages: 4 },
  { name: 'token', seed: 4, warm: true, by: 'token', messages: 4 },
  { name: 'cold', seed: 5, warm: false, by: 'grant', messages: 6 },
] as const;

afterAll(() => {
  if (fill) writeFileSync(file, `${JSON.stringify(vectors, null, 1)}\n`);
});

describe.each([createNodeCrypto(), createPortableCrypto()])(
  'T25: golden vectors of a session of suite 2 on the $name provider',
  (crypto) => {
    test.each(sessions)('$name: $messages messages, byte for byte', ({ name, messages, seed, warm, by }) => {
      const made = makeSessionVector(crypto, { suite: 'p256AesGcm', seed, warm, by });
      if (fill) vectors[name] ??= made;
      expect(made).toEqual(vectors[name]);
      expect(made.messages).toHaveLength(messages);
    });
  },
);

test.each(sessions)('T25: $name: a writer that shares nothing with the machine writes the same bytes', ({ name }) => {
  const vector = vectors[name];
  if (!vector) throw new Error(`No vector ${name}.`);
  const fromCaller = vector.messages.filter(({ from }) => from === 'caller');
  const fromLock = vector.messages.filter(({ from }) => from === 'lock');
  // The file lists the caller's messages first; the sides take turns.
  const inTurn = fromCaller.flatMap((message, index) => [message, ...fromLock.slice(index, index + 1)]);
  const { messages, handshakeHash } = writeIndependently({
    prologue: Buffer.from(vector.prologue, 'hex'),
    callerStatic: vector.caller.secret,
    callerEphemeral: vector.caller.ephemeralSecret,
    lockStatic: vector.lock.secret,
    lockEphemeral: vector.lock.ephemeralSecret,
    payloads: inTurn,
  });
  expect(messages).toEqual(inTurn.map(({ message }) => message));
  expect(handshakeHash).toBe(vector.handshakeHash);
});
