import { createInterface } from 'node:readline/promises';
import { createClient } from '@latchwork/client';
import { startSampleOffice } from './sample-office.js';
import {
  carryOut,
  chooseRows,
  connectDirectory,
  type DirectoryCredentials,
  describeSummary,
  reviewDirectory,
  switchOn,
} from './sync-directory.js';

/**
 * Previews a directory, syncs whoever belongs to a department, and switches automatic sync on for everybody; each step only
 * when it is told to. Without a token it plays all of it in an office and a tenant of its own:
 * `npx tsx --conditions=source examples/sync-directory/src/main.ts [--department=Sales] [--sync] [--automatic]`
 */
async function main(): Promise<void> {
  const { LATCHWORK_URL: baseUrl = 'http://127.0.0.1:8080', LATCHWORK_TOKEN: token } = process.env;
  if (token === undefined) {
    say('LATCHWORK_TOKEN is not set: this is an office of its own, with a tenant that is only played.');
    await using office = await startSampleOffice(40);
    const { id } = await connectDirectory(office.client, office.organizationId, office.credentials);
    await show(office.client, id);
    return;
  }
  const client = createClient({ baseUrl, token });
  const organizationId = process.env['LATCHWORK_ORGANIZATION_ID'];
  if (organizationId === undefined) throw new Error('LATCHWORK_ORGANIZATION_ID is missing.');
  const { data: integrations } = await client.directoryIntegrations.list({ organizationId });
  const integration = integrations.find(({ kind }) => kind !== 'scim_push');
  if (integration === undefined && process.env['MICROSOFT_TENANT_ID'] === undefined) {
    throw new Error(
      'There is no integration yet: set MICROSOFT_TENANT_ID, MICROSOFT_CLIENT_ID, MICROSOFT_CLIENT_SECRET.',
    );
  }
  const integrationId = integration?.id ?? (await connectDirectory(client, organizationId, microsoftCredentials())).id;
  if (integration?.state === 'pending') await client.directoryIntegrations.authorize({ integrationId });
  await show(client, integrationId);
}

function microsoftCredentials(): DirectoryCredentials {
  const { MICROSOFT_TENANT_ID, MICROSOFT_CLIENT_ID, MICROSOFT_CLIENT_SECRET } = process.env;
  return {
    kind: 'microsoft_365',
    tenantId: MICROSOFT_TENANT_ID ?? '',
    clientId: MICROSOFT_CLIENT_ID ?? '',
    clientSecret: MICROSOFT_CLIENT_SECRET ?? '',
  };
}

async function show(client: ReturnType<typeof createClient>, integrationId: string): Promise<void> {
  const department = process.argv.find((one) => one.startsWith('--department='))?.slice('--department='.length);
  const { id: reviewId, counts } = await reviewDirectory(client, integrationId);
  say(`The directory: ${JSON.stringify(counts)}`);
  const rowIds = await chooseRows(client, reviewId, (row) => {
    const isChosen =
      (row.status === 'new' || row.status === 'updated') && row.department === (department ?? row.department);
    if (isChosen) say(`  ${row.status}: ${row.displayName ?? row.email} (${row.department ?? 'no department'})`);
    return isChosen;
  });
  const summary = await client.directoryReviews.plan({ reviewId, select: { rows: 'some', rowIds } });
  describeSummary(summary).forEach(say);
  if (process.argv.includes('--sync')) {
    const run = await carryOut(client, summary, askForNumber);
    say('again' in run ? run.again : `Synced: ${JSON.stringify(run.counts)}`);
  }
  if (process.argv.includes('--automatic')) {
    const integration = await switchOn(client, integrationId, (everybody) => {
      describeSummary(everybody).forEach(say);
      return everybody.held.length === 0 && everybody.licenses.short === 0;
    });
    say(integration === undefined ? 'Automatic sync stays off.' : `Next run: ${integration.automaticSync.nextRunAt}`);
  }
}

async function askForNumber(): Promise<number> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return Number(await lines.question('How many people are to be removed? '));
  } finally {
    lines.close();
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
