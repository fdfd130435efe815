import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initialFiles } from '../harness/initial-files.test-rig.js';
import {
  buildSampleHotel,
  giveKey,
  newCard,
  newPublicKeyCard,
  type SampleHotel,
} from '../harness/sample-hotel.test-rig.js';
import { startTestPortal } from '../harness/test-portal.test-rig.js';
import { type EmbeddedDatabase, openEmbeddedDatabase } from '../store/embedded-database.js';

const digits = '8305172946';
const uidCard = newCard('Card one');
const publicKeyCard = newPublicKeyCard('Card two');

const dataDir = mkdtempSync(join(tmpdir(), 'latchwork-secrecy-'));
/** What came out of the portal, besides the reply that tells the digits. */
let told: string;
let replies: string;
let log: string;
/** Every row of every table, as JSON. */
let rows: readonly { readonly table: string; readonly text: string }[];
let keyId: string;

beforeAll(async () => {
  const test = await startTestPortal({ dataDir });
  const hotel = await buildSampleHotel(test);
  const { client } = hotel.people.owner;
  const propertyId = hotel.property.id;
  await hotel.people.organization_owner.client.webhookEndpoints.create({
    ...{ organizationId: hotel.organization.id, url: 'https://hooks.example.com/latchwork' },
  });
  const seen: unknown[] = [];
  const keep = <Reply>(reply: Reply): Reply => {
    seen.push(reply);
    return reply;
  };
  const { id: holderId } = await client.guests.create({ propertyId, name: 'Ingrid Visser' });
  const key = await giveKey(test, hotel, holderId);
  keyId = key.id;
  const first = keep(await client.keyCards.enroll({ propertyId, ...uidCard }));
  const second = keep(await client.keyCards.enroll({ propertyId, ...publicKeyCard }));
  const upper = { ...uidCard, identity: uidCard.identity.toUpperCase() };
  keep(await refused(client.keyCards.enroll({ propertyId, ...upper })));
  for (const keyCardId of [first.id, second.id]) {
    keep(await client.credentials.create({ keyId, kind: 'key_card', keyCardId }));
  }
  // By hand, with a key that the reply is kept under.
  const made = await test.send('POST', `/v1/keys/${keyId}/credentials`, {
    token: hotel.people.owner.token,
    body: { kind: 'door_code', digits },
    headers: { 'idempotency-key': randomUUID() },
  });
  const code = keep(await made.json());
  keep(await refused(client.credentials.create({ keyId, kind: 'door_code', digits })));
  expect(await client.credentials.reveal({ credentialId: code.id })).toEqual({ credentialId: code.id, digits });
  await test.portal.planLocks();
  keep(await client.keyCards.reportLost({ keyCardId: first.id }));
  keep(await client.keyCards.return({ keyCardId: first.id }));
  keep(await client.keyCards.retire({ keyCardId: first.id }));
  keep(await client.credentials.list({ keyId }));
  keep(await client.keyCards.list({ propertyId }));
  await test.portal.planLocks();
  await client.keys.revoke({ keyId });
  await test.portal.planLocks();
  told = JSON.stringify(await record(hotel));
  replies = JSON.stringify(seen);
  log = test.log.join('\n');
  await test[Symbol.asyncDispose]();

  const database = await openEmbeddedDatabase(join(dataDir, 'db'), { initialFiles: await initialFiles() });
  rows = await everyRow(database);
  await database.client.close();
}, 120_000);
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

async function refused(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    () => {
      throw new Error('It was done.');
    },
    (error: { readonly info: unknown; readonly message: string }) => [error.info, error.message],
  );
}

async function record({ organization, property, people }: SampleHotel): Promise<readonly unknown[]> {
  const { client } = people.organization_owner;
  const all: unknown[] = [];
  for await (const event of client.events.listAll({ propertyId: property.id })) all.push(event);
  for await (const entry of client.audit.listAll({ organizationId: organization.id })) all.push(entry);
  return all;
}

async function everyRow({ client }: EmbeddedDatabase): Promise<typeof rows> {
  const tables = await client.query<{ readonly name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public'",
  );
  const all = [];
  for (const { name } of tables.rows) {
    const found = await client.query<{ readonly text: string }>(`select row_to_json(t)::text as text from "${name}" t`);
    all.push(...found.rows.map(({ text }) => ({ table: name, text })));
  }
  return all;
}

/** A secret as it could stand somewhere: as it is, in capitals, and in the middle of base64 of text or of bytes. */
function formsOf(secret: string, isHex: boolean): readonly string[] {
  const forms = [secret, secret.toUpperCase()];
  for (const bytes of [Buffer.from(secret), ...(isHex ? [Buffer.from(secret, 'hex')] : [])]) {
    for (const shift of [0, 1, 2]) {
      const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
      const inner = text.slice(shift === 0 ? 0 : 4, Math.floor((shift + bytes.length) / 3) * 4);
      forms.push(inner, inner.replaceAll('+', '-').replaceAll('/', '_'));
    }
  }
  return [...new Set(forms)].filter((form) => form.length >= 7);
}

const secrets = [
  ['digits', digits, false],
  ['a UID', uidCard.identity, true],
  ['a public key', publicKeyCard.identity, true],
] as const;

describe('P-30: what proves a credential at a door', () => {
  it('happened as told', () => {
    const types = ['credential.created', 'credential.removed', 'credential.revealed', 'key_card.enrolled'];
    for (const type of [...types, 'key_card.lost', 'key_card.returned', 'key_card.retired']) {
      expect(told.split(`"type":"${type}"`).length, type).toBeGreaterThan(1);
      expect(told.split(`"action":"${type}"`).length, type).toBeGreaterThan(1);
    }
    const tables = new Set(rows.map(({ table }) => table));
    expect([...tables]).toEqual(
      expect.arrayContaining(['credential', 'key_card', 'lock_desired', 'event', 'audit_entry', 'idempotent_reply']),
    );
    expect([...tables]).toContain('webhook_delivery');
    expect(log).toContain('lock planned');
  });

  it.each(secrets)('stands in no event, audit entry, reply or line of the log: %s', (_, secret, isHex) => {
    for (const form of formsOf(secret, isHex)) {
      expect(told).not.toContain(form);
      expect(replies).not.toContain(form);
      expect(log).not.toContain(form);
    }
  });

  it.each(secrets)('stands in no row but that of its card: %s', (_, secret, isHex) => {
    const forms = formsOf(secret, isHex);
    const holding = rows.filter(({ text }) => forms.some((form) => text.includes(form)));
    expect(holding.map(({ table }) => table)).toEqual(isHex ? ['key_card'] : []);
  });

  it('is not found by trying all digits on what is kept of the request', () => {
    const asked = JSON.stringify(['createCredential', { keyId }, { kind: 'door_code', digits }]);
    const hashes = (['hex', 'base64', 'base64url'] as const).map((encoding) =>
      createHash('sha256').update(asked).digest(encoding),
    );
    const kept = rows.filter(({ table }) => table === 'idempotent_reply');
    expect(kept).not.toEqual([]);
    for (const { text } of kept) for (const hash of hashes) expect(text).not.toContain(hash);
  });
});
