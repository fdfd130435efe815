import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@latchwork/client';
import { type StartedFakeDirectory, startFakeDirectory, startMailCatcher, startProgram } from '@latchwork/testing';
import type { DirectoryCredentials } from './sync-directory.js';

/** An office with a portal of its own, an Admin signed in, and a Microsoft 365 tenant that is only played. */
export interface SampleOffice extends AsyncDisposable {
  readonly client: Client;
  readonly organizationId: string;
  readonly tenant: StartedFakeDirectory<'microsoft_365'>;
  readonly credentials: DirectoryCredentials;
}

const require = createRequire(import.meta.url);
const entry = require.resolve('@latchwork/portal/dist/main.js');
const email = 'ada@harbor.example';
const password = 'correct horse battery staple';

/** Starts everything on free ports of this machine; it all ends with it. */
export async function startSampleOffice(people: number): Promise<SampleOffice> {
  const folder = mkdtempSync(join(tmpdir(), 'latchwork-sync-'));
  const mails = await startMailCatcher();
  const tenant = await startFakeDirectory({ kind: 'microsoft_365', people, domain: 'harbor.example' });
  const portal = await startProgram({
    entry,
    readyLine: 'portal ready',
    env: {
      LATCHWORK_DATA_DIR: folder,
      LATCHWORK_HTTP_PORT: '0',
      LATCHWORK_MQTT_PORT: '0',
      LATCHWORK_SMTP_URL: mails.url,
      LATCHWORK_GRAPH_URL: tenant.urls.base,
      LATCHWORK_MICROSOFT_LOGIN_URL: tenant.urls.login,
    },
  });
  const baseUrl = portal.said('httpUrl');
  const operator = createClient({ baseUrl, token: readFileSync(join(folder, 'operator.key'), 'utf8').trim() });
  const { organization } = await operator.organizations.create({
    ...{ name: 'Harbor Office', schemes: ['workplace'], plan: 'pro', licenses: people + 10 },
    owner: { name: 'Ada Admin', email },
  });
  const mail = await mails.waitFor(({ recipients }) => recipients.includes(email));
  const link = new URL(mail.links.find((each) => each.includes('#token=')) ?? '');
  const anybody = createClient({ baseUrl });
  await anybody.accountSetups.complete({ token: link.hash.replace('#token=', ''), password });
  const { token } = await anybody.sessions.create({ email, password, channel: 'dashboard' });
  const { tenantId, clientId, clientSecret } = tenant.credentials;
  return {
    client: createClient({ baseUrl, token }),
    organizationId: organization.id,
    tenant,
    credentials: { kind: 'microsoft_365', tenantId, clientId, clientSecret },
    [Symbol.asyncDispose]: async () => {
      await portal[Symbol.asyncDispose]();
      await tenant[Symbol.asyncDispose]();
      await mails[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
