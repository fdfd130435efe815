import { describe, expect, it } from 'vitest';
import { readFakeTenant, startFakeTenant } from './fake-source.test-rig.js';

const kinds = ['microsoft_365', 'google_workspace', 'scim'] as const;

describe.each(kinds)('a source of %s', (kind) => {
  it('S16: reads everybody of the tenant, over all of its pages, with what shows that it is all', async () => {
    await using tenant = await startFakeTenant({ kind, people: 1_203 });
    const { users, evidence, coverage, tenantId } = await tenant.source.readAll();
    expect(users).toHaveLength(1_203);
    expect(coverage).toBe('everybody');
    expect(tenantId).toBe((await tenant.source.probe()).tenantId);
    expect(evidence).toMatchObject({ sawLastPage: true, distinct: 1_203, malformed: 0 });
    expect(evidence.counted).toBe(kind === 'google_workspace' ? null : 1_203);
  });

  it('S23: says of each what the directory says', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 30 });
    const { users } = await source.readAll();
    for (const user of users) {
      const person = directory.people.get(user.directoryId);
      expect(user).toMatchObject({
        email: person.email,
        givenName: person.givenName,
        familyName: person.familyName,
        displayName: person.displayName,
        department: person.department,
        title: person.title,
        standing: 'enabled',
      });
      expect(user.kind ?? 'person').toBe('person');
    }
  });
});
