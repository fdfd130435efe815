import { ConfidentialClientApplication, type Configuration, type INetworkModule } from '@azure/msal-node';
import {
  AuthenticationHandler,
  type AuthenticationProvider,
  Client,
  type Context,
  type Middleware,
  type PageCollection,
  PageIterator,
  RetryHandler,
  RetryHandlerOptions,
} from '@microsoft/microsoft-graph-client';
import { createFakeDirectory, type FakeDirectory, type FakeDirectoryOptions } from '../fake-directory.js';

/** A fake tenant of Microsoft. */
export type Tenant = FakeDirectory<'microsoft_365'>;

/** MSAL speaks https only; this carries what it sends to wherever the fake is. */
function networkTo(tenant: Tenant): INetworkModule {
  const send = async (method: string, url: string, options?: { headers?: Record<string, string>; body?: string }) => {
    const answer = await tenant.fetch(url, {
      method,
      ...(options?.headers === undefined ? {} : { headers: options.headers }),
      ...(options?.body === undefined ? {} : { body: options.body }),
    });
    return { headers: Object.fromEntries(answer.headers), body: (await answer.json()) as never, status: answer.status };
  };
  return {
    sendGetRequestAsync: (url, options) => send('GET', url, options),
    sendPostRequestAsync: (url, options) => send('POST', url, options),
  };
}

function msalFor(tenant: Tenant, proof: Partial<Configuration['auth']>): ConfidentialClientApplication {
  return new ConfidentialClientApplication({
    auth: {
      clientId: tenant.credentials.clientId,
      authority: `${tenant.urls.login}/${tenant.tenantId}`,
      knownAuthorities: [new URL(tenant.urls.login).host],
      ...proof,
    },
    system: { networkClient: networkTo(tenant) },
  });
}

/** Signs in with Microsoft's own library, by secret or certificate. */
export async function tokenOf(tenant: Tenant, proof: Partial<Configuration['auth']>): Promise<string> {
  const scopes = ['https://graph.microsoft.com/.default'];
  const result = await msalFor(tenant, proof).acquireTokenByClientCredential({ scopes });
  return result?.accessToken ?? '';
}

/** Microsoft's Graph client with its own authentication and retries, at the fake. */
export async function graphClientOf(tenant: Tenant): Promise<Client> {
  const accessToken = await tokenOf(tenant, { clientSecret: tenant.credentials.clientSecret });
  const provider: AuthenticationProvider = { getAccessToken: async () => accessToken };
  const last: Middleware = {
    async execute(context: Context) {
      context.response = await tenant.fetch(context.request, context.options);
    },
  };
  const authentication = new AuthenticationHandler(provider);
  const retry = new RetryHandler(new RetryHandlerOptions(0, 3));
  authentication.setNext(retry);
  retry.setNext(last);
  return Client.initWithMiddleware({
    middleware: authentication,
    baseUrl: `${tenant.urls.api}/`,
    customHosts: new Set([new URL(tenant.urls.api).hostname]),
  });
}

/** Everything of a collection, by Microsoft's own page iterator. */
export async function walk<T>(
  client: Client,
  first: PageCollection,
): Promise<{ items: T[]; deltaLink: string | undefined }> {
  const items: T[] = [];
  const pages = new PageIterator(client, first, (item: T) => {
    items.push(item);
    return true;
  });
  await pages.iterate();
  if (!pages.isComplete()) throw new Error('The page iterator stopped early.');
  return { items, deltaLink: pages.getDeltaLink() };
}

/** A fake tenant of Microsoft that is asked without a socket. */
export const made = (options: Partial<FakeDirectoryOptions<'microsoft_365'>> = {}): Tenant =>
  createFakeDirectory({ kind: 'microsoft_365', ...options });
