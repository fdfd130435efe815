import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createDesfireCard,
  createNtag424Card,
  createUidCard,
  type EmulatedCard,
  missingForVirtualReader,
  startVirtualReader,
  type VirtualReader,
} from '@latchwork/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Encoder, startEncoder } from './encoder.js';
import { parseEncoderConfig } from './encoder-config.js';
import { type StockPortal, startStockPortal, stockEntry } from './stock-portal.test-rig.js';

const missing = missingForVirtualReader();
const patience = 60_000;

describe.skipIf(missing !== '')(`through PC/SC, on a virtual reader ${missing && `(skipped: ${missing})`}`, () => {
  const apiKey = 'lw_an-api-key-of-the-house';
  let folder: string;
  let reader: VirtualReader;
  let portal: StockPortal;
  let encoder: Encoder;
  const said: string[] = [];
  const hearers = new Set<() => void>();

  const start = async (enrollAs?: string) => {
    const config = parseEncoderConfig({
      ...{ LATCHWORK_PORTAL_URL: portal.url, LATCHWORK_API_KEY: apiKey, LATCHWORK_DATA_DIR: folder },
      ...{ LATCHWORK_PROPERTY_ID: `prop_${'0'.repeat(26)}`, LATCHWORK_READER: 'Virtual' },
    });
    const say = (sentence: string) => {
      said.push(sentence);
      for (const hear of hearers) hear();
    };
    encoder = await startEncoder(config, { say, ...(enrollAs === undefined ? {} : { enrollAs }) });
  };
  /** The first sentence from the given place on that fits; what bounds it is the test's own time. */
  const hears = async (pattern: RegExp, from = said.length): Promise<string> =>
    await new Promise((resolve) => {
      const look = () => {
        const found = said.slice(from).find((sentence) => pattern.test(sentence));
        if (found === undefined) return;
        hearers.delete(look);
        resolve(found);
      };
      hearers.add(look);
      look();
    });
  /** Lays a card on the reader and lifts it when something was said of it. */
  const laying = async (card: EmulatedCard): Promise<string> => {
    const verdict = hears(/^(?!Do not move|Reader )/);
    const laid = await reader.lay(card);
    const sentence = await verdict;
    await laid.lift();
    return sentence;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchwork-pcsc-'));
    portal = await startStockPortal(apiKey);
    reader = await startVirtualReader();
    await start();
    await hears(/is ready/, 0);
  }, patience);
  afterAll(async () => {
    await encoder?.[Symbol.asyncDispose]();
    await reader?.[Symbol.asyncDispose]();
    await portal?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }, patience);

  const fresh = () => Uint8Array.from([4, ...randomBytes(6)]);
  const inStock = (uid: Uint8Array, chip: 'ntag-424' | 'desfire', label: string) =>
    portal.stock.set(Buffer.from(uid).toString('hex'), stockEntry(chip, label));

  test('an NTAG 424 and a DESFire card are written, one after the other', { timeout: patience }, async () => {
    const [one, two] = [fresh(), fresh()];
    inStock(one, 'ntag-424', 'Blue 1');
    inStock(two, 'desfire', 'Green 22');
    const card = createNtag424Card({ uid: one });
    expect(await laying(card)).toBe('Done: the card "Blue 1".');
    expect(await laying(createDesfireCard({ uid: two }))).toBe('Done: the card "Green 22".');
    expect(await laying(card)).toBe('Done: the card "Blue 1" was ready before.');
  });

  test('P-25: one that is lifted while it is written is finished the next time', { timeout: patience }, async () => {
    const uid = fresh();
    inStock(uid, 'ntag-424', 'Blue 333');
    const card = createNtag424Card({ uid });
    card.faults.silentAfter = 6;
    expect(await laying(card)).toBe('The card "Blue 333" was lifted too early. Lay it on the reader again.');
    await encoder[Symbol.asyncDispose]();
    await start();
    await hears(/"Blue 333" was not finished/, 0);
    delete card.faults.liftAfter;
    expect(await laying(card)).toBe('Done: the card "Blue 333".');
  });

  test('what is no card of the stock is told apart, and taken in on request', { timeout: patience }, async () => {
    const card = createNtag424Card({ uid: fresh() });
    expect(await laying(createUidCard(Uint8Array.of(1, 2, 3, 4)))).toMatch('This is no card that can be written');
    expect(await laying(card)).toMatch('This card is not in the stock');
    await encoder[Symbol.asyncDispose]();
    await start('Red');
    expect(await laying(card)).toMatch(/^Done: the card "Red \d{6}" is in the stock\.$/);
  });
});
