import { describe, expect, it } from 'vitest';
import { readFakeTenant, refusalOf } from './fake-source.test-rig.js';

const kinds = ['microsoft_365', 'google_workspace', 'scim'] as const;

/** Pages of a walk over everybody, the small one before it left out. */
const onPages = {
  on: 'users',
  when: ({ url }: { readonly url: URL }) => url.searchParams.get('maxResults') !== '1',
} as const;

describe.each(kinds)('a snapshot of %s', (kind) => {
  it('case 1: of nobody says so, and that it was read to its end', async () => {
    const { source } = readFakeTenant({ kind });
    const { users, evidence } = await source.readAll();
    expect(users).toEqual([]);
    expect(evidence).toMatchObject({ sawLastPage: true, distinct: 0, malformed: 0 });
    if (kind !== 'google_workspace') expect(evidence.counted).toBe(0);
  });

  it('case 1: does not come of answers without a list, but where that is how emptiness looks', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 20 });
    directory.faults.script({ fault: 'drop-list' }, { ...onPages, times: 100 });
    if (kind === 'google_workspace') {
      const { users, evidence } = await source.readAll();
      expect(users).toEqual([]);
      expect(evidence.distinct).toBe(0);
    } else {
      expect((await refusalOf(source.readAll())).code).toBe('answer-malformed');
    }
  });

  it('case 5: has everybody when pages are empty and others follow', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 1_100 });
    directory.faults.script({ fault: 'empty-page' }, { ...onPages, times: 2 });
    const { users, evidence } = await source.readAll();
    expect(users).toHaveLength(1_100);
    expect(evidence).toMatchObject({ sawLastPage: true, distinct: 1_100 });
  });

  it.each(['drop-next', 'lose-records'] as const)('has everybody when one page goes wrong: %s', async (fault) => {
    const { source, directory } = readFakeTenant({ kind, people: 1_100 });
    directory.faults.script({ fault }, { ...onPages, skip: 1 });
    const { users, evidence } = await source.readAll();
    expect(users).toHaveLength(1_100);
    expect(evidence).toMatchObject({ sawLastPage: true, distinct: 1_100 });
  });

  it('case 2: is incomplete, or agrees with no count, when pages go wrong all the time', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 1_100 });
    directory.faults.script({ fault: 'lose-records' }, { ...onPages, times: 100, when: isLaterPage });
    const { evidence } = await source.readAll();
    const isBelievable =
      evidence.sawLastPage && (evidence.counted === null || Math.abs(evidence.counted - evidence.distinct) <= 24);
    // Google has no second opinion on what all of its lists leave out.
    expect(isBelievable).toBe(kind === 'google_workspace');
  });

  it('counts records that are nobody’s, and is incomplete for them', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 20 });
    directory.faults.script({ fault: 'drop-fields', fields: ['id'] }, { ...onPages, times: 100 });
    const { evidence, users } = await source.readAll();
    expect(users).toEqual([]);
    expect(evidence.malformed).toBe(20);
  });

  it('case 11: merges what is said of one user twice, and blanks nothing', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 5 });
    const [first] = (await source.readAll()).users;
    directory.faults.script({ fault: 'contradict', fields: { displayName: 'Said Later' } }, { ...onPages, times: 10 });
    directory.faults.script({ fault: 'partial', fields: { title: 'Only This' } }, { ...onPages, times: 10 });
    const { users, evidence } = await source.readAll();
    expect(users).toHaveLength(5);
    expect(evidence.distinct).toBe(5);
    for (const user of users) {
      const person = directory.people.get(user.directoryId);
      expect(user).toMatchObject({ email: person.email, givenName: person.givenName, standing: 'enabled' });
    }
    expect(users.some(({ directoryId }) => directoryId === first?.directoryId)).toBe(true);
  });

  it('says nothing of fields that were left out', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 5 });
    const fields = ['displayName', 'name', 'givenName', 'surname', 'jobTitle', 'title', 'organizations', 'department'];
    directory.faults.script({ fault: 'drop-fields', fields }, { ...onPages, times: 10 });
    for (const user of (await source.readAll()).users) {
      expect(user).not.toHaveProperty('displayName');
      expect(user).not.toHaveProperty('givenName');
      expect(user).not.toHaveProperty('title');
      expect(user.email).toBe(directory.people.get(user.directoryId).email);
    }
  });

  it('case 14: misses nobody who was there all the time, whoever comes and goes meanwhile', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 1_300, maxResults: 20 });
    const before = directory.people.listed().map(({ id }) => id);
    const gone = new Set<string>();
    const come = new Set<string>();
    const run = (): void => {
      const leaver = directory.people.listed().find(({ id }) => before.includes(id) && !gone.has(id));
      if (leaver) {
        gone.add(leaver.id);
        directory.people.remove(leaver.id);
      }
      come.add(directory.people.add({ givenName: 'New', familyName: 'Comer' }).id);
    };
    directory.faults.script({ fault: 'meanwhile', run }, { ...onPages, times: 40 });
    const { users } = await source.readAll();
    expect(gone.size).toBeGreaterThan(1);
    const seen = new Set(users.filter(({ standing }) => standing !== 'deleted').map(({ directoryId }) => directoryId));
    expect(before.filter((id) => !gone.has(id) && !seen.has(id))).toEqual([]);
    if (kind === 'microsoft_365') {
      expect([...come].filter((id) => !seen.has(id))).toEqual([]);
      expect([...gone].filter((id) => seen.has(id))).toEqual([]);
    }
  });

  it('case 33: names the tenant that it is of, and its scope is always everybody', async () => {
    const one = readFakeTenant({ kind, people: 3, seed: 1 });
    const other = readFakeTenant({ kind, people: 3, seed: 2 });
    const [ofOne, ofOther] = [await one.source.readAll(), await other.source.readAll()];
    if (kind !== 'scim') expect(ofOne.tenantId).not.toBe(ofOther.tenantId);
    expect(ofOne.scope).toBe(ofOther.scope);
    expect((await one.source.readAll()).tenantId).toBe(ofOne.tenantId);
    if (kind === 'google_workspace') {
      const lists = one.directory.requests.filter(({ operation }) => operation === 'users' || operation === 'groups');
      for (const { query } of lists) {
        expect(query['customer']).toBeDefined();
        expect(query['domain']).toBeUndefined();
      }
    }
  });
});

describe('a snapshot of google_workspace', () => {
  it('case 6: is asked for with masks that never leave out where the next page is', async () => {
    const { source, directory } = readFakeTenant({ kind: 'google_workspace', people: 20 });
    directory.groups.add({ name: 'Everyone', memberIds: [directory.tenantId] });
    await source.readAll({ groups: true });
    const masks = directory.requests.flatMap(({ query }) => query['fields'] ?? []);
    expect(new Set(masks).size).toBe(4);
    for (const mask of masks) expect(mask.startsWith('nextPageToken,')).toBe(true);
  });
});

describe('a snapshot of microsoft_365', () => {
  it('case 7: says that 2 % more are counted than were seen', async () => {
    const { source, directory } = readFakeTenant({ kind: 'microsoft_365', people: 200 });
    directory.faults.script({ fault: 'count-off', by: 7 }, { on: 'count', times: 100 });
    const { evidence } = await source.readAll();
    expect(evidence).toMatchObject({ counted: 207, distinct: 200, sawLastPage: true });
    const counts = directory.requests.filter(({ operation }) => operation === 'count');
    expect(counts.every(({ headers }) => headers['consistencylevel'] === 'eventual')).toBe(true);
  });

  it('has no count where the tenant keeps none, and believes two lists that agree', async () => {
    const { source, directory } = readFakeTenant({ kind: 'microsoft_365', people: 20 });
    directory.faults.script({ fault: 'answer', status: 400 }, { on: 'count', times: 100 });
    const { evidence } = await source.readAll();
    expect(evidence).toMatchObject({ counted: null, distinct: 20, sawLastPage: true });
    expect(directory.requests.filter(({ operation }) => operation === 'users')).toHaveLength(2);
  });

  it('is read with one list when the count agrees with it', async () => {
    const { source, directory } = readFakeTenant({ kind: 'microsoft_365', people: 20 });
    await source.readAll();
    expect(directory.requests.filter(({ operation }) => operation === 'users')).toHaveLength(1);
  });
});

function isLaterPage({ url }: { readonly url: URL }): boolean {
  if (url.searchParams.has('startIndex')) return url.searchParams.get('startIndex') !== '1';
  return url.searchParams.has('$skiptoken') || url.searchParams.has('pageToken');
}
