import { createProblem, type OperationId } from '@latchwork/contract';
import { type IdKind, isId } from '@latchwork/core';
import type { ProblemAnswer } from './call.js';

/** The checked query of a list. */
export interface PageQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** One page as the API shows it. */
export interface WirePage<Item> {
  readonly data: Item[];
  readonly nextCursor: string | null;
}

/** Cuts a page out of rows sorted by id; the cursor is the id after which the next page begins. */
export function pageOf<Item, Wire>(
  rows: readonly Item[],
  list: {
    readonly query: PageQuery;
    readonly idOf: (row: Item) => string;
    readonly isVisible?: (row: Item) => boolean;
    readonly toWire: (row: Item) => Wire;
  },
): WirePage<Wire> {
  const { query, idOf, isVisible = () => true, toWire } = list;
  const after = query.cursor === undefined ? '' : decodeCursor(query.cursor);
  const data: Wire[] = [];
  let last = '';
  for (let at = firstAfter(rows, idOf, after); at < rows.length; at++) {
    const row = rows[at];
    if (row === undefined || !isVisible(row)) continue;
    if (data.length === query.limit) return { data, nextCursor: encodeCursor(last) };
    data.push(toWire(row));
    last = idOf(row);
  }
  return { data, nextCursor: null };
}

/** Where in rows sorted by id the first one after the given id is. */
function firstAfter<Item>(rows: readonly Item[], idOf: (row: Item) => string, after: string): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle];
    if (row !== undefined && idOf(row) <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Writes a place in a list as opaque text. */
export function encodeCursor(text: string): string {
  return Buffer.from(text).toString('base64url');
}

/** Reads {@link encodeCursor}. Whether it is a place of the list asked for, {@link checkCursor} tells before. */
export function decodeCursor(cursor: string): string {
  return Buffer.from(cursor, 'base64url').toString();
}

/** The operations that answer with a list cut by ids; feeds, rows of a review and receipts are cut by their positions. */
type IdListOperation = Exclude<
  Extract<OperationId, `list${string}`>,
  | 'listEvents'
  | 'listOrganizationEvents'
  | 'listAudit'
  | 'listDeviceLog'
  | 'listDirectoryReviewRows'
  | 'listSyncReceipts'
>;

const cursorKinds: Readonly<Record<IdListOperation, IdKind>> = {
  listOrganizations: 'organization',
  listProperties: 'property',
  listMembers: 'member',
  listOrganizationMembers: 'member',
  listInvitations: 'invitation',
  listAccessReview: 'member',
  listPropertyAccessReview: 'member',
  listApiKeys: 'apiKey',
  listApps: 'app',
  listIntegratedApps: 'app',
  listMyAppGrants: 'appGrant',
  listWebhookEndpoints: 'webhookEndpoint',
  listWebhookDeliveries: 'webhookDelivery',
  listUsers: 'member',
  listColleagues: 'member',
  listDesks: 'desk',
  listReservations: 'reservation',
  listMySessions: 'session',
  listEntrances: 'entrance',
  listDevices: 'device',
  listGateways: 'gateway',
  listGuests: 'guest',
  listKeys: 'key',
  listKeyCards: 'keyCard',
  listCredentials: 'credential',
  listRevocations: 'revocation',
  listAlarms: 'alarm',
  listDoorVisits: 'device',
  listMyKeys: 'key',
  listEntranceAttempts: 'attempt',
  listDirectoryIntegrations: 'integration',
  listSyncRuns: 'syncRun',
};

/** The problem of a cursor that is no id of the kind that the operation lists; operations without such a cursor have none. */
export function checkCursor(operation: OperationId, query: unknown): ProblemAnswer | undefined {
  const cursor = (query as { readonly cursor?: string } | undefined)?.cursor;
  if (cursor === undefined || !Object.hasOwn(cursorKinds, operation)) return undefined;
  const kind = cursorKinds[operation as IdListOperation];
  return isId(kind, decodeCursor(cursor)) ? undefined : noCursor('query', 'This is no cursor of this list.');
}

/** Reads a cursor of the event feed: a position from 0, or the problem when it is none. */
export function readPosition(
  cursor: string,
  o: { readonly place: CursorPlace; readonly last: number },
): number | ProblemAnswer {
  const position = /^\d{1,15}$/.test(cursor) ? Number(cursor) : -1;
  if (position < 0) return noCursor(o.place, 'This is no cursor of the event feed.');
  // Another feed's, or this one's before its data was made anew: going on from there would skip events in silence.
  return position <= o.last ? position : noCursor(o.place, 'This cursor is ahead of the event feed.');
}

/** Reads a cursor of a list that is cut by positions: where it goes on, from 0, or the problem when it is none. */
export function readOffset(cursor: string | undefined): number | ProblemAnswer {
  if (cursor === undefined) return 0;
  const offset = decodeCursor(cursor);
  return /^\d{1,9}$/.test(offset) ? Number(offset) : noCursor('query', 'This is no cursor of this list.');
}

/** Where a request names a position of a feed. */
type CursorPlace = 'query' | 'header' | 'body';

const cursorPointers = { query: '/cursor', header: '/last-event-id', body: '/since' } as const satisfies Record<
  CursorPlace,
  string
>;

/** The problem of a cursor that is none of the list. */
export function noCursor(place: CursorPlace, message: string): ProblemAnswer {
  const pointer = cursorPointers[place];
  return {
    problem: createProblem('invalid-request', { issues: [{ in: place, pointer, code: 'malformed', message }] }),
  };
}
