import { afterAll, beforeAll, expect, it } from 'vitest';
import { type SampleOffice, startSampleOffice } from './sample-office.js';
import {
  carryOut,
  chooseRows,
  connectDirectory,
  describeSummary,
  reviewDirectory,
  switchOn,
} from './sync-directory.js';

let office: SampleOffice;
let integrationId: string;
const nobodyAsks = () => Promise.reject(new Error('Nobody had to type a number.'));

beforeAll(async () => {
  office = await startSampleOffice(12);
  const integration = await connectDirectory(office.client, office.organizationId, office.credentials);
  expect(integration).toMatchObject({ state: 'authorized', kind: 'microsoft_365', linked: 0 });
  integrationId = integration.id;
});
afterAll(async () => {
  await office?.[Symbol.asyncDispose]();
});

it('S16, S22, S28–S30: lists everybody, shows what the chosen ones would come to, and syncs exactly them', async () => {
  const { client, organizationId } = office;
  const review = await reviewDirectory(client, integrationId);
  expect(review.counts).toMatchObject({ new: 12, updated: 0, removed: 0 });
  const seen: string[] = [];
  const rowIds = await chooseRows(client, review.id, ({ email }) => seen.push(email ?? '') <= 3);
  expect(new Set(seen).size).toBe(12);
  const summary = await client.directoryReviews.plan({ reviewId: review.id, select: { rows: 'some', rowIds } });
  expect(describeSummary(summary)).toEqual([
    '3 new, 0 updated, 0 removed',
    '3 licenses needed, 21 there; sign-in: sso_microsoft_365',
  ]);
  expect((await client.users.list({ organizationId })).data).toHaveLength(1);
  const run = await carryOut(client, summary, nobodyAsks);
  expect(run).toMatchObject({ state: 'applied', trigger: 'manual', counts: { new: 3 } });
  const { data: users } = await client.users.list({ organizationId });
  expect(users.map(({ email, role }) => [email, role]).sort()).toEqual(
    [['ada@harbor.example', 'admin'], ...seen.slice(0, 3).map((email) => [email, 'member'])].sort(),
  );
});

it('S26, S33–S36: automatic sync begins with everybody who was just shown', async () => {
  const { client, tenant } = office;
  const { data: runs } = await client.syncRuns.list({ integrationId });
  const [linked] = (await client.syncRuns.listReceipts({ syncRunId: runs[0]?.id ?? '' })).data;
  const person = await client.users.get({ memberId: linked?.memberId ?? '' });
  tenant.people.rename(person.email, { displayName: 'Renamed Person' });
  expect(await switchOn(client, integrationId, () => false)).toBeUndefined();
  const shown: (readonly string[])[] = [];
  const integration = await switchOn(client, integrationId, (summary) => {
    shown.push(describeSummary(summary));
    return summary.held.length === 0;
  });
  expect(shown).toEqual([['9 new, 1 updated, 0 removed', '9 licenses needed, 18 there; sign-in: sso_microsoft_365']]);
  expect(integration).toMatchObject({
    automaticSync: { enabled: true, nextRunAt: expect.any(String) },
    health: 'healthy',
    linked: 12,
  });
  expect((await client.users.get({ memberId: person.id })).name).toBe('Renamed Person');
});
