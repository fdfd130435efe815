import * as z from 'zod/mini';
import { guestId, propertyId } from '../identifiers.js';
import { guestEditInput, guestInput } from '../inputs/guests.js';
import { editHeaders, idempotencyHeaders } from '../inputs/headers.js';
import { pageQuery } from '../inputs/values.js';
import { operations } from '../operations.js';
import { route } from '../route.js';

const inProperty = z.strictObject({ propertyId });
const ofGuest = z.strictObject({ guestId });

/** Adds a guest to a property, so that a Key can be given to one (G30). */
export const createGuest = route(operations.createGuest, {
  summary: 'Add a guest to a property',
  params: inProperty,
  headers: idempotencyHeaders,
  body: guestInput,
  statuses: [201],
  problems: [],
  auth: 'session-or-api-key',
  action: 'key.create_for_others',
});

/** Lists the guests of a property who are not removed; whoever may see only Keys of their own sees none. */
export const listGuests = route(operations.listGuests, {
  summary: 'List the guests of a property',
  params: inProperty,
  query: pageQuery,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'key.view',
});

/** Reads a guest, a removed one too. */
export const getGuest = route(operations.getGuest, {
  summary: 'Read a guest',
  params: ofGuest,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'key.view',
});

/** Changes the name or the address of a guest. */
export const updateGuest = route(operations.updateGuest, {
  summary: 'Change the name or the address of a guest',
  params: ofGuest,
  headers: editHeaders,
  body: guestEditInput,
  statuses: [200],
  problems: ['guest-removed'],
  auth: 'session-or-api-key',
  action: 'key.create_for_others',
});

/**
 * Removes a guest and revokes every Key the guest holds, at once and for good: all or nothing, so the caller has to be one
 * who may revoke each of them (G31). Repeating it changes nothing and answers the same.
 */
export const removeGuest = route(operations.removeGuest, {
  summary: 'Remove a guest with every Key the guest holds',
  params: ofGuest,
  headers: idempotencyHeaders,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'key.create_for_others',
});
