import { type OperationId, type Route, routes } from '@latchwork/contract';
import { describe, expect, it } from 'vitest';
import { createRouteFinder } from './route-finder.js';

const table = (Object.entries(routes) as [OperationId, Route][]).map(([operation, route]) => ({ operation, route }));
const find = createRouteFinder(table);

describe('finding routes', () => {
  it.each(table)('$route.method $route.path is $operation', ({ operation, route }) => {
    const names = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '');
    const path = route.path.replace(/:(\w+)/g, (_, name: string) => `a%20${name}%2F`);
    expect(find(route.method, path)).toEqual({
      mounted: { operation, route },
      params: Object.fromEntries(names.map((name) => [name, `a ${name}/`])),
    });
  });

  it('a segment that a path names goes before a parameter', () => {
    expect(find('DELETE', '/v1/sessions/current')).toMatchObject({ mounted: { operation: 'deleteCurrentSession' } });
    expect(find('DELETE', '/v1/sessions/others')).toMatchObject({
      mounted: { operation: 'endSession' },
      params: { sessionId: 'others' },
    });
  });

  it.each([
    '/v1',
    '/v1/',
    '/',
    '',
    '/v1/me/',
    '/v1//me',
    '/v1/entrances/',
    '/v1/entrances//unlock',
    '/v2/me',
    '/v1/toString',
  ])('%j leads nowhere', (path) => {
    expect(find('GET', path)).toBeUndefined();
  });

  it('says which methods a path takes', () => {
    expect(find('PUT', '/v1/properties/p/entrances')).toEqual({ allow: 'POST, GET' });
    expect(find('constructor', '/v1/me')).toEqual({ allow: 'GET' });
  });

  it('HEAD is served by what serves GET', () => {
    expect(find('HEAD', '/v1/me')).toMatchObject({ mounted: { operation: 'getMe' } });
    expect(find('HEAD', '/v1/sessions')).toEqual({ allow: 'POST' });
  });

  it('percent signs that mean nothing stay', () => {
    expect(find('GET', '/v1/entrances/%zz')).toMatchObject({ params: { entranceId: '%zz' } });
  });
});
