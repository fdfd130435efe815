import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  createNtag424Card,
  type EmulatedCard,
  missingForVirtualReader,
  startVirtualReader,
  type VirtualReader,
} from '@latchwork/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningProperty, startProperty } from './property.js';
import { settingsIn } from './test-world.js';

const silent = { title: () => undefined, line: () => undefined, row: () => undefined };
const missing = missingForVirtualReader();
const patience = 180_000;

describe.skipIf(missing !== '')(`C4: a card from the reader to the door ${missing && `(skipped: ${missing})`}`, () => {
  let folder: string;
  let property: RunningProperty;
  let reader: VirtualReader;
  let encoder: ChildProcess;
  let said = '';
  const card = createNtag424Card({ uid: Uint8Array.from([4, ...randomBytes(6)]) });

  /** Asks again until something is there; what bounds it is the test's own time. */
  async function until<Value>(ask: () => Promise<Value | undefined> | Value | undefined): Promise<Value> {
    for (;;) {
      const value = await ask();
      if (value !== undefined) return value;
      await wait(100);
    }
  }
  /** Lays the card on the reader, and lifts it when the encoder has said what came of it. */
  async function lay(): Promise<string> {
    const from = said.length;
    const laid = await reader.lay(card);
    const verdict = await until(() => /^(?!Do not move|Reader ).+$/m.exec(said.slice(from))?.[0]);
    await laid.lift();
    return verdict;
  }
  async function hold(held: EmulatedCard): Promise<string> {
    const lock = property.doors.lock('101');
    const answer = new Promise<string>((resolve) => {
      lock.events.once('bolt', () => resolve('opened'));
      lock.events.once('cardRefused', ({ code }) => resolve(code));
    });
    await lock.holdCard(held);
    const code = await answer;
    return code === 'busy' ? await hold(held) : code;
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchwork-encoding-'));
    const settings = await settingsIn(folder);
    property = await startProperty({ settings, terminal: silent, signal: new AbortController().signal });
    reader = await startVirtualReader();
    const { organizationId } = await property.owner.properties.get({ propertyId: property.propertyId });
    const { token } = await property.owner.apiKeys.create({
      organizationId,
      name: 'Desk',
      scopes: ['keys', 'hardware'],
    });
    const program = createRequire(import.meta.url).resolve('@latchwork/gateway/dist/main.js');
    encoder = spawn(process.execPath, [program, 'encoder', '--enroll', 'Guest'], {
      env: {
        ...{ PATH: process.env['PATH'], LATCHWORK_PORTAL_URL: property.baseUrl, LATCHWORK_API_KEY: token },
        ...{ LATCHWORK_PROPERTY_ID: property.propertyId, LATCHWORK_DATA_DIR: folder },
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    encoder.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await until(() => /is ready/.exec(said)?.[0]);
  }, patience);
  afterAll(async () => {
    if (encoder?.exitCode === null) {
      encoder.kill('SIGTERM');
      await once(encoder, 'exit');
    }
    await reader?.[Symbol.asyncDispose]();
    await property?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }, patience);

  test('G30, G35: taken into the stock, given to a guest, written, and it opens; taken back, it does not', {
    timeout: patience,
  }, async () => {
    const { owner, propertyId } = property;
    expect(await lay()).toMatch(/^Done: the card "Guest \d{6}" is in the stock\.$/);
    const { data: stock } = await owner.keyCards.list({ propertyId });
    const [keyCard] = stock;
    expect(keyCard).toMatchObject({ technology: 'aes', chip: 'ntag-424', encoding: 'current', state: 'in-stock' });

    const guest = await owner.guests.create({ propertyId, name: 'Gus Guest' });
    const day = 24 * 3_600_000;
    const [startsAt = '', endsAt = ''] = [-1, 2].map((days) => new Date(Date.now() + days * day).toISOString());
    const entranceIds = [property.entranceId('101')];
    const key = await owner.keys.create({ propertyId, holderId: guest.id, entranceIds, startsAt, endsAt });
    const { id: credentialId } = await owner.credentials.create({
      ...{ keyId: key.id, kind: 'key_card', keyCardId: keyCard?.id ?? '' },
    });
    const comesTo = async (state: string, cause: string | null) =>
      await until(async () => {
        const { doors } = await owner.credentials.get({ credentialId });
        return doors.every((door) => door.state === state && door.cause === cause) ? true : undefined;
      });
    await comesTo('pending', 'card-not-written');
    expect(await hold(card)).toBe('card-clone-suspect');
    expect(await lay()).toMatch(/^Done: the card "Guest \d{6}"\.$/);
    await comesTo('provisioned', null);
    expect(await hold(card)).toBe('opened');

    await owner.credentials.remove({ credentialId });
    await comesTo('removed', null);
    expect(await hold(card)).toBe('card-unknown');
    expect(await lay()).toMatch(/^Done: the card "Guest \d{6}"\.$/);
  });

  test('P-30: neither the card’s number nor the API key is in any log', async () => {
    const logs = await Promise.all(['portal.log', 'gateway.log'].map((name) => readFile(join(folder, name), 'utf8')));
    const uid = Buffer.from(card.uid()).toString('hex');
    for (const text of [...logs, said]) expect(text.toLowerCase()).not.toContain(uid);
  });
});
