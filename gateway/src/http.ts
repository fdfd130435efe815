import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { GatewayError } from './gateway-error.js';

/** What the gateway must have before it can do its work. */
export interface Readiness {
  readonly broker: boolean;
  readonly radio: boolean;
}

/** What the health endpoint is wired to. */
export interface HttpOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly readiness: () => Readiness;
  readonly registry: Registry;
}

/** The running endpoint. */
export interface HttpEndpoint extends AsyncDisposable {
  readonly port: number;
}

/**
 * Serves `/healthz` (the process lives), `/readyz` (503 and what is missing, until broker and radio are there) and
 * `/metrics` (Prometheus text).
 *
 * @throws {@link GatewayError} `http-address`, when the address is taken or not ours.
 */
export async function startHttp(options: HttpOptions): Promise<HttpEndpoint> {
  const { host, port } = options;
  const server = createServer((request, response) => {
    answer(options, request, response).catch(() => {
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used: ${cause.message}`;
      reject(
        new GatewayError({ code: 'http-address', host, port }, `The address ${host}:${port} for health ${why}.`, {
          cause,
        }),
      );
    });
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(options: HttpOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0];
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    sendJson(response, 405, { error: 'method-not-allowed' });
  } else if (path === '/healthz') {
    sendJson(response, 200, { ok: true });
  } else if (path === '/readyz') {
    const readiness = options.readiness();
    const missing = (['broker', 'radio'] as const).filter((part) => !readiness[part]);
    sendJson(response, missing.length === 0 ? 200 : 503, { ready: missing.length === 0, missing });
  } else if (path === '/metrics') {
    const text = await options.registry.metrics();
    response.writeHead(200, { 'content-type': options.registry.contentType, 'cache-control': 'no-store' });
    response.end(text);
  } else {
    sendJson(response, 404, { error: 'not-found' });
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
