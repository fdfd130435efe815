import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFakeDirectory, type FakeDirectory } from './fake-directory.js';
import { signedIn } from './signed-in.test-rig.js';

const kinds = ['microsoft_365', 'google_workspace'] as const;

/** Walks the users of a directory page by page. */
async function walk(directory: FakeDirectory, top: number, between: (page: number) => void = () => undefined) {
  const { ask, headers } = await signedIn(directory);
  const graph = directory.kind === 'microsoft_365';
  const first = graph ? `/users?$top=${top}` : `/users?customer=my_customer&maxResults=${top}`;
  const ids: string[] = [];
  let answer = await ask(first);
  for (let page = 1; ; page += 1) {
    const body = (await answer.json()) as Record<string, unknown>;
    ids.push(...((body[graph ? 'value' : 'users'] ?? []) as { id: string }[]).map(({ id }) => id));
    const next = body[graph ? '@odata.nextLink' : 'nextPageToken'] as string | undefined;
    if (next === undefined) return ids;
    between(page);
    answer = graph ? await directory.fetch(next, { headers }) : await ask(`${first}&pageToken=${next}`);
  }
}

test.each(kinds)('pages of %s of any size add up to everybody, each once (law)', async (kind) => {
  const run = async (people: number, top: number, deleted: readonly number[]) => {
    const directory: FakeDirectory = createFakeDirectory({ kind, people });
    for (const at of deleted) {
      const person = directory.people.all()[at];
      if (person !== undefined) directory.people.softDelete(person.id);
    }
    const listed = directory.people.listed().map(({ id }) => id);
    expect(await walk(directory, top)).toEqual(listed.sort());
  };
  const deleted = fc.array(fc.nat(30), { maxLength: 5 });
  await fc.assert(fc.asyncProperty(fc.nat(30), fc.integer({ min: 1, max: 40 }), deleted, run), { numRuns: 60 });
});

test.each(kinds)(
  'case 14: however %s changes between pages, who is there throughout is listed once (law)',
  async (kind) => {
    const run = async (top: number, edits: readonly (readonly [number, number])[]) => {
      const directory: FakeDirectory = createFakeDirectory({ kind, people: 20 });
      const before = directory.people.all().map(({ id }) => id);
      const queue = [...edits];
      const walked = await walk(directory, top, () => {
        const [what, whom] = queue.shift() ?? [];
        const person = whom === undefined ? undefined : directory.people.all()[whom];
        if (what === 0) directory.people.add();
        if (what === 1 && person !== undefined) directory.people.remove(person.id);
        if (what === 2 && person !== undefined) directory.people.softDelete(person.id);
      });
      const after = new Set(directory.people.listed().map(({ id }) => id));
      const throughout = before.filter((id) => after.has(id));
      expect(walked.filter((id) => throughout.includes(id)).sort()).toEqual(throughout.sort());
      expect(new Set(walked).size).toBe(walked.length);
    };
    const edits = fc.array(fc.tuple(fc.nat(2), fc.nat(19)), { maxLength: 12 });
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 8 }), edits, run), { numRuns: 60 });
  },
);

test.each(kinds)('a walk of %s misses newcomers before the place that it has reached', async (kind) => {
  const directory: FakeDirectory = createFakeDirectory({ kind, people: 6 });
  const walked = await walk(directory, 3, () => directory.people.add({ id: '0' }));
  expect(walked).toHaveLength(6);
  expect(await walk(directory, 3)).toHaveLength(7);
});
