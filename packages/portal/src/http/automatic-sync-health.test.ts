import { startFakeDirectory } from '@latchwork/testing';
import { describe, expect, it } from 'vitest';
import { type AutomaticOffice, startAutomaticOffice } from '../harness/automatic-office.test-rig.js';

const failing = (code: string, rest: object = {}) => ({ info: { code, ...rest } });
const subject = (what: string) => `Automatic sync of Microsoft 365 at Office ${what}`;
const adminOf = ({ office }: AutomaticOffice) => office.people.admin.email;
const leave = (at: AutomaticOffice, count: number): void => {
  for (const { id } of at.fake.people.listed().slice(0, count)) at.fake.people.remove(id);
};

async function subscribe(at: AutomaticOffice, wish: object): Promise<void> {
  const { organizationId } = at.office;
  const client = await at.signedIn();
  const { version } = await client.subscription.get({ organizationId });
  await client.subscription.update({ organizationId, version, ...wish });
}

describe('case 41, S36: too few licenses', () => {
  it('switching it on shows the shortfall; none of the new users is invited, and everything else goes on', async () => {
    await using at = await startAutomaticOffice({ people: 4, licenses: 6 });
    const { licenses, held } = await at.plan();
    expect(licenses).toMatchObject({ needed: 4, available: 3, short: 1 });
    expect(held).toEqual([]);
    expect(await at.enable()).toMatchObject({
      automaticSync: { enabled: true },
      health: 'held',
      heldBecause: [{ because: 'seats-short', short: 1 }],
      lastRun: { state: 'applied' },
    });
    expect(await at.states()).toEqual({ active: 3 });
    expect((await at.runs())[0]).toMatchObject({ counts: { new: 0, waiting: 4 } });
    expect(await at.notices(adminOf(at))).toEqual([subject('waits for you')]);
    await at.day();
    expect(await at.states()).toEqual({ active: 3 });
    expect(await at.notices(adminOf(at))).toHaveLength(1);
    await subscribe(at, { licenses: 7 });
    await at.day();
    expect(await at.states()).toEqual({ active: 3, inactive: 4 });
    expect(await at.state()).toMatchObject({ health: 'healthy', heldBecause: [] });
    expect(await at.notices(adminOf(at))).toEqual([subject('waits for you'), subject('works again')]);
    const changes = await at.events('directory_integration.health_changed');
    expect(changes.map(({ health, held: reasons }) => [health, reasons.map(({ because }) => because)])).toEqual([
      ['held', ['seats-short']],
      ['healthy', []],
    ]);
    for (const member of [at.office.people.coordinator, at.office.people.member]) {
      expect(await at.notices(member.email)).toEqual([]);
    }
  });

  it('Removed and Updated go while New waits, and what Removed frees is used first', async () => {
    await using at = await startAutomaticOffice({ people: 6, licenses: 9 });
    await at.enable();
    const [gone, renamed] = at.fake.people.all();
    at.fake.people.remove(gone?.id ?? '');
    at.fake.people.rename(renamed?.id ?? '', { displayName: 'Somebody Else' });
    for (const name of ['x', 'y']) at.fake.people.add({ email: `${name}@example.com` });
    await at.day();
    const [run] = await at.runs();
    expect(run).toMatchObject({ state: 'applied', counts: { new: 0, updated: 1, removed: 1, waiting: 2 } });
    expect(run?.held).toEqual([{ because: 'seats-short', short: 1 }]);
    expect(await at.user('x@example.com')).toBeUndefined();
    expect(await at.user(renamed?.email ?? '')).toMatchObject({ name: 'Somebody Else' });
    await at.day();
    expect((await at.runs())[0]).toMatchObject({ counts: { new: 0, removed: 0, waiting: 2 } });
  });
});

describe('case 43, S21: a directory that lets us in no more', () => {
  it.each([
    ['the consent is taken back', (at: AutomaticOffice) => at.fake.access.revoke()],
    ['the secret expires', (at: AutomaticOffice) => at.fake.access.expireSecret()],
  ])('%s: nobody is removed, nobody is asked again, and the Admin is told once', async (_, lose) => {
    await using at = await startAutomaticOffice({ people: 3 });
    await at.enable();
    lose(at);
    await at.day();
    expect((await at.runs())[0]).toMatchObject({ state: 'failed', fault: 'unauthorized', counts: { removed: 0 } });
    expect(await at.state()).toMatchObject({
      state: 'revoked',
      health: 'needs_reauthorization',
      automaticSync: { enabled: true, nextRunAt: null },
    });
    const requests = at.fake.requests.length;
    for (let day = 0; day < 3; day += 1) await at.day();
    expect(at.fake.requests).toHaveLength(requests);
    expect(await at.states()).toEqual({ active: 3, inactive: 3 });
    expect(await at.notices(adminOf(at))).toEqual([subject('is not let in any more')]);
    const client = await at.signedIn();
    const integrationId = at.integration.id;
    const refused = failing('integration-not-authorized');
    await expect(client.directoryReviews.start({ integrationId })).rejects.toMatchObject(refused);
    await expect(client.syncRuns.start({ integrationId })).rejects.toMatchObject(refused);
  });

  it('authorized anew it catches up at once', async () => {
    await using at = await startAutomaticOffice({ people: 3 });
    await at.enable();
    at.fake.access.revoke();
    await at.day();
    at.fake.people.add({ email: 'late@example.com' });
    at.fake.access.grant();
    const client = await at.signedIn();
    const again = await client.directoryIntegrations.authorize({ integrationId: at.integration.id });
    expect(again).toMatchObject({ state: 'authorized', health: 'healthy' });
    await at.test.portal.sync();
    expect((await at.runs())[0]).toMatchObject({ state: 'applied', counts: { new: 1, removed: 0 } });
  });
});

describe('case 32, P-24: many who vanish', () => {
  it('11 of 100 at once hold the whole run; by hand, with the number typed, it goes', async () => {
    await using at = await startAutomaticOffice({ people: 100 });
    await at.enable();
    leave(at, 11);
    at.fake.people.add({ email: 'new@example.com' });
    await at.day();
    const held = [{ because: 'too-many-removed', removed: 11, allowed: 10 }];
    expect((await at.runs())[0]).toMatchObject({ state: 'held', held, counts: { new: 0, removed: 0 } });
    expect(await at.state()).toMatchObject({ health: 'held', heldBecause: held });
    expect(await at.states()).toEqual({ active: 3, inactive: 100 });
    expect(await at.notices(adminOf(at))).toEqual([subject('waits for you')]);
    const client = await at.signedIn();
    const { id: reviewId } = await client.directoryReviews.start({ integrationId: at.integration.id });
    await at.test.portal.reviewsRead();
    const { planId } = await client.directoryReviews.plan({ reviewId, select: { rows: 'all' } });
    await expect(client.directoryReviews.sync({ reviewId, planId })).rejects.toMatchObject(failing('plan-held'));
    const run = await client.directoryReviews.sync({ reviewId, planId, confirmRemovals: 11 });
    expect(run).toMatchObject({ state: 'applied', counts: { new: 1, removed: 11 } });
  });

  it('nine a day are held by the sum of seven days', async () => {
    await using at = await startAutomaticOffice({ people: 100 });
    await at.enable();
    const ends: string[] = [];
    for (let day = 0; day < 5; day += 1) {
      leave(at, 9);
      await at.day();
      ends.unshift((await at.runs())[0]?.state ?? '');
    }
    expect(ends.reverse()).toEqual(['applied', 'applied', 'held', 'held', 'held']);
    expect((await at.state()).heldBecause).toContainEqual(
      expect.objectContaining({ because: 'too-many-removed-lately' }),
    );
    // An invitation that is not in the directory any more is gone; 82 are left, and nobody else has gone.
    expect(await at.states()).toMatchObject({ active: 3, inactive: 82 });
    expect(await at.notices(adminOf(at))).toHaveLength(1);
  });

  it('case 1, case 2: an empty list, or one that breaks off, removes nobody', async () => {
    await using at = await startAutomaticOffice({ people: 8, kind: 'google_workspace' });
    await at.enable();
    at.fake.faults.script({ fault: 'drop-list' }, { on: 'users', times: 1000 });
    await at.day();
    at.fake.faults.clear();
    at.fake.faults.script({ fault: 'foreign-link' }, { on: 'users', times: 1000 });
    at.fake.faults.script({ fault: 'forbidden' }, { on: 'users', skip: 1, times: 1000 });
    await at.day();
    for (const run of (await at.runs()).slice(0, -1)) {
      expect(['held', 'failed']).toContain(run.state);
      expect(run.counts).toMatchObject({ new: 0, updated: 0, removed: 0 });
    }
    expect(await at.states()).toEqual({ active: 3, inactive: 8 });
  });
});

describe('a directory that fails', () => {
  it('is asked again soon, then ever later; seven times in a row put it into quarantine, and one success ends it', async () => {
    await using at = await startAutomaticOffice({ people: 2 });
    await at.enable();
    at.fake.faults.script({ fault: 'self-link' }, { on: ['users', 'changes'], times: 1000 });
    at.fake.faults.script({ fault: 'html' }, { on: 'count', times: 0 });
    await at.day();
    expect((await at.runs())[0]).toMatchObject({ state: 'failed' });
    for (const hours of [0.03, 0.2, 0.5, 2, 10]) await at.hours(hours);
    expect(await at.runs()).toHaveLength(7);
    expect(await at.state()).toMatchObject({ state: 'authorized', health: 'healthy' });
    await at.day();
    expect(await at.state()).toMatchObject({ state: 'authorized', health: 'quarantined' });
    await at.day();
    expect(await at.notices(adminOf(at))).toEqual([subject('keeps failing')]);
    at.fake.faults.clear();
    await at.day();
    expect(await at.state()).toMatchObject({ health: 'healthy', lastRun: { state: 'applied' } });
    expect(await at.notices(adminOf(at))).toEqual([subject('keeps failing'), subject('works again')]);
    expect(await at.states()).toEqual({ active: 3, inactive: 2 });
  });

  it('stops no other', async () => {
    await using other = {
      fake: await startFakeDirectory({ kind: 'scim', people: 3, domain: 'other.example' }),
      [Symbol.asyncDispose]: async () => await other.fake[Symbol.asyncDispose](),
    };
    await using at = await startAutomaticOffice({ people: 2 });
    await at.enable();
    const { baseUrl, token } = other.fake.credentials;
    const client = await at.signedIn();
    const { id: integrationId } = await client.directoryIntegrations.create({
      organizationId: at.office.organizationId,
      credentials: { kind: 'scim_pull', baseUrl, token },
    });
    await client.directoryIntegrations.authorize({ integrationId });
    const { id: reviewId } = await client.directoryReviews.start({ integrationId });
    await at.test.portal.reviewsRead();
    const { planId } = await client.directoryReviews.plan({ reviewId, select: { rows: 'all' } });
    await client.directoryIntegrations.changeAutomaticSync({ integrationId, enabled: true, reviewId, planId });
    at.fake.access.revoke();
    other.fake.people.add({ email: 'four@other.example' });
    await at.day();
    expect((await at.runs())[0]).toMatchObject({ state: 'failed' });
    const { data } = await (await at.signedIn()).syncRuns.list({ integrationId });
    expect(data[0]).toMatchObject({ state: 'applied', counts: { new: 1 } });
    expect(await at.states()).toEqual({ active: 3, inactive: 6 });
  });
});

describe('case 48, S32: a plan without single sign-on', () => {
  it('locks nobody out unseen: who is new waits, who is here stays as they are, and the Admin is told', async () => {
    await using at = await startAutomaticOffice({ people: 3, settings: { signInMethod: 'sso_microsoft_365' } });
    await at.enable();
    const before = await at.user(at.fake.people.all()[0]?.email ?? '');
    expect(before?.signInMethod).toBe('sso_microsoft_365');
    await subscribe(at, { plan: 'basic' });
    at.fake.people.add({ email: 'new@example.com' });
    at.fake.people.rename(at.fake.people.all()[0]?.id ?? '', { displayName: 'Renamed' });
    await at.day();
    const [run] = await at.runs();
    expect(run).toMatchObject({ state: 'applied', counts: { new: 0, updated: 1, removed: 0, waiting: 1 } });
    expect(await at.state()).toMatchObject({ health: 'held', heldBecause: [{ because: 'plan-required' }] });
    expect(await at.notices(adminOf(at))).toEqual([subject('waits for you')]);
    expect(await at.states()).toEqual({ active: 3, inactive: 3 });
    expect(await at.user(before?.email ?? '')).toMatchObject({ name: 'Renamed', signInMethod: 'sso_microsoft_365' });
    await subscribe(at, { plan: 'pro' });
    await at.day();
    expect((await at.runs())[0]).toMatchObject({ counts: { new: 1, waiting: 0 } });
  });
});

describe('S22: what is written of automatic sync', () => {
  it('no notice, event or log line names anybody of the directory', async () => {
    await using at = await startAutomaticOffice({ people: 30, licenses: 20 });
    await at.enable();
    leave(at, 3);
    await at.day();
    const mails = (await at.test.mails.all()).filter(({ kind }) => kind === 'directory_notice');
    expect(mails).toHaveLength(1);
    const told = [...mails.map(({ text, html }) => text + html), ...at.test.log].join('\n');
    for (const { email, displayName, id } of at.fake.people.all()) {
      expect(told).not.toContain(email);
      expect(told).not.toContain(displayName);
      expect(told).not.toContain(id);
    }
  });
});
