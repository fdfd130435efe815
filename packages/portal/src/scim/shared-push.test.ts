import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PortalGroup, startPortalGroup } from '../harness/portal-group.test-rig.js';
import {
  missingForPostgres,
  type PostgresCluster,
  startPostgresCluster,
} from '../harness/postgres-cluster.test-rig.js';
import { type ScimOffice, startScimOffice } from '../harness/scim-office.test-rig.js';
import type { TestPortal } from '../harness/test-portal.test-rig.js';

describe.skipIf(missingForPostgres !== '')(`a directory that pushes to several portals ${missingForPostgres}`, () => {
  let cluster: PostgresCluster;
  let group: PortalGroup;
  let one: TestPortal;
  let two: TestPortal;
  let at: ScimOffice;

  beforeAll(async () => {
    cluster = await startPostgresCluster();
    group = await startPortalGroup(cluster);
    one = await group.start();
    two = await group.start();
    at = await startScimOffice({ test: one, licenses: 5 });
  });
  afterAll(async () => {
    await group[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
  });

  const pushTo = async (portal: TestPortal, name: string, token = at.token) => {
    const body = { userName: at.office.address(name), emails: [{ value: at.office.address(name), type: 'work' }] };
    return await portal.send('POST', '/scim/v2/Users', { token, body });
  };

  it('P-22, case 36: of pushes to both at once exactly as many win as there are licenses, and both portals know', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const answers = await Promise.all(
      names.map(async (name, index) => await pushTo(index % 2 === 0 ? one : two, name)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 409, 409, 409, 409]);
    for (const portal of [one, two]) {
      const listed = (await (await portal.send('GET', '/scim/v2/Users', { token: at.token })).json()) as object;
      expect(listed).toMatchObject({ totalResults: 2 });
    }
  });

  it('the same user pushed to both at once is made once', async () => {
    const { organizationId } = at.office;
    const { version } = await at.admin.subscription.get({ organizationId });
    await at.admin.subscription.update({ organizationId, version, licenses: 50 });
    const answers = await Promise.all([one, two, one, two].map(async (portal) => await pushTo(portal, 'twin')));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
  });

  it('a token that ends at one portal ends at the other at once', async () => {
    const { token } = await at.admin.directoryIntegrations.rotateScimToken({ integrationId: at.integrationId });
    expect((await pushTo(two, 'late')).status).toBe(401);
    expect((await pushTo(two, 'late', token)).status).toBe(201);
  });
});
