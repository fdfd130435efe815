import * as z from 'zod/mini';
import { attemptId, entranceId, keyId, propertyId } from '../identifiers.js';
import { keyEditInput, keyInput, unlockInput } from '../inputs/access.js';
import { editHeaders, idempotencyHeaders, streamHeaders, unlockHeaders, waitHeaders } from '../inputs/headers.js';
import { cursor, pageQuery } from '../inputs/values.js';
import { operations } from '../operations.js';
import { route } from '../route.js';

const inProperty = z.strictObject({ propertyId });
const ofKey = z.strictObject({ keyId });
const ofEntrance = z.strictObject({ entranceId });

/** Gives a person a Key: entrances of this property, a period, and perhaps a schedule. */
export const createKey = route(operations.createKey, {
  summary: 'Give a person a Key',
  params: inProperty,
  headers: idempotencyHeaders,
  body: keyInput,
  statuses: [201],
  problems: [],
  auth: 'session-or-api-key',
  action: 'key.create_for_others',
});

/** Lists the Keys of a property, revoked ones too; a caller who may see only her own gets those. */
export const listKeys = route(operations.listKeys, {
  summary: 'List the Keys of a property',
  params: inProperty,
  query: pageQuery,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'key.view',
});

/** Reads a Key. */
export const getKey = route(operations.getKey, {
  summary: 'Read a Key',
  params: ofKey,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'key.view',
});

/**
 * Changes the doors, the period or the hours of a Key. The Key that comes of it has to be one that the caller could also
 * give (★10); a revoked one is not edited. The next unlock is decided by the new Key, one that waits at a gateway too.
 */
export const updateKey = route(operations.updateKey, {
  summary: 'Change the doors, the period or the hours of a Key',
  params: ofKey,
  headers: editHeaders,
  body: keyEditInput,
  statuses: [200],
  problems: ['key-revoked', 'door-code-in-use'],
  auth: 'session-or-api-key',
  action: 'key.edit_others',
});

/** Revokes a Key at once and for good; repeating it changes nothing and answers the same. */
export const revokeKey = route(operations.revokeKey, {
  summary: 'Revoke a Key',
  params: ofKey,
  headers: idempotencyHeaders,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'key.edit_others',
});

/**
 * Unlocks an entrance with the caller's own Key. 202 with the attempt as it is now, or, with `Prefer: wait=N`, 200 with
 * the attempt as it ended within N seconds. A repeat with the same idempotency key answers with the same attempt as it is
 * by then. A refusal by decision is the problem `unlock-refused`, never an attempt.
 */
export const unlockEntrance = route(operations.unlockEntrance, {
  summary: 'Unlock an entrance',
  params: ofEntrance,
  headers: unlockHeaders,
  body: unlockInput,
  statuses: [202, 200],
  problems: ['unlock-refused', 'not-found', 'gateway-offline', 'deadline-passed'],
  auth: 'session-or-api-key',
  action: null,
});

/**
 * Reads an attempt: the holder her own, others with `audit.view` on the property. With `Prefer: wait=N` the reply is
 * held back until the attempt ends, N seconds at most.
 */
export const getAttempt = route(operations.getAttempt, {
  summary: 'Read an action attempt',
  params: z.strictObject({ attemptId }),
  headers: waitHeaders,
  statuses: [200],
  problems: ['not-found'],
  auth: 'session-or-api-key',
  action: null,
});

/** Lists the attempts on an entrance, newest first, denied ones too (P-17). */
export const listEntranceAttempts = route(operations.listEntranceAttempts, {
  summary: 'List the action attempts on an entrance, newest first',
  params: ofEntrance,
  query: pageQuery,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'audit.view',
});

/** Reads the event feed of a property, oldest first; with no `nextCursor` go on later from the last event's `cursor`. */
export const listEvents = route(operations.listEvents, {
  summary: 'Read the event feed of a property, oldest first',
  params: inProperty,
  query: pageQuery,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'audit.view',
});

/**
 * Follows the event feed live, as server-sent events: `id:` is the event's cursor, `data:` its JSON. Goes on after
 * `Last-Event-ID` or `cursor`, from now when neither is given. The first block is an `id:` without data that names the
 * place the stream starts at, so that a cut before the first event loses nothing; then events, and a comment line at
 * least every 15 seconds.
 */
export const streamEvents = route(operations.streamEvents, {
  summary: 'Follow the event feed of a property live',
  params: inProperty,
  query: z.strictObject({ cursor: z.optional(cursor) }),
  headers: streamHeaders,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'audit.view',
});
