import { createHash } from 'node:crypto';
import { toInstant } from '@latchwork/core';
import { planSync } from '@latchwork/core/directory';
import { createFingerprints, createGraphSource, decodeFingerprints, type Fingerprints } from '@latchwork/directory';
import { countOf, type TenantState, type TenantTruth } from './graph-pages.js';
import { createOrganization, stateOf } from './organization-view.js';
import { graphBase, readPages } from './page-files.js';
import { startMeter, type Task, type WorkMeter } from './task.js';

const tenantId = '11111111-2222-4333-8444-555555555555';
const basis = tenantId;

/** The fingerprints of the tenant as it was before, as the portal would have stored them. */
export async function fingerprintTenant(task: Task): Promise<Uint8Array> {
  const known = createFingerprints({ seed: crypto.getRandomValues(new Uint8Array(8)), basis });
  await readTenant(task, { state: 'before', known, meter: startMeter() });
  return known.encode(() => true);
}

/** One automatic sync: opens the fingerprints, reads the tenant as it is now, plans, and writes the fingerprints. */
export async function syncTenant(task: Task, stored: Uint8Array) {
  const organization = createOrganization(task.tenant);
  const meter = startMeter();
  const known = decodeFingerprints(stored, { basis });
  if (known === undefined) throw new Error('the fingerprints do not open');
  const snapshot = await readTenant(task, { state: 'after', known, meter });
  const { rows, unchanged, held } = planSync({
    snapshot,
    state: stateOf(organization, known, { tenantId, scope: snapshot.scope }),
    policy: { guests: 'skip', signInMethod: 'email_password', ownDomains: [], decisions: new Map() },
    at: toInstant(Date.UTC(2026, 0, 5)),
    digest: (text) => createHash('sha256').update(text).digest('hex'),
  });
  if (held.length > 0) throw new Error(`held: ${held.map(({ because }) => because).join()}`);
  known.encode(() => true);
  const count = (status: string) => rows.filter((row) => row.status === status).length;
  const counts: TenantTruth = { new: count('new'), updated: count('updated'), removed: count('removed'), unchanged };
  return { cpuMs: meter.cpuMs(), counts };
}

/** The least that anybody does who reads JSON: decodes and parses the same bytes, and looks at nothing. */
export async function parsePages({ folder, tenant }: Task) {
  const meter = startMeter();
  const pages = readPages(folder, tenant, 'after');
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (;;) {
    const { value, done } = meter.aside(() => pages.next());
    if (done) return { cpuMs: meter.cpuMs(), counts: null };
    JSON.parse(decoder.decode(value));
  }
}

interface TenantReading {
  readonly state: TenantState;
  readonly known: Fingerprints;
  readonly meter: WorkMeter;
}

/** Reads the tenant as the product does, through its source; only the answers come from this process. */
function readTenant({ folder, tenant }: Task, { state, known, meter }: TenantReading) {
  const pages = readPages(folder, tenant, state);
  const json = (body: ReadableStream<Uint8Array> | string) =>
    new Response(body, { headers: { 'content-type': 'application/json' } });
  const source = createGraphSource({
    ...{ tenantId, clientId: 'bench', credential: { type: 'secret', clientSecret: 'bench' }, baseUrl: graphBase },
    clock: { now: () => Date.UTC(2026, 0, 5), wait: async () => undefined },
    async fetch(input) {
      const { pathname } = new URL(`${input}`);
      if (pathname.endsWith('/token')) return json('{"access_token":"bench","expires_in":3600}');
      if (pathname.endsWith('/delta')) {
        return json(`{"@odata.deltaLink":"${graphBase}/users/delta?$deltatoken=${Math.random()}","value":[]}`);
      }
      if (pathname.endsWith('/$count')) return json(`${meter.aside(() => countOf(tenant, state))}`);
      return meter.aside(() => json(streamOf(pages.next().value ?? undefined)));
    },
  });
  return source.readAll({ known });
}

/** A page as it comes off a network: the memory is the network's. */
function streamOf(page: Uint8Array | undefined): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      if (page) controller.enqueue(page);
      controller.close();
    },
  });
}
