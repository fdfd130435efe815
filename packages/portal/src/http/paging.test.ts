import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleHotel, giveKey, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import { encodeCursor, pageOf } from './paging.js';

describe('a list cut into pages', () => {
  it('gives every visible row once and in order, whatever the size of the pages', () => {
    const rows = fc.uniqueArray(
      fc.record({ id: fc.string({ minLength: 1, maxLength: 4, unit: 'grapheme-ascii' }), hidden: fc.boolean() }),
      {
        selector: ({ id }) => id,
        maxLength: 30,
      },
    );
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 7 }), (unsorted, limit) => {
        const sorted = unsorted.toSorted((one, other) => (one.id < other.id ? -1 : 1));
        const seen: string[] = [];
        let cursor: string | undefined;
        do {
          const query = cursor === undefined ? { limit } : { limit, cursor };
          const page = pageOf(sorted, {
            query,
            idOf: ({ id }) => id,
            isVisible: ({ hidden }) => !hidden,
            toWire: ({ id }) => id,
          });
          expect(page.data.length).toBeLessThanOrEqual(limit);
          seen.push(...page.data);
          cursor = page.nextCursor ?? undefined;
        } while (cursor !== undefined);
        expect(seen).toEqual(sorted.filter(({ hidden }) => !hidden).map(({ id }) => id));
      }),
    );
  });
});

describe('lists of the API', () => {
  let test: TestPortal;
  let hotel: SampleHotel;

  beforeAll(async () => {
    test = await startTestPortal();
    hotel = await buildSampleHotel(test);
    const { organization_owner: owner, team } = hotel.people;
    await owner.client.apiKeys.create({ organizationId: hotel.organization.id, name: 'PMS', scopes: ['read'] });
    await giveKey(test, hotel, team.id);
    await team.client.unlock({ entranceId: hotel.entrance.id }).catch(() => undefined);
  });
  afterAll(async () => {
    await test[Symbol.asyncDispose]();
  });

  it.each([
    ['organizations', 'operator'],
    ['organizations/ORGANIZATION/properties', 'owner'],
    ['organizations/ORGANIZATION/api-keys', 'organization_owner'],
    ['properties/PROPERTY/members', 'owner'],
    ['organizations/ORGANIZATION/members', 'owner'],
    ['properties/PROPERTY/entrances', 'owner'],
    ['properties/PROPERTY/devices', 'owner'],
    ['properties/PROPERTY/gateways', 'owner'],
    ['properties/PROPERTY/keys', 'owner'],
    ['me/keys', 'team'],
    ['entrances/ENTRANCE/attempts', 'owner'],
  ] as const)('/v1/%s goes on after any of its things, and after nothing else', async (list, who) => {
    const { organization, property, entrance, people } = hotel;
    const path = list
      .replace('ORGANIZATION', organization.id)
      .replace('PROPERTY', property.id)
      .replace('ENTRANCE', entrance.id);
    const token = who === 'operator' ? test.portal.operatorKey.reveal() : people[who].token;
    const get = async (query: string) => await test.send('GET', `/v1/${path}?${query}`, { token });
    const { data } = await (await get('limit=200')).json();
    expect(data.length).toBeGreaterThan(0);
    for (const { id } of data) expect((await get(`cursor=${encodeCursor(id)}`)).status).toBe(200);
    for (const cursor of ['AAAA', 'x', encodeCursor('ses_00000000000000000000000000')]) {
      expect((await get(`cursor=${cursor}`)).status).toBe(400);
    }
  });

  it('come page by page: entrances, events and attempts', async () => {
    const { client } = hotel.people.owner;
    const { id: propertyId } = hotel.property;
    const { id: entranceId } = hotel.entrance;
    for (let number = 0; number < 6; number++) {
      await client.entrances.create({ propertyId, name: `Room ${number}` });
      await client.unlock({ entranceId }).catch(() => undefined);
    }
    const collect = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
      const all: Item[] = [];
      for await (const item of items) all.push(item);
      return all;
    };
    const entrances = await collect(client.entrances.listAll({ propertyId, limit: 2 }));
    expect(entrances).toEqual((await client.entrances.list({ propertyId, limit: 200 })).data);
    expect(entrances).toHaveLength(7);
    const events = await collect(client.events.listAll({ propertyId, limit: 3 }));
    expect(events.map(({ cursor }) => Number(cursor))).toEqual(events.map((_, index) => index + 1));
    const attempts = await collect(client.attempts.listAll({ entranceId, limit: 4 }));
    expect(attempts).toEqual((await client.attempts.list({ entranceId, limit: 200 })).data);
    expect(attempts).toHaveLength(7);
    expect(attempts.map(({ id }) => id)).toEqual(
      attempts
        .map(({ id }) => id)
        .toSorted()
        .toReversed(),
    );
  });
});
