import type { Client } from '@latchwork/client';
import { describe, expect, it } from 'vitest';
import { email, failing, named, rowOf, startPasswordOffice, usersOf } from '../harness/directory-people.test-rig.js';
import { samplePassword } from '../harness/sample-hotel.test-rig.js';
import { acceptInvitation } from '../harness/sample-office.test-rig.js';

describe('who changes', () => {
  it('S25: an open invitation for the address is matched, not New', async () => {
    await using at = await startPasswordOffice({ people: named('ada'), settings: { ownDomains: ['corp.example'] } });
    const { organizationId } = at.office;
    const { invitations } = await at.admin.users.invite({ organizationId, rows: [{ email: email('ada') }] });
    const review = await at.review();
    expect(await rowOf(at, review.id, 'ada')).toMatchObject({
      status: 'updated',
      because: 'adopt',
      memberId: invitations[0]?.user.id,
    });
    await at.sync({ reviewId: review.id });
    expect((await at.test.mails.all()).filter(({ to }) => to === email('ada'))).toHaveLength(1);
  });

  it('S26, case 15: a new address and name come over; role, desk, license and sign-in stay, and so does the user', async () => {
    await using at = await startPasswordOffice({ people: named('ada') });
    await at.sync();
    const ada = await acceptInvitation(at.test, email('ada'));
    const user = await at.admin.users.get({ memberId: ada.id });
    const deskId = at.office.desks[0].id;
    const { version } = user;
    await at.admin.users.update({ memberId: ada.id, version, role: 'coordinator', deskId });
    const { id } = at.fake.people.get(email('ada'));
    at.fake.people.changeEmail(id, email('ada.married'));
    at.fake.people.rename(id, { displayName: 'Ada Married' });
    const review = await at.review();
    expect((await at.rows(review.id))[0]).toMatchObject({
      status: 'updated',
      because: 'fields',
      memberId: ada.id,
      changes: expect.arrayContaining([
        { field: 'email', from: email('ada'), to: email('ada.married') },
        { field: 'displayName', from: 'The ada', to: 'Ada Married' },
      ]),
    });
    await at.sync({ reviewId: review.id });
    expect(await at.admin.users.get({ memberId: ada.id })).toMatchObject({
      ...{ email: email('ada.married'), name: 'Ada Married', deskId },
      ...{ role: 'coordinator', licensed: true, signInMethod: 'email_password', state: 'active' },
    });
    // Nobody is signed out for it, and from now on the new address signs in.
    expect((await ada.client.me()).member.id).toBe(ada.id);
    const signIn = async (address: string) =>
      await at.test.client().sessions.create({ email: address, password: samplePassword, channel: 'dashboard' });
    expect((await signIn(email('ada.married'))).member.id).toBe(ada.id);
    await expect(signIn(email('ada'))).rejects.toMatchObject(failing('sign-in-failed'));
  });

  it('case 16: two swap their addresses, three rotate them, in one transaction', async () => {
    await using at = await startPasswordOffice({ people: named('ada', 'bob', 'cleo', 'dan', 'eve') });
    await at.sync();
    const names = ['ada', 'bob', 'cleo', 'dan', 'eve'] as const;
    const people: Record<string, { readonly id: string; readonly client: Client }> = {};
    const ids: Record<string, string> = {};
    for (const name of names) {
      people[name] = await acceptInvitation(at.test, email(name));
      ids[name] = at.fake.people.get(email(name)).id;
    }
    const target = { ada: 'bob', bob: 'ada', cleo: 'dan', dan: 'eve', eve: 'cleo' } as const;
    for (const name of names) at.fake.people.changeEmail(ids[name] ?? '', email(`parked-${name}`));
    for (const name of names) at.fake.people.changeEmail(ids[name] ?? '', email(target[name]));
    const run = await at.sync();
    expect(run.counts).toMatchObject({ updated: 5, conflicts: 0 });
    for (const name of names) {
      expect((await at.admin.users.get({ memberId: people[name]?.id ?? '' })).email).toBe(email(target[name]));
      const signedIn = await at.test
        .client()
        .sessions.create({ email: email(target[name]), password: samplePassword, channel: 'dashboard' });
      expect(signedIn.member.id).toBe(people[name]?.id);
    }
  });

  it('case 17: whoever comes in gets the address that another one leaves in the same sync', async () => {
    await using at = await startPasswordOffice({ people: named('ada') });
    await at.sync();
    const ada = await at.user(email('ada'));
    const { id } = at.fake.people.get(email('ada'));
    at.fake.people.changeEmail(id, email('ada.two'));
    const newcomer = at.fake.people.add({ email: email('ada'), displayName: 'The newcomer' });
    const review = await at.review();
    expect(await rowOf(at, review.id, 'ada')).toMatchObject({ rowId: newcomer.id, status: 'new', needs: [id] });
    const { alsoChosen } = await at.plan({ reviewId: review.id, select: { rows: 'some', rowIds: [newcomer.id] } });
    expect(alsoChosen).toEqual([id]);
    await at.sync({ reviewId: review.id });
    expect(await at.user(email('ada'))).toMatchObject({ name: 'The newcomer' });
    expect((await at.user(email('ada')))?.id).not.toBe(ada?.id);
    expect(await at.user(email('ada.two'))).toBeDefined();
  });

  it('case 18: a chain of moves that ends at an address that stays is left alone, all of it', async () => {
    await using at = await startPasswordOffice({ people: named('ada', 'bob') });
    await at.sync();
    const { organizationId } = at.office;
    await at.admin.users.invite({ organizationId, rows: [{ email: email('held'), role: 'admin' }] });
    const [ada, bob] = [at.fake.people.get(email('ada')), at.fake.people.get(email('bob'))];
    at.fake.people.changeEmail(bob.id, email('held'));
    at.fake.people.changeEmail(ada.id, email('bob'));
    const review = await at.review();
    const conflicts = await at.rows(review.id, 'conflict');
    expect(conflicts.map(({ rowId }) => rowId)).toEqual([ada.id, bob.id].sort());
    await at.sync({ reviewId: review.id });
    expect((await usersOf(at)).map((user) => user.email)).toEqual(
      expect.arrayContaining([email('ada'), email('bob'), email('held')]),
    );
  });

  it('case 20: the same address under another id is a conflict, and no Key passes to another person', async () => {
    await using at = await startPasswordOffice({ people: named('ada', 'bob') });
    await at.sync();
    const ada = await acceptInvitation(at.test, email('ada'));
    const old = at.fake.people.get(email('ada')).id;
    const { id } = at.fake.people.recreate(email('ada'));
    const review = await at.review();
    expect(review.counts).toMatchObject({ new: 0, removed: 0, conflicts: 2 });
    expect(await at.rows(review.id, 'conflict')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ rowId: id, because: 'recreated', memberId: ada.id }),
        expect.objectContaining({ rowId: old, because: 'recreated', memberId: ada.id }),
      ]),
    );
    // Without a decision nothing happens to anybody.
    await at.sync({ reviewId: review.id });
    expect((await ada.client.me()).member.state).toBe('active');
    const other = await at.sync({ decisions: [{ rowId: id, as: 'other_person' }] });
    expect(other.counts).toMatchObject({ new: 1, removed: 1 });
    await expect(ada.client.me()).rejects.toMatchObject(failing('unauthenticated'));
    const successor = await at.user(email('ada'));
    expect(successor?.id).not.toBe(ada.id);
    expect(successor).toMatchObject({ state: 'inactive', role: 'member', deskId: null });
    const links = await at.test.portal.store.rows('directoryLink');
    expect(links.map(({ directoryId }) => directoryId)).not.toContain(old);
  });

  it('case 20: the same person keeps place, role and sessions under the new id', async () => {
    await using at = await startPasswordOffice({ people: named('ada', 'bob') });
    await at.sync();
    const ada = await acceptInvitation(at.test, email('ada'));
    const { id } = at.fake.people.recreate(email('ada'));
    const run = await at.sync({ decisions: [{ rowId: id, as: 'same_person' }] });
    expect(run.counts).toMatchObject({ new: 0, updated: 1, removed: 0 });
    expect((await ada.client.me()).member.id).toBe(ada.id);
    const links = await at.test.portal.store.rows('directoryLink');
    expect(links.find(({ memberId }) => memberId === ada.id)?.directoryId).toBe(id);
    expect((await at.review()).counts).toMatchObject({ new: 0, updated: 0, removed: 0, unchanged: 2, conflicts: 0 });
  });

  it('case 22: an address of one’s own domain takes a user over; any other, or an Admin, is a conflict', async () => {
    await using at = await startPasswordOffice({
      people: [...named('ada', 'boss'), { email: 'zoe@elsewhere.example' }],
      settings: { ownDomains: ['corp.example'] },
    });
    const { organizationId } = at.office;
    const rows = [
      { email: email('ada') },
      { email: email('boss'), role: 'admin' as const },
      { email: 'zoe@elsewhere.example' },
    ];
    await at.admin.users.invite({ organizationId, rows });
    const review = await at.review();
    expect((await at.rows(review.id)).map(({ status, email: address }) => [status, address])).toEqual([
      ['updated', email('ada')],
    ]);
    const conflicts = await at.rows(review.id, 'conflict');
    expect(conflicts.map((row) => [row.email, 'because' in row && row.because]).toSorted()).toEqual([
      [email('boss'), 'adoption-not-allowed'],
      ['zoe@elsewhere.example', 'adoption-not-allowed'],
    ]);
  });

  it('case 24: two accounts with one address are both left alone, and who had it keeps it', async () => {
    await using at = await startPasswordOffice({ people: named('ada') });
    await at.sync();
    const twin = at.fake.people.add({ email: email('ada'), userName: email('twin'), displayName: 'The twin' });
    const review = await at.review();
    const conflicts = await at.rows(review.id, 'conflict');
    expect(conflicts.map((row) => 'because' in row && row.because)).toEqual(['duplicate-email', 'duplicate-email']);
    expect(conflicts.map(({ rowId }) => rowId)).toContain(twin.id);
    await at.sync({ reviewId: review.id });
    expect(await at.user(email('ada'))).toMatchObject({ name: 'The ada' });
  });
});
