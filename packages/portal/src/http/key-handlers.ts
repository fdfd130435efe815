import { createProblem } from '@latchwork/contract';
import { decidePermission, type EntranceId, type Instant, isId, type KeyHolderId } from '@latchwork/core';
import type { MemberPrincipal } from '../access/principal.js';
import type { Sealer } from '../access/sealer.js';
import { endOrphanCodes, takeBackAll } from '../credentials/credential-record.js';
import { areOwnDigits } from '../credentials/door-code-digits.js';
import type { Identifiers } from '../identifiers.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { standingOf } from '../unlock/unlock-state.js';
import { instantOf, timestampOf } from '../wire-time.js';
import { forbidden, notFound } from './authorize.js';
import type { Handlers, ProblemAnswer } from './call.js';
import { checkConditions } from './conditions.js';
import { pageOf } from './paging.js';
import { invalidField } from './problem-answer.js';
import { checkVersion } from './versions.js';
import { seesKey } from './visibility.js';
import { keyOf } from './wire.js';

type KeyOperation = 'createKey' | 'listKeys' | 'getKey' | 'updateKey' | 'revokeKey';

/** Creates the handlers of Keys. */
export function createKeyHandlers(parts: {
  readonly projection: Projection;
  readonly identifiers: Identifiers;
  readonly sealer: Sealer;
}): Pick<Handlers, KeyOperation> {
  const { projection, identifiers } = parts;

  /** The problem of a list that names a door of another property, or of none. */
  const strayEntrance = (propertyId: Row<'property'>['id'], ids: readonly EntranceId[]): ProblemAnswer | undefined => {
    const index = ids.findIndex((id) => projection.entrances.get(id)?.propertyId !== propertyId);
    return index === -1
      ? undefined
      : invalidField(`/entranceIds/${index}`, 'There is no such entrance on this property.');
  };

  /** Whether there is somebody of that id who could be given a Key now. */
  const isOnProperty = (propertyId: Row<'property'>['id'], holderId: KeyHolderId): boolean => {
    if (isId('guest', holderId)) {
      const guest = projection.guests.get(holderId);
      return guest?.propertyId === propertyId && guest.removedAt === null;
    }
    if (!isId('member', holderId)) return false;
    const member = projection.members.get(holderId);
    return member !== undefined && member.state !== 'removed' && standingOf(projection, member.id, propertyId) !== null;
  };

  /** Whoever may not give a Key may not make one of what was a lesser Key either (★10). */
  const checkGiving = (
    { member }: MemberPrincipal,
    property: Row<'property'>,
    key: Row<'accessKey'>,
  ): ProblemAnswer | undefined => {
    const action = key.holderId === member.id ? 'key.create_for_self' : 'key.create_for_others';
    const query = { memberId: member.id, action, propertyId: property.id } as const;
    const permission = decidePermission(projection.permissions, query);
    if (!permission.allow)
      return { problem: forbidden(permission, projection.organizations.get(property.organizationId)) };
    return checkConditions({ projection, permission, place: { property }, body: keyOf(key) });
  };

  return {
    createKey: async ({ request: { body }, place: { property }, caller, write }) =>
      await write((draft) => {
        if (property === undefined) return notFound;
        const { holderId } = body;
        if (!isOnProperty(property.id, holderId)) {
          return invalidField('/holderId', 'There is no such member or guest on this property.');
        }
        const stray = strayEntrance(property.id, body.entranceIds);
        if (stray !== undefined) return stray;
        const key: Row<'accessKey'> = {
          id: identifiers.next('key', draft.now),
          propertyId: property.id,
          holderId,
          creatorId: caller.member.id,
          entranceIds: [...new Set(body.entranceIds)],
          startsAt: instantOf(body.startsAt),
          endsAt: body.endsAt === null ? null : instantOf(body.endsAt),
          schedule: body.schedule ?? null,
          revokedAt: null,
          version: 1,
          createdAt: draft.now,
        };
        draft.insert('accessKey', key);
        const { id: keyId } = key;
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

    updateKey: async ({ request: { body, headers }, place, caller, write }) =>
      await write((draft) => {
        const { property } = place;
        const key = place.accessKey && projection.accessKeys.get(place.accessKey.id);
        if (key === undefined || property === undefined) return notFound;
        if (key.revokedAt !== null) {
          return { problem: createProblem('key-revoked', { revokedAt: timestampOf(key.revokedAt) }) };
        }
        const stale = checkVersion(headers, key.version);
        if (stale !== undefined) return stale;
        const stray = strayEntrance(property.id, body.entranceIds ?? []);
        if (stray !== undefined) return stray;
        const edited: Row<'accessKey'> = {
          ...key,
          entranceIds: body.entranceIds === undefined ? key.entranceIds : [...new Set(body.entranceIds)],
          startsAt: body.startsAt === undefined ? key.startsAt : instantOf(body.startsAt),
          endsAt: endsAtOf(body.endsAt, key.endsAt),
          schedule: body.schedule === undefined ? key.schedule : body.schedule,
          version: key.version + 1,
        };
        if (edited.endsAt !== null && edited.endsAt <= edited.startsAt) {
          const pointer = body.endsAt === undefined ? '/startsAt' : '/endsAt';
          return invalidField(pointer, 'The Key would end before it starts.');
        }
        // The settings as they are now: they may have changed while the command waited.
        const withheld = checkGiving(caller, projection.properties.get(property.id) ?? property, edited);
        if (withheld !== undefined) return withheld;
        if (!areOwnDigits(parts, edited, draft.now)) return { problem: createProblem('door-code-in-use', {}) };
        draft.update('accessKey', edited);
        const { id: keyId, holderId } = edited;
        const entranceIds = [...edited.entranceIds];
        const fact = { propertyId: property.id, actor: caller.actor };
        draft.event({ type: 'key.updated', occurredAt: timestampOf(draft.now), ...fact, keyId, holderId, entranceIds });
        const subject = { keyId, holderId, entranceIds };
        draft.audit(property.organizationId, { action: 'key.updated', ...fact, subject });
        const { organizationId } = property;
        endOrphanCodes({ projection, draft, organizationId, actor: caller.actor }, edited);
        return { status: 200, body: keyOf(edited) };
      }),

    revokeKey: async ({ place, caller, write }) =>
      await write((draft) => {
        const { property } = place;
        const key = place.accessKey && projection.accessKeys.get(place.accessKey.id);
        if (key === undefined || property === undefined) return notFound;
        if (key.revokedAt !== null) return { status: 200, body: keyOf(key) };
        const revoked = { ...key, version: key.version + 1, revokedAt: draft.now };
        const { id: keyId, holderId } = key;
        draft.update('accessKey', revoked);
        const fact = { propertyId: property.id, actor: caller.actor };
        draft.event({ type: 'key.revoked', occurredAt: timestampOf(draft.now), ...fact, keyId, holderId });
        const { organizationId } = property;
        draft.audit(organizationId, { action: 'key.revoked', ...fact, subject: { keyId, holderId } });
        takeBackAll({ projection, draft, organizationId, actor: caller.actor }, keyId);
        return { status: 200, body: keyOf(revoked) };
      }),
  };
}

/** The end as asked for: left out it stays, `null` takes it away. */
function endsAtOf(asked: string | null | undefined, before: Instant | null): Instant | null {
  if (asked === undefined) return before;
  return asked === null ? null : instantOf(asked);
}
