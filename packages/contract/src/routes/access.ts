import * as z from 'zod/mini';
import { attemptId, entranceId, keyId, propertyId } from '../identifiers.js';
import { idempotencyHeaders, streamHeaders, unlockHeaders, waitHeaders } from '../request-headers.js';
import { actionAttempt, unlockInput } from '../resources/action-attempt.js';
import { event } from '../resources/event.js';
import { key, keyInput } from '../resources/key.js';
import { route } from '../route.js';
import { cursor, page, pageQuery } from '../wire-values.js';

const inProperty = z.strictObject({ propertyId });
const ofKey = z.strictObject({ keyId });
const ofEntrance = z.strictObject({ entranceId });

/** Gives a person a Key: entrances of this property, a period, and perhaps a schedule. */
export const createKey = route({
  method: 'POST',
  path: '/v1/properties/:propertyId/keys',
  summary: 'Give a person a Key',
  params: inProperty,
  headers: idempotencyHeaders,
  body: keyInput,
  reply: key,
  media: 'json',
  statuses: [201],
  problems: [],
  auth: 'session-or-api-key',
  action: 'key.create_for_others',
  idempotency: 'optional',
});

/** Lists the Keys of a property, revoked ones too; a caller who may see only her own gets those. */
export const listKeys = route({
  method: 'GET',
  path: '/v1/properties/:propertyId/keys',
  summary: 'List the Keys of a property',
  params: inProperty,
  query: pageQuery,
  reply: page(key),
  media: 'json',
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'key.view',
  idempotency: 'none',
});

/** Reads a Key. */
export const getKey = route({
  method: 'GET',
  path: '/v1/keys/:keyId',
  summary: 'Read a Key',
  params: ofKey,
  reply: key,
  media: 'json',
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'key.view',
  idempotency: 'none',
});

/** Revokes a Key at once and for good; repeating it changes nothing and answers the same. */
export const revokeKey = route({
  method: 'POST',
  path: '/v1/keys/:keyId/revoke',
  summary: 'Revoke a Key',
  params: ofKey,
  headers: idempotencyHeaders,
  reply: key,
  media: 'json',
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'key.edit_others',
  idempotency: 'optional',
});

/**
 * Unlocks an entrance with the caller's own Key. 202 with the attempt as it is now, or, with `Prefer: wait=N`, 200 with
 * the attempt as it ended within N seconds. A repeat with the same idempotency key answers with the same attempt as it is
 * by then. A refusal by decision is the problem `unlock-refused`, never an attempt.
 */
export const unlockEntrance = route({
  method: 'POST',
  path: '/v1/entrances/:entranceId/unlock',
  summary: 'Unlock an entrance',
  params: ofEntrance,
  headers: unlockHeaders,
  body: unlockInput,
  reply: actionAttempt,
  media: 'json',
  statuses: [202, 200],
  problems: ['unlock-refused', 'not-found', 'gateway-offline', 'deadline-passed'],
  auth: 'session-or-api-key',
  action: null,
  idempotency: 'required',
});

/**
 * Reads an attempt: the holder her own, others with `audit.view` on the property. With `Prefer: wait=N` the reply is
 * held back until the attempt ends, N seconds at most.
 */
export const getAttempt = route({
  method: 'GET',
  path: '/v1/attempts/:attemptId',
  summary: 'Read an action attempt',
  params: z.strictObject({ attemptId }),
  headers: waitHeaders,
  reply: actionAttempt,
  media: 'json',
  statuses: [200],
  problems: ['not-found'],
  auth: 'session-or-api-key',
  action: null,
  idempotency: 'none',
});

/** Lists the attempts on an entrance, newest first, denied ones too (P-17). */
export const listEntranceAttempts = route({
  method: 'GET',
  path: '/v1/entrances/:entranceId/attempts',
  summary: 'List the action attempts on an entrance, newest first',
  params: ofEntrance,
  query: pageQuery,
  reply: page(actionAttempt),
  media: 'json',
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'audit.view',
  idempotency: 'none',
});

/** Reads the event feed of a property, oldest first; with no `nextCursor` go on later from the last event's `cursor`. */
export const listEvents = route({
  method: 'GET',
  path: '/v1/properties/:propertyId/events',
  summary: 'Read the event feed of a property, oldest first',
  params: inProperty,
  query: pageQuery,
  reply: page(event),
  media: 'json',
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'audit.view',
  idempotency: 'none',
});

/**
 * Follows the event feed live, as server-sent events: `id:` is the event's cursor, `data:` its JSON. Goes on after
 * `Last-Event-ID` or `cursor`, from now when neither is given. The first block is an `id:` without data that names the
 * place the stream starts at, so that a cut before the first event loses nothing; then events, and a comment line at
 * least every 15 seconds.
 */
export const streamEvents = route({
  method: 'GET',
  path: '/v1/properties/:propertyId/events/stream',
  summary: 'Follow the event feed of a property live',
  params: inProperty,
  query: z.strictObject({ cursor: z.optional(cursor) }),
  headers: streamHeaders,
  reply: event,
  media: 'event-stream',
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'audit.view',
  idempotency: 'none',
});
