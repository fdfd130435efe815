import { readPreferredWait } from '@latchwork/contract';
import { decidePermission } from '@latchwork/core';
import type { MemberPrincipal } from '../access/principal.js';
import type { Projection } from '../store/projection.js';
import type { Reader, Row } from '../store/store.js';
import type { UnlockDesk } from '../unlock/unlock-desk.js';
import { standingOf } from '../unlock/unlock-state.js';
import { answerOfAttempt } from './attempt-answer.js';
import { notFound } from './authorize.js';
import type { Handlers } from './call.js';
import { checkConditions } from './conditions.js';
import { decodeCursor, encodeCursor, readPosition } from './paging.js';
import { attemptFilter, eventFilter, seesProperty } from './visibility.js';
import { attemptOf, eventOf } from './wire.js';

type AccessOperation = 'unlockEntrance' | 'getAttempt' | 'listEntranceAttempts' | 'listEvents';

const traceparentForm = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Creates the handlers of unlocks, attempts and events. */
export function createAccessHandlers(parts: {
  readonly projection: Projection;
  readonly store: Reader;
  readonly desk: UnlockDesk;
}): Pick<Handlers, AccessOperation> {
  const { projection, store, desk } = parts;

  const seesAttempt = (caller: MemberPrincipal, attempt: Row<'attempt'>): boolean => {
    const { propertyId } = attempt;
    if (!seesProperty(projection, caller, propertyId)) return false;
    if (attempt.holderId === caller.member.id) return true;
    const memberId = caller.member.id;
    const decision = decidePermission(projection.permissions, { memberId, action: 'audit.view', propertyId });
    if (!decision.allow || !attemptFilter(decision, memberId)(attempt)) return false;
    const property = projection.properties.get(propertyId);
    const place = property === undefined ? {} : { property };
    return checkConditions({ projection, permission: decision, place, body: undefined }) === undefined;
  };

  return {
    unlockEntrance: async ({ request: { body, headers }, place, caller, now, signal, keepAttempt }) => {
      const { entrance, property } = place;
      if (entrance === undefined || property === undefined) return notFound;
      // To whom a property is invisible, its doors are too (G10).
      if (standingOf(projection, caller.member.id, property.id) === null) return notFound;
      const { traceparent } = headers;
      const attempt = await desk.request({
        holderId: caller.member.id,
        entranceId: entrance.id,
        channel: caller.channel,
        app: caller.appGrant?.appId ?? null,
        actor: caller.actor,
        requestedAt: now,
        deadlineMs: Math.floor(body.deadlineMs - (headers['latchwork-elapsed-ms'] ?? 0)),
        traceparent: traceparent !== undefined && traceparentForm.test(traceparent) ? traceparent : undefined,
        alongside: keepAttempt,
      });
      const waitMs = readPreferredWait(headers.prefer) * 1000;
      return answerOfAttempt(attempt.endedAt === null ? await desk.waitForEnd(attempt, { waitMs, signal }) : attempt);
    },

    getAttempt: async ({ request: { params, headers }, caller, signal }) => {
      const found = projection.openAttempts.get(params.attemptId) ?? (await store.attempt(params.attemptId));
      if (found === undefined || !seesAttempt(caller, found)) return notFound;
      const waitMs = readPreferredWait(headers.prefer) * 1000;
      const attempt = found.endedAt === null ? await desk.waitForEnd(found, { waitMs, signal }) : found;
      return { status: 200, body: attemptOf(attempt) };
    },

    listEntranceAttempts: async ({ request: { query }, place: { entrance }, caller, permission }) => {
      if (entrance === undefined) return notFound;
      const isVisible = attemptFilter(permission, caller.member.id);
      const after = query.cursor === undefined ? undefined : (decodeCursor(query.cursor) as Row<'attempt'>['id']);
      const rows = await store.attemptsOf(entrance.id, { after, limit: query.limit + 1 });
      const page = rows.slice(0, query.limit);
      const last = page.at(-1);
      const nextCursor = rows.length > page.length && last !== undefined ? encodeCursor(last.id) : null;
      return { status: 200, body: { data: page.filter(isVisible).map(attemptOf), nextCursor } };
    },

    listEvents: async ({ request: { query }, place: { property }, caller, permission }) => {
      if (property === undefined) return notFound;
      const last = projection.lastPosition(property.id);
      const after = query.cursor === undefined ? 0 : readPosition(query.cursor, { place: 'query', last });
      if (typeof after !== 'number') return after;
      const isVisible = eventFilter(permission, caller.member.id);
      const rows = await store.events(property.id, { after, limit: query.limit + 1 });
      const page = rows.slice(0, query.limit);
      const end = page.at(-1);
      const nextCursor = rows.length > page.length && end !== undefined ? String(end.position) : null;
      return { status: 200, body: { data: page.filter((row) => isVisible(row.body)).map(eventOf), nextCursor } };
    },
  };
}
