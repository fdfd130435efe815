import type { OrganizationId } from '@latchwork/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditHash, readAudit, verifyAudit } from './audit-chain.js';
import { buildSampleHotel, giveKey, type SampleHotel } from './harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from './harness/test-portal.test-rig.js';

function chainOf(entries: readonly string[]) {
  let hash = '';
  return entries.map((entry, index) => {
    hash = auditHash(hash, entry);
    return { seq: index + 1, entry, hash };
  });
}

describe('an audit chain', () => {
  const chains = fc.array(fc.json(), { minLength: 2, maxLength: 12 }).map(chainOf);

  it('as it was written is whole', () => {
    fc.assert(
      fc.property(chains, (chain) => {
        expect(verifyAudit(chain)).toMatchObject({ whole: true, entries: chain.length });
      }),
    );
  });

  it('T11: shows an entry that was edited, taken out or put elsewhere', () => {
    fc.assert(
      fc.property(chains, fc.nat(), fc.nat(), (chain, first, second) => {
        const at = first % chain.length;
        const other = second % (chain.length - 1);
        const edited = chain.map((entry, index) => (index === at ? { ...entry, entry: `${entry.entry} ` } : entry));
        expect(verifyAudit(edited)).toEqual({ whole: false, seq: at + 1, because: 'edited' });
        const without = chain.filter((_, index) => index !== other);
        expect(verifyAudit(without)).toEqual({ whole: false, seq: other + 1, because: 'missing' });
        // Numbered anew, the hashes after the gap still give it away.
        expect(verifyAudit(without.map((entry, index) => ({ ...entry, seq: index + 1 }))).whole).toBe(false);
      }),
    );
  });
});

describe('the audit of an organization', () => {
  let test: TestPortal;
  let hotel: SampleHotel;

  beforeAll(async () => {
    test = await startTestPortal();
    hotel = await buildSampleHotel(test);
  });
  afterAll(async () => {
    await test[Symbol.asyncDispose]();
  });

  it('P-16, P-17: holds who did what, denied unlocks too, and is whole', async () => {
    const { housekeeping } = hotel.people;
    await housekeeping.client.unlock({ entranceId: hotel.entrance.id }).catch(() => undefined);
    const key = await giveKey(test, hotel, housekeeping.id);
    const entries = await readAudit(test.portal.store, hotel.organization.id as OrganizationId);
    expect(verifyAudit(entries)).toMatchObject({ whole: true, entries: entries.length });
    const lines = entries.map(({ entry }) => JSON.parse(entry));
    expect(lines.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['organization.created', 'property.created', 'member.invited', 'session.created']),
    );
    expect(lines.at(-2)).toMatchObject({
      action: 'unlock.denied',
      actor: { kind: 'member', memberId: housekeeping.id, channel: 'portal_app' },
      subject: { because: 'no-key', entranceId: hotel.entrance.id },
    });
    expect(lines.at(-1)).toMatchObject({ action: 'key.created', subject: { keyId: key.id } });
  });

  it('names persons by id only', async () => {
    const entries = await readAudit(test.portal.store, hotel.organization.id as OrganizationId);
    const text = entries.map(({ entry }) => entry).join('\n');
    expect(text).not.toMatch(/@|Olga|Hotel Aurora/);
  });
});
