import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient, LatchworkError } from '@latchwork/client';
import { verifyWebhook } from '@latchwork/client/webhooks';
import { startMailCatcher } from '@latchwork/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PortalProcess, prepareDatabase, spawnPortal } from '../harness/portal-process.test-rig.js';
import { samplePassword } from '../harness/sample-hotel.test-rig.js';
import { startWebhookReceiver, type WebhookReceiver } from '../harness/webhook-receiver.test-rig.js';

const events = 40;
const kills = 4;

describe('P-15: kill -9 while webhooks are sent', () => {
  let dataDir: string;
  let portal: PortalProcess;
  let receiver: WebhookReceiver;

  const start = async (env: Readonly<Record<string, string>> = {}): Promise<void> => {
    const started = await spawnPortal(dataDir, { env: { LATCHWORK_WEBHOOK_NETWORKS: '127.0.0.0/8', ...env } });
    if (!('child' in started)) throw new Error(`The portal did not start: ${started.stderr}`);
    portal = started;
  };
  const killed = async (): Promise<void> => {
    const closed = once(portal.child, 'close');
    portal.child.kill('SIGKILL');
    await closed;
  };

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'latchwork-webhooks-'));
    await prepareDatabase(dataDir);
    receiver = await startWebhookReceiver();
  });
  afterAll(async () => {
    portal.child.kill('SIGKILL');
    await receiver[Symbol.asyncDispose]();
    rmSync(dataDir, { recursive: true, force: true });
  });

  /** An owner's token, and an endpoint for all that happens. */
  async function setUp() {
    const mails = await startMailCatcher();
    await start({ LATCHWORK_SMTP_URL: mails.url });
    const email = 'olga@aurora.example';
    const operator = createClient({ baseUrl: portal.httpUrl, token: portal.operatorKey });
    const { organization } = await operator.organizations.create({ name: 'Aurora', owner: { name: 'Olga', email } });
    const { links } = await mails.waitFor(({ recipients }) => recipients.includes(email));
    await mails.close();
    const anybody = createClient({ baseUrl: portal.httpUrl });
    const setupToken = new URL(links[0] ?? '').hash.replace('#token=', '');
    await anybody.accountSetups.complete({ token: setupToken, password: samplePassword });
    const { token } = await anybody.sessions.create({ email, password: samplePassword, channel: 'dashboard' });
    const owner = createClient({ baseUrl: portal.httpUrl, token });
    const organizationId = organization.id;
    const property = await owner.properties.create({ organizationId, name: 'Aurora', timeZone: 'Europe/Oslo' });
    const { secret } = await owner.webhookEndpoints.create({
      organizationId,
      url: receiver.url,
      propertyIds: [property.id],
    });
    return { token, secret, propertyId: property.id };
  }

  it('every event that was committed is taken, at least once, under one id', async () => {
    const { token, secret, propertyId } = await setUp();
    const client = (): Client => createClient({ baseUrl: portal.httpUrl, token, retry: { limit: 0 } });
    const taken = new Set<string>();
    const take: NonNullable<WebhookReceiver['answer']> = ({ headers }, response) => {
      taken.add(String(headers['webhook-id']));
      response.writeHead(204).end();
    };
    let made = 0;
    for (let kill = 0; kill < kills; kill += 1) {
      // The receiver strikes while it has a message and has not answered, and then never does; or right after its answer.
      const strikeAt = receiver.received.length + 1 + (kill % 3);
      let struck: Promise<void> | undefined;
      receiver.answer = (message, response) => {
        const strikes = receiver.received.length === strikeAt;
        if (!strikes || kill % 2 === 1) take(message, response);
        if (strikes) struck = killed();
      };
      while (struck === undefined && made < events * (kill + 1)) {
        made += 1;
        try {
          await client().entrances.create({ propertyId, name: `Door ${made}` });
        } catch (error) {
          if (!(error instanceof LatchworkError)) throw error;
        }
      }
      await receiver.atLeast(strikeAt);
      await struck;
      receiver.answer = take;
      await start();
    }
    const feed: string[] = [];
    for await (const event of client().events.listAll({ propertyId, limit: 200 })) {
      if (event.type === 'entrance.created') feed.push(event.id);
    }
    // Each life sent something; it may be what the life before it had committed.
    expect(receiver.received.length).toBeGreaterThanOrEqual(kills);
    expect(feed.length).toBeGreaterThan(0);
    await expect.poll(() => feed.filter((id) => !taken.has(id)), { timeout: 60_000 }).toEqual([]);
    expect(
      [...taken].filter((id) => !feed.includes(id)),
      'nothing arrives that was not committed',
    ).toEqual([]);
    for (const { headers, body } of receiver.received) {
      expect((await verifyWebhook({ secrets: secret, headers, body })).id).toBe(headers['webhook-id']);
    }
  }, 240_000);
});
