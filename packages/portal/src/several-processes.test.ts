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
import {
  type AnsweringPortal,
  agreeInBrowser,
  appRequest,
  codeOf,
  exchangeCode,
  registerApp,
  type ThirdPartyApp,
  tokenRequest,
  tokensFor,
} from './harness/third-party-app.test-rig.js';

/** Somebody with every kind of token that the portal gives, and everything that one could be got with. */
interface TokenHolder {
  readonly person: Person;
  readonly tokens: Readonly<Record<'phone' | 'dashboard' | 'apiKey' | 'app', string>>;
  readonly refreshToken: string;
  /** Of a forgotten password; not used yet. */
  readonly resetToken: string;
  /** Somebody else, who has not set up an account yet. */
  readonly invited: { readonly invitationId: string; readonly setupToken: string };
}

/** Two who are all the Organization Owners of their organization. */
interface OwnerPair {
  readonly organizationId: string;
  readonly owners: readonly [Person, Person];
}

const removals = 8;
const duels = 8;
const races = 25;

describe.skipIf(missingForPostgres !== '')(`two portal processes on one database ${missingForPostgres}`, () => {
  let cluster: PostgresCluster;
  let group: PortalGroup;
  let hotel: SampleHotel;
  let office: SampleOffice;
  let admins: readonly [OfficeUser, OfficeUser];
  let holders: readonly TokenHolder[];
  let app: ThirdPartyApp;
  let pairs: readonly OwnerPair[];
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
    pairs = await makePairs(maker);
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
    app = await registerApp(client, organizationId);
    await client.integratedApps.allow({ propertyId, appId: app.id });
    const made: TokenHolder[] = [];
    for (let number = 0; number < removals; number++) {
      const email = `leaver-${number}@hotel.example`;
      // Only they may have API keys.
      await client.invitations.create({ organizationId, emails: [email], organizationOwner: true });
      const person = await signIn(maker, { email });
      const dashboard = await maker.client().sessions.create({ email, password: samplePassword, channel: 'dashboard' });
      const apiKey = await person.client.apiKeys.create({ organizationId, name: 'Mine', scopes: ['read'] });
      const { accessToken, refreshToken } = await tokensFor(maker, hotel, app, person);
      await maker.client().passwords.requestReset({ email });
      // The answer does not wait for the mail, which any command after it does.
      await maker.portal.maintain();
      const { token: resetToken } = await maker.mails.lastTo(email);
      const address = `nobody-yet-${number}@hotel.example`;
      const { invitations } = await client.invitations.createForProperty({
        ...{ propertyId, emails: [address] },
        role: 'housekeeping',
      });
      const { token: setupToken } = await maker.mails.lastTo(address);
      const tokens = { phone: person.token, dashboard: dashboard.token, apiKey: apiKey.token, app: accessToken };
      const invited = { invitationId: invitations[0]?.invitation.id ?? '', setupToken };
      made.push({ person, tokens, refreshToken, resetToken, invited });
    }
    return made;
  }

  async function makePairs(maker: TestPortal): Promise<readonly OwnerPair[]> {
    const operator = maker.client(maker.portal.operatorKey.reveal());
    const made: OwnerPair[] = [];
    for (let number = 0; number < duels; number++) {
      const [email, second] = [`first-${number}@duel.example`, `second-${number}@duel.example`];
      const { organization } = await operator.organizations.create({ name: `Duel ${number}`, owner: { email } });
      const organizationId = organization.id;
      const owner = await signIn(maker, { email });
      await owner.client.invitations.create({ organizationId, emails: [second], organizationOwner: true });
      made.push({ organizationId, owners: [owner, await signIn(maker, { email: second })] });
    }
    return made;
  }

  /** A process as the app's own requests reach it. */
  const appSide = (portal: PortalProcess): AnsweringPortal => ({
    portal: {
      fetch: async (request) => {
        const { pathname, search } = new URL(request.url);
        return await fetch(new Request(`${portal.httpUrl}${pathname}${search}`, request));
      },
    },
  });

  const at = (portal: PortalProcess, token: string): Client =>
    createClient({ baseUrl: portal.httpUrl, token, retry: { limit: 0 } });
  const tokenOf = async (portal: PortalProcess, { email }: { readonly email: string }): Promise<string> =>
    (await at(portal, '').sessions.create({ email, password: samplePassword, channel: 'dashboard' })).token;

  it('S31, P-22: of two admins at two processes exactly one takes the last license, every time', async () => {
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

  it('G41, P-19: whoever is removed at one process is refused by the other at their very next request, by whatever they hold', async () => {
    const { organization_owner: owner } = hotel.people;
    const propertyId = hotel.property.id;
    // Where people agree to an app: a browser of this process reaches no other.
    const agreeing = await group.start();
    for (const [round, holder] of holders.entries()) {
      const { person, tokens, resetToken, invited } = holder;
      const [here, there] = round % 2 === 0 ? [one, two] : [two, one];
      const anybody = at(there, '');
      const preview = async (token: string) =>
        await anybody.accountSetups.preview({ token }).then(
          ({ purpose }) => purpose,
          (error: { readonly info: { readonly code: string } }) => error.info.code,
        );
      const refresh = async (refreshToken: string) =>
        await tokenRequest(appSide(there), app, { grant_type: 'refresh_token', refresh_token: refreshToken });
      const openCode = async () => {
        // A code lives for a minute, by the clock of whoever exchanges it.
        group.clock.advance(Math.max(0, Date.now() - group.clock.now()));
        const request = appRequest(app);
        const page = await agreeInBrowser(agreeing, app, request, { person, propertyId });
        return { code: codeOf(page), verifier: request.verifier };
      };
      const exchange = async ({ code, verifier }: Awaited<ReturnType<typeof openCode>>) =>
        await exchangeCode(appSide(there), app, code, verifier);
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
      const refreshed = await refresh(holder.refreshToken);
      expect([refreshed.status, (await exchange(await openCode())).status]).toEqual([200, 200]);
      expect([await preview(resetToken), await preview(invited.setupToken)]).toEqual([
        'set_password',
        'accept_invitation',
      ]);
      const code = await openCode();
      const stream = await streamOf(there, tokens.phone);

      await at(here, owner.token).members.remove({ memberId: person.id, confirm: 'remove' });
      const answers = await ask();
      await at(here, owner.token).invitations.remove({ invitationId: invited.invitationId });
      const setUp = await preview(invited.setupToken);

      expect(answers, `round ${round}`).toEqual(kinds.map((kind) => ({ kind, answer: 'unauthenticated' })));
      const invalid = { status: 400, body: { error: 'invalid_grant' } };
      expect(await refresh(String(refreshed.body['refresh_token']))).toMatchObject(invalid);
      expect(await exchange(code)).toMatchObject(invalid);
      expect([setUp, await preview(resetToken)]).toEqual(['setup-token-invalid', 'setup-token-invalid']);
      const late = anybody.accountSetups.complete({ token: resetToken, password: `${samplePassword} anew` });
      await expect(late).rejects.toMatchObject({ info: { code: 'setup-token-invalid' } });
      expect(await stream.rest()).not.toContain('event:');
    }
    await agreeing[Symbol.asyncDispose]();
  });

  /** An event stream at a process, begun. */
  async function streamOf(portal: PortalProcess, token: string) {
    const response = await fetch(`${portal.httpUrl}/v1/properties/${hotel.property.id}/events/stream`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(response.status).toBe(200);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toMatch(/^id: \d+\n\n/);
    return {
      /** What it still tells until it ends, which it has to. */
      rest: async (): Promise<string> => {
        let text = '';
        for (;;) {
          const read = await reader?.read();
          if (read === undefined || read.done) return text;
          text += read.value;
        }
      },
    };
  }

  it('P-20: of two Organization Owners who remove each other at two processes exactly one stays, every time', async () => {
    for (const [round, { organizationId, owners }] of pairs.entries()) {
      const [left, right] = round % 2 === 0 ? [one, two] : [two, one];
      const duelists = [at(left, owners[0].token), at(right, owners[1].token)] as const;
      const outcomes = await Promise.allSettled(
        duelists.map(async (client, index) => {
          const memberId = owners[1 - index]?.id ?? '';
          return await client.members.remove({ memberId, confirm: 'remove' });
        }),
      );
      expect(outcomes.map(({ status }) => status).sort(), `round ${round}`).toEqual(['fulfilled', 'rejected']);
      const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
      const lost = outcomes[1 - winner];
      expect(lost?.status === 'rejected' && lost.reason).toMatchObject({ info: { code: 'unauthenticated' } });
      const stays = owners[winner];
      for (const portal of [one, two]) {
        const { data } = await at(portal, stays?.token ?? '').members.listOfOrganization({ organizationId });
        const standing = data.filter(({ state, organizationOwner }) => state === 'active' && organizationOwner);
        expect(standing.map(({ id }) => id)).toEqual([stays?.id]);
        await expect(at(portal, owners[1 - winner]?.token ?? '').me()).rejects.toMatchObject({
          info: { code: 'unauthenticated' },
        });
      }
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
