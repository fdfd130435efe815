import { once } from 'node:events';
import { type Client, createClient } from '@latchwork/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PortalGroup, startPortalGroup } from './harness/portal-group.test-rig.js';
import type { PortalProcess } from './harness/portal-process.test-rig.js';
import { missingForPostgres, type PostgresCluster, startPostgresCluster } from './harness/postgres-cluster.test-rig.js';
import {
  buildSampleHotel,
  type Person,
  type SampleHotel,
  samplePassword,
  signIn,
} from './harness/sample-hotel.test-rig.js';
import { buildSampleOffice, type OfficeUser, type SampleOffice } from './harness/sample-office.test-rig.js';
import type { TestPortal } from './harness/test-portal.test-rig.js';
import { registerApp, tokensFor } from './harness/third-party-app.test-rig.js';

/** Somebody with every kind of token that the portal gives. */
interface TokenHolder {
  readonly person: Person;
  readonly tokens: Readonly<Record<'phone' | 'dashboard' | 'apiKey' | 'app', string>>;
}

const removals = 8;
const races = 25;

describe.skipIf(missingForPostgres !== '')(`two portal processes on one database ${missingForPostgres}`, () => {
  let cluster: PostgresCluster;
  let group: PortalGroup;
  let hotel: SampleHotel;
  let office: SampleOffice;
  let admins: readonly [OfficeUser, OfficeUser];
  let holders: readonly TokenHolder[];
  let one: PortalProcess;
  let two: PortalProcess;

  beforeAll(async () => {
    cluster = await startPostgresCluster();
    group = await startPortalGroup(cluster);
    // A portal in this process makes the people, for it has their mails; the two that are asked later never saw any of it.
    const maker = await group.start();
    hotel = await buildSampleHotel(maker);
    office = await buildSampleOffice(maker, { licenses: 5 });
    admins = [office.people.admin, await office.join('admin-2', { role: 'admin' })];
    holders = await makeHolders(maker);
    await maker[Symbol.asyncDispose]();
    [one, two] = await Promise.all([group.spawn(), group.spawn()]);
  });
  afterAll(async () => {
    await group[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
  });

  async function makeHolders(maker: TestPortal): Promise<readonly TokenHolder[]> {
    const { client } = hotel.people.organization_owner;
    const propertyId = hotel.property.id;
    const organizationId = hotel.organization.id;
    const app = await registerApp(client, organizationId);
    await client.integratedApps.allow({ propertyId, appId: app.id });
    const made: TokenHolder[] = [];
    for (let number = 0; number < removals; number++) {
      const email = `leaver-${number}@hotel.example`;
      // Only they may have API keys.
      await client.invitations.create({ organizationId, emails: [email], organizationOwner: true });
      const person = await signIn(maker, { email });
      const dashboard = await maker.client().sessions.create({ email, password: samplePassword, channel: 'dashboard' });
      const apiKey = await person.client.apiKeys.create({ organizationId, name: 'Mine', scopes: ['read'] });
      const { accessToken } = await tokensFor(maker, hotel, app, person);
      const tokens = { phone: person.token, dashboard: dashboard.token, apiKey: apiKey.token, app: accessToken };
      made.push({ person, tokens });
    }
    return made;
  }

  const at = (portal: PortalProcess, token: string): Client =>
    createClient({ baseUrl: portal.httpUrl, token, retry: { limit: 0 } });
  const tokenOf = async (portal: PortalProcess, { email }: { readonly email: string }): Promise<string> =>
    (await at(portal, '').sessions.create({ email, password: samplePassword, channel: 'dashboard' })).token;

  it('S7: of two admins at two processes exactly one takes the last license, every time', async () => {
    const { organizationId } = office;
    const clients = [at(one, await tokenOf(one, admins[0])), at(two, await tokenOf(two, admins[1]))] as const;
    const wins = [0, 0];
    for (let round = 0; round < races; round++) {
      const before = await clients[0].subscription.get({ organizationId });
      expect(before.usage.available, `round ${round}`).toBe(1);
      const outcomes = await Promise.allSettled(
        clients.map(async (client, index) => {
          const rows = [{ email: office.address(`racer-${round}-${index}`), licensed: true }];
          return await client.users.invite({ organizationId, rows });
        }),
      );
      const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
      const loser = outcomes[1 - winner];
      expect(outcomes.map(({ status }) => status).sort(), `round ${round}`).toEqual(['fulfilled', 'rejected']);
      expect(loser?.status === 'rejected' && loser.reason).toMatchObject({ info: { code: 'license-shortfall' } });
      wins[winner] = (wins[winner] ?? 0) + 1;
      const after = await clients[1].subscription.get({ organizationId });
      expect(after.usage.available).toBe(0);
      const won = outcomes[winner];
      if (won?.status !== 'fulfilled') throw new Error('Nobody won.');
      for (const { user } of won.value.invitations) {
        await clients[round % 2 === 0 ? 0 : 1].users.remove({ memberId: user.id, confirm: 'remove' });
      }
    }
    expect(wins[0]).toBeGreaterThan(0);
    expect(wins[1]).toBeGreaterThan(0);
  });

  it('G41, P-19: whoever is removed at one process is refused by the other at their very next request, on every token', async () => {
    const { organization_owner: owner } = hotel.people;
    for (const [round, { person, tokens }] of holders.entries()) {
      const [here, there] = round % 2 === 0 ? [one, two] : [two, one];
      const asked = Object.entries(tokens).map(([kind, token]) => ({ kind, client: at(there, token) }));
      const ask = async () =>
        await Promise.all(
          asked.map(async ({ kind, client }) => ({
            kind,
            answer: await client.properties.get({ propertyId: hotel.property.id }).then(
              () => 'answered',
              (error: { readonly info: { readonly code: string } }) => error.info.code,
            ),
          })),
        );
      const kinds = Object.keys(tokens);
      expect(await ask()).toEqual(kinds.map((kind) => ({ kind, answer: 'answered' })));
      await at(here, owner.token).members.remove({ memberId: person.id, confirm: 'remove' });
      expect(await ask(), `round ${round}`).toEqual(kinds.map((kind) => ({ kind, answer: 'unauthenticated' })));
    }
  });

  it('G41: a session that is ended at one process is ended at the other', async () => {
    for (let round = 0; round < 20; round++) {
      const [here, there] = round % 2 === 0 ? [one, two] : [two, one];
      const token = await tokenOf(here, hotel.people.owner);
      expect((await at(there, token).me()).member.id).toBe(hotel.people.owner.id);
      await at(here, token).sessions.deleteCurrent({});
      await expect(at(there, token).me()).rejects.toMatchObject({ info: { code: 'unauthenticated' } });
    }
  });

  it('T16: one that is killed while both write takes nothing with it, and the other goes on', async () => {
    const propertyId = hotel.property.id;
    const { token } = hotel.people.owner;
    const third = await group.spawn();
    const exited = once(third.child, 'exit');
    const acknowledged: string[] = [];
    let stop = false;
    const writers = [two, third].map(async (portal, writer) => {
      const client = at(portal, token);
      for (let number = 0; !stop; number++) {
        const entrance = await client.entrances.create({ propertyId, name: `Crash ${writer} ${number}` });
        acknowledged.push(entrance.id);
        if (acknowledged.length === 60) third.child.kill('SIGKILL');
        stop = acknowledged.length >= 120;
      }
    });
    const [survivor, killed] = await Promise.allSettled(writers);
    await exited;
    expect([survivor?.status, killed?.status]).toEqual(['fulfilled', 'rejected']);
    const kept = new Set<string>();
    for await (const { id } of at(one, token).entrances.listAll({ propertyId })) kept.add(id);
    expect(acknowledged.filter((id) => !kept.has(id))).toEqual([]);
  });

  it('answers 503 while the database is away, then goes on by itself; what was answered stays', async () => {
    const propertyId = hotel.property.id;
    const { token } = hotel.people.owner;
    const ready = async (portal: PortalProcess) => (await fetch(`${portal.httpUrl}/readyz`)).status;
    for (let round = 0; round < 2; round++) {
      const entrance = await at(one, token).entrances.create({ propertyId, name: `Before outage ${round}` });
      await cluster.kill();
      for (const portal of [one, two]) {
        await expect(at(portal, token).me()).rejects.toMatchObject({ info: { code: 'unavailable', status: 503 } });
        await expect(at(portal, token).entrances.create({ propertyId, name: 'Never' })).rejects.toMatchObject({
          info: { code: 'unavailable' },
        });
        expect([await ready(portal), (await fetch(`${portal.httpUrl}/healthz`)).status]).toEqual([503, 200]);
      }
      await cluster.start();
      for (const portal of [one, two]) {
        await expect.poll(async () => await ready(portal), { timeout: 60_000 }).toBe(200);
        expect(await at(portal, token).entrances.get({ entranceId: entrance.id })).toEqual(entrance);
        await at(portal, token).entrances.create({ propertyId, name: 'After' });
      }
    }
    const names: string[] = [];
    for await (const { name } of at(one, token).entrances.listAll({ propertyId })) names.push(name);
    expect(names.filter((name) => name === 'Never' || name === 'After')).toEqual(Array(4).fill('After'));
  });
});
