import { createProblem, openApiDocument } from '@latchwork/contract';
import { Hono } from 'hono';
import type { Log } from '../log.js';
import type { PortalMetrics } from '../portal-metrics.js';
import { notFound } from './authorize.js';
import { problemResponse } from './problem-answer.js';

/** What the daemon's own pages stand on. */
export interface AppParts {
  readonly log: Log;
  readonly metrics: PortalMetrics;
  readonly isReady: () => boolean;
  /** PEM of the list of gateways' certificates that a broker must not believe any more. */
  readonly revocationList: () => Promise<string>;
}

/** Creates the application of everything over HTTP that is not the API: here the daemon's own pages. */
export function createApp({ log, metrics, isReady, revocationList }: AppParts): Hono {
  const app = new Hono();
  const document = JSON.stringify(openApiDocument());
  app.get('/openapi.json', (context) => context.body(document, 200, { 'content-type': 'application/json' }));
  app.get('/healthz', (context) => context.json({ status: 'ok' }));
  app.get('/readyz', (context) =>
    isReady() ? context.json({ status: 'ready' }) : context.json({ status: 'starting' }, 503),
  );
  app.get('/metrics', async (context) =>
    context.body(await metrics.registry.metrics(), 200, { 'content-type': metrics.registry.contentType }),
  );
  // Serial numbers alone, which brokers fetch before they let anybody in.
  app.get('/broker/gateways.crl', async (context) =>
    context.body(await revocationList(), 200, { 'content-type': 'application/x-pem-file' }),
  );
  app.notFound(() => problemResponse(notFound));
  app.onError((error) => {
    log.error({ err: error }, 'request failed outside any route');
    return problemResponse({ problem: createProblem('internal', {}) });
  });
  return app;
}
