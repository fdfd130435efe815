import { createServer, type IncomingMessage, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import type { PortalConfig } from '../config.js';
import { scimPath } from '../directory/credentials.js';
import { listenOn } from '../listening.js';
import type { AuthorizationServer } from '../oauth/authorization-server.js';
import type { ApiAnswering } from './api-exchange.js';
import { createSocketListener } from './socket-exchange.js';
import { createWebAnswering } from './web-exchange.js';

/** Who answers what. */
export interface HttpParts {
  /** Whatever begins with `/v1/`. */
  readonly api: ApiAnswering;
  /** Whatever begins with {@link scimPath}. */
  readonly scim: ApiAnswering;
  /** Everything that is neither the API nor the authorization server. */
  readonly app: Hono;
  /** Absent while there is none. */
  readonly oauth: () => AuthorizationServer | undefined;
  readonly addressOf: (request: IncomingMessage) => string;
}

/** An HTTP server that listens. Disposing of it lets running requests end, for a while. */
export interface HttpServer extends AsyncDisposable {
  readonly url: string;
  /** Answers as the server does, without a network. */
  readonly fetch: (request: Request) => Promise<Response>;
}

const apiPrefix = '/v1/';
const scimPrefix = `${scimPath}/`;
const stopWithinMs = 5_000;

/**
 * Listens for the API, the pages, and, as soon as there is one, the authorization server.
 *
 * @throws PortalError `address-unavailable`
 */
export async function listenHttp(
  { host, port }: PortalConfig['http'],
  { api, scim, app, oauth, addressOf }: HttpParts,
): Promise<HttpServer> {
  const listenApi = createSocketListener(api, addressOf);
  const listenScim = createSocketListener(scim, addressOf);
  const listenPages = getRequestListener(app.fetch);
  const answerApi = createWebAnswering(api);
  const answerScim = createWebAnswering(scim);
  const server = createServer({ noDelay: true }, (request, response) => {
    const target = originForm(request.url ?? '/');
    request.url = target;
    if (target.startsWith(apiPrefix)) return listenApi(request, response);
    if (target.startsWith(scimPrefix)) return listenScim(request, response);
    const authorization = oauth();
    const isOauth = authorization?.handles(target.split('?')[0] ?? '') === true;
    return isOauth ? authorization.listener(request, response) : listenPages(request, response);
  });
  const actualPort = await listenOn(server, { host, port });
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${actualPort}`;
  return {
    url,
    fetch: async (request) => {
      const { pathname, search } = new URL(request.url);
      if (pathname.startsWith(apiPrefix)) return await answerApi(request);
      if (pathname.startsWith(scimPrefix)) return await answerScim(request);
      // The authorization server speaks to sockets only.
      const isOauth = oauth()?.handles(pathname) === true;
      return isOauth ? await fetch(new Request(`${url}${pathname}${search}`, request)) : await app.fetch(request);
    },
    [Symbol.asyncDispose]: async () => await close(server),
  };
}

/** Path and query, also of a request that names the whole address (RFC 9112 §3.2.2). */
function originForm(target: string): string {
  if (target.startsWith('/') || !URL.canParse(target)) return target;
  const { pathname, search } = new URL(target);
  return pathname + search;
}

const idleSweepMs = 50;

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), stopWithinMs);
    // Connections fall idle one by one; a client that keeps them alive would otherwise be waited for.
    const sweep = setInterval(() => server.closeIdleConnections(), idleSweepMs);
    server.close(() => {
      clearTimeout(timer);
      clearInterval(sweep);
      resolve();
    });
    server.closeIdleConnections();
  });
}
