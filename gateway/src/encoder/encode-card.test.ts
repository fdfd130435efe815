import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDesfireCard, createNtag424Card, createUidCard, type EmulatedCard } from '@latchwork/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type EncodingEnd, encodeCard } from './encode-card.js';
import { parseEncoderConfig } from './encoder-config.js';
import { openEncoderNotes } from './encoder-notes.js';
import { createPortalCalls } from './portal-calls.js';
import { type StockPortal, startStockPortal, stockEntry } from './stock-portal.test-rig.js';

const apiKey = 'lw_an-api-key-of-the-house';
let folder: string;
let portal: StockPortal;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchwork-encoder-'));
  portal = await startStockPortal(apiKey);
});
afterEach(async () => {
  await portal[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const notes = async () => await openEncoderNotes(folder);
const settings = (change: Record<string, string> = {}) => ({
  ...{ LATCHWORK_PORTAL_URL: `${portal.url}/`, LATCHWORK_API_KEY: apiKey, LATCHWORK_DATA_DIR: folder },
  ...{ LATCHWORK_PROPERTY_ID: `prop_${'0'.repeat(26)}`, ...change },
});

/** Lays a card on a reader in memory. */
async function lay(
  card: EmulatedCard,
  o: { readonly label?: string; readonly key?: string } = {},
): Promise<EncodingEnd> {
  card.enterField();
  const config = parseEncoderConfig(settings(o.key === undefined ? {} : { LATCHWORK_API_KEY: o.key }));
  const { label } = o;
  const parts = { portal: createPortalCalls(config), notes: await notes() };
  const transmit = async (apdu: Uint8Array) => (await card.transmit?.(apdu)) ?? Uint8Array.of(0x6d, 0x00);
  const laid = { uid: card.uid(), transmit };
  return await encodeCard({ ...parts, ...(label === undefined ? {} : { labelNew: () => label }) }, laid);
}

describe.each([
  ['ntag-424', createNtag424Card],
  ['desfire', createDesfireCard],
] as const)('%s', (chip, make) => {
  const uid = Uint8Array.from([4, ...randomBytes(6)]);

  test('is written, and found written the next time', async () => {
    portal.stock.set(hex(uid), stockEntry(chip, 'Blue 7'));
    const card = make({ uid });
    expect(await lay(card)).toEqual({ outcome: 'written', label: 'Blue 7', changed: 3, isNew: false });
    expect(await lay(card)).toEqual({ outcome: 'written', label: 'Blue 7', changed: 0, isNew: false });
    expect(await (await notes()).unfinished()).toEqual([]);
  });

  test('P-25: lifted in the middle, it is noted on the disk until it was laid on again', async () => {
    portal.stock.set(hex(uid), stockEntry(chip, 'Blue 7'));
    const card = make({ uid });
    card.faults.silentAfter = 7;
    expect(await lay(card)).toEqual({ outcome: 'broken-off', label: 'Blue 7', cause: 'card-gone' });
    expect(await (await notes()).unfinished()).toEqual(['Blue 7']);
    delete card.faults.liftAfter;
    expect(await lay(card)).toMatchObject({ outcome: 'written' });
    expect(await (await notes()).unfinished()).toEqual([]);
  });

  test('P-25: so is one whose portal went away in between', async () => {
    portal.stock.set(hex(uid), stockEntry(chip, 'Blue 7'));
    const card = make({ uid });
    const { transmit } = card;
    let asked = 0;
    const leaving: EmulatedCard = {
      ...card,
      transmit: async (apdu) => {
        asked += 1;
        if (asked === 5) portal.goAway();
        return (await transmit?.(apdu)) ?? new Uint8Array(0);
      },
    };
    expect(await lay(leaving)).toEqual({ outcome: 'broken-off', label: 'Blue 7', cause: 'portal' });
    expect(await lay(card)).toEqual({ outcome: 'refused', code: 'unreachable' });
    expect(await (await notes()).unfinished()).toEqual(['Blue 7']);
    portal.comeBack();
    expect(await lay(card)).toMatchObject({ outcome: 'written' });
  });

  test('one that is not in the stock is refused, or taken into it where that is wished', async () => {
    const card = make({ uid });
    expect(await lay(card)).toEqual({ outcome: 'refused', code: 'key-card-unknown' });
    expect(await lay(card, { label: 'New 1' })).toEqual({
      outcome: 'written',
      label: 'New 1',
      changed: 3,
      isNew: true,
    });
    expect(portal.stock.get(hex(uid))?.chip).toBe(chip);
  });

  test('one of another house is left alone', async () => {
    portal.stock.set(hex(uid), stockEntry(chip, 'Blue 7'));
    const card = make({ uid, secrets: new Map([[0, Uint8Array.from(randomBytes(16))]]) });
    expect(await lay(card)).toEqual({ outcome: 'failed', label: 'Blue 7', fault: 'foreign' });
  });

  test('one whose silicon lies is not taken in', async () => {
    const card = make({ uid, originality: Uint8Array.from(randomBytes(56)) });
    expect(await lay(card, { label: 'New 1' })).toEqual({ outcome: 'refused', code: 'card-not-genuine' });
    expect(portal.stock.size).toBe(0);
  });
});

test.each([
  ['a card that is told by its number', createUidCard(Uint8Array.from([4, 1, 2, 3, 4, 5, 6]))],
  ['a number that is drawn anew', createUidCard(Uint8Array.from([8, 1, 2, 3]))],
  ['a short number', createUidCard(Uint8Array.from([1, 2, 3, 4]))],
])('%s is not written', async (_, card) => {
  expect(await lay(card, { label: 'New 1' })).toEqual({ outcome: 'refused', code: 'card-not-fitting' });
});

test('a key that the portal does not know is told from a card that it does not', async () => {
  const card = createNtag424Card({ uid: Uint8Array.from([4, ...randomBytes(6)]) });
  expect(await lay(card, { key: 'lw_another-key-of-a-house' })).toEqual({
    outcome: 'refused',
    code: 'unauthenticated',
  });
});

test('what is wrong with the configuration is said at once, and no value of it', () => {
  const wrong = { LATCHWORK_PORTAL_URL: 'https://me:hunter2@portal.example', LATCHWORK_API_KEY: 'short' };
  const parse = () => parseEncoderConfig(wrong);
  expect(parse).toThrow('LATCHWORK_API_KEY is shorter than 16 characters.');
  expect(parse).toThrow('LATCHWORK_PROPERTY_ID is required.');
  expect(parse).toThrow('LATCHWORK_DATA_DIR is required.');
  expect(parse).not.toThrow(/hunter2|short\b(?!er)/);
  expect(parseEncoderConfig(settings({ LATCHWORK_READER: '' }))).toMatchObject({ portalUrl: portal.url });
});
