import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { LatchworkError } from '@latchwork/client';
import type { LockLogEntry } from '@latchwork/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningProperty, startProperty } from './property.js';
import { settingsIn } from './test-world.js';

const silent = { title: () => undefined, line: () => undefined, row: () => undefined };

describe.skipIf(process.platform !== 'linux')('the log of a lock, through real programs', () => {
  let folder: string;
  let property: RunningProperty;
  let deviceId: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchwork-log-'));
    const settings = await settingsIn(folder);
    property = await startProperty({ settings, terminal: silent, signal: new AbortController().signal });
    const { data } = await property.owner.devices.list({ propertyId: property.propertyId, limit: 200 });
    const device = data.find(({ entranceId }) => entranceId === property.entranceId('101'));
    deviceId = device?.id ?? '';
  });
  afterAll(async () => {
    await property?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** The lock's log, newest first, as soon as it has what is looked for. */
  async function logWith(isThere: (entry: LockLogEntry) => boolean): Promise<readonly LockLogEntry[]> {
    for (;;) {
      try {
        const { data } = await property.owner.devices.listLog({ deviceId, limit: 200 });
        if (data.some(isThere)) return data;
      } catch (error) {
        if (!(error instanceof LatchworkError)) throw error;
      }
      await wait(100);
    }
  }

  test('T16: an unlock whose gateway dies with the bolt is confirmed by what the lock wrote down', {
    timeout: 180_000,
  }, async () => {
    const { housekeeper, owner } = property;
    const { member } = await housekeeper.me();
    // Once read, so that the next reading is one that the portal asks for.
    await logWith(() => true);
    const struck = new Promise<void>((resolve) => {
      property.doors.lock('101').events.once('bolt', () => {
        const pid = property.gateway.pid();
        if (pid !== undefined) process.kill(pid, 'SIGKILL');
        resolve();
      });
    });
    const attempt = await housekeeper.unlock({ entranceId: property.entranceId('101'), waitSeconds: 0 });
    await struck;
    const log = await logWith(({ attemptId }) => attemptId === attempt.id);
    expect(log.find(({ attemptId }) => attemptId === attempt.id)).toMatchObject({
      ...{ entry: 'unlock', action: 'unlock', code: 'ok', holderId: member.id, unattributed: null },
    });
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, at) => log.length - at));
    expect(await housekeeper.attempts.get({ attemptId: attempt.id })).toMatchObject({ state: 'confirmed' });
    const { data } = await owner.alarms.list({ propertyId: property.propertyId, state: 'raised' });
    expect(data.filter(({ kind }) => kind.startsWith('log-'))).toEqual([]);
  });
});
