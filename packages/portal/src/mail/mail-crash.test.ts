import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from '@latchwork/client';
import { type MailCatcher, type MailMoment, startMailCatcher } from '@latchwork/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PortalProcess, prepareDatabase, spawnPortal } from '../harness/portal-process.test-rig.js';
import { openEmbeddedDatabase } from '../store/embedded-database.js';
import { mail } from '../store/schema/delivery.js';
import { member } from '../store/schema/people.js';

/** When the portal is killed, each with what may be true of its mail afterwards. */
const kills: readonly {
  readonly at: MailMoment | number;
  readonly ends: readonly string[];
  readonly mails: number[];
}[] = [
  { at: 'connected', ends: ['sent'], mails: [1] },
  { at: 'sender', ends: ['sent'], mails: [1] },
  { at: 'recipient', ends: ['sent'], mails: [1] },
  // The end is given as soon as the store has been told, which may be done by now or not.
  { at: 'content', ends: ['sent', 'uncertain'], mails: [0, 1] },
  { at: 'end', ends: ['uncertain'], mails: [1] },
  { at: 'answered', ends: ['sent', 'uncertain'], mails: [1] },
  // Milliseconds after the invitation was answered: wherever that happens to be.
  ...[0, 4, 12].map((at) => ({ at, ends: ['sent', 'uncertain'], mails: [0, 1] })),
];

describe('S13, G18: kill -9 while a mail is sent', () => {
  let dataDir: string;
  let catcher: MailCatcher;
  let portal: PortalProcess;
  let said: string;

  const start = async (): Promise<void> => {
    const started = await spawnPortal(dataDir, { env: { LATCHWORK_SMTP_URL: catcher.url } });
    if (!('child' in started)) throw new Error(`The portal did not start: ${started.stderr}`);
    portal = started;
    said = '';
    portal.child.stdout?.on('data', (text: Buffer) => {
      said += text.toString();
    });
  };
  const killed = async (): Promise<void> => {
    const closed = once(portal.child, 'close');
    portal.child.kill('SIGKILL');
    await closed;
  };
  const invite = async (email: string): Promise<void> => {
    const operator = createClient({ baseUrl: portal.httpUrl, token: portal.operatorKey, retry: { limit: 0 } });
    await operator.organizations.create({ name: email, owner: { name: 'Olga', email } });
  };

  /** What the portal leaves behind when it is asked to stop. */
  const stoppedWith = async () => {
    const stopped = once(portal.child, 'close');
    portal.child.kill('SIGTERM');
    await stopped;
    const { client, orm } = await openEmbeddedDatabase(join(dataDir, 'db'));
    const [rows, members] = [await orm.select().from(mail), await orm.select().from(member)];
    await client.close();
    return { rows, members };
  };

  const dealtWith = async (): Promise<void> => {
    await expect.poll(() => said, { timeout: 30_000 }).toMatch(/"mail sent"|"mail was being handed over/);
  };

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'latchwork-mail-'));
    await prepareDatabase(dataDir);
    catcher = await startMailCatcher();
    await start();
  });
  afterAll(async () => {
    portal.child.kill('SIGKILL');
    await catcher.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('exactly one mail per invitation; only where its end was given may it be uncertain, and then never two', async () => {
    const addressOf = (at: MailMoment | number) => `owner@${at}.example`;
    for (const { at } of kills) {
      if (typeof at === 'number') {
        await invite(addressOf(at));
        await pause(at);
        await killed();
      } else {
        const struck = new Promise<void>((resolve) => {
          catcher.onMoment = async (moment) => {
            if (moment !== at) return undefined;
            catcher.onMoment = undefined;
            await killed();
            resolve();
            return undefined;
          };
        });
        await Promise.all([invite(addressOf(at)), struck]);
      }
      await start();
      // The next kill is for the next mail. After the answer this one may be done with, and then nothing is said.
      if (typeof at !== 'number' && at !== 'answered') await dealtWith();
    }
    await invite('last@one.example');
    await catcher.waitFor(({ recipients }) => recipients.includes('last@one.example'));
    await dealtWith();
    let { rows, members } = await stoppedWith();
    // Several are sent at once, and one said to be sent may have been another: each further start deals with one at least.
    while (rows.some(({ state }) => state === 'queued' || state === 'handing_over')) {
      await start();
      await dealtWith();
      ({ rows, members } = await stoppedWith());
    }
    const found = kills.map(({ at }) => {
      const of = members.find(({ email }) => email === addressOf(at));
      const states = rows.filter(({ memberId }) => memberId === of?.id).map(({ state }) => state);
      const count = catcher.mails.filter(({ recipients }) => recipients.includes(addressOf(at))).length;
      return { at, states, count };
    });
    for (const [index, { ends, mails }] of kills.entries()) {
      const { at, states, count } = found[index] ?? {};
      expect(states, `one mail row, killed at ${at}`).toHaveLength(1);
      expect(ends, `killed at ${at}`).toContain(states?.[0]);
      expect(mails, `killed at ${at}`).toContain(count);
      if (states?.[0] === 'sent') expect(count, `sent is true, killed at ${at}`).toBe(1);
    }
    const ids = catcher.mails.map(({ headers }) => headers.get('message-id'));
    expect(new Set(ids).size, 'no mail twice').toBe(ids.length);
  }, 180_000);
});
