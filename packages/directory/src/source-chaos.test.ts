import { describe, expect, it } from 'vitest';
import { DirectoryError } from './directory-error.js';
import type { ReadSnapshot } from './directory-source.js';
import { readFakeTenant } from './fake-source.test-rig.js';

const kinds = ['microsoft_365', 'google_workspace', 'scim'] as const;

/** Whether a snapshot claims that whoever is not in it is gone. */
function claimsAbsence({ evidence, users }: ReadSnapshot): boolean {
  const { sawLastPage, malformed, counted, distinct } = evidence;
  const isCounted = counted === null || Math.abs(counted - distinct) <= counted * 0.02 + 2;
  return sawLastPage && malformed === 0 && isCounted && users.length > 0;
}

describe.each(kinds)('a source of %s in chaos', (kind) => {
  it('case 14: claims of nobody who is there that they are gone', async () => {
    let claims = 0;
    let refusals = 0;
    for (let seed = 1; seed <= 300; seed += 1) {
      const chaos = { seed, rate: [0.02, 0.1, 0.3][seed % 3] ?? 0 };
      const people = [3, 20, 60][Math.floor(seed / 3) % 3] ?? 0;
      const { source, directory } = readFakeTenant({
        kind,
        people,
        seed,
        chaos,
        maxResults: 7,
        cursors: seed % 2 === 0,
      });
      const before = directory.people.listed().map(({ id }) => id);
      try {
        const snapshot = await source.readAll();
        if (!claimsAbsence(snapshot)) continue;
        claims += 1;
        const there = new Set(directory.people.listed().map(({ id }) => id));
        const seen = new Map(snapshot.users.map((user) => [user.directoryId, user]));
        const isLost = (id: string): boolean => !seen.has(id) || seen.get(id)?.standing === 'deleted';
        const lost = before.filter((id) => there.has(id) && isLost(id));
        expect(lost, `seed ${seed}`).toEqual([]);
      } catch (error) {
        if (!(error instanceof DirectoryError)) throw error;
        refusals += 1;
      }
    }
    expect(claims).toBeGreaterThan(100);
    expect(refusals).toBeGreaterThan(10);
  });
});
