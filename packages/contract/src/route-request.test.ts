import { describe, expect, it } from 'vitest';
import { readPreferredWait } from './inputs/headers.js';
import { parseRouteRequest, type RawRequest } from './route-request.js';
import { routes } from './routes.js';

const raw = (parts: Partial<RawRequest>): RawRequest => ({
  params: {},
  query: {},
  headers: {},
  body: undefined,
  ...parts,
});
const propertyId = 'prop_01jd0000000000000000000000';

describe('parseRouteRequest', () => {
  it('gives every part checked, with defaults filled in and strings of the query as numbers', () => {
    expect(parseRouteRequest(routes.listKeys, raw({ params: { propertyId }, query: { limit: '7' } }))).toStrictEqual({
      success: true,
      request: { params: { propertyId }, query: { limit: 7 } },
    });
    expect(parseRouteRequest(routes.listKeys, raw({ params: { propertyId } }))).toMatchObject({
      request: { query: { limit: 50 } },
    });
  });

  it('takes an absent body for an empty one', () => {
    const result = parseRouteRequest(
      routes.unlockEntrance,
      raw({ params: { entranceId: 'ent_01jd0000000000000000000000' }, headers: { 'idempotency-key': 'k', host: 'x' } }),
    );
    expect(result).toMatchObject({ success: true, request: { body: { deadlineMs: 10_000 } } });
  });

  it('names every fault of every part, unknown fields by name', () => {
    const result = parseRouteRequest(
      routes.inviteToProperty,
      raw({
        params: { propertyId: 'prop_1' },
        headers: { 'idempotency-key': '' },
        body: { role: 'chief', dryRun: 'yes', 'org/owner': true },
      }),
    );
    expect(
      result.success ? [] : result.issues.map(({ in: place, pointer, code }) => `${place} ${pointer} ${code}`),
    ).toStrictEqual([
      'path /propertyId malformed',
      'header /idempotency-key malformed',
      'body /emails missing',
      'body /role not-allowed',
      'body /dryRun wrong-type',
      'body /org~1owner unknown-field',
    ]);
  });

  it('refuses a query parameter that came twice and a body that is no object', () => {
    for (const parts of [{ query: { limit: ['1', '2'] } }, { query: { limit: '1.5' } }, { query: { limit: '0' } }]) {
      expect(parseRouteRequest(routes.listOrganizations, raw(parts)).success).toBe(false);
    }
    for (const body of [[], 'x', 7, null]) {
      expect(parseRouteRequest(routes.createOrganization, raw({ body })).success).toBe(false);
      // Where every field may be left out, too: to leave takes a body that says so, or none.
      expect(parseRouteRequest(routes.leave, raw({ body })).success).toBe(false);
    }
  });
});

describe('readPreferredWait', () => {
  it.each([
    [undefined, 0],
    ['wait=10', 10],
    ['respond-async, wait=5', 5],
    ['wait="7"; foo=bar', 7],
    ['WAIT = 3', 3],
    ['wait=99', 30],
    ['wait=-1', 0],
    ['wait=soon', 0],
    ['await=9', 0],
  ])('%j is %i seconds', (prefer, seconds) => {
    expect(readPreferredWait(prefer)).toBe(seconds);
  });
});
