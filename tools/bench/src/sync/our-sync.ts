import { createHash } from 'node:crypto';
import { toInstant } from '@latchwork/core';
import { planSync } from '@latchwork/core/directory';
import { createFingerprints, createGraphSource, decodeFingerprints, type Fingerprints } from '@latchwork/directory';
import { countOf, graphPages, type TenantState, type TenantTruth } from './graph-pages.js';
import { organizationOf } from './organization-view.js';
import { startMeter, type WorkMeter } from './task.js';

const base = 'https://graph.microsoft.com/v1.0';
const tenantId = '11111111-2222-4333-8444-555555555555';
const basis = tenantId;

/** The fingerprints of the tenant as it was before, as the portal would have stored them. */
export async function fingerprintTenant(users: number): Promise<Uint8Array> {
  const known = createFingerprints({ seed: crypto.getRandomValues(new Uint8Array(8)), basis });
  await readTenant(users, { state: 'before', known, meter: startMeter() });
  return known.encode(() => true);
}

/** One automatic sync: opens the fingerprints, reads the tenant as it is now, plans, and writes the fingerprints. */
export async function syncTenant(users: number, stored: Uint8Array) {
  const meter = startMeter();
  const known = decodeFingerprints(stored, { basis });
  if (known === undefined) throw new Error('the fingerprints do not open');
  const snapshot = await readTenant(users, { state: 'after', known, meter });
  const { rows, unchanged, held } = planSync({
    snapshot,
    state: organizationOf(users, known, { tenantId, scope: snapshot.scope }),
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
export async function parsePages(users: number) {
  const meter = startMeter();
  const pages = graphPages(users, 'after', base);
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
function readTenant(users: number, { state, known, meter }: TenantReading) {
  const pages = graphPages(users, state, base);
  const json = (body: Uint8Array | string) =>
    new Response(body as BodyInit, { headers: { 'content-type': 'application/json' } });
  const source = createGraphSource({
    ...{ tenantId, clientId: 'bench', credential: { type: 'secret', clientSecret: 'bench' }, baseUrl: base },
    clock: { now: () => Date.UTC(2026, 0, 5), wait: async () => undefined },
    async fetch(input) {
      const { pathname } = new URL(`${input}`);
      if (pathname.endsWith('/token')) return json('{"access_token":"bench","expires_in":3600}');
      if (pathname.endsWith('/delta')) {
        return json(`{"@odata.deltaLink":"${base}/users/delta?$deltatoken=${Math.random()}","value":[]}`);
      }
      if (pathname.endsWith('/$count')) return json(`${meter.aside(() => countOf(users, state))}`);
      return meter.aside(() => json(pages.next().value ?? ''));
    },
  });
  return source.readAll({ known });
}
