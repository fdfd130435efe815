import type { AuditEntry } from '@latchwork/contract';
import type { Projection } from '../store/projection.js';
import type { Reader, Row } from '../store/store.js';
import { notFound } from './authorize.js';
import type { Handlers } from './call.js';
import { readPosition } from './paging.js';
import { organizationEventFilter } from './visibility.js';
import { eventOf } from './wire.js';

type RecordOperation = 'listOrganizationEvents' | 'listAudit';

/** Creates the handlers of what an organization's records tell: its own event feed and its audit. */
export function createRecordHandlers(parts: {
  readonly projection: Projection;
  readonly store: Reader;
}): Pick<Handlers, RecordOperation> {
  const { projection, store } = parts;

  return {
    listOrganizationEvents: async ({ request: { query }, place: { organization }, caller }) => {
      if (organization === undefined) return notFound;
      const isVisible = organizationEventFilter(projection, caller, organization);
      if (typeof isVisible !== 'function') return isVisible;
      const last = projection.lastPosition(organization.id);
      const after = query.cursor === undefined ? 0 : readPosition(query.cursor, { place: 'query', last });
      if (typeof after !== 'number') return after;
      const rows = await store.events(organization.id, { after, limit: query.limit + 1 });
      const page = rows.slice(0, query.limit);
      const end = page.at(-1);
      const nextCursor = rows.length > page.length && end !== undefined ? String(end.position) : null;
      return { status: 200, body: { data: page.filter((row) => isVisible(row.body)).map(eventOf), nextCursor } };
    },

    listAudit: async ({ request: { query }, place: { organization } }) => {
      if (organization === undefined) return notFound;
      const last = projection.auditHead(organization.id).seq;
      const after = query.cursor === undefined ? 0 : readPosition(query.cursor, { place: 'query', last });
      if (typeof after !== 'number') return after;
      const rows = await store.audit(organization.id, { after, limit: query.limit + 1 });
      const page = rows.slice(0, query.limit);
      const end = page.at(-1);
      const nextCursor = rows.length > page.length && end !== undefined ? String(end.seq) : null;
      return { status: 200, body: { data: page.map(auditEntryOf), nextCursor } };
    },
  };
}

/** An audit entry as the API shows it. The text whose hash is kept is the portal's own, so it has this form. */
function auditEntryOf({ organizationId, entry, hash }: Row<'auditEntry'>): AuditEntry {
  return { organizationId, ...(JSON.parse(entry) as Omit<AuditEntry, 'organizationId' | 'hash'>), hash };
}
