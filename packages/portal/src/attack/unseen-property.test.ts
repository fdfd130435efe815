import { type OperationId, routes } from '@latchwork/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import type { Caller } from './attack-case.test-rig.js';
import {
  callersOf,
  everybodyOf,
  operationIds,
  readingIds,
  sendAttack,
  type WholeReply,
} from './attack-sender.test-rig.js';
import {
  type AttackTargets,
  createAttackTargets,
  nothingFor,
  parametersOf,
  type Target,
  targetsOf,
} from './attack-targets.test-rig.js';
import { type AttackWorld, buildAttackWorld, hookUrl } from './attack-world.test-rig.js';

let test: TestPortal;
let world: AttackWorld;
let targets: AttackTargets;
/** Whoever is assigned somewhere, and not to the cove. */
let callers: readonly Caller[];

const assigned = ['owner', 'general_manager', 'team', 'housekeeping', 'installer'] as const;

beforeAll(async () => {
  test = await startTestPortal();
  world = await buildAttackWorld(test);
  targets = createAttackTargets(world);
  callers = assigned.flatMap((standing) => callersOf(standing, world.attackers[standing]));
}, 120_000);
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

/** A reply with every id that was asked for made the same: nothing else may tell one from the other. */
function leveled(reply: WholeReply, ids: readonly string[]): string {
  let text = JSON.stringify([reply.status, reply.headers, reply.text]);
  for (const id of ids) text = text.replaceAll(id, 'asked-for');
  return text;
}

async function tellsApart(
  caller: Caller,
  one: Parameters<typeof sendAttack>[2],
  other: Parameters<typeof sendAttack>[2],
): Promise<string | undefined> {
  const idsOf = ({ params, payload }: Parameters<typeof sendAttack>[2]) =>
    (JSON.stringify([params, payload ?? {}]).match(/[a-z]+_[0-7][0-9a-hjkmnp-tv-z]{25}/g) ?? []) as string[];
  const hidden = leveled(await sendAttack(world, caller, one), idsOf(one));
  const nothing = leveled(await sendAttack(world, caller, other), idsOf(other));
  return hidden === nothing ? undefined : `${caller.label}: ${hidden}\n  is not ${nothing}`;
}

/** Signing out and guessing name nothing. */
const named = operationIds.filter((operation) => parametersOf(routes[operation].path).length > 0);

describe('G10: what is on an unassigned property is as if it were not', () => {
  it.each(named)('in the path of %s', async (operation) => {
    const { path } = routes[operation];
    const hides = ({ place, victim, tenant }: Target) => place === 'cove' || victim === 'ofCove' || tenant === 'other';
    const told: string[] = [];
    for (const target of targetsOf(path).filter(hides)) {
      const params = await targets.shared(path, target, '');
      const missing = Object.fromEntries(
        Object.entries(params).map(([name, id]) => {
          const isHidden =
            (name === 'memberId' || name === 'invitationId' ? target.victim === 'ofCove' : false) ||
            (name in world.things.cove && target.place === 'cove') ||
            target.tenant === 'other';
          return [name, isHidden ? nothingFor(name) : id];
        }),
      );
      for (const caller of everybodyOf(world)) {
        // Organization Owners see every property, Admins everybody; the other organization nobody here sees.
        const seesIt = caller.standings.harbor === 'organization_owner' || caller.workplace === 'admin';
        if (caller.kind === 'operator' || (seesIt && target.tenant !== 'other')) continue;
        if (operation === 'deleteCurrentSession') continue;
        const found = await tellsApart(
          caller,
          { operation, params, target: { place: 'harbor' } },
          { operation, params: missing, target: { place: 'harbor' } },
        );
        if (found !== undefined) told.push(found);
      }
    }
    expect(told).toEqual([]);
  });

  const period = { startsAt: '2026-01-01T00:00:00Z', endsAt: '2026-01-02T00:00:00Z' };
  /** Every place of a body or query that names something, with what is named there. */
  const mentions: readonly {
    readonly operation: OperationId;
    readonly where: string;
    readonly target?: Target;
    readonly hidden: () => string;
    readonly kind: string;
    readonly payload: (id: string) => object;
    readonly byOwner?: boolean;
  }[] = [
    {
      ...{ operation: 'inviteTeam', where: 'assignments', kind: 'propertyId' },
      hidden: () => world.things.cove.propertyId,
      payload: (propertyId) => ({ emails: ['new@aurora.example'], assignments: [{ propertyId, role: 'installer' }] }),
    },
    {
      ...{ operation: 'inviteTeam', where: 'assignments of a dry run', kind: 'propertyId' },
      hidden: () => world.things.cove.propertyId,
      payload: (propertyId) => ({
        ...{ emails: ['new@aurora.example'], dryRun: true },
        assignments: [
          { propertyId: world.things.harbor.propertyId, role: 'installer' },
          { propertyId, role: 'installer' },
        ],
      }),
    },
    {
      ...{ operation: 'importTeam', where: 'rows', kind: 'propertyId' },
      hidden: () => world.things.cove.propertyId,
      payload: (propertyId) => ({
        rows: [{ email: 'new@aurora.example', assignments: [{ propertyId, role: 'installer' }] }],
      }),
    },
    {
      ...{ operation: 'updateMember', where: 'assignments', kind: 'propertyId' },
      target: { victim: 'team' },
      hidden: () => world.things.cove.propertyId,
      payload: (propertyId) => ({ assignments: [{ propertyId, role: 'installer' }] }),
    },
    {
      ...{ operation: 'leave', where: 'propertyId', kind: 'propertyId' },
      hidden: () => world.things.cove.propertyId,
      payload: (propertyId) => ({ propertyId }),
    },
    {
      ...{ operation: 'createKey', where: 'holderId', kind: 'memberId' },
      target: { place: 'harbor' },
      hidden: () => world.things.cove.holderId,
      payload: (holderId) => ({ holderId, entranceIds: [world.things.harbor.entranceId], ...period }),
    },
    {
      ...{ operation: 'createKey', where: 'holderId', kind: 'guestId' },
      target: { place: 'harbor' },
      hidden: () => world.things.cove.guestId,
      payload: (holderId) => ({ holderId, entranceIds: [world.things.harbor.entranceId], ...period }),
    },
    {
      ...{ operation: 'createCredential', where: 'keyCardId', kind: 'keyCardId' },
      target: { place: 'harbor' },
      hidden: () => world.things.cove.keyCardId,
      payload: (keyCardId) => ({ kind: 'key_card', keyCardId }),
    },
    {
      ...{ operation: 'createKey', where: 'entranceIds', kind: 'entranceId' },
      target: { place: 'harbor' },
      hidden: () => world.things.cove.entranceId,
      payload: (id) => ({ holderId: world.things.harbor.holderId, entranceIds: [id], ...period }),
    },
    {
      ...{ operation: 'createDevice', where: 'entranceId', kind: 'entranceId' },
      target: { place: 'harbor' },
      hidden: () => world.things.cove.entranceId,
      payload: (entranceId) => ({
        ...{ kind: 'lock', name: 'Lock', entranceId, tag: '00'.repeat(8) },
        ...{ publicKey: '01'.repeat(32), identityPublicKey: '02'.repeat(32) },
      }),
    },
    {
      ...{ operation: 'updateProperty', where: 'settings.doorRange', kind: 'entranceId' },
      target: { place: 'harbor' },
      hidden: () => world.things.cove.entranceId,
      payload: (id) => ({ settings: { doorRange: [id] } }),
    },
    {
      ...{ operation: 'createWebhookEndpoint', where: 'propertyIds', kind: 'propertyId', byOwner: true },
      target: { tenant: 'own' },
      hidden: () => world.things.other.propertyId,
      payload: (id) => ({ url: hookUrl, propertyIds: [id] }),
    },
    {
      ...{ operation: 'updateWebhookEndpoint', where: 'propertyIds', kind: 'propertyId', byOwner: true },
      target: { tenant: 'own' },
      hidden: () => world.things.other.propertyId,
      payload: (id) => ({ propertyIds: [id] }),
    },
    {
      ...{ operation: 'replayWebhooks', where: 'propertyId', kind: 'propertyId', byOwner: true },
      target: { tenant: 'own' },
      hidden: () => world.things.other.propertyId,
      payload: (propertyId) => ({ propertyId, since: '0' }),
    },
    {
      ...{ operation: 'createReservation', where: 'deskId', kind: 'deskId', byOwner: true },
      target: { tenant: 'own' },
      hidden: () => world.tenants.other.deskId,
      payload: (deskId) => ({ deskId, startsAt: '2199-01-01T00:00:00Z', endsAt: '2199-01-01T01:00:00Z' }),
    },
    {
      ...{ operation: 'createReservation', where: 'memberId', kind: 'memberId', byOwner: true },
      target: { tenant: 'own' },
      hidden: () => world.otherOwner.id,
      payload: (memberId) => ({
        ...{ memberId, deskId: world.tenants.own.deskId },
        ...{ startsAt: '2199-01-01T00:00:00Z', endsAt: '2199-01-01T01:00:00Z' },
      }),
    },
    {
      ...{ operation: 'listReservations', where: 'memberId', kind: 'memberId', byOwner: true },
      target: { tenant: 'own' },
      hidden: () => world.otherOwner.id,
      payload: (memberId) => ({ memberId }),
    },
    {
      ...{ operation: 'listReservations', where: 'deskId', kind: 'deskId', byOwner: true },
      target: { tenant: 'own' },
      hidden: () => world.tenants.other.deskId,
      payload: (deskId) => ({ deskId }),
    },
    {
      ...{ operation: 'inviteUsers', where: 'deskId', kind: 'deskId', byOwner: true },
      target: { tenant: 'own' },
      hidden: () => world.tenants.other.deskId,
      payload: (deskId) => ({ rows: [{ email: 'new@aurora.example', deskId }] }),
    },
    {
      ...{ operation: 'updateUser', where: 'deskId', kind: 'deskId', byOwner: true },
      target: { victim: 'user' },
      hidden: () => world.tenants.other.deskId,
      payload: (deskId) => ({ deskId }),
    },
  ];

  it.each(mentions)('in $where of $operation', async ({ operation, target, hidden, kind, payload, byOwner }) => {
    const params = await targets.shared(routes[operation].path, target ?? { tenant: 'own' }, '');
    const told: string[] = [];
    const who = byOwner === true ? everybodyOf(world).filter(({ kind: by }) => by !== 'operator') : callers;
    for (const caller of who) {
      const found = await tellsApart(
        caller,
        { operation, params, payload: payload(hidden()) },
        { operation, params, payload: payload(nothingFor(kind)) },
      );
      if (found !== undefined) told.push(found);
    }
    expect(told).toEqual([]);
  });

  it('by an address that is in use there: that it is, and nothing of whom or where', async () => {
    const { email } = test.portal.projection.members.get(world.things.cove.holderId as never) ?? { email: '' };
    const params = { organizationId: world.tenants.own.organizationId };
    const payload = {
      emails: [email],
      assignments: [{ propertyId: world.things.harbor.propertyId, role: 'housekeeping' }],
    };
    const manager = callers.find(({ label }) => label === 'general_manager by dashboard');
    const reply = await sendAttack(world, { token: manager?.token }, { operation: 'inviteTeam', params, payload });
    expect(JSON.parse(reply.text).rows).toMatchObject([{ email, code: 'email-in-use' }]);
    expect(reply.text).not.toContain(world.things.cove.holderId);
    expect(reply.text).not.toContain(world.things.cove.propertyId);
  });
});

describe('G10: no reply names what is on an unassigned property', () => {
  it.each(readingIds)('%s', async (operation) => {
    const { path } = routes[operation];
    const { holderId, ...cove } = world.things.cove;
    const emails = [holderId, (await targets.shared('/:memberId', { victim: 'ofCove' }, ''))['memberId']].flatMap(
      (id) => test.portal.projection.members.get(id as never)?.email ?? [],
    );
    const secrets = [holderId, ...Object.values(cove), ...emails];
    const told: string[] = [];
    const everywhere = targetsOf(path).filter(({ place, victim }) => place !== 'cove' && victim !== 'ofCove');
    for (const caller of callers) {
      for (const target of everywhere) {
        const params = await targets.shared(path, target, caller.memberId);
        const reply = await sendAttack(world, caller, {
          ...{ operation, params },
          ...(routes[operation].sends === 'query' && operation.startsWith('list') ? { payload: { limit: '200' } } : {}),
        });
        const whole = JSON.stringify(reply);
        told.push(...secrets.filter((one) => whole.includes(one)).map((one) => `${caller.label} read ${one}`));
      }
    }
    expect(told).toEqual([]);
  });
});
