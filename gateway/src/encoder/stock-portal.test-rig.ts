import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CardEncoding } from '@latchwork/contract';
import {
  type CardDialogue,
  type CardSecret,
  type CardWriting,
  factorySecret,
  writeCardSecrets,
} from '@latchwork/lock-protocol/cards';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';

const crypto = createNodeCrypto();

/** A portal that knows two routes and a stock, and talks with real cards as the portal does. */
export interface StockPortal extends AsyncDisposable {
  readonly url: string;
  /** By UID, as hex. */
  readonly stock: Map<string, StockEntry>;
  /** What it was sent, to look for what must not be in it. */
  readonly heard: string[];
  /** From the next answer on it is away. */
  goAway(): void;
  comeBack(): void;
}

/** One card of the stock with what it shall hold and may hold. */
export interface StockEntry {
  readonly keyCardId: string;
  readonly label: string;
  readonly chip: 'ntag-424' | 'desfire';
  secrets: readonly CardSecret[];
}

/** A card of the stock that is as its maker delivers it, and shall have secrets of the house. */
export function stockEntry(chip: StockEntry['chip'], label: string): StockEntry {
  const secrets = [0, 1, 2].map((keyNumber) => ({
    ...{ keyNumber, secret: crypto.randomBytes(16), held: [factorySecret] },
  }));
  return { keyCardId: `card_${'0'.repeat(25)}${label.length % 10}`, label, chip, secrets };
}

/** Starts it on a port of its own. */
export async function startStockPortal(apiKey: string): Promise<StockPortal> {
  const stock: StockPortal['stock'] = new Map();
  const heard: string[] = [];
  const talks = new Map<string, { readonly entry: StockEntry; step: CardDialogue<CardWriting> }>();
  let isAway = false;

  const told = (entry: StockEntry, step: CardDialogue<CardWriting>): CardEncoding => {
    const { keyCardId, label } = entry;
    const base = { keyCardId: keyCardId as CardEncoding['keyCardId'], label, fault: null, changed: 0, ask: null };
    if (!('result' in step)) {
      const dialogue = `talk-${talks.size}`;
      talks.set(dialogue, { entry, step });
      return { ...base, state: 'asking', ask: { command: Buffer.from(step.apdu).toString('hex'), dialogue } };
    }
    if (step.result.outcome !== 'written') return { ...base, state: 'failed', fault: step.result.outcome };
    entry.secrets = entry.secrets.map((one) => ({ ...one, held: [one.secret] }));
    return { ...base, state: 'written', changed: step.result.changed.length };
  };
  const reply = (path: string, body: Record<string, string>): object | undefined => {
    const { identity = '', dialogue = '', answer = '', chip, label = '' } = body;
    if (path.endsWith('/card-encodings')) {
      const entry = stock.get(identity);
      if (entry === undefined) return undefined;
      const step = writeCardSecrets({ ...entry, drawNonce: () => crypto.randomBytes(16) });
      entry.secrets = entry.secrets.map((one) => ({ ...one, held: [...one.held, one.secret] }));
      return told(entry, step);
    }
    if (path.endsWith('/key-cards')) {
      const entry = stockEntry(chip === 'desfire' ? 'desfire' : 'ntag-424', label);
      stock.set(identity, entry);
      const card = { id: entry.keyCardId, propertyId: `prop_${'0'.repeat(26)}`, label, technology: 'aes', chip };
      const state = { state: 'in-stock', encoding: 'due', credentialId: null, version: 1 };
      return { ...card, ...state, createdAt: '2026-11-22T00:00:00.000Z' };
    }
    const talk = talks.get(dialogue);
    if (talk === undefined || 'result' in talk.step) return undefined;
    return told(talk.entry, talk.step.next(new Uint8Array(Buffer.from(answer, 'hex'))));
  };
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
    request.on('end', () => {
      heard.push(text);
      if (isAway) return void request.socket.destroy();
      const isKnown = request.headers.authorization === `Bearer ${apiKey}`;
      const body = isKnown ? reply(request.url ?? '', JSON.parse(text)) : undefined;
      const problem = { code: isKnown ? 'key-card-unknown' : 'unauthenticated' };
      response.writeHead(body === undefined ? 409 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body ?? problem));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ...{ stock, heard, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    goAway: () => {
      isAway = true;
    },
    comeBack: () => {
      isAway = false;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
