import { readPreferredWait } from '@latchwork/contract';
import { decidePermission, type Instant, toInstant } from '@latchwork/core';
import type { MemberPrincipal } from '../access/principal.js';
import type { Identifiers } from '../identifiers.js';
import type { Projection } from '../store/projection.js';
import type { Reader, Row } from '../store/store.js';
import type { UnlockDesk } from '../unlock/unlock-desk.js';
import { standingOf } from '../unlock/unlock-state.js';
import { timestampOf } from '../wire-time.js';
import { answerOfAttempt } from './attempt-answer.js';
import { notFound } from './authorize.js';
import type { Handlers } from './call.js';
import { checkConditions } from './conditions.js';
import { decodeCursor, encodeCursor, pageOf, readPosition } from './paging.js';
import { invalidField } from './problem-answer.js';
import { attemptFilter, eventFilter, seesKey, seesProperty } from './visibility.js';
import { attemptOf, eventOf, keyOf } from './wire.js';

type AccessOperation =
  | 'createKey'
  | 'listKeys'
  | 'getKey'
  | 'revokeKey'
  | 'unlockEntrance'
  | 'getAttempt'
  | 'listEntranceAttempts'
  | 'listEvents';

const traceparentForm = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Creates the handlers of Keys, unlocks, attempts and events. */
export function createAccessHandlers(parts: {
  readonly projection: Projection;
  readonly store: Reader;
  readonly identifiers: Identifiers;
  readonly desk: UnlockDesk;
}): Pick<Handlers, AccessOperation> {
  const { projection, store, identifiers, desk } = parts;

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
    createKey: async ({ request: { body }, place: { property }, caller, write }) =>
      await write((draft) => {
        if (property === undefined) return notFound;
        const holder = projection.members.get(body.holderId);
        if (
          holder === undefined ||
          holder.state === 'removed' ||
          standingOf(projection, holder.id, property.id) === null
        ) {
          return invalidField('/holderId', 'There is no such member on this property.');
        }
        for (const [index, id] of body.entranceIds.entries()) {
          if (projection.entrances.get(id)?.propertyId !== property.id) {
            return invalidField(`/entranceIds/${index}`, 'There is no such entrance on this property.');
          }
        }
        const key: Row<'accessKey'> = {
          id: identifiers.next('key', draft.now),
          propertyId: property.id,
          holderId: holder.id,
          creatorId: caller.member.id,
          entranceIds: [...new Set(body.entranceIds)],
          startsAt: instantOf(body.startsAt),
          endsAt: body.endsAt === null ? null : instantOf(body.endsAt),
          schedule: body.schedule ?? null,
          revokedAt: null,
          createdAt: draft.now,
        };
        draft.insert('accessKey', key);
        const { id: keyId, holderId } = key;
        const entranceIds = [...key.entranceIds];
        const fact = { propertyId: property.id, actor: caller.actor };
        draft.event({ type: 'key.created', occurredAt: timestampOf(draft.now), ...fact, keyId, holderId, entranceIds });
        const subject = { keyId, holderId, entranceIds };
        draft.audit(property.organizationId, { action: 'key.created', ...fact, subject });
        return { status: 201, body: keyOf(key) };
      }),

    listKeys: async ({ request: { query }, place: { property }, caller, permission }) =>
      property === undefined
        ? notFound
        : {
            status: 200,
            body: pageOf(projection.accessKeys.group(property.id), {
              query,
              idOf: (row) => row.id,
              isVisible: (row) => seesKey(permission, caller.member.id, row),
              toWire: keyOf,
            }),
          },

    getKey: async ({ place: { accessKey }, caller, permission }) =>
      accessKey === undefined || !seesKey(permission, caller.member.id, accessKey)
        ? notFound
        : { status: 200, body: keyOf(accessKey) },

    revokeKey: async ({ place, caller, write }) =>
      await write((draft) => {
        const { property } = place;
        const key = place.accessKey && projection.accessKeys.get(place.accessKey.id);
        if (key === undefined || property === undefined) return notFound;
        if (key.revokedAt !== null) return { status: 200, body: keyOf(key) };
        const revoked = { ...key, revokedAt: draft.now };
        const { id: keyId, holderId } = key;
        draft.update('accessKey', revoked);
        const fact = { propertyId: property.id, actor: caller.actor };
        draft.event({ type: 'key.revoked', occurredAt: timestampOf(draft.now), ...fact, keyId, holderId });
        draft.audit(property.organizationId, { action: 'key.revoked', ...fact, subject: { keyId, holderId } });
        return { status: 200, body: keyOf(revoked) };
      }),

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

function instantOf(text: string): Instant {
  return toInstant(Date.parse(text));
}
