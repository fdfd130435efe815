import { readFileSync, writeFileSync } from 'node:fs';
import { p256 } from '@noble/curves/nist.js';
import { afterAll, describe, expect, test } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { encodeSetEntry, type SetCredential, type SetEntry } from '../sets/set-entry.js';
import { type CardDialogue, runCardDialogue } from './card-dialogue.js';
import { type CardFact, decodeCardFact, encodeCardFact } from './card-log.js';
import { decodeCardReport, encodeCardReport, encodeEnroll, readEnroll } from './card-report.js';
import type { CardSighting, CardTechnology } from './card-technology.js';
import { uidKindOf } from './card-uid.js';
import { authenticateEv2First, challengeSignature, diversifySecret, isGenuineCard, signedByCard } from './cards.js';
import { createDoorScene, hex, signingCard, type TestCard, unhex } from './door-scene.test-rig.js';
import type { DoorWish } from './door-state.js';

type Exchange = [command: string, answer: string][];
type JsonCredential = { kind: string } & Readonly<Record<string, string | number>>;

interface Vectors {
  readonly secrets: { readonly card: string };
  readonly uids: readonly { readonly uid: string; readonly kind: string }[];
  readonly diversified: readonly { readonly master: string; readonly input: string; readonly secret: string }[];
  readonly originality: readonly { readonly uid: string; readonly signature: string; readonly genuine: boolean }[];
  readonly ev2First: readonly {
    readonly source: string;
    readonly secret: string;
    readonly keyNumber: number;
    readonly nonce: string;
    readonly exchange: Exchange;
    readonly outcome: string;
    readonly transactionId?: string;
    readonly encryptionSecret?: string;
    readonly macSecret?: string;
  }[];
  readonly signatures: {
    readonly lock: string;
    readonly nonce: string;
    readonly cardNonce: string;
    publicKey: string;
    signed: string;
    command: string;
    answer: string;
  }[];
  readonly facts: { readonly fact: CardFact; bytes: string }[];
  readonly enroll: { readonly seconds: number; bytes: string }[];
  readonly reports: {
    readonly technology: CardTechnology;
    readonly uid: string;
    readonly genuine?: boolean;
    readonly signs?: boolean;
    bytes: string;
  }[];
  readonly decisions: readonly {
    readonly name: string;
    readonly entries: {
      readonly fields: Omit<SetEntry, 'credential'> & { credential: JsonCredential };
      bytes: string;
    }[];
    readonly minimumClass: number;
    readonly leaseSeconds?: number;
    readonly issuedAt?: number;
    readonly denied: readonly number[];
    readonly floors: readonly (readonly [number, number])[];
    readonly clock: { readonly quality: 'none' | 'good'; readonly utcSeconds: number };
    readonly privacy: boolean;
    readonly wish?: DoorWish;
    readonly card?: { readonly technology: CardTechnology; readonly uid: string; readonly proves?: string };
    readonly code?: string;
    readonly outcome: string;
  }[];
}

const file = new URL('../../vectors/cards.json', import.meta.url);
const vectors: Vectors = JSON.parse(readFileSync(file, 'utf8'));
// A new vector is added with empty outputs and this set once; an output that is there is never written over.
const fill = process.env['LATCHWORK_FILL_VECTORS'] === '1';
const crypto = createNodeCrypto();
const cardPair = crypto.p256KeyPair(unhex(vectors.secrets.card));

function check<Field extends string>(holder: Record<Field, string>, field: Field, made: Uint8Array): void {
  if (fill && holder[field] === '') holder[field] = hex(made);
  expect(hex(made)).toBe(holder[field]);
}

/** Leads a dialogue against what a card said once, and compares every command. */
async function replay<Result>(dialogue: CardDialogue<Result>, exchange: Exchange): Promise<Result> {
  let at = 0;
  return runCardDialogue(dialogue, async (apdu) => {
    const step = exchange[at];
    at += 1;
    if (!step) throw new Error('The card was asked once more.');
    if (fill && step[0] === '') step[0] = hex(apdu);
    expect(hex(apdu)).toBe(step[0]);
    return unhex(step[1]);
  });
}

afterAll(() => {
  if (fill) writeFileSync(file, `${JSON.stringify(vectors, null, 1)}\n`);
});

describe('golden vectors of cards', () => {
  test.each(vectors.uids)('UID "$uid" is $kind', ({ uid, kind }) => {
    expect(uidKindOf(unhex(uid))).toBe(kind);
  });

  test('diversified secrets are those that NXP publishes', () => {
    for (const { master, input, secret } of vectors.diversified) {
      expect(hex(diversifySecret(unhex(master), unhex(input)))).toBe(secret);
    }
    for (const size of [15, 32])
      expect(() => diversifySecret(new Uint8Array(16), new Uint8Array(size))).toThrow('input');
  });

  test('the maker’s signature', () => {
    for (const { uid, signature, genuine } of vectors.originality) {
      expect(isGenuineCard(unhex(uid), unhex(signature))).toBe(genuine);
    }
    expect(isGenuineCard(new Uint8Array(7), new Uint8Array(56))).toBe(false);
    expect(isGenuineCard(new Uint8Array(7), new Uint8Array(3))).toBe(false);
  });

  test.each(vectors.ev2First)('AuthenticateEV2First: $source', async (vector) => {
    const { secret, keyNumber, nonce, exchange, outcome } = vector;
    const request = { secret: unhex(secret), keyNumber, nonce: unhex(nonce) };
    const result = await replay(authenticateEv2First(request), exchange);
    expect(result.outcome).toBe(outcome);
    if (result.outcome !== 'proven') return;
    const { transactionId, encryptionSecret, macSecret } = result.session;
    expect([transactionId, encryptionSecret, macSecret].map(hex)).toEqual([
      ...[vector.transactionId, vector.encryptionSecret, vector.macSecret],
    ]);
  });

  test('a signing card', async () => {
    for (const vector of vectors.signatures) {
      const [lock, nonce, cardNonce] = [unhex(vector.lock), unhex(vector.nonce), unhex(vector.cardNonce)];
      const { publicKey, secret } = cardPair;
      check(vector, 'publicKey', publicKey);
      const signed = signedByCard({ lock, nonce, cardNonce, publicKey });
      check(vector, 'signed', signed);
      const signature = p256.sign(signed, secret);
      const answer = [0x5a, 33, ...publicKey, 0x4e, 16, ...cardNonce, 0x9e, 64, ...signature, 0x90, 0x00];
      check(vector, 'answer', Uint8Array.from(answer));
      const exchange: Exchange = [[vector.command, vector.answer]];
      expect(await replay(challengeSignature({ lock, nonce }), exchange)).toEqual({ outcome: 'proven', publicKey });
      vector.command = exchange[0]?.[0] ?? '';
      // For another lock, or after another nonce, the same words prove nothing.
      for (const other of [
        { lock: nonce.slice(0, 8), nonce },
        { lock, nonce: cardNonce },
      ]) {
        const dialogue = challengeSignature(other);
        expect(await runCardDialogue(dialogue, async () => unhex(vector.answer))).toEqual({ outcome: 'refused' });
      }
    }
  });

  test('what the log says of a card', () => {
    for (const vector of vectors.facts) {
      check(vector, 'bytes', encodeCardFact(vector.fact));
      expect(decodeCardFact({ commandId: unhex(vector.bytes) })).toEqual(vector.fact);
    }
    expect(decodeCardFact({ commandId: unhex('0000070000000000') })).toBeUndefined();
  });

  test('enrolling', () => {
    for (const vector of vectors.enroll) {
      check(vector, 'bytes', encodeEnroll(vector.seconds));
      expect(readEnroll(unhex(vector.bytes))).toBe(vector.seconds);
    }
    for (const vector of vectors.reports) {
      const { technology, uid, genuine, signs } = vector;
      const sighting: CardSighting = { technology, uid: unhex(uid), ...(genuine === undefined ? {} : { genuine }) };
      const key = signs ? { publicKey: cardPair.publicKey } : {};
      check(vector, 'bytes', encodeCardReport({ ...sighting, ...key }));
      expect(decodeCardReport(unhex(vector.bytes))).toMatchObject({ ...sighting, ...key });
    }
  });
});

describe('golden decisions at the door', () => {
  const credentialOf = (o: JsonCredential): SetCredential => {
    const bytes = (name: string) => unhex(String(o[name]));
    switch (o.kind) {
      case 'uid':
        return { kind: 'uid', uid: bytes('uid') };
      case 'aes': {
        const number = o['keyNumber'] === undefined ? {} : { keyNumber: Number(o['keyNumber']) };
        return { kind: 'aes', uid: bytes('uid'), secret: bytes('secret'), ...number };
      }
      case 'code':
        return { kind: 'code', salt: bytes('salt'), digits: String(o['digits']) };
      default:
        return { kind: 'public-key', publicKey: cardPair.publicKey };
    }
  };
  const cardOf = ({ technology, uid, proves }: NonNullable<Vectors['decisions'][number]['card']>): TestCard =>
    proves === 'key'
      ? signingCard(cardPair.publicKey)
      : {
          ...{ technology, uid: unhex(uid) },
          answer: () => ({ outcome: proves === 'secret' ? 'proven' : 'refused' }),
        };

  test.each(vectors.decisions)('$name: $outcome', (vector) => {
    const entries = vector.entries.map(
      ({ fields }): SetEntry => ({ ...fields, credential: credentialOf(fields.credential) }),
    );
    for (const [at, entry] of entries.entries()) {
      const held = vector.entries[at];
      if (held) check(held, 'bytes', encodeSetEntry(entry));
    }
    const door = createDoorScene();
    const { minimumClass, leaseSeconds, issuedAt, denied, floors, clock, privacy, wish, card, code } = vector;
    const lease = leaseSeconds === undefined ? {} : { leaseSeconds };
    door.hold(entries, { minimumClass, ...lease, ...(issuedAt ? { issuedAt } : {}) }, denied);
    door.state = { ...door.state, memory: { ...door.state.memory, floors: new Map(floors) } };
    door.readings = { ...door.readings, clockQuality: clock.quality, utcSeconds: clock.utcSeconds, privacy };
    const outcome = card ? door.tap(cardOf(card), wish) : door.enter(code ?? '', wish);
    expect(outcome).toBe(vector.outcome);
    expect(door.log.at(-1)?.result).toBe(vector.outcome === 'opened' ? 'ok' : vector.outcome);
  });
});
