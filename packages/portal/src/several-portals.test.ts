import { randomBytes } from 'node:crypto';
import type { GatewayId, OrganizationId } from '@latchwork/core';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PortalGroup, startPortalGroup } from './harness/portal-group.test-rig.js';
import { missingForPostgres, type PostgresCluster, startPostgresCluster } from './harness/postgres-cluster.test-rig.js';
import { buildSampleHotel, giveKey, type SampleHotel } from './harness/sample-hotel.test-rig.js';
import { connectGateway, type ScriptedGateway } from './harness/scripted-gateway.test-rig.js';
import type { TestPortal } from './harness/test-portal.test-rig.js';
import { Secret } from './secret.js';

const soon = { timeout: 30_000 };

describe.skipIf(missingForPostgres !== '')(`portals on one database ${missingForPostgres}`, () => {
  let cluster: PostgresCluster;
  let group: PortalGroup;
  let one: TestPortal;
  let two: TestPortal;
  let hotel: SampleHotel;

  beforeAll(async () => {
    cluster = await startPostgresCluster();
    group = await startPortalGroup(cluster);
    one = await group.start();
    two = await group.start();
    // Nothing is asked of it: it must not act on what it hears.
    await group.start();
    hotel = await buildSampleHotel(one);
    await giveKey(one, hotel, hotel.people.team.id);
  });
  afterAll(async () => {
    await group[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
  });

  /** The caller's client at the other portal. */
  const at = (portal: TestPortal, { token }: { readonly token: string }) => portal.client(token);

  /** What the first portal knows of the gateway. */
  const row = () => one.portal.projection.gateways.get(hotel.gateway.gateway.id as GatewayId);

  /** Connects the gateway to a portal, and waits until the others know. */
  async function connected(portal: TestPortal): Promise<ScriptedGateway> {
    const gateway = await connectGateway(hotel, portal.portal.mqttUrl);
    await expect.poll(() => row()?.hostId, soon).toBe(portal.portal.store.peers.self);
    return gateway;
  }

  /** Disconnects the gateway, and waits until the others know. */
  async function gone(gateway: ScriptedGateway): Promise<void> {
    await gateway[Symbol.asyncDispose]();
    await expect.poll(() => row()?.online, soon).toBe(false);
  }

  /** Ends a portal's session with the database, which it opens again a moment later. */
  async function cutOff(portal: TestPortal): Promise<void> {
    const admin = new Client({ connectionString: group.url.reveal() });
    await admin.connect();
    const session = `select pid from pg_locks where locktype = 'advisory' and objid = ${portal.portal.store.peers.self}`;
    await admin.query(`select pg_terminate_backend(pid) from (${session}) as session`);
    await admin.end();
  }

  it('shows at one what was just made at the other', async () => {
    const { owner } = hotel.people;
    for (let round = 0; round < 20; round++) {
      const [here, there] = round % 2 === 0 ? [one, two] : [two, one];
      const made = await at(here, owner).entrances.create({ propertyId: hotel.property.id, name: `Room ${round}` });
      expect(await at(there, owner).entrances.get({ entranceId: made.id })).toEqual(made);
    }
  });

  it('answers a request that was done at the other with what it was answered there', async () => {
    const { owner } = hotel.people;
    for (let round = 0; round < 10; round++) {
      const idempotencyKey = randomBytes(8).toString('hex');
      const request = { propertyId: hotel.property.id, name: `Twice ${round}` };
      const both = await Promise.all(
        [one, two].map(async (portal) => await at(portal, owner).entrances.create(request, { idempotencyKey })),
      );
      expect(both[0]).toEqual(both[1]);
    }
    const names = [];
    for await (const { name } of one.client(owner.token).entrances.listAll({ propertyId: hotel.property.id }))
      names.push(name);
    expect(names.filter((name) => name.startsWith('Twice'))).toHaveLength(10);
  });

  it('tells the live events of the other, in the order of the feed', async () => {
    const { owner } = hotel.people;
    const propertyId = hotel.property.id;
    const feed = at(two, owner).events.follow({ propertyId });
    const following = feed.next();
    const cursors: number[] = [];
    for (let round = 0; round < 6; round++) {
      await at(round % 2 === 0 ? one : two, owner).entrances.create({ propertyId, name: `Live ${round}` });
    }
    for (let next = await following; ; next = await feed.next()) {
      if (next.done) throw new Error('The feed ended.');
      if (next.value.type !== 'entrance.created') continue;
      cursors.push(Number(next.value.cursor));
      if (cursors.length >= 6) break;
    }
    await feed.return();
    expect(cursors).toEqual([...cursors].sort((left, right) => left - right));
  });

  it('G41: tells an organization’s live events of the other, until the listener’s rights end there', async () => {
    const { organization_owner: owner } = hotel.people;
    const organizationId = hotel.organization.id;
    const rename = async (name: string) => {
      const { version } = await at(one, owner).organizations.get({ organizationId });
      await at(one, owner).organizations.update({ organizationId, version, name });
    };
    const asked = { organizationId, name: 'Listener', scopes: ['read'] } as const;
    const { apiKey, token } = await at(one, owner).apiKeys.create(asked);
    const cursor = String(one.portal.projection.lastPosition(organizationId as OrganizationId));
    const feed = at(two, { token }).events.follow({ organizationId, cursor });
    const following = feed.next();
    await rename('Told');
    expect((await following).value).toMatchObject({ type: 'organization.updated', organizationId });
    const ending = feed.next();
    await at(one, owner).apiKeys.revoke({ apiKeyId: apiKey.id });
    await rename('Not told');
    await expect(ending).rejects.toMatchObject({
      info: { code: 'unauthenticated', operation: 'streamOrganizationEvents' },
    });
  });

  describe('with a gateway that is connected to one of them', () => {
    it('P-4: know both that it is there, and only its own portal says that it went', async () => {
      const { owner } = hotel.people;
      const gatewayId = hotel.gateway.gateway.id;
      const online = async (portal: TestPortal) => (await at(portal, owner).gateways.get({ gatewayId })).online;
      const gateway = await connected(two);
      await expect.poll(() => online(one), soon).toBe(true);
      // A third that starts finds it online, and leaves it so.
      const three = await group.start();
      expect(await online(three)).toBe(true);
      await three[Symbol.asyncDispose]();
      await one.portal.reconcile();
      expect(await online(one)).toBe(true);
      await gone(gateway);
      expect(await online(one)).toBe(false);
    });

    it('P-4: know of one that moves to the other portal, whichever portal hears of it first', async () => {
      const { owner } = hotel.people;
      const gatewayId = hotel.gateway.gateway.id;
      const before = await connected(one);
      const after = await connected(two);
      await before[Symbol.asyncDispose]();
      // The end of the old connection is dealt with before a later request at the same portal.
      await at(one, owner)
        .unlock({ entranceId: hotel.entrance.id, waitSeconds: 0 })
        .catch(() => undefined);
      expect((await at(one, owner).gateways.get({ gatewayId })).online).toBe(true);
      await gone(after);
    });

    it('P-4: say that it is gone when its portal is gone', async () => {
      const { owner } = hotel.people;
      const gatewayId = hotel.gateway.gateway.id;
      const third = await group.start();
      const gateway = await connected(third);
      const online = async () => (await at(one, owner).gateways.get({ gatewayId })).online;
      expect(await online()).toBe(true);
      await third[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
      // Missed once it may only have lost its connection.
      await one.portal.reconcile();
      await one.portal.reconcile();
      await expect.poll(online, soon).toBe(false);
    });

    it('P-4: keep it online while its portal has only lost its session with the database', async () => {
      const { owner } = hotel.people;
      const gatewayId = hotel.gateway.gateway.id;
      const gateway = await connected(two);
      const online = async () => (await at(one, owner).gateways.get({ gatewayId })).online;
      expect(await online()).toBe(true);
      await cutOff(two);
      await one.portal.reconcile();
      expect(await online()).toBe(true);
      await expect.poll(() => two.portal.store.isReachable(), soon).toBe(true);
      await one.portal.reconcile();
      expect(await online()).toBe(true);
      await gone(gateway);
      expect(await online()).toBe(false);
    });

    it('P-1: carry an unlock asked at the other one to its end, and release who waits there', async () => {
      const { team } = hotel.people;
      const gateway = await connected(two);
      for (let round = 0; round < 5; round++) {
        const asked = at(one, team).unlock({ entranceId: hotel.entrance.id, waitSeconds: 30 });
        const command = await gateway.next('unlock');
        await gateway.ack(command);
        await gateway.challenge(command, randomBytes(8).toString('hex'));
        await gateway.next('token');
        await gateway.report(command, {});
        expect(await asked).toMatchObject({ id: command.attemptId, state: 'confirmed' });
      }
      // Sent once each: nothing more is on its way to the gateway.
      expect(gateway.received.map(({ type }) => type)).toEqual(Array(5).fill(['unlock', 'token']).flat());
      const facts: string[] = [];
      for await (const { type } of at(one, hotel.people.owner).events.listAll({ propertyId: hotel.property.id })) {
        if (type.startsWith('attempt.')) facts.push(type);
      }
      const life = ['attempt.accepted', 'attempt.sent', 'attempt.acknowledged', 'attempt.confirmed'];
      expect(facts.slice(-20)).toEqual(Array(5).fill(life).flat());
      await gone(gateway);
    });

    it('P-1: send the command of an unlock when its portal, cut off for a moment, is back', async () => {
      const { team } = hotel.people;
      const gateway = await connected(two);
      await cutOff(two);
      const asked = at(one, team).unlock({ entranceId: hotel.entrance.id, waitSeconds: 30 });
      const command = await gateway.next('unlock');
      await gateway.challenge(command, randomBytes(8).toString('hex'));
      await gateway.next('token');
      await gateway.report(command, {});
      expect(await asked).toMatchObject({ id: command.attemptId, state: 'confirmed' });
      await gone(gateway);
    });

    it('P-18: send nothing after the deadline, nor when the gateway has just gone', async () => {
      const { team } = hotel.people;
      const gateway = await connected(two);
      const late = await at(one, team).unlock({ entranceId: hotel.entrance.id, waitSeconds: 0, deadlineMs: 2_000 });
      const command = await gateway.next('unlock');
      expect(command.attemptId).toBe(late.id);
      group.clock.advance(2_001);
      await gateway.challenge(command, randomBytes(8).toString('hex'));
      expect(await gateway.next('token-refused')).toMatchObject({ code: 'deadline-passed' });
      await one.portal.sweep();
      expect(await at(two, team).attempts.get({ attemptId: late.id })).toMatchObject({ state: 'expired' });
      await gone(gateway);
      const refused = await at(one, team)
        .unlock({ entranceId: hotel.entrance.id, waitSeconds: 20 })
        .catch((error: unknown) => error);
      expect(refused).toMatchObject({ info: { code: 'gateway-offline' } });
    });

    it('T14: give a token for one connection to the lock, whichever portal is asked', async () => {
      const { team } = hotel.people;
      const first = await connected(one);
      const asked = await at(one, team).unlock({ entranceId: hotel.entrance.id, waitSeconds: 0 });
      const command = await first.next('unlock');
      await first.ack(command);
      const state = async () => (await at(two, team).attempts.get({ attemptId: asked.id })).state;
      await expect.poll(state, soon).toBe('acknowledged');
      await gone(first);
      const moved = await connected(two);
      await moved.challenge(command, randomBytes(8).toString('hex'));
      expect(await moved.next('token-refused')).toMatchObject({ code: 'not-pending' });
      await gone(moved);
    });

    it('G41: give no token for whoever was removed at the other one', async () => {
      const { owner, housekeeping } = hotel.people;
      await giveKey(one, hotel, housekeeping.id);
      const gateway = await connected(two);
      await at(two, housekeeping).unlock({ entranceId: hotel.entrance.id, waitSeconds: 0 });
      const command = await gateway.next('unlock');
      await at(one, owner).members.removeFromProperty({
        propertyId: hotel.property.id,
        memberId: housekeeping.id,
        confirm: 'remove',
      });
      await gateway.challenge(command, randomBytes(8).toString('hex'));
      expect(await gateway.next('token-refused')).toMatchObject({ code: expect.stringMatching(/revoked|not-pending/) });
      await gone(gateway);
    });
  });

  it('refuses to start with another sealing key', async () => {
    const failure = await group.start({ sealingKey: new Secret('cd'.repeat(32)) }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ info: { code: 'sealed-data-unreadable' } });
  });
});
