import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import type { LanAddress } from '@latchwork/contract';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { createPhoneKey, type PhoneKey } from '@latchwork/phone-key';
import { freePort } from '@latchwork/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningProperty, startProperty } from './property.js';
import { settingsIn } from './test-world.js';

const silent = { title: () => undefined, line: () => undefined, row: () => undefined };
const patience = 120_000;

/** Posts as an app must: to the one certificate that the portal told of, and to no other. */
async function post(url: string, fingerprint: string, body: unknown): Promise<{ status: number; body: unknown }> {
  return await new Promise((resolve, reject) => {
    const asked = request(url, { method: 'POST', rejectUnauthorized: false, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as unknown });
      });
    });
    asked.on('socket', (socket) => {
      socket.once('secureConnect', () => {
        const shown = (socket as TLSSocket).getPeerCertificate().fingerprint256.replaceAll(':', '').toLowerCase();
        if (shown === fingerprint) asked.end(JSON.stringify(body));
        else asked.destroy(new Error('Another certificate than the one told of.'));
      });
    });
    asked.on('error', reject);
  });
}

describe('a phone, through real programs, to the lock on the air', () => {
  let folder: string;
  let property: RunningProperty;
  let phone: PhoneKey;
  let lan: LanAddress | null = null;
  let moved: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchwork-phone-'));
    process.env['LATCHWORK_LAN_HOST'] = '127.0.0.1';
    process.env['LATCHWORK_LAN_PORT'] = String(await freePort());
    const signal = AbortSignal.timeout(patience);
    property = await startProperty({ settings: await settingsIn(folder), terminal: silent, signal });
    while (lan === null) {
      signal.throwIfAborted();
      const { data: gateways } = await property.owner.gateways.list({ propertyId: property.propertyId });
      lan = gateways[0]?.lan ?? null;
      if (lan === null) await wait(100);
    }
    property.doors.lock('101').events.on('bolt', ({ commandId }) => {
      if (commandId !== undefined) moved.push(Buffer.from(commandId).toString('hex'));
    });
    const { owner, housekeeper } = property;
    const { data: keys } = await housekeeper.keys.listMine();
    const { id: credentialId } = await owner.credentials.create({ keyId: keys[0]?.id ?? '', kind: 'smart_key' });
    const { code } = await owner.credentials.createPhoneCode({ credentialId });
    let text: string | undefined;
    phone = createPhoneKey({
      crypto: createNodeCrypto(),
      client: housekeeper,
      storage: {
        load: async () => text,
        save: async (next) => {
          text = next;
        },
      },
      lan: {
        post: async (asked) => await post(asked.url, asked.fingerprint, asked.body),
      },
    });
    await phone.activate(code);
  }, patience);
  afterAll(async () => {
    await property?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const open = async (ways: readonly ('lan' | 'tunnel')[]) => {
    moved = [];
    return await phone.unlock({ entranceId: property.entranceId('101'), ways });
  };

  test('T13: opens its door through portal and gateway, with a grant that neither gets to see', {
    timeout: patience,
  }, async () => {
    const opened = await open(['tunnel']);
    expect(opened).toMatchObject({ outcome: 'executed', code: 'ok', via: 'tunnel' });
    expect(moved).toHaveLength(1);
    const attemptId = 'attemptId' in opened ? (opened.attemptId ?? '') : '';
    expect(await property.housekeeper.attempts.get({ attemptId })).toMatchObject({
      ...{ mode: 'tunnel', state: 'confirmed' },
    });
  });

  test('T15: with the portal gone it opens it through the gateway alone, once', { timeout: patience }, async () => {
    process.kill(property.portal.pid() ?? 0, 'SIGSTOP');
    try {
      expect(await open(['lan'])).toMatchObject({ outcome: 'executed', code: 'ok', via: 'lan' });
      expect(moved).toHaveLength(1);
    } finally {
      process.kill(property.portal.pid() ?? 0, 'SIGCONT');
    }
  });

  test('T16: a gateway killed under a tunnel opens nothing when it is back', { timeout: patience }, async () => {
    const opening = open(['tunnel']);
    process.kill(property.gateway.pid() ?? 0, 'SIGKILL');
    const { outcome } = await opening;
    const before = moved.length;
    expect(before).toBeLessThanOrEqual(1);
    if (outcome === 'executed') expect(before).toBe(1);
    // From here on the gateway is a new process: what it had is gone.
    for (;;) {
      const { data } = await property.owner.gateways.list({ propertyId: property.propertyId });
      if (data[0]?.online) break;
      await wait(100);
    }
    expect(moved).toHaveLength(before);
    // Whatever was late would come before this.
    expect(await open(['tunnel'])).toMatchObject({ outcome: 'executed', via: 'tunnel' });
    expect(moved).toHaveLength(1);
  });
});
