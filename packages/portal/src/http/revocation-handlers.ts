import { decidePermission } from '@latchwork/core';
import type { MemberPrincipal } from '../access/principal.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { notFound } from './authorize.js';
import type { Handlers } from './call.js';
import { checkConditions } from './conditions.js';
import { pageOf } from './paging.js';
import { revocationOf } from './revocation-wire.js';
import { seesAllKeys } from './visibility.js';

/** Creates the handlers of revocations. */
export function createRevocationHandlers(parts: {
  readonly projection: Projection;
}): Pick<Handlers, 'listRevocations' | 'getRevocation'> {
  const { projection } = parts;

  /** Who ended something stands in the audit: whoever may not see all of that reads what was ended, and not by whom. */
  const seesActors = ({ member }: MemberPrincipal, property: Row<'property'>): boolean => {
    const query = { memberId: member.id, action: 'audit.view', propertyId: property.id } as const;
    const permission = decidePermission(projection.permissions, query);
    if (!permission.allow || permission.scope === 'own' || permission.scope === 'devices') return false;
    return checkConditions({ projection, permission, place: { property }, body: undefined }) === undefined;
  };

  return {
    listRevocations: async ({ request: { query }, place: { property }, caller, permission, now }) => {
      if (property === undefined) return notFound;
      const reading = { now, seesActor: seesActors(caller, property) };
      const isAsked = (row: Row<'revocation'>) =>
        query.state === undefined || revocationOf(row, reading).state === query.state;
      const body = pageOf(projection.revocations.group(property.id), {
        query,
        idOf: (row) => row.id,
        isVisible: (row) => seesAllKeys(permission) && isAsked(row),
        toWire: (row) => revocationOf(row, reading),
      });
      return { status: 200, body };
    },

    getRevocation: async ({ place: { property, revocation }, caller, permission, now }) =>
      property === undefined || revocation === undefined || !seesAllKeys(permission)
        ? notFound
        : { status: 200, body: revocationOf(revocation, { now, seesActor: seesActors(caller, property) }) },
  };
}
