import { createClient } from '@latchwork/client';
import ky from 'ky';
import * as z from 'zod/mini';

/** The three calls that both make: read one thing, read a page of twenty, make one. Each gives how many things it read. */
export interface Contender {
  readonly name: string;
  readonly calls: { readonly [Kind in CallKind]: () => Promise<number> };
}

/** What is called. */
export const callKinds = ['get', 'list', 'post'] as const;
/** One of {@link callKinds}. */
export type CallKind = (typeof callKinds)[number];

/** What both are given. */
export interface Target {
  readonly baseUrl: string;
  readonly token: string;
  readonly propertyId: string;
  readonly entranceId: string;
}

/** The client of this repository. */
export function createOurs({ baseUrl, token, propertyId, entranceId }: Target): Contender {
  const client = createClient({ baseUrl, token });
  return {
    name: '@latchwork/client',
    calls: {
      get: async () => [await client.entrances.get({ entranceId })].length,
      list: async () => (await client.entrances.list({ propertyId, limit: 20 })).data.length,
      post: async () => [await client.entrances.create({ propertyId, name: 'Room 101' })].length,
    },
  };
}

/**
 * The same calls as somebody writes them with ky and zod/mini: a bearer token, a time limit, repeats with an idempotency
 * key, and every member of a reply checked for its type.
 */
export function createByHand({ baseUrl, token, propertyId, entranceId }: Target): Contender {
  const entrance = z.object({ id: z.string(), propertyId: z.string(), name: z.string(), createdAt: z.string() });
  const page = z.object({ data: z.array(entrance), nextCursor: z.nullable(z.string()) });
  const api = ky.create({
    headers: { authorization: `Bearer ${token}` },
    timeout: 30_000,
    retry: { limit: 2, methods: ['get', 'post'] },
  });
  const listUrl = `${baseUrl}/v1/properties/${encodeURIComponent(propertyId)}/entrances`;
  const oneUrl = `${baseUrl}/v1/entrances/${encodeURIComponent(entranceId)}`;
  return {
    name: 'ky + zod/mini by hand',
    calls: {
      get: async () => [z.parse(entrance, await api.get(oneUrl).json())].length,
      list: async () => z.parse(page, await api.get(listUrl, { searchParams: { limit: 20 } }).json()).data.length,
      post: async () => {
        const headers = { 'idempotency-key': crypto.randomUUID() };
        return [z.parse(entrance, await api.post(listUrl, { headers, json: { name: 'Room 101' } }).json())].length;
      },
    },
  };
}

/** The platform's fetch with nothing around it, for scale: no limit, no repeat, no check. */
export function createFetch({ baseUrl, token, propertyId, entranceId }: Target): Contender {
  const authorization = `Bearer ${token}`;
  const ask = async (path: string, init: RequestInit = {}): Promise<unknown> =>
    (await fetch(`${baseUrl}/v1/${path}`, { ...init, headers: { authorization, ...init.headers } })).json();
  const body = JSON.stringify({ name: 'Room 101' });
  return {
    name: 'fetch, nothing checked',
    calls: {
      get: async () => [await ask(`entrances/${entranceId}`)].length,
      list: async () => {
        const page = await ask(`properties/${propertyId}/entrances?limit=20`);
        return (page as { readonly data: readonly unknown[] }).data.length;
      },
      post: async () => {
        const headers = { 'content-type': 'application/json' };
        return [await ask(`properties/${propertyId}/entrances`, { method: 'POST', headers, body })].length;
      },
    },
  };
}
