import { describe, expect, it } from 'vitest';
import type { ReadSnapshot } from './directory-source.js';
import { readFakeTenant } from './fake-source.test-rig.js';

const kinds = ['microsoft_365', 'google_workspace', 'scim'] as const;

function idsIn({ users }: ReadSnapshot): readonly string[] {
  return users.filter(({ standing }) => standing !== 'deleted').map(({ directoryId }) => directoryId);
}

describe.each(kinds)('somebody of %s who is expected and on no page', (kind) => {
  it('case 2, case 14: is asked for alone, and is not gone while the directory has an answer', async () => {
    const { source, directory } = readFakeTenant({ kind, people: kind === 'microsoft_365' ? 1_300 : 620 });
    const expected = directory.people.listed().map(({ id }) => id);
    const [gone = ''] = expected;
    directory.people.remove(gone);
    // Lists that end early, in agreement with each other and with every count.
    const isLater = ({ url }: { readonly url: URL }): boolean =>
      kind === 'scim' || /[?&]pageToken=|skiptoken=/.test(url.search);
    if (kind === 'scim') directory.faults.script({ fault: 'count-off', by: 200 - 619 }, { on: 'users', times: 1_000 });
    else directory.faults.script({ fault: 'lose-records' }, { on: 'users', times: 1_000, when: isLater });
    const snapshot = await source.readAll({ expected });
    expect([...idsIn(snapshot)].sort()).toEqual(expected.filter((id) => id !== gone).sort());
  });

  it('case 1: is not asked for where the lists have nobody, for that is to be seen', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 3 });
    const expected = directory.people.listed().map(({ id }) => id);
    const fault = kind === 'google_workspace' ? 'drop-list' : 'lose-records';
    directory.faults.script({ fault }, { on: 'users', times: 1_000 });
    const snapshot = await source.readAll({ expected });
    expect(idsIn(snapshot)).toEqual([]);
    expect(directory.requests.filter(({ operation }) => operation === 'user')).toEqual([]);
  });

  it('is missing with very many others, for the guard to judge', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 2_100 });
    const expected = directory.people.listed().map(({ id }) => id);
    for (const id of expected.slice(0, 2_050)) directory.people.remove(id);
    const snapshot = await source.readAll({ expected });
    expect(idsIn(snapshot)).toHaveLength(50);
    expect(directory.requests.filter(({ operation }) => operation === 'user')).toEqual([]);
  });

  it('is not looked for when everybody was seen', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 30 });
    await source.readAll({ expected: directory.people.listed().map(({ id }) => id) });
    expect(directory.requests.filter(({ operation }) => operation === 'user')).toEqual([]);
  });
});
