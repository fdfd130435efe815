import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OrganizationId } from '@latchwork/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAudit, verifyAudit } from './audit-chain.js';
import { buildSampleHotel, giveKey } from './harness/sample-hotel.test-rig.js';
import { connectGateway } from './harness/scripted-gateway.test-rig.js';
import { startTestPortal } from './harness/test-portal.test-rig.js';
import { openEmbeddedDatabase } from './store/embedded-database.js';
import { createEmbeddedStore } from './store/embedded-store.js';
import { resultGraceMs } from './unlock/attempt-life.js';

let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'latchwork-restart-'));
});
afterEach(() => {
  rmSync(dataDir, { recursive: true, force: true });
});

describe('a portal that starts again on its data', () => {
  it('T16: ends what was under way truthfully: expired without a token, unknown with one, and learns better later', async () => {
    const first = await startTestPortal({ dataDir });
    const hotel = await buildSampleHotel(first);
    const { housekeeping } = hotel.people;
    await giveKey(first, hotel, housekeeping.id);
    const gateway = await connectGateway(hotel);
    const entranceId = hotel.entrance.id;
    const idempotencyKey = randomBytes(8).toString('hex');
    const untold = await housekeeping.client.unlock({ entranceId, waitSeconds: 0, idempotencyKey });
    await gateway.next('unlock');
    const tokened = await housekeeping.client.unlock({ entranceId, waitSeconds: 0 });
    const command = await gateway.next('unlock');
    await gateway.challenge(command, randomBytes(8).toString('hex'));
    await gateway.next('token');
    const acknowledged = await housekeeping.client.unlock({ entranceId, waitSeconds: 0 });
    const heard = await gateway.next('unlock');
    await gateway.ack(heard);
    const stateBefore = async () => (await housekeeping.client.attempts.get({ attemptId: acknowledged.id })).state;
    await expect.poll(stateBefore, { timeout: 30_000 }).toBe('acknowledged');
    await gateway[Symbol.asyncDispose]();
    await first[Symbol.asyncDispose]();

    const second = await startTestPortal({ dataDir, clock: first.clock });
    const client = second.client(housekeeping.token);
    const stateOf = async (attemptId: string) => (await client.attempts.get({ attemptId })).state;
    const again = await connectGateway(hotel, second.portal.mqttUrl);
    // Whether the run before gave it a token, this one cannot know: it gives none, and calls nothing certain.
    await again.challenge(heard, randomBytes(8).toString('hex'));
    expect(await again.next('token-refused')).toMatchObject({ code: 'not-pending' });
    await again[Symbol.asyncDispose]();
    second.clock.advance(10_001 + resultGraceMs);
    await second.portal.sweep();
    expect(await stateOf(untold.id)).toBe('expired');
    expect(await stateOf(tokened.id)).toBe('unknown');
    expect(await stateOf(acknowledged.id)).toBe('unknown');
    expect(await client.unlock({ entranceId, idempotencyKey })).toMatchObject({ id: untold.id, state: 'expired' });
    await second[Symbol.asyncDispose]();

    const third = await startTestPortal({ dataDir, clock: first.clock });
    const back = await connectGateway(hotel, third.portal.mqttUrl);
    await back.report(command, { historical: true });
    await back.report({ ...command, attemptId: untold.id }, { historical: true });
    const after = third.client(housekeeping.token);
    expect(await after.attempts.get({ attemptId: tokened.id })).toMatchObject({ state: 'confirmed' });
    expect(await after.attempts.get({ attemptId: untold.id })).toMatchObject({ state: 'expired' });
    await back[Symbol.asyncDispose]();
    await third[Symbol.asyncDispose]();
  });

  it('knows everything it knew: sessions, Keys, feed and audit go on where they were', async () => {
    const first = await startTestPortal({ dataDir });
    const hotel = await buildSampleHotel(first);
    const { owner } = hotel.people;
    const key = await giveKey(first, hotel, owner.id);
    const events = await owner.client.events.list({ propertyId: hotel.property.id, limit: 200 });
    await first[Symbol.asyncDispose]();

    const second = await startTestPortal({ dataDir, clock: first.clock });
    expect(second.portal.operatorKey.reveal()).toBe(first.portal.operatorKey.reveal());
    const client = second.client(owner.token);
    expect((await client.me()).member.id).toBe(owner.id);
    expect(await client.keys.get({ keyId: key.id })).toEqual(key);
    expect(await client.events.list({ propertyId: hotel.property.id, limit: 200 })).toEqual(events);
    await client.entrances.create({ propertyId: hotel.property.id, name: 'After' });
    const later = await client.events.list({ propertyId: hotel.property.id, limit: 200 });
    expect(later.data).toHaveLength(events.data.length + 1);
    const audit = await readAudit(second.portal.store, hotel.organization.id as OrganizationId);
    expect(verifyAudit(audit)).toMatchObject({ whole: true });
    await second[Symbol.asyncDispose]();
  });

  it('T11: shows an audit entry that was edited in the database', async () => {
    const first = await startTestPortal({ dataDir });
    const hotel = await buildSampleHotel(first);
    await first[Symbol.asyncDispose]();
    const { client, orm } = await openEmbeddedDatabase(join(dataDir, 'db'));
    await client.query(
      `update audit_entry set entry = regexp_replace(entry, '"action":"[^"]+"', '"action":"none"') where seq = 5`,
    );
    const store = createEmbeddedStore({ client, orm });
    const audit = await readAudit(store, hotel.organization.id as OrganizationId);
    expect(verifyAudit(audit)).toEqual({ whole: false, seq: 5, because: 'edited' });
    await store[Symbol.asyncDispose]();
  });

  it('P-4: says of a gateway that was online that it is not', async () => {
    const first = await startTestPortal({ dataDir });
    const hotel = await buildSampleHotel(first);
    const gateway = await connectGateway(hotel);
    const gatewayId = hotel.gateway.gateway.id;
    await gateway.publish('status', JSON.stringify({ v: 1, online: true, bootId: 'b', at: 1 }), { qos: 1 });
    expect(await hotel.people.owner.client.gateways.get({ gatewayId })).toMatchObject({ online: true });
    await first[Symbol.asyncDispose]();
    const second = await startTestPortal({ dataDir, clock: first.clock });
    const client = second.client(hotel.people.owner.token);
    expect(await client.gateways.get({ gatewayId })).toMatchObject({ online: false, lastSeenAt: expect.any(String) });
    await second[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
  });

  it('refuses another sealing key in one sentence', async () => {
    const first = await startTestPortal({ dataDir });
    await buildSampleHotel(first);
    await first[Symbol.asyncDispose]();
    const path = join(dataDir, 'sealing.key');
    expect(readFileSync(path, 'utf8').trim()).toMatch(/^[0-9a-f]{64}$/);
    writeFileSync(path, 'ab'.repeat(32));
    const failure = await startTestPortal({ dataDir }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ info: { code: 'sealed-data-unreadable' } });
  });
});
