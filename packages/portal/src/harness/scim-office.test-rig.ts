import type { Client } from '@latchwork/client';
import type { DirectoryIntegration } from '@latchwork/contract';
import { buildSampleOffice, type SampleOffice } from './sample-office.test-rig.js';
import { startTestPortal, type TestPortal } from './test-portal.test-rig.js';

/** One answer of the SCIM server; `body` is what its JSON says, or `undefined`. */
export interface ScimAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what a server says of itself is looked at by tests, name by name
  readonly body: any;
}

/** An office to which a directory pushes. */
export interface ScimOffice extends AsyncDisposable {
  readonly test: TestPortal;
  readonly office: SampleOffice;
  readonly admin: Client;
  readonly integrationId: DirectoryIntegration['id'];
  readonly token: string;
  /** Asks as the directory does; the path is that behind the base address. */
  scim(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<ScimAnswer>;
  /** Pushes a user of that name in the office's own domain. */
  push(name: string, more?: object): Promise<ScimAnswer>;
  patch(id: string, ...operations: readonly object[]): Promise<ScimAnswer>;
  /** The user here of that name, or of a whole address. */
  user(name: string): Promise<Awaited<ReturnType<Client['users']['get']>> | undefined>;
  integration(): Promise<DirectoryIntegration>;
}

/** What a patch is wrapped in. */
export function patchOf(...operations: readonly object[]) {
  return { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations };
}

/** Starts a portal, or takes one, with an office whose directory pushes. */
export async function startScimOffice(
  options: {
    readonly test?: TestPortal;
    readonly licenses?: number;
    readonly settings?: Partial<Parameters<Client['directoryIntegrations']['create']>[0]>;
  } = {},
): Promise<ScimOffice> {
  const test = options.test ?? (await startTestPortal());
  const office = await buildSampleOffice(test, { licenses: options.licenses ?? 1_000 });
  const { organizationId } = office;
  const { client: admin } = office.people.admin;
  const domain = office.address('x').slice(2);
  const { id: integrationId } = await admin.directoryIntegrations.create({
    organizationId,
    credentials: { kind: 'scim_push' },
    ownDomains: [domain],
    ...options.settings,
  });
  const { token } = await admin.directoryIntegrations.rotateScimToken({ integrationId });
  const scim: ScimOffice['scim'] = async (method, path, body, headers = {}) => {
    const response = await test.send(method, `/scim/v2${path}`, {
      token,
      ...(body === undefined ? {} : { body }),
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/scim+json' }), ...headers },
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  };
  return {
    ...{ test, office, admin, integrationId, token, scim },
    push: async (name, more = {}) =>
      await scim('POST', '/Users', {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        userName: office.address(name),
        displayName: name,
        emails: [{ type: 'work', value: office.address(name), primary: true }],
        active: true,
        ...more,
      }),
    patch: async (id, ...operations) => await scim('PATCH', `/Users/${id}`, patchOf(...operations)),
    user: async (name) => {
      const email = name.includes('@') ? name : office.address(name);
      const { data } = await admin.users.list({ organizationId, limit: 200 });
      return data.find((user) => user.email === email && user.state !== 'removed');
    },
    integration: async () => await admin.directoryIntegrations.get({ integrationId }),
    [Symbol.asyncDispose]: async () => {
      if (options.test === undefined) await test[Symbol.asyncDispose]();
    },
  };
}
