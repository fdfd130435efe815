import { createProblem, type Event } from '@latchwork/contract';
import { decidePermission } from '@latchwork/core';
import type { MemberPrincipal } from '../access/principal.js';
import type { Identifiers } from '../identifiers.js';
import type { Draft } from '../ledger.js';
import { revokeKeys } from '../people/access-endings.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';
import { forbidden, notFound } from './authorize.js';
import type { Handlers, ProblemAnswer } from './call.js';
import { guestOf } from './guest-wire.js';
import { pageOf } from './paging.js';
import { checkVersion } from './versions.js';
import { seesAllKeys } from './visibility.js';

type GuestOperation = 'createGuest' | 'listGuests' | 'getGuest' | 'updateGuest' | 'removeGuest';

/** Creates the handlers of guests (G30). */
export function createGuestHandlers(parts: {
  readonly projection: Projection;
  readonly identifiers: Identifiers;
}): Pick<Handlers, GuestOperation> {
  const { projection, identifiers } = parts;

  const tell = (
    draft: Draft,
    guest: Row<'guest'>,
    what: {
      readonly type: Extract<Event['type'], `guest.${string}`>;
      readonly caller: MemberPrincipal;
      readonly organization: Row<'organization'>;
    },
  ): void => {
    const { type, caller, organization } = what;
    const { id: guestId, propertyId } = guest;
    const fact = { propertyId, actor: caller.actor };
    draft.event({ type, occurredAt: timestampOf(draft.now), ...fact, guestId });
    // By the id alone: the audit is kept for good, and a name need not be.
    draft.audit(organization.id, { action: type, ...fact, subject: { guestId } });
  };

  /** Whoever ends a guest ends each Key of the guest, so each has to be the caller's to revoke (G31). */
  const checkRevoking = (
    { member }: MemberPrincipal,
    organization: Row<'organization'>,
    keys: readonly Row<'accessKey'>[],
  ): ProblemAnswer | undefined => {
    for (const { creatorId, propertyId } of keys) {
      const action = creatorId === member.id ? 'key.edit_own' : 'key.edit_others';
      const decision = decidePermission(projection.permissions, { memberId: member.id, action, propertyId });
      if (!decision.allow) return { problem: forbidden(decision, organization) };
    }
    return undefined;
  };

  return {
    createGuest: async ({ request: { body }, place: { organization, property }, caller, write }) =>
      await write((draft) => {
        if (organization === undefined || property === undefined) return notFound;
        const guest: Row<'guest'> = {
          id: identifiers.next('guest', draft.now),
          propertyId: property.id,
          name: body.name,
          email: body.email,
          version: 1,
          createdAt: draft.now,
          removedAt: null,
        };
        draft.insert('guest', guest);
        tell(draft, guest, { type: 'guest.created', caller, organization });
        return { status: 201, body: guestOf(guest) };
      }),

    listGuests: async ({ request: { query }, place: { property }, permission }) =>
      property === undefined
        ? notFound
        : {
            status: 200,
            body: pageOf(projection.guests.group(property.id), {
              query,
              idOf: (row) => row.id,
              isVisible: (row) => row.removedAt === null && seesAllKeys(permission),
              toWire: guestOf,
            }),
          },

    getGuest: async ({ place: { guest }, permission }) =>
      guest === undefined || !seesAllKeys(permission) ? notFound : { status: 200, body: guestOf(guest) },

    updateGuest: async ({ request: { body, headers }, place: { organization, ...place }, caller, write }) =>
      await write((draft) => {
        const guest = place.guest && projection.guests.get(place.guest.id);
        if (guest === undefined || organization === undefined) return notFound;
        if (guest.removedAt !== null) {
          return { problem: createProblem('guest-removed', { removedAt: timestampOf(guest.removedAt) }) };
        }
        const stale = checkVersion(headers, guest.version);
        if (stale !== undefined) return stale;
        const { name = guest.name, email = guest.email } = body;
        const edited: Row<'guest'> = { ...guest, name, email, version: guest.version + 1 };
        draft.update('guest', edited);
        tell(draft, edited, { type: 'guest.updated', caller, organization });
        return { status: 200, body: guestOf(edited) };
      }),

    removeGuest: async ({ place: { organization, ...place }, caller, write }) =>
      await write((draft) => {
        const guest = place.guest && projection.guests.get(place.guest.id);
        if (guest === undefined || organization === undefined) return notFound;
        if (guest.removedAt !== null) return { status: 200, body: guestOf(guest) };
        const keys = projection.accessKeys.group(guest.id).filter((key) => key.revokedAt === null);
        const withheld = checkRevoking(caller, organization, keys);
        if (withheld !== undefined) return withheld;
        revokeKeys({ projection, draft, organization, actor: caller.actor, revoked: new Set() }, keys);
        const removed: Row<'guest'> = { ...guest, version: guest.version + 1, removedAt: draft.now };
        draft.update('guest', removed);
        tell(draft, removed, { type: 'guest.removed', caller, organization });
        return { status: 200, body: guestOf(removed) };
      }),
  };
}
