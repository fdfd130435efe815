import type { Entrance } from '@latchwork/contract';
import {
  createPermissionModel,
  decidePermission,
  type EntranceId,
  type Membership,
  type PermissionModel,
  type PropertyId,
  toInstant,
} from '@latchwork/core';
import { tokenHash } from '../../../../packages/portal/src/access/bearer-token.js';
import { auditHash } from '../../../../packages/portal/src/audit-chain.js';
import { createIdentifiers } from '../../../../packages/portal/src/identifiers.js';
import { openEmbeddedDatabase } from '../../../../packages/portal/src/store/embedded-database.js';
import { createEmbeddedStore } from '../../../../packages/portal/src/store/embedded-store.js';
import type { Row, Write } from '../../../../packages/portal/src/store/store.js';
import { timestampOf } from '../../../../packages/portal/src/wire-time.js';

/** What a server of the bench is told of the portal's tenant, so that all of them know the same one. */
export interface Seed {
  readonly dataDir: string;
  readonly token: string;
  readonly membership: Membership;
  readonly propertyId: PropertyId;
  readonly entrance: Entrance;
}

/** Who calls. */
export interface Caller {
  readonly memberId: Membership['memberId'];
}

/** The work that the portal does for the two calls, without any HTTP: what a session stands for, core's decision, the same commit. */
export interface Work {
  /** The member of a bearer token. */
  authenticate(authorization: string | undefined): Caller | undefined;
  /** An entrance, when the caller may see it. */
  readEntrance(caller: Caller, id: EntranceId): Entrance | 'not-found';
  /** A new entrance, durable with its event and its hash-chained audit entry, when the caller may add one. */
  createEntrance(caller: Caller, propertyId: PropertyId, name: string): Promise<Entrance | 'not-found' | 'forbidden'>;
}

/** Opens the portal's own store in a folder of its own, and holds in memory what decisions need, as the portal does. */
export async function openWork({ dataDir, token, membership, propertyId, entrance }: Seed): Promise<Work> {
  const store = createEmbeddedStore(await openEmbeddedDatabase(dataDir));
  const identifiers = createIdentifiers();
  const { organizationId, memberId } = membership;
  const permissions: PermissionModel = createPermissionModel({
    properties: [{ propertyId, organizationId }],
    memberships: [membership],
  });
  const sessions = new Map([[tokenHash(token), { memberId, expiresAt: Date.now() + 3_600_000 }]]);
  const entrances = new Map<EntranceId, Row<'entrance'>>([
    [
      entrance.id,
      { ...entrance, mode: 'normal', createdAt: toInstant(Date.parse(entrance.createdAt)) } as Row<'entrance'>,
    ],
  ]);
  let head = { seq: 0, hash: '' };
  let position = 0;
  let tail: Promise<unknown> = Promise.resolve();

  const wireOf = (row: Row<'entrance'>): Entrance => ({
    id: row.id,
    propertyId: row.propertyId,
    name: row.name,
    createdAt: timestampOf(row.createdAt),
  });

  async function commit(caller: Caller, name: string): Promise<Entrance> {
    const now = toInstant(Date.now());
    const row = { id: identifiers.next('entrance', now), propertyId, name, mode: 'normal', createdAt: now } as const;
    const at = timestampOf(now);
    const actor = { kind: 'member', memberId: caller.memberId, channel: 'portal_app' } as const;
    const audit = { action: 'entrance.created', actor, propertyId, subject: { entranceId: row.id } };
    const entry = JSON.stringify({ seq: head.seq + 1, at, ...audit });
    const next = { seq: head.seq + 1, hash: auditHash(head.hash, entry) };
    const id = identifiers.next('event', now);
    const fact = { id, type: 'entrance.created', occurredAt: at, recordedAt: at, propertyId, actor } as const;
    const writes: Write[] = [
      { op: 'insert', table: 'entrance', row },
      {
        op: 'insert',
        table: 'event',
        row: { feedId: propertyId, position: position + 1, body: { ...fact, entranceId: row.id } },
      },
      { op: 'insert', table: 'auditEntry', row: { organizationId, ...next, entry } },
    ];
    await store.commit(writes);
    entrances.set(row.id, row);
    head = next;
    position += 1;
    return wireOf(row);
  }

  return {
    authenticate: (authorization) => {
      const bearer = /^Bearer ([\x21-\x7e]+)$/i.exec(authorization ?? '')?.[1];
      const session = bearer === undefined ? undefined : sessions.get(tokenHash(bearer));
      return session && session.expiresAt > Date.now() ? { memberId: session.memberId } : undefined;
    },
    readEntrance: ({ memberId }, id) => {
      const row = entrances.get(id);
      if (row === undefined) return 'not-found';
      const query = { memberId, action: 'space.view', propertyId: row.propertyId } as const;
      return decidePermission(permissions, query).allow ? wireOf(row) : 'not-found';
    },
    createEntrance: async (caller, of, name) => {
      if (of !== propertyId) return 'not-found';
      const query = { memberId: caller.memberId, action: 'space.edit', propertyId: of } as const;
      if (!decidePermission(permissions, query).allow) return 'forbidden';
      const done = tail.then(() => commit(caller, name));
      tail = done.catch(() => undefined);
      return await done;
    },
  };
}
