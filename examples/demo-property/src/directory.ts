import { type Client, LatchworkError } from '@latchwork/client';
import { type StartedFakeDirectory, startFakeDirectory } from '@latchwork/testing';
import type { MemoryFile } from './memory.js';

/** The Microsoft 365 tenant of the demo: forty people, played on loopback, the same at every start. */
export type DemoDirectory = StartedFakeDirectory<'microsoft_365'>;

/** The domain of the tenant's people. */
export const directoryDomain = 'seaview-office.example';

/** Starts the tenant. */
export async function startDirectory(): Promise<DemoDirectory> {
  return await startFakeDirectory({ kind: 'microsoft_365', people: 40, domain: directoryDomain, seed: 1 });
}

/** Where the portal finds the tenant instead of Microsoft's. */
export function directorySettings({ urls }: DemoDirectory): Readonly<Record<string, string>> {
  return { LATCHWORK_GRAPH_URL: urls.base, LATCHWORK_MICROSOFT_LOGIN_URL: urls.login };
}

/** Lets the organization use the workplace, and connects the tenant to it, where that is not done yet. */
export async function connectDirectory(owner: Client, memory: MemoryFile, directory: DemoDirectory): Promise<string> {
  const { organizationId = '', integrationId: known } = memory.read();
  if (known !== undefined) return known;
  const { version } = await owner.organizations.get({ organizationId });
  await owner.organizations.update({ organizationId, version, schemes: ['hospitality', 'workplace'] });
  const subscription = await owner.subscription.get({ organizationId });
  await owner.subscription.update({ organizationId, version: subscription.version, plan: 'pro', licenses: 60 });
  const { tenantId, clientId, clientSecret } = directory.credentials;
  const credentials = { kind: 'microsoft_365', tenantId, clientId, clientSecret } as const;
  const integrationId = await owner.directoryIntegrations.create({ organizationId, credentials }).then(
    ({ id }) => id,
    (error: unknown) => {
      // Made by a demo that died before it remembered.
      if (error instanceof LatchworkError && error.info.code === 'integration-exists') return error.info.integrationId;
      throw error;
    },
  );
  await owner.directoryIntegrations.authorize({ integrationId });
  memory.merge({ integrationId });
  return integrationId;
}

/** Lines to paste into a terminal, one after the other: review, look, plan, sync. */
export function directoryLines(at: {
  readonly baseUrl: string;
  readonly integrationId: string;
  readonly token: string;
}): readonly string[] {
  const reviews = '"$API/directory-reviews/$REVIEW';
  const sends = `-H "$AUTH" -H 'content-type: application/json'`;
  return [
    `API='${at.baseUrl}/v1'; AUTH='Authorization: Bearer ${at.token}'`,
    `REVIEW=$(curl -sS -X POST "$API/directory-integrations/${at.integrationId}/reviews" -H "$AUTH" | grep -o 'rev_[0-9a-z]*'); sleep 2`,
    `curl -sS ${reviews}/rows?limit=3" -H "$AUTH" -w '\\n'`,
    `PLAN=$(curl -sS ${reviews}/plans" ${sends} -d '{"select":{"rows":"all"}}' | tee /dev/stderr | grep -o '"planId":"[0-9a-f]*"')`,
    `curl -sS ${reviews}/syncs" ${sends} -d "{$PLAN}" -w '\\n'`,
  ];
}
