import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import type { PortalConfig } from '../config.js';
import { listenOn } from '../listening.js';
import type { AuthorizationServer } from '../oauth/authorization-server.js';

const stopWithinMs = 5_000;

/** An HTTP server that listens. Disposing of it lets running requests end, for a while. */
export interface HttpServer extends AsyncDisposable {
  readonly url: string;
}

/**
 * Listens for the API, the pages, and, as soon as there is one, the authorization server.
 *
 * @throws PortalError `address-unavailable`
 */
export async function listenHttp(
  app: Hono,
  { host, port }: PortalConfig['http'],
  authorizationServer: () => AuthorizationServer | undefined,
): Promise<HttpServer> {
  const listener = getRequestListener(app.fetch);
  const server = createServer({ noDelay: true }, async (request, response) => {
    const oauth = authorizationServer();
    const path = (request.url ?? '').split('?')[0] ?? '';
    await (oauth?.handles(path) ? oauth.listener(request, response) : listener(request, response));
  });
  const actualPort = await listenOn(server, { host, port });
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actualPort}`,
    [Symbol.asyncDispose]: async () => await close(server),
  };
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
