import type { IntegrationId } from '@latchwork/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acceptInvitation } from '../harness/sample-office.test-rig.js';
import { type ScimOffice, startScimOffice } from '../harness/scim-office.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;
let at: ScimOffice;
beforeAll(async () => {
  test = await startTestPortal();
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

const off = { op: 'Replace', path: 'active', value: 'False' };
const on = { op: 'Replace', path: 'active', value: 'True' };
const inOffice = () => ({ organizationId: at.office.organizationId });
const licensed = async () => {
  const { assigned, reserved } = (await at.admin.subscription.get(inOffice())).usage;
  return assigned + reserved;
};
const find = async (name: string) =>
  (await at.scim('GET', `/Users?filter=${encodeURIComponent(`userName eq "${at.office.address(name)}"`)}`)).body
    .Resources;
const taken = { status: 409, body: { status: '409', scimType: 'uniqueness' } };

/** Pushes somebody who then accepts the invitation. */
async function join(name: string) {
  const { body } = await at.push(name);
  return { id: body.id as string, user: await acceptInvitation(at.test, at.office.address(name)) };
}

describe('people whom a directory pushes', () => {
  it('S18, S27, case 12: disabled they are deactivated with all that ends, readable; enabled they are back', async () => {
    at = await startScimOffice({ test });
    const { id, user } = await join('ada');
    expect(await at.user('ada')).toMatchObject({ id: user.id, state: 'active', role: 'member', licensed: true });
    const used = await licensed();
    expect(await at.patch(id, off)).toMatchObject({ status: 200, body: { active: false } });
    expect(await at.user('ada')).toMatchObject({ id: user.id, state: 'deactivated' });
    expect(await licensed()).toBe(used - 1);
    await expect(user.client.me()).rejects.toMatchObject({ info: { code: 'unauthenticated' } });
    expect((await at.scim('GET', `/Users/${id}`)).body).toMatchObject({ id, active: false });
    // Twice is as once.
    expect((await at.patch(id, off)).status).toBe(200);
    expect(await at.patch(id, on)).toMatchObject({ status: 200, body: { active: true } });
    expect(await at.user('ada')).toMatchObject({ id: user.id, state: 'active' });
    await expect(user.client.me()).rejects.toMatchObject({ info: { code: 'unauthenticated' } });
    expect((await at.patch(id, off)).status).toBe(200);
    expect(await at.user('ada')).toMatchObject({ state: 'deactivated' });
  });

  it('case 15: another address changes the address, not the person', async () => {
    at = await startScimOffice({ test });
    const { id, user } = await join('bea');
    const path = 'emails[type eq "work"].value';
    expect((await at.patch(id, { op: 'Replace', path, value: at.office.address('bea-maria') })).status).toBe(200);
    expect(await at.user('bea-maria')).toMatchObject({ id: user.id, state: 'active' });
    const { user: other } = await join('cid');
    const theirs = { op: 'Replace', path, value: at.office.address('cid') };
    expect(await at.patch(id, theirs)).toMatchObject(taken);
    expect(await at.user('cid')).toMatchObject({ id: other.id });
    expect((await at.scim('GET', `/Users/${id}`)).body.emails[0].value).toBe(at.office.address('bea-maria'));
  });

  it('P-22, case 36: of pushes and an invitation by hand at once, exactly as many win as there are licenses', async () => {
    at = await startScimOffice({ test, licenses: 5 });
    const free = 5 - (await licensed());
    expect(free).toBe(2);
    const pushes = ['p1', 'p2', 'p3', 'p4'].map(async (name) => (await at.push(name)).status === 201);
    const invitation = at.admin.users
      .invite({ ...inOffice(), rows: [{ email: at.office.address('by-hand') }] })
      .then(() => true)
      .catch((error: { info: { code: string } }) => {
        expect(error.info.code).toBe('license-shortfall');
        return false;
      });
    const won = (await Promise.all([...pushes, invitation])).filter(Boolean).length;
    expect(won).toBe(free);
    expect(await licensed()).toBe(5);
    const refused = await at.push('p9');
    expect(refused).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('1 short: 1 needed, 0 available') },
    });
    expect(refused.body).not.toHaveProperty('scimType');
    expect(await find('p9')).toEqual([]);
    expect(await at.integration()).toMatchObject({
      health: 'held',
      heldBecause: [{ because: 'seats-short', short: 1 }],
    });
    const notices = async () =>
      (await at.test.mails.all()).filter(
        ({ to, subject }) => to === at.office.address('admin') && subject.includes('waits for you'),
      );
    expect(await notices()).toHaveLength(1);
    const { version } = await at.admin.subscription.get(inOffice());
    await at.admin.subscription.update({ ...inOffice(), version, licenses: 20 });
    expect((await at.push('p9')).status).toBe(201);
    expect(await at.integration()).toMatchObject({ health: 'healthy', heldBecause: [] });
  });

  it('case 21: who comes back needs a license; whoever has none left is told so, and stays out', async () => {
    at = await startScimOffice({ test, licenses: 4 });
    const { id } = await join('dan');
    await at.patch(id, off);
    const { invitations } = await at.admin.users.invite({ ...inOffice(), rows: [{ email: at.office.address('eve') }] });
    expect(await at.patch(id, on)).toMatchObject({ status: 409, body: { detail: expect.stringContaining('1 short') } });
    expect(await at.user('dan')).toMatchObject({ state: 'deactivated' });
    expect((await at.scim('GET', `/Users/${id}`)).body.active).toBe(false);
    const invitationId = invitations[0]?.invitation.id ?? '';
    await at.admin.invitations.remove({ invitationId: invitationId });
    expect(await at.patch(id, on)).toMatchObject({ status: 200, body: { active: true } });
    expect(await at.user('dan')).toMatchObject({ state: 'active' });
  });

  it('P-20, case 31: the last Admin stays, whether disabled or deleted', async () => {
    at = await startScimOffice({ test });
    const { id, user } = await join('fay');
    const { version } = await at.admin.users.get({ memberId: user.id });
    await at.admin.users.update({ memberId: user.id, version, role: 'admin' });
    await user.client.users.deactivate({ memberId: at.office.people.admin.id });
    for (const answer of [await at.patch(id, off), await at.scim('DELETE', `/Users/${id}`)]) {
      expect(answer).toMatchObject({ status: 409, body: { detail: expect.stringContaining('administer') } });
    }
    expect((await user.client.me()).member.id).toBe(user.id);
    expect((await at.scim('GET', `/Users/${id}`)).body.active).toBe(true);
  });

  it('case 22: somebody from before is a conflict for a POST, can be found, and is linked by a change, as the same person', async () => {
    at = await startScimOffice({ test });
    const before = await at.office.join('gus', { role: 'coordinator' });
    expect(await at.push('gus')).toMatchObject(taken);
    const [found] = await find('gus');
    expect(found).toMatchObject({ id: before.id, userName: at.office.address('gus'), active: true });
    expect(await at.scim('GET', `/Users/${before.id}`)).toMatchObject({ status: 200, body: { id: before.id } });
    expect((await at.scim('DELETE', `/Users/${before.id}`)).status).toBe(404);
    const linked = await at.patch(
      before.id,
      { op: 'Add', path: 'externalId', value: 'g-1' },
      { op: 'Replace', path: 'displayName', value: 'Gustav' },
    );
    expect(linked).toMatchObject({ status: 200, body: { id: before.id, externalId: 'g-1', displayName: 'Gustav' } });
    expect(await at.user('gus')).toMatchObject({ id: before.id, role: 'coordinator', name: 'Gustav', state: 'active' });
    expect(await at.integration()).toMatchObject({ linked: 1 });
    expect((await at.scim('PUT', `/Users/${before.id}`, { ...linked.body, active: false })).status).toBe(200);
    expect(await at.user('gus')).toMatchObject({ id: before.id, state: 'deactivated' });
  });

  it('case 22: who is found may be disabled at once; an open invitation is taken over, too', async () => {
    at = await startScimOffice({ test });
    const before = await at.office.join('hal');
    expect(await at.patch(before.id, off)).toMatchObject({ status: 200, body: { active: false } });
    expect(await at.user('hal')).toMatchObject({ id: before.id, state: 'deactivated' });
    await at.admin.users.invite({ ...inOffice(), rows: [{ email: at.office.address('ida') }] });
    const [found] = await find('ida');
    expect((await at.patch(found.id, { op: 'add', path: 'title', value: 'T' })).status).toBe(200);
    expect(await at.user('ida')).toMatchObject({ state: 'inactive' });
  });

  it('case 22: nobody at a domain that is not the organization\u2019s own, and no Admin, is taken over or even seen', async () => {
    at = await startScimOffice({ test, settings: { ownDomains: [] } });
    await at.office.join('jon');
    expect(await at.push('jon')).toMatchObject(taken);
    expect(await find('jon')).toEqual([]);
    await at.admin.directoryIntegrations.update({
      integrationId: at.integrationId,
      version: (await at.integration()).version,
      ownDomains: [at.office.address('x').slice(2)],
    });
    expect(await find('jon')).toHaveLength(1);
    const { id } = at.office.people.admin;
    expect(await at.push('admin')).toMatchObject(taken);
    expect(await find('admin')).toEqual([]);
    expect(await at.scim('GET', `/Users/${id}`)).toMatchObject({ status: 404 });
    expect(await at.patch(id, off)).toMatchObject({ status: 404 });
  });

  it('case 20: the address of somebody deleted goes to nobody new before an Admin has decided', async () => {
    at = await startScimOffice({ test });
    const { id, user } = await join('kim');
    expect((await at.scim('DELETE', `/Users/${id}`)).status).toBe(204);
    expect(await at.user('kim')).toMatchObject({ id: user.id, state: 'deactivated' });
    expect((await at.scim('GET', `/Users/${id}`)).status).toBe(404);
    expect((await at.patch(id, on)).status).toBe(404);
    expect(await at.push('kim')).toMatchObject({
      ...taken,
      body: { detail: expect.stringContaining('removed from the directory') },
    });
    await at.admin.users.remove({ memberId: user.id, confirm: 'remove' });
    expect((await at.push('kim')).status).toBe(201);
    expect((await at.user('kim'))?.id).not.toBe(user.id);
  });

  it('case 32: what an Admin has deactivated by hand is no removal of the directory\u2019s any more', async () => {
    at = await startScimOffice({ test });
    const people = [];
    for (const name of ['s1', 's2', 's3', 's4', 's5']) people.push((await at.push(name)).body.id as string);
    const { id, user } = await join('s6');
    for (const one of people) await at.patch(one, off);
    expect((await at.patch(id, off)).status).toBe(409);
    await at.admin.users.deactivate({ memberId: user.id });
    expect(await at.patch(id, off)).toMatchObject({ status: 200, body: { active: false } });
    expect(await at.integration()).toMatchObject({ health: 'healthy' });
    // And it does not come back by itself (S25).
    expect((await at.patch(id, on)).status).toBe(200);
    expect(await at.user('s6')).toMatchObject({ state: 'deactivated' });
  });

  it('S25: whoever an Admin has removed comes back by no push', async () => {
    at = await startScimOffice({ test });
    const { id, user } = await join('mia');
    await at.admin.users.remove({ memberId: user.id, confirm: 'remove' });
    const edit = { op: 'replace', path: 'title', value: 'T' };
    expect(await at.patch(id, edit)).toMatchObject({
      ...taken,
      body: { detail: expect.stringContaining('Admin has removed') },
    });
    expect((await at.patch(id, off)).status).toBe(200);
    expect(await at.patch(id, on)).toMatchObject(taken);
    expect(await at.user('mia')).toBeUndefined();
  });

  it('case 29: whoever has no address is refused, unless disabled; a sign-in name that is an address will do', async () => {
    at = await startScimOffice({ test });
    const nameless = { userName: 'no-address', emails: [] };
    expect(await at.scim('POST', '/Users', nameless)).toMatchObject({
      status: 400,
      body: { scimType: 'invalidValue' },
    });
    const { status, body } = await at.scim('POST', '/Users', { ...nameless, active: false });
    expect(status).toBe(201);
    expect(await at.patch(body.id, on)).toMatchObject({ status: 400 });
    expect(
      (await at.patch(body.id, on, { op: 'replace', path: 'userName', value: at.office.address('named') })).status,
    ).toBe(200);
    expect(await at.user('named')).toMatchObject({ state: 'inactive' });
  });

  it('an integration that is removed takes what was pushed with it, and leaves the people', async () => {
    at = await startScimOffice({ test });
    const { id, user } = await join('leo');
    await at.scim('POST', '/Groups', { displayName: 'G', members: [{ value: id }] });
    await at.admin.directoryIntegrations.remove({ integrationId: at.integrationId });
    expect((await at.scim('GET', `/Users/${id}`)).status).toBe(401);
    const { scimUsers, scimGroups, scimMemberships } = test.portal.projection;
    const left = [scimUsers.group(at.integrationId), scimGroups.group(at.integrationId), scimMemberships.all()];
    expect(left).toEqual([[], [], []]);
    expect(await at.user('leo')).toMatchObject({ id: user.id, state: 'active' });
  });

  it('case 32: more removals in seven days than go by themselves wait for an Admin, who lets them go by hand', async () => {
    at = await startScimOffice({ test });
    const people = await Promise.all(
      ['r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7'].map(async (name) => ({
        name,
        id: (await at.push(name)).body.id as string,
      })),
    );
    for (const { id } of people.slice(0, 5)) {
      expect((await at.patch(id, off)).status).toBe(200);
      at.test.clock.advance(60 * 60 * 1000);
    }
    const sixth = people[5]?.id ?? '';
    for (const answer of [await at.patch(sixth, off), await at.scim('DELETE', `/Users/${sixth}`)]) {
      expect(answer).toMatchObject({
        status: 409,
        body: { detail: expect.stringMatching(/6 in seven days, where 5 go/) },
      });
    }
    expect(await at.user('r6')).toMatchObject({ state: 'inactive' });
    expect((await at.scim('GET', `/Users/${sixth}`)).body.active).toBe(true);
    const held = { health: 'held', heldBecause: [{ because: 'too-many-removed-lately', removed: 6, allowed: 5 }] };
    expect(await at.integration()).toMatchObject(held);
    const mails = (await at.test.mails.all()).filter(
      ({ to, subject }) => to === at.office.address('admin') && subject.includes('waits for you'),
    );
    expect(mails).toHaveLength(1);
    expect(mails[0]?.text).toContain('deactivate them under Users');
    // Whatever removes nobody goes on.
    expect((await at.push('new')).status).toBe(201);
    expect(await at.integration()).toMatchObject(held);
    at.test.clock.advance(7 * 24 * 60 * 60 * 1000);
    expect((await at.patch(sixth, off)).status).toBe(200);
    // The Admin's session is long over.
    const row = test.portal.projection.directoryIntegrations.get(at.integrationId as IntegrationId);
    expect(row).toMatchObject({ health: 'healthy', heldBecause: [] });
  });
});
