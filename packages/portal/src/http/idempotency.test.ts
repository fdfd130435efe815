import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleHotel, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;
let hotel: SampleHotel;

beforeAll(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

async function createGateway(key: string, name: string, token = hotel.people.owner.token) {
  const path = `/v1/properties/${hotel.property.id}/gateways`;
  const response = await test.send('POST', path, { token, body: { name }, headers: { 'idempotency-key': key } });
  return { status: response.status, reply: await response.json() };
}

async function gatewayCount(): Promise<number> {
  const { data } = await hotel.people.owner.client.gateways.list({ propertyId: hotel.property.id, limit: 200 });
  return data.length;
}

describe('an idempotency key', () => {
  it('gives the same reply to the same request, secret included, and acts once', async () => {
    const key = randomUUID();
    const before = await gatewayCount();
    const first = await createGateway(key, 'Attic');
    expect(first).toMatchObject({ status: 201, reply: { secret: expect.stringMatching(/^lwg_/) } });
    expect(await createGateway(key, 'Attic')).toEqual(first);
    expect(await gatewayCount()).toBe(before + 1);
  });

  it('keeps the reply unreadable', async () => {
    const key = randomUUID();
    const { reply } = await createGateway(key, 'Cellar');
    const kept = await test.portal.store.idempotentReply(hotel.people.owner.id, key);
    expect(kept?.replySealed).toEqual(expect.any(String));
    const stored = `${JSON.stringify(kept)}${Buffer.from(kept?.replySealed ?? '', 'base64url')}`;
    expect(stored).not.toContain(reply.secret);
    expect(stored).not.toContain('Cellar');
  });

  it('is refused for another request', async () => {
    const key = randomUUID();
    await createGateway(key, 'Attic');
    expect(await createGateway(key, 'Cellar')).toMatchObject({
      status: 422,
      reply: { code: 'idempotency-key-reused' },
    });
  });

  it('of another caller is another key', async () => {
    const key = randomUUID();
    const mine = await createGateway(key, 'Attic');
    const theirs = await createGateway(key, 'Attic', hotel.people.installer.token);
    expect(theirs.reply.gateway.id).not.toBe(mine.reply.gateway.id);
  });

  it('sent twice at once acts once', async () => {
    const key = randomUUID();
    const before = await gatewayCount();
    const answers = await Promise.all([1, 2, 3].map(() => createGateway(key, 'Roof')));
    expect(await gatewayCount()).toBe(before + 1);
    const codes = answers.map(({ status, reply }) => (status === 201 ? 'made' : reply.code));
    expect(codes.filter((code) => code === 'made').length).toBeGreaterThanOrEqual(1);
    expect(codes.every((code) => code === 'made' || code === 'idempotency-key-in-use')).toBe(true);
  });

  it('of a request that was refused may be used again', async () => {
    const key = randomUUID();
    expect(await createGateway(key, '')).toMatchObject({ status: 400 });
    expect(await createGateway(key, 'Attic')).toMatchObject({ status: 201 });
  });

  it('is forgotten after a day', async () => {
    const key = randomUUID();
    const first = await createGateway(key, 'Attic');
    test.clock.advance(24 * 3600 * 1000 + 1);
    await test.portal.maintain();
    const again = await createGateway(key, 'Attic');
    expect(again.reply.gateway.id).not.toBe(first.reply.gateway.id);
  });
});
