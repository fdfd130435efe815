import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What the portal measures of itself, for `/metrics`. */
export interface PortalMetrics {
  readonly registry: Registry;
  /** Notes how long a request took, by operation and status. */
  readonly request: (operation: string, status: number, ms: number) => void;
  /** Seconds per transaction of the store. */
  readonly commits: Histogram;
  /** Unlocks by how they ended. */
  readonly unlocks: Counter<'state'>;
  /** Seconds from the request to the end of a confirmed unlock. */
  readonly confirmed: Histogram;
}

/** Creates the measurements in a registry of their own; `read` is asked whenever somebody looks. */
export function createPortalMetrics(read: {
  readonly gatewaysOnline: () => number;
  readonly certificateSecondsLeft: () => number;
}): PortalMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  new Gauge({
    name: 'latchwork_gateways_online',
    help: 'Gateways that are connected and listening.',
    registers,
    collect() {
      this.set(read.gatewaysOnline());
    },
  });
  new Gauge({
    name: 'latchwork_portal_certificate_seconds_left',
    help: 'Seconds until the first certificate of a property ends; after it that property opens no lock.',
    registers,
    collect() {
      this.set(read.certificateSecondsLeft());
    },
  });
  const requests = new Histogram({
    name: 'latchwork_http_request_seconds',
    help: 'Time to answer a request.',
    labelNames: ['operation', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
    registers,
  });
  return {
    registry,
    request: (operation, status, ms) => requests.observe({ operation, status }, ms / 1000),
    commits: new Histogram({
      name: 'latchwork_store_commit_seconds',
      help: 'Time of one transaction of the store.',
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5],
      registers,
    }),
    unlocks: new Counter({
      name: 'latchwork_unlocks_total',
      help: 'Unlocks by how they ended.',
      labelNames: ['state'],
      registers,
    }),
    confirmed: new Histogram({
      name: 'latchwork_unlock_seconds',
      help: 'Time from the request to the end of a confirmed unlock.',
      buckets: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
  };
}
