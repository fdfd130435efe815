import { type OperationId, operationPath, type Route, routes } from '@latchwork/contract';
import { type WorkplaceAction, type WorkplaceRole, workplaceMatrix, workplaceRoles } from '@latchwork/core';
import { isWorkplaceAction } from '@latchwork/core/workplace';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DirectoryOffice, startDirectoryOffice } from '../harness/sample-directory.test-rig.js';
import { samplePassword } from '../harness/sample-hotel.test-rig.js';
import type { SampleOffice } from '../harness/sample-office.test-rig.js';
import type { TestPortal } from '../harness/test-portal.test-rig.js';

const channels = ['dashboard', 'mobile_app', 'web_reservation_portal'] as const;
type OfficeChannel = (typeof channels)[number];
type Standing = { readonly role: WorkplaceRole; readonly licensed: boolean };

/** What a call asks of a role, by the row of the matrix that rules it. */
interface Asked {
  readonly action: WorkplaceAction;
  /** Whether booking channels are for it, and not only the dashboard. */
  readonly books: boolean;
  readonly send: (
    caller: Caller,
  ) => Promise<{ readonly params: Readonly<Record<string, string>>; readonly body?: object }>;
}

interface Caller {
  readonly id: string;
  readonly token: string;
}

let test: TestPortal;
let office: SampleOffice;
let directory: DirectoryOffice;
const callers = new Map<string, Caller>();
const nameOf = ({ role, licensed }: Standing, channel: OfficeChannel) => `${role} ${licensed} ${channel}`;
const standings = workplaceRoles.flatMap((role) => [true, false].map((licensed) => ({ role, licensed })));

beforeAll(async () => {
  directory = await startDirectoryOffice({ people: 3 });
  ({ test, office } = directory);
  const admin = office.people.admin.client;
  for (const standing of standings) {
    const { role, licensed } = standing;
    const email = office.address(`${role}-${licensed}`);
    const { id } = await office.join(`${role}-${licensed}`, { role });
    for (const channel of channels) {
      const { token } = await test.client().sessions.create({ email, password: samplePassword, channel });
      callers.set(nameOf(standing, channel), { id, token });
    }
    if (licensed) continue;
    const { version } = await admin.users.get({ memberId: id });
    await admin.users.update({ memberId: id, version, licensed: false });
  }
});
afterAll(async () => {
  await directory[Symbol.asyncDispose]();
});

let counter = 0;
const dayMs = 24 * 60 * 60 * 1000;

/** A desk nobody has used, for a period of its own. */
async function newReservation(rest: object = {}) {
  counter += 1;
  const desk = await office.people.admin.client.desks.create({
    organizationId: office.organizationId,
    name: `Desk ${counter}`,
  });
  const startsAt = new Date(test.clock.now() + dayMs).toISOString();
  const endsAt = new Date(test.clock.now() + 2 * dayMs).toISOString();
  return { deskId: desk.id, startsAt, endsAt, ...rest };
}

async function reservationFor(memberId: string): Promise<{ readonly reservationId: string }> {
  const { organizationId } = office;
  const { client } = office.people.admin;
  const { licensed, version } = await client.users.get({ memberId });
  // For whom nobody may reserve now, it was reserved while one might.
  if (!licensed) await client.users.update({ memberId, version, licensed: true });
  const { id } = await client.reservations.create({ organizationId, ...(await newReservation({ memberId })) });
  if (!licensed) await client.users.update({ memberId, version: version + 1, licensed: false });
  return { reservationId: id };
}

async function newUser(): Promise<{ readonly memberId: string }> {
  counter += 1;
  const { invitations } = await office.people.admin.client.users.invite({
    organizationId: office.organizationId,
    rows: [{ email: office.address(`user-${counter}`) }],
  });
  return { memberId: invitations[0]?.user.id ?? '' };
}

const inOffice = async () => ({ params: { organizationId: office.organizationId } });
const ofUser = (body?: object) => async () => ({ params: await newUser(), ...(body === undefined ? {} : { body }) });
const other = () => office.people.member.id;
const administers = (action: WorkplaceAction, send: Asked['send']): Asked => ({ action, books: false, send });
const books = (action: WorkplaceAction, send: Asked['send']): Asked => ({ action, books: true, send });

const ofIntegration = (body?: object) => async () => ({
  params: { integrationId: directory.integration.id },
  ...(body === undefined ? {} : { body }),
});
const scimPush = { credentials: { kind: 'scim_push' } } as const;

/** An organization has one integration of each kind: the one of the call before goes. */
async function withoutPush(): Promise<void> {
  const { organizationId } = office;
  const { data } = await directory.admin.directoryIntegrations.list({ organizationId });
  for (const { id: integrationId, kind } of data) {
    if (kind === 'scim_push') await directory.admin.directoryIntegrations.remove({ integrationId });
  }
}

async function ofPush() {
  await withoutPush();
  const { organizationId } = office;
  const { id: integrationId } = await directory.admin.directoryIntegrations.create({ organizationId, ...scimPush });
  return { params: { integrationId } };
}

const ofReview = (body?: object) => async () => ({
  params: { reviewId: (await directory.review()).id },
  ...(body === undefined ? {} : { body }),
});
const ofRun = async () => ({ params: { syncRunId: (await directory.sync()).id } });

const asked: Readonly<Record<string, Asked>> = {
  inviteUsers: administers('user.invite', async () => ({
    ...(await inOffice()),
    body: { rows: [{ email: office.address(`new-${++counter}`), role: 'admin' }] },
  })),
  listUsers: administers('user.list', inOffice),
  getUser: administers('user.list', ofUser()),
  updateUser: administers('user.manage', ofUser({ role: 'coordinator' })),
  'updateUser desk': administers('desk.assign', async () => ({
    params: await newUser(),
    body: { deskId: (await newReservation()).deskId },
  })),
  'updateUser sign-in method': administers('user.set_sign_in_method', ofUser({ signInMethod: 'sso_google' })),
  'updateUser license': administers('license.assign', ofUser({ licensed: false })),
  deactivateUser: administers('user.manage', ofUser()),
  reactivateUser: administers('user.manage', ofUser({})),
  removeUser: administers('user.manage', ofUser({ confirm: 'remove' })),
  getSubscription: administers('plan.manage', inOffice),
  updateSubscription: administers('plan.manage', async () => ({ ...(await inOffice()), body: { plan: 'pro' } })),
  createDesk: administers('workplace_settings.edit', async () => ({ ...(await inOffice()), body: { name: 'Attic' } })),
  removeDesk: administers('workplace_settings.edit', async () => ({
    params: { deskId: (await newReservation()).deskId },
  })),
  listColleagues: administers('reservation.manage', inOffice),
  getInsights: administers('insights.view', inOffice),
  createDirectoryIntegration: administers('directory.integrate', async () => {
    await withoutPush();
    return { ...(await inOffice()), body: scimPush };
  }),
  listDirectoryIntegrations: administers('directory.integrate', inOffice),
  getDirectoryIntegration: administers('directory.integrate', ofIntegration()),
  updateDirectoryIntegration: administers('directory.integrate', ofIntegration({ ownDomains: [] })),
  removeDirectoryIntegration: administers('directory.integrate', ofPush),
  authorizeDirectoryIntegration: administers('directory.integrate', ofIntegration()),
  rotateScimToken: administers('directory.integrate', ofPush),
  startDirectoryReview: administers('directory.review', ofIntegration()),
  getDirectoryReview: administers('directory.review', ofReview()),
  listDirectoryReviewRows: administers('directory.review', ofReview()),
  endDirectoryReview: administers('directory.review', ofReview()),
  planDirectorySync: administers('directory.sync', ofReview({ select: { rows: 'all' } })),
  applyDirectorySync: administers('directory.sync', ofReview({ planId: 'another' })),
  changeAutomaticSync: administers('directory.sync', ofIntegration({ enabled: false })),
  startSyncRun: administers('directory.sync', ofIntegration()),
  listSyncRuns: administers('directory.sync', ofIntegration()),
  getSyncRun: administers('directory.sync', ofRun),
  listSyncReceipts: administers('directory.sync', ofRun),
  createReservation: books('reservation.create_own', async () => ({
    ...(await inOffice()),
    body: await newReservation(),
  })),
  'createReservation for another': books('reservation.manage', async () => ({
    ...(await inOffice()),
    body: await newReservation({ memberId: other() }),
  })),
  listReservations: books('reservation.create_own', inOffice),
  getReservation: books('reservation.edit_own', async ({ id }) => ({ params: await reservationFor(id) })),
  updateReservation: books('reservation.edit_own', async ({ id }) => ({
    params: await reservationFor(id),
    body: { deskId: (await newReservation()).deskId },
  })),
  'updateReservation of another': books('reservation.manage', async () => ({
    params: await reservationFor(other()),
    body: { deskId: (await newReservation()).deskId },
  })),
  cancelReservation: books('reservation.edit_own', async ({ id }) => ({ params: await reservationFor(id) })),
  'cancelReservation of another': books('reservation.manage', async () => ({ params: await reservationFor(other()) })),
};

/** What the requirements say: the matrix by role and license, the channels by S7, S8 and S39. */
function expected(call: string, standing: Standing, channel: OfficeChannel): string {
  const ask = asked[call] as Asked;
  const { role, licensed } = standing;
  const isBooking = channel !== 'dashboard';
  if (isBooking && !licensed) return 'license-required';
  if (isBooking && !ask.books) return 'channel-not-allowed';
  const [adminCell, coordinatorCell, memberCell, unlicensedCell] = workplaceMatrix[ask.action];
  const cell = { admin: adminCell, coordinator: coordinatorCell, member: memberCell }[role];
  const permits = !/^deny/.test(cell);
  if (!permits) {
    if (/of another$/.test(call)) return 'not-found';
    return 'forbidden';
  }
  const keeps = licensed || (role === 'admin' && unlicensedCell === 'admin');
  if (!keeps) return 'license-required';
  return isBooking && ask.action === 'reservation.manage' ? 'channel-not-allowed' : 'allowed';
}

/** Whatever else stands in the way comes after the permission, as the state of the person it concerns. */
const laterProblems = ['state-not-fitting', 'plan-stale', 'automatic-sync-off'];
const denials = ['forbidden', 'license-required', 'channel-not-allowed', 'not-found', 'unauthenticated'];

async function outcomeOf(call: string, caller: Caller): Promise<string> {
  const operation = call.split(' ')[0] as OperationId;
  const route: Route = routes[operation];
  const { params, body } = await (asked[call] as Asked).send(caller);
  const query = operation === 'getInsights' ? '?from=2026-03-01&to=2026-03-02' : '';
  const response = await test.send(route.method, operationPath(route, params) + query, {
    token: caller.token,
    ...(body === undefined ? {} : { body }),
    headers: route.precondition === 'version' ? { 'if-match': '*' } : {},
  });
  if (response.status < 300) return 'allowed';
  const { code } = await response.json();
  return denials.includes(code) ? code : laterProblems.includes(code) ? 'allowed' : `unexpected ${code}`;
}

const cells = standings.flatMap((standing) => channels.map((channel) => ({ ...standing, channel })));

describe('S6, S7, S8, S39, C2: the workplace matrix at the API', () => {
  it.each(cells)('$role, licensed: $licensed, on $channel: every call as the matrix says', async (cell) => {
    const caller = callers.get(nameOf(cell, cell.channel)) as Caller;
    const actual: Record<string, string> = {};
    const wanted: Record<string, string> = {};
    for (const call of Object.keys(asked)) {
      wanted[call] = expected(call, cell, cell.channel);
      actual[call] = await outcomeOf(call, caller);
    }
    expect(actual).toEqual(wanted);
  });

  it('S3, S6: an API key of an Admin administers, and neither books nor looks at insights', async () => {
    const { client, id } = office.people.admin;
    const scopes = ['read', 'people', 'settings'] as const;
    const { organizationId } = office;
    const { token } = await client.apiKeys.create({ organizationId, name: 'HR', scopes: [...scopes] });
    for (const [call, { action, books: isBooking }] of Object.entries(asked)) {
      const isOther =
        routes[call.split(' ')[0] as OperationId].auth === 'session' ||
        isBooking ||
        action === 'reservation.manage' ||
        action === 'insights.view';
      expect(await outcomeOf(call, { id, token }), call).toBe(isOther ? 'forbidden' : 'allowed');
    }
  });

  it('no call of the workplace is left out', () => {
    const tried = new Set(Object.keys(asked).map((call) => call.split(' ')[0]));
    const all = Object.entries<Route>(routes)
      .filter(([, { action, path }]) => (action !== null && isWorkplaceAction(action)) || /reservation/.test(path))
      .map(([operation]) => operation);
    expect(all.filter((operation) => !tried.has(operation))).toEqual([]);
  });
});
