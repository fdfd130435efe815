import type { IntegrationId, MemberId, OrganizationId, ReviewId, SyncRunId } from '@latchwork/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleGroup, type SampleGroup } from '../harness/sample-group.test-rig.js';
import { samplePassword } from '../harness/sample-hotel.test-rig.js';
import { acceptInvitation, buildSampleOffice, type SampleOffice } from '../harness/sample-office.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import type { StoredEvent } from '../store/schema/record.js';
import { organizationEventFilter } from './visibility.js';

let test: TestPortal;
let office: SampleOffice;
let mixed: SampleGroup;
/** The Organization Owner of the mixed group, on the dashboard. */
let owner: string;

beforeAll(async () => {
  test = await startTestPortal();
  office = await buildSampleOffice(test);
  mixed = await buildSampleGroup(test, 'Mixed Group');
  const { client } = mixed.owner;
  const { version } = await client.organizations.get({ organizationId: mixed.organizationId });
  const schemes = ['hospitality', 'workplace'] as const;
  await client.organizations.update({ organizationId: mixed.organizationId, version, schemes });
  owner = await signedIn(mixed.owner.email);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

async function signedIn(email: string): Promise<string> {
  const { token } = await test.client().sessions.create({ email, password: samplePassword, channel: 'dashboard' });
  return token;
}

const streamPath = (organizationId: string) => `/v1/organizations/${organizationId}/events/stream`;

/** Opens the stream and reads its blocks one by one, as text. */
async function open(options: { readonly organizationId: string; readonly token: string; readonly after?: string }) {
  const { organizationId, token, after } = options;
  const headers = after === undefined ? {} : { 'last-event-id': after };
  const response = await test.send('GET', streamPath(organizationId), { token, headers });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const next = async (): Promise<string | undefined> => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end !== -1) {
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        return block;
      }
      const read = await reader?.read();
      if (read === undefined || read.done) return undefined;
      text += read.value;
    }
  };
  const place = await next();
  expect(place).toMatch(/^id: \d+$/);
  return {
    next,
    place: Number(place?.slice(4)),
    leave: async () => await reader?.cancel(),
    /** What it still tells until it ends, which it has to. */
    rest: async () => {
      const blocks: string[] = [];
      for (let block = await next(); block !== undefined; block = await next()) blocks.push(block);
      return blocks;
    },
  };
}

/** Somebody else's doing that stands in the feed of the office. */
const rename = async (name: string) => {
  const { client } = office.people.admin;
  const { version } = await client.organizations.get({ organizationId: office.organizationId });
  await client.organizations.update({ organizationId: office.organizationId, version, name });
};

describe('the live feed of an organization', () => {
  it('P-15: begins now, goes on after Last-Event-ID without a gap or a repeat, from the store into the present', async () => {
    const { organizationId } = office;
    const token = await signedIn(office.address('admin'));
    const now = await open({ organizationId, token });
    await rename('First');
    const told = await now.next();
    expect(told).toContain('event: organization.updated');
    expect(told).toContain(`id: ${now.place + 1}\n`);
    await now.leave();
    await rename('Second');
    const all = await open({ organizationId, token, after: '0' });
    const last = test.portal.projection.lastPosition(organizationId as OrganizationId);
    const positions: string[] = [];
    for (let count = 0; count < last; count++) positions.push(/^id: (\d+)$/m.exec((await all.next()) ?? '')?.[1] ?? '');
    expect(positions).toEqual(Array.from({ length: last }, (_, index) => String(index + 1)));
    await rename('Third');
    expect(await all.next()).toContain(`id: ${last + 1}\n`);
    await all.leave();
  });

  it('P-15: refuses a cursor that is ahead of the feed', async () => {
    const path = `${streamPath(office.organizationId)}?cursor=99999`;
    const response = await test.send('GET', path, { token: await signedIn(office.address('admin')) });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid-request', issues: [{ pointer: '/cursor' }] });
  });

  it('tells the same as the list, to the client too, whoever asks', async () => {
    const { organizationId } = mixed;
    const team = await mixed.invite('not-a-user', { harbor: 'team' });
    const email = mixed.address('ada');
    const rows = [{ email, role: 'admin', licensed: false }] as const;
    await test.client(owner).users.invite({ organizationId, rows });
    const ada = await acceptInvitation(test, email);
    for (const [client, all] of [
      [test.client(owner), true],
      [ada.client, false],
    ] as const) {
      const listed: string[] = [];
      for await (const event of client.events.listOfOrganizationAll({ organizationId })) listed.push(event.cursor);
      const followed: string[] = [];
      for await (const event of client.events.follow({ organizationId, cursor: '0' })) {
        followed.push(event.cursor);
        expect('memberId' in event && event.memberId === team.member.id && !all).toBe(false);
        if (followed.length === listed.length) break;
      }
      expect(followed).toEqual(listed);
      const last = test.portal.projection.lastPosition(organizationId as OrganizationId);
      expect(listed.length === last).toBe(all);
    }
  });

  it('S6, 4.1: an Admin is told of directories, reviews and runs; of no property and nobody else’s team', () => {
    const { projection } = test.portal;
    const organization = projection.organizations.get(office.organizationId as OrganizationId);
    const admin = projection.members.get(office.people.admin.id as MemberId);
    if (organization === undefined || admin === undefined) throw new Error('The office is not known.');
    const caller = { kind: 'session', member: admin, channel: 'dashboard' } as never;
    const isVisible = organizationEventFilter(projection, caller, organization);
    if (typeof isVisible !== 'function') throw new Error('An Admin may list the feed.');
    const recorded = { id: 'evt_1', occurredAt: '2026-03-01T08:30:00.000Z', recordedAt: '2026-03-01T08:30:00.000Z' };
    const actor = { kind: 'system' } as const;
    const base = { ...recorded, organizationId: organization.id, actor } as const;
    const of = { ...base, integrationId: 'int_1' as IntegrationId };
    const counts = { new: 1, updated: 0, removed: 0, unchanged: 0, conflicts: 0, skipped: 0 };
    const syncRunId = 'syn_1' as SyncRunId;
    const reviewId = 'rev_1' as ReviewId;
    const seen = [
      { ...of, type: 'directory_integration.created' },
      { ...of, type: 'directory_integration.updated' },
      { ...of, type: 'directory_integration.authorized' },
      { ...of, type: 'directory_integration.removed' },
      { ...of, type: 'directory_integration.health_changed', health: 'held', held: [{ because: 'empty' }] },
      { ...of, type: 'directory_review.started', reviewId },
      { ...of, type: 'directory_review.progressed', reviewId, pages: 1, users: 999 },
      { ...of, type: 'directory_review.ready', reviewId, counts },
      { ...of, type: 'directory_review.failed', reviewId, fault: 'throttled' },
      { ...of, type: 'directory_review.ended', reviewId, because: 'expired' },
      { ...of, type: 'sync_run.started', syncRunId },
      { ...of, type: 'sync_run.progressed', syncRunId, pages: 1, users: 999 },
      { ...of, type: 'sync_run.applied', syncRunId, counts },
      { ...of, type: 'sync_run.held', syncRunId, held: [] },
      { ...of, type: 'sync_run.failed', syncRunId, fault: 'unauthorized' },
    ] as readonly unknown[] as readonly StoredEvent[];
    expect(seen.filter((event) => !isVisible(event)).map(({ type }) => type)).toEqual([]);
    const created = { ...base, type: 'property.created', createdPropertyId: mixed.harbor.id } as unknown as StoredEvent;
    expect(isVisible(created)).toBe(false);
  });

  it.each<[string, number, string, () => Promise<{ readonly token: string; readonly organizationId?: string }>]>([
    ['a member of the workplace', 403, 'forbidden', async () => ({ token: await signedIn(office.address('member')) })],
    ['a Coordinator', 403, 'forbidden', async () => ({ token: await signedIn(office.address('coordinator')) })],
    [
      'a General Manager of a property',
      403,
      'forbidden',
      async () => {
        const { email } = await mixed.join('manager', { harbor: 'general_manager' });
        return { token: await signedIn(email), organizationId: mixed.organizationId };
      },
    ],
    ['another organization’s owner', 404, 'not-found', async () => ({ token: owner })],
    [
      'an Admin on a booking channel',
      403,
      'channel-not-allowed',
      async () => {
        const asked = { email: office.address('admin'), password: samplePassword, channel: 'mobile_app' } as const;
        return { token: (await test.client().sessions.create(asked)).token };
      },
    ],
    [
      'an API key without the scope',
      403,
      'scope-missing',
      async () => {
        const asked = { organizationId: mixed.organizationId, name: 'Keys', scopes: ['keys'] } as const;
        const { token } = await test.client(owner).apiKeys.create(asked);
        return { token, organizationId: mixed.organizationId };
      },
    ],
    ['the operator', 403, 'forbidden', async () => ({ token: test.portal.operatorKey.reveal() })],
    ['nobody', 401, 'unauthenticated', async () => ({ token: 'lws_guessed' })],
  ])('G10, G32, 4.1: is not for %s', async (_, status, code, as) => {
    const { token, organizationId = office.organizationId } = await as();
    const response = await test.send('GET', streamPath(organizationId), { token });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
  });

  it.each<[string, (memberId: string, token: string) => Promise<unknown>]>([
    [
      'made a member',
      async (memberId) => {
        const { client } = office.people.admin;
        const { version } = await client.users.get({ memberId });
        await client.users.update({ memberId, version, role: 'member' });
      },
    ],
    ['deactivated', async (memberId) => await office.people.admin.client.users.deactivate({ memberId })],
    ['removed', async (memberId) => await office.people.admin.client.users.remove({ memberId, confirm: 'remove' })],
    ['leaving', async (_, token) => await test.client(token).members.leave({})],
    [
      'signed out',
      async (_, token) => {
        await test.client(token).sessions.deleteCurrent();
        // A sign-out is no event of this feed; the next one shows the stream that it is over.
        await rename('After sign-out');
      },
    ],
  ])('G20, G41: ends at once for an Admin who is %s, who hears not even of that', async (by, end) => {
    const person = await office.join(`listener-${by.replaceAll(' ', '-')}`, { role: 'admin' });
    const token = await signedIn(person.email);
    const stream = await open({ organizationId: office.organizationId, token });
    await rename(`Before ${by}`);
    expect(await stream.next()).toContain('organization.updated');
    await end(person.id, token);
    expect(await stream.rest()).toEqual([]);
    const again = await test.send('GET', streamPath(office.organizationId), { token });
    expect([401, 403]).toContain(again.status);
  });
});
