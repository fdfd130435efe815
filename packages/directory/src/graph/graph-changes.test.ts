import type { DirectoryUser } from '@latchwork/core/directory';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReadSnapshot } from '../directory-source.js';
import { readFakeTenant, refusalOf } from '../fake-source.test-rig.js';
import { createGraphSource } from './graph-source.js';

const dayMs = 86_400_000;

function tenantOf(options: Partial<Parameters<typeof readFakeTenant>[0]> = {}) {
  const tenant = readFakeTenant({ kind: 'microsoft_365', people: 20, ...options });
  return {
    ...tenant,
    changes: (token: string | null): Promise<ReadSnapshot> =>
      tenant.source.readChanges?.(token ?? '') ?? Promise.reject(new Error('Graph tells of changes.')),
  };
}

function named(snapshot: ReadSnapshot, directoryId: string): DirectoryUser | undefined {
  return snapshot.users.find((user) => user.directoryId === directoryId);
}

describe('changes since a reading', () => {
  it('are whoever was added, changed or removed, and nobody else', async () => {
    const { source, directory, changes } = tenantOf();
    const { deltaToken } = await source.readAll();
    expect((await changes(deltaToken)).users).toEqual([]);
    const [first, second, third] = directory.people.listed();
    const added = directory.people.add({ givenName: 'New', familyName: 'Comer' });
    directory.people.changeEmail(first?.id ?? '', 'moved@example.com');
    directory.people.remove(second?.id ?? '');
    directory.people.disable(third?.id ?? '');
    const snapshot = await changes(deltaToken);
    expect(snapshot.coverage).toBe('changes');
    expect(snapshot.evidence).toMatchObject({ counted: null, sawLastPage: true });
    expect(snapshot.users).toHaveLength(4);
    expect(named(snapshot, added.id)).toMatchObject({ givenName: 'New', email: added.email, standing: 'enabled' });
    expect(named(snapshot, first?.id ?? '')?.email).toBe('moved@example.com');
    expect(named(snapshot, second?.id ?? '')).toEqual({ directoryId: second?.id, standing: 'deleted' });
    expect(named(snapshot, third?.id ?? '')?.standing).toBe('disabled');
    expect((await changes(snapshot.deltaToken)).users).toEqual([]);
  });

  it('go on over empty pages and several of them', async () => {
    const { source, directory, changes } = tenantOf({ deltaPageSize: 2 });
    const { deltaToken } = await source.readAll();
    for (const { id } of directory.people.listed()) directory.people.rename(id, { familyName: 'Renamed' });
    directory.faults.script({ fault: 'empty-page' }, { on: 'changes', times: 3 });
    const snapshot = await changes(deltaToken);
    expect(snapshot.users).toHaveLength(20);
    expect(snapshot.evidence.pages).toBe(13);
  });

  it.each(['gone', 'sync-state-not-found'] as const)(
    'case 10: are lost when Graph has forgotten them: %s',
    async (how) => {
      const { source, directory, changes } = tenantOf();
      const { deltaToken } = await source.readAll();
      directory.forgetChanges(how);
      expect(await refusalOf(changes(deltaToken))).toEqual({ code: 'token-expired' });
      expect((await source.readAll()).users).toHaveLength(20);
    },
  );

  it('case 10: are not asked for after seven days', async () => {
    const { source, directory, changes, clock } = tenantOf();
    const { deltaToken } = await source.readAll();
    clock.pass(7 * dayMs);
    const asked = directory.requests.length;
    expect(await refusalOf(changes(deltaToken))).toEqual({ code: 'token-expired' });
    expect(directory.requests).toHaveLength(asked);
  });

  it.each(['', 'nonsense', '{}', '[]', '{"link":1,"takenAt":2}', '{"link":"https://x"}', 'null'])(
    'case 10: are not asked for with what is no token: %s',
    async (token) => {
      expect(await refusalOf(tenantOf().changes(token))).toEqual({ code: 'token-expired' });
    },
  );

  it('case 10: forgotten during a listing lead to another listing', async () => {
    const { source, directory, clock } = tenantOf();
    const forget = (): void => {
      directory.forgetChanges('gone');
      clock.pass(10);
    };
    directory.faults.script({ fault: 'meanwhile', run: forget }, { on: 'users' });
    const [, second] = directory.people.listed();
    directory.faults.script(
      { fault: 'meanwhile', run: () => directory.people.rename(second?.id ?? '', { familyName: 'Moved' }) },
      { on: 'users', skip: 1 },
    );
    const snapshot = await source.readAll();
    expect(snapshot.evidence.sawLastPage).toBe(true);
    expect(named(snapshot, second?.id ?? '')?.familyName).toBe('Moved');
    expect(directory.requests.filter(({ operation }) => operation === 'users').length).toBeGreaterThan(1);
  });
});

describe('somebody who is deleted', () => {
  it('case 12: is told as deleted, and as enabled when restored', async () => {
    const { source, directory, changes } = tenantOf();
    const { deltaToken } = await source.readAll();
    const [person] = directory.people.listed();
    const id = person?.id ?? '';
    directory.people.softDelete(id);
    const gone = await changes(deltaToken);
    expect(named(gone, id)).toEqual({ directoryId: id, standing: 'deleted' });
    directory.people.restore(id);
    const back = await changes(gone.deltaToken);
    expect(named(back, id)).toMatchObject({ standing: 'enabled', email: person?.email });
  });

  it('case 12: and restored within one round, without a word on being open, is asked for by name', async () => {
    for (const after of ['open', 'closed', 'gone'] as const) {
      const { source, directory, changes } = tenantOf();
      const { deltaToken } = await source.readAll();
      const id = directory.people.listed()[0]?.id ?? '';
      if (after === 'closed') directory.people.disable(id);
      if (after === 'gone') directory.people.remove(id);
      directory.people.rename(directory.people.listed()[1]?.id ?? '', { familyName: 'Moved' });
      directory.faults.script(
        {
          fault: 'answer',
          status: 200,
          headers: { 'content-type': 'application/json' },
          body: {
            value: [
              { id, '@removed': { reason: 'changed' } },
              { id, displayName: 'Back Again' },
            ],
            '@odata.deltaLink': `${directory.urls.base}/users/delta?$deltatoken=x`,
          },
        },
        { on: 'changes' },
      );
      const user = named(await changes(deltaToken), id);
      expect(user?.standing).toBe({ open: 'enabled', closed: 'disabled', gone: 'deleted' }[after]);
    }
  });

  it('case 13: and named in a first round is deleted, not new', async () => {
    const { source, directory } = tenantOf({ tombstonesInFirstRound: true });
    const [person, other] = directory.people.listed();
    directory.people.softDelete(person?.id ?? '');
    directory.faults.script(
      {
        fault: 'meanwhile',
        run: () => {
          directory.people.softDelete(other?.id ?? '');
        },
      },
      { on: 'users' },
    );
    const snapshot = await source.readAll();
    expect(named(snapshot, other?.id ?? '')).toEqual({ directoryId: other?.id, standing: 'deleted' });
    expect(snapshot.users.filter(({ standing }) => standing !== 'deleted')).toHaveLength(18);
    expect(snapshot.evidence).toMatchObject({ counted: 18, distinct: 18, sawLastPage: true });
  });

  it('case 30: keeps the address, whatever the sign-in name becomes', async () => {
    const { source, directory, changes } = tenantOf();
    const { deltaToken } = await source.readAll();
    const [person] = directory.people.listed();
    directory.people.softDelete(person?.id ?? '');
    const user = named(await changes(deltaToken), person?.id ?? '');
    expect(user).not.toHaveProperty('email');
    expect(user?.standing).toBe('deleted');
  });
});

const deeds = ['add', 'soft-delete', 'remove', 'disable', 'enable', 'rename'] as const;
const deed = fc.record({ what: fc.constantFrom(...deeds), who: fc.nat(1_000) });
const history = fc.array(fc.array(deed, { maxLength: 8 }), { minLength: 1, maxLength: 5 });

it('a history of changes, read in rounds of any size, comes to what a listing says', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.integer({ min: 1, max: 5 }), async (rounds, deltaPageSize) => {
      const { source, directory, changes, clock } = tenantOf({ deltaPageSize });
      const { people } = directory;
      const first = await source.readAll();
      const known = new Map(first.users.map((user) => [user.directoryId, user]));
      let token = first.deltaToken;
      for (const [round, steps] of rounds.entries()) {
        for (const [step, { what, who }] of steps.entries()) {
          const all = people.all();
          const { id = '', standing } = all[who % all.length] ?? {};
          if (what === 'add' || id === '') people.add({ givenName: 'New', familyName: `Comer${step}` });
          else if (standing === 'deleted') people.restore(id);
          else if (what === 'soft-delete') people.softDelete(id);
          else if (what === 'remove') people.remove(id);
          else if (what === 'disable') people.disable(id);
          else if (what === 'enable') people.enable(id);
          else people.rename(id, { familyName: `Name${round}.${step}`, displayName: `D${step}` });
        }
        clock.pass(dayMs);
        const snapshot = await changes(token);
        for (const user of snapshot.users) known.set(user.directoryId, { ...known.get(user.directoryId), ...user });
        token = snapshot.deltaToken;
      }
      const listed = new Map((await source.readAll()).users.map((user) => [user.directoryId, user]));
      const living = [...known.values()].filter(({ standing }) => standing !== 'deleted');
      expect(living.map(({ directoryId }) => directoryId).sort()).toEqual([...listed.keys()].sort());
      for (const { directoryId, familyName, displayName, standing, email } of living) {
        expect(listed.get(directoryId)).toMatchObject({ familyName, displayName, standing, email });
      }
    }),
    { numRuns: 60 },
  );
});

it('where a national cloud is named, tokens are asked for that one', async () => {
  const bodies: string[] = [];
  const source = createGraphSource({
    clock: { now: () => 0, wait: () => Promise.resolve() },
    tenantId: 'contoso.example',
    clientId: 'app',
    credential: { type: 'secret', clientSecret: 'secret' },
    baseUrl: 'https://graph.microsoft.us/v1.0',
    loginUrl: 'https://login.microsoftonline.us/',
    fetch: async (input, init) => {
      if (init?.method === 'POST') bodies.push(`${input} ${init.body}`);
      return Response.json({ access_token: 't', value: [{ id: 'abc' }] });
    },
  });
  expect(await source.probe()).toEqual({ tenantId: 'abc' });
  expect(bodies).toEqual([
    'https://login.microsoftonline.us/contoso.example/oauth2/v2.0/token grant_type=client_credentials&client_id=app&' +
      'scope=https%3A%2F%2Fgraph.microsoft.us%2F.default&client_secret=secret',
  ]);
});
