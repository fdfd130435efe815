import { expect, test } from 'vitest';
import type { DirectoryFaultName } from './directory-faults.js';
import { createFakeDirectory, type FakeDirectory } from './fake-directory.js';
import type { FakeDirectoryKind } from './fake-person.js';
import { signedIn } from './signed-in.test-rig.js';

const kinds: readonly FakeDirectoryKind[] = ['microsoft_365', 'google_workspace', 'scim'];
const pages = {
  microsoft_365: ['/users?$top=3', '/users/delta', '/groups', '/users/$count'],
  google_workspace: ['/users?customer=my_customer&maxResults=3', '/groups?customer=my_customer'],
  scim: ['/Users?count=3', '/Users?cursor=&count=3', '/Groups', '/ServiceProviderConfig'],
};
const clock = {
  now: () => Date.now(),
  after(_delayMs: number, run: () => void) {
    run();
    return () => undefined;
  },
};

/** What a fixed walk meets: faults, statuses, or that the connection was lost. */
async function meet(directory: FakeDirectory, rounds: number): Promise<readonly string[]> {
  const { kind } = directory;
  const token = await signedIn(directory).then(
    (signed) => signed.token,
    () => '',
  );
  const met: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const path of pages[kind]) {
      const headers = { authorization: `Bearer ${token}` };
      const asked = directory.fetch(`${directory.urls.base}${path}`, { headers });
      const size = await asked
        .then((answer) => answer.text())
        .then(
          (text) => `${text.length}`,
          () => 'lost',
        );
      const { status, faults } = directory.requests.at(-1) ?? { status: 0, faults: [] };
      met.push(`${path} ${status} ${faults.join()} ${size === 'lost' ? size : ''}`);
    }
  }
  return met;
}

const tenant = (kind: FakeDirectoryKind, seed: number, rate = 0.5): FakeDirectory =>
  createFakeDirectory({ kind, people: 7, cursors: true, clock, chaos: { seed, rate } });

test.each(kinds)('the same seed brings the same faults to %s, another one others', async (kind) => {
  const met = await meet(tenant(kind, 1), 20);
  expect(await meet(tenant(kind, 1), 20)).toEqual(met);
  expect(await meet(tenant(kind, 2), 20)).not.toEqual(met);
});

test.each(kinds)('the rate says how many requests of %s get one', async (kind) => {
  const withFaults = (directory: FakeDirectory): number =>
    directory.requests.filter(({ faults }) => faults.length > 0).length / directory.requests.length;
  const quiet = tenant(kind, 1, 0);
  await meet(quiet, 20);
  expect(withFaults(quiet)).toBe(0);
  const busy = tenant(kind, 1, 0.3);
  await meet(busy, 100);
  expect(withFaults(busy)).toBeGreaterThan(0.2);
  expect(withFaults(busy)).toBeLessThan(0.4);
});

test('every fault comes sooner or later, and only those that were asked for', async () => {
  const names = new Set<string>();
  for (const kind of kinds) {
    for (let seed = 1; seed <= 4; seed += 1) {
      const directory = tenant(kind, seed, 1);
      await meet(directory, 40);
      for (const { faults } of directory.requests) for (const name of faults) names.add(name);
    }
  }
  const every: Record<DirectoryFaultName, true> = {
    answer: true,
    throttle: true,
    truncate: true,
    'hang-up': true,
    html: true,
    'content-type': true,
    'drop-fields': true,
    'drop-list': true,
    'lose-records': true,
    'drop-next': true,
    'empty-page': true,
    'self-link': true,
    cycle: true,
    'foreign-link': true,
    contradict: true,
    partial: true,
    'count-off': true,
    unauthorized: true,
    forbidden: true,
    slow: true,
    meanwhile: true,
  };
  expect([...names].sort()).toEqual(Object.keys(every).sort());
  const only = ['html', 'truncate'] as const;
  const directory = createFakeDirectory({ kind: 'scim', people: 3, chaos: { seed: 1, rate: 1, only } });
  await meet(directory, 20);
  expect(new Set(directory.requests.flatMap(({ faults }) => faults))).toEqual(new Set(only));
});

test('drift leaves a journal, so that who was there all the time can be told', async () => {
  const chaos = { seed: 5, rate: 1, only: ['meanwhile'] as const };
  const directory = createFakeDirectory({ kind: 'scim', people: 30, chaos });
  await meet(directory, 10);
  const changes = directory.changes.slice(30);
  expect(changes.length).toBeGreaterThan(10);
  expect(new Set(changes.map(({ change }) => change)).size).toBeGreaterThan(2);
});
