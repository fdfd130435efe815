import { type ApiRequest, type ApiResponse, headerOf } from '../http/api-exchange.js';
import { mostResults } from './scim-discovery.js';
import { badRequest, ScimError } from './scim-error.js';
import { parseFilter, type ScimFilter } from './scim-filter.js';
import { isList, type ScimObject, type ScimValue } from './scim-value.js';
import { errorBody, listResponse } from './scim-wire.js';

/** The most bytes of a body: room for some ten thousand members of a group. */
const largestBodyBytes = 1_048_576;
const mediaType = 'application/scim+json';

/** An answer with a resource, a list, or nothing. */
export function scimResponse(
  status: number,
  body: ScimObject | undefined,
  headers: Readonly<Record<string, string>> = {},
): ApiResponse {
  if (body === undefined) return { status, headers: { ...headers }, body: undefined };
  return {
    status,
    headers: { 'content-type': `${mediaType}; charset=utf-8`, ...headers },
    body: JSON.stringify(body, orNothing),
  };
}

/** Nothing is left out rather than told by a null, which Entra takes amiss. */
function orNothing(_: string, value: ScimValue): ScimValue | undefined {
  if (value === null) return undefined;
  return isList(value) ? value.filter((one) => one !== null) : value;
}

/** A refusal as an answer. */
export function errorResponse(
  error: Parameters<typeof errorBody>[0],
  headers?: Readonly<Record<string, string>>,
): ApiResponse {
  return scimResponse(error.status, errorBody(error), headers);
}

/**
 * Reads a body of JSON, under either of the names that directories give it.
 *
 * @throws ScimError
 */
export async function readScimBody(request: ApiRequest): Promise<unknown> {
  const tooLarge = new ScimError({ status: 413, detail: `A body has at most ${largestBodyBytes} bytes.` });
  if (Number(headerOf(request.headers, 'content-length') ?? 0) > largestBodyBytes) throw tooLarge;
  const type = headerOf(request.headers, 'content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== mediaType && type !== 'application/json') {
    throw new ScimError({ status: 415, detail: `Bodies are ${mediaType} or application/json.` });
  }
  const text = await request.readText(largestBodyBytes);
  if (text === undefined) throw tooLarge;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw badRequest('invalidSyntax', 'The body is not valid JSON.');
  }
}

/**
 * Answers with the part of a list that is asked for. How rows are shown is looked at before they are looked for.
 *
 * @throws ScimError
 */
export function listAnswer<Pushed>(
  request: ApiRequest,
  of: {
    readonly shown: () => (row: Pushed) => ScimObject;
    readonly find: (filter: ScimFilter | undefined) => readonly Pushed[];
  },
): ApiResponse {
  const query = queryOf(request.target);
  const { startIndex, count } = parsePage(query, mostResults);
  const filter = query.get('filter');
  const show = of.shown();
  const rows = of.find(filter === null ? undefined : parseFilter(filter));
  const resources = rows.slice(startIndex - 1, startIndex - 1 + count).map(show);
  return scimResponse(200, listResponse(resources, { total: rows.length, startIndex }));
}

/** The parameters of a query; of one that comes twice the first counts, and unknown ones, as Entra's flags are, do nothing. */
export function queryOf(target: string): URLSearchParams {
  const at = target.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : target.slice(at + 1));
}

/** Which part of a list is wanted (RFC 7644, 3.4.2.4). */
export interface WantedPage {
  readonly startIndex: number;
  readonly count: number;
}

/**
 * Reads `startIndex` and `count`.
 *
 * @throws ScimError `invalidValue`
 */
export function parsePage(query: URLSearchParams, mostResults: number): WantedPage {
  const startIndex = Math.max(1, numberOf(query.get('startIndex')) ?? 1);
  const count = Math.min(mostResults, Math.max(0, numberOf(query.get('count')) ?? mostResults));
  return { startIndex, count };
}

function numberOf(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  if (!/^-?\d{1,9}$/.test(text)) throw badRequest('invalidValue', 'startIndex and count are whole numbers.');
  return Number(text);
}

/**
 * Refuses what was to change another version than there is.
 *
 * @throws ScimError
 */
export function checkTag(ifMatch: string | undefined, tag: string): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  const isNamed = ifMatch.split(',').some((one) => one.trim().replace(/^W\//, '') === tag.replace(/^W\//, ''));
  if (!isNamed) throw new ScimError({ status: 412, detail: 'The resource has changed since.' });
}
