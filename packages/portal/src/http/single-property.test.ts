import { randomUUID } from 'node:crypto';
import type { HospitalityRole } from '@latchwork/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Person, signIn } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;

beforeAll(async () => {
  test = await startTestPortal();
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

const confirm = 'remove';

/** One property without an organization above it, and its Owner. */
async function guestHouse() {
  const slug = `guest-house-${randomUUID().slice(0, 8)}.example`;
  const email = `greta@${slug}`;
  const made = await test.client(test.portal.operatorKey.reveal()).organizations.create({
    ...{ name: 'Guest House', kind: 'single_property', owner: { email } },
    property: { name: 'Guest House', timeZone: 'Europe/Berlin' },
  });
  if (made.property === null) throw new Error('The guest house has no property.');
  const { id: propertyId } = made.property;
  const owner = await signIn(test, { email });
  const invite = async (name: string, role: HospitalityRole) => {
    const emails = [`${name}@${slug}`];
    const { invitations } = await owner.client.invitations.createForProperty({ propertyId, emails, role });
    const [invited] = invitations;
    if (invited === undefined) throw new Error('Nobody was invited.');
    return invited;
  };
  const join = async (name: string, role: HospitalityRole): Promise<Person> => {
    const invited = await invite(name, role);
    return await signIn(test, { email: invited.email });
  };
  return { organizationId: made.organization.id, propertyId, owner, invite, join };
}

describe('a single property', () => {
  it('G4, G6, G54: names as those who could only roles that it has', async () => {
    const { organizationId, propertyId, join, owner } = await guestHouse();
    const manager = await join('gerd', 'general_manager');
    const team = await join('tina', 'team');
    const refused = async (call: Promise<unknown>) => {
      const { info } = await call.then(
        () => Promise.reject(new Error('It was allowed.')),
        (error) => error,
      );
      expect(info.explanation).not.toContain('Organization Owner');
      return info;
    };
    const { version } = await owner.client.organizations.get({ organizationId });
    for (const call of [
      () => manager.client.organizations.update({ organizationId, version, name: 'Mine' }),
      () => manager.client.organizations.update({ organizationId, version, peerManagement: false }),
      () => manager.client.events.listOfOrganization({ organizationId }),
      () => manager.client.audit.list({ organizationId }),
    ]) {
      expect(await refused(call())).toMatchObject({ code: 'forbidden', whoCould: ['owner'] });
    }
    const build = team.client.entrances.create({ propertyId, name: 'Shed' });
    expect(await refused(build)).toMatchObject({ code: 'forbidden', whoCould: ['owner', 'general_manager'] });
    const rise = manager.client.members.setAssignment({
      ...{ propertyId, memberId: team.id, role: 'owner' },
      version: (await owner.client.members.get({ memberId: team.id })).version,
    });
    expect(await refused(rise)).toMatchObject({ code: 'role-level-not-manageable', whoCould: ['owner'] });
    // And the Owner could.
    const renamed = await owner.client.organizations.update({ organizationId, version, name: 'Ours' });
    expect(renamed.name).toBe('Ours');
  });

  it('G25, P-20: keeps its last Owner who can sign in, whoever asks and however; one only invited does not count', async () => {
    const { propertyId, owner, invite, join } = await guestHouse();
    const last = { info: { code: 'last-of-role', role: 'owner', propertyId } };
    const versionOf = async ({ id: memberId }: Person) => (await owner.client.members.get({ memberId })).version;
    const whole = { memberId: owner.id, confirm } as const;
    const { members } = owner.client;
    const attempts = [
      async () => {
        const version = await versionOf(owner);
        return await members.setAssignment({ propertyId, memberId: owner.id, role: 'general_manager', version });
      },
      async () => {
        const version = await versionOf(owner);
        return await members.update({
          ...{ memberId: owner.id, version },
          assignments: [{ propertyId, role: 'team' }],
        });
      },
      async () => await members.remove(whole),
      async () => await members.removeFromProperty({ propertyId, ...whole }),
      async () => await members.leave({}),
      async () => await members.leave({ propertyId }),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject(last);
    await invite('ines', 'owner');
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject(last);
    expect((await owner.client.me()).member).toMatchObject({
      state: 'active',
      assignments: [{ propertyId, role: 'owner' }],
    });

    const second = await join('otto', 'owner');
    expect(await second.client.members.remove(whole)).toMatchObject({ state: 'removed' });
    await expect(second.client.members.leave({})).rejects.toMatchObject(last);
  });
});
