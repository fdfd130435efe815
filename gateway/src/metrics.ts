import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Why a message that came to the gateway was not acted upon. */
export type IgnoreReason =
  | 'retained'
  | 'foreign-topic'
  | 'too-long'
  | 'malformed'
  | 'duplicate'
  | 'not-awaited'
  | 'outdated'
  | 'overloaded'
  | 'stopping';

/** What the gateway counts; every name begins with `latchwork_gateway_` and is listed in docs/operator/gateway.md. */
export interface Metrics {
  readonly registry: Registry;
  readonly messagesIgnored: Counter<'reason'>;
  readonly commandsReceived: Counter;
  readonly unlocks: Counter<'outcome' | 'code'>;
  readonly unlockSeconds: Histogram;
  readonly unlockSpanSeconds: Histogram<'span'>;
  readonly connectRetries: Counter;
  readonly tunnels: Counter<'code'>;
  readonly lanRequests: Counter<'outcome'>;
  readonly errands: Counter<'outcome'>;
  readonly errandSeconds: Histogram;
  readonly logVisits: Counter<'outcome'>;
  readonly logPages: Counter;
  readonly brokerConnects: Counter;
  readonly radioViolations: Counter;
  readonly journalSyncSeconds: Histogram;
}

/** What is looked at when somebody asks for the metrics. */
export interface MetricSources {
  readonly queueJobs: () => number;
  readonly outboxResults: () => number;
  readonly unconfirmedReports: () => number;
  readonly unconfirmedLogs: () => number;
  readonly locksDesired: () => number;
  readonly locksBehind: () => number;
  readonly brokerConnected: () => boolean;
  readonly radioReady: () => boolean;
  readonly locksHeard: () => number;
  readonly journalBytes: () => number;
}

const name = (rest: string): string => `latchwork_gateway_${rest}`;
const unlockBuckets = [0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30];
const syncBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1];

/** Makes the gateway's metrics in a registry of their own. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'latchwork_gateway_' });
  return {
    registry,
    messagesIgnored: new Counter({
      name: name('messages_ignored_total'),
      help: 'Messages that came and were not acted upon, by reason.',
      labelNames: ['reason'],
      registers,
    }),
    commandsReceived: new Counter({
      name: name('commands_received_total'),
      help: 'Unlock commands taken into the journal.',
      registers,
    }),
    unlocks: new Counter({
      name: name('unlocks_total'),
      help: 'Unlock commands that ended, by outcome and code.',
      labelNames: ['outcome', 'code'],
      registers,
    }),
    unlockSeconds: new Histogram({
      name: name('unlock_seconds'),
      help: 'Time from the receipt of an unlock command to its known outcome.',
      buckets: unlockBuckets,
      registers,
    }),
    unlockSpanSeconds: new Histogram({
      name: name('unlock_span_seconds'),
      help: 'Parts of that time: queue, connect, token, handshake, command.',
      labelNames: ['span'],
      buckets: [0.001, 0.005, 0.01, ...unlockBuckets],
      registers,
    }),
    connectRetries: new Counter({
      name: name('connect_retries_total'),
      help: 'Further connections tried for a command before it was written.',
      registers,
    }),
    tunnels: new Counter({
      name: name('tunnels_total'),
      help: 'Tunnels between phones and locks that ended, by how they ended.',
      labelNames: ['code'],
      registers,
    }),
    lanRequests: new Counter({
      name: name('lan_requests_total'),
      help: 'Requests of phones of the LAN, by why they were refused; ok otherwise.',
      labelNames: ['outcome'],
      registers,
    }),
    errands: new Counter({
      name: name('errands_total'),
      help: 'Visits that brought locks what they must know, by outcome.',
      labelNames: ['outcome'],
      registers,
    }),
    errandSeconds: new Histogram({
      name: name('errand_seconds'),
      help: 'Time of one such visit, from the connect to its end.',
      buckets: [...unlockBuckets, 60, 120],
      registers,
    }),
    logVisits: new Counter({
      name: name('log_visits_total'),
      help: 'Visits that read logs of locks, by outcome.',
      labelNames: ['outcome'],
      registers,
    }),
    logPages: new Counter({
      name: name('log_pages_total'),
      help: 'Pages of logs that locks gave.',
      registers,
    }),
    brokerConnects: new Counter({
      name: name('broker_connects_total'),
      help: 'Connections to the broker that were made and subscribed.',
      registers,
    }),
    radioViolations: new Counter({
      name: name('radio_violations_total'),
      help: 'Peers on the air that broke the rules and were dropped.',
      registers,
    }),
    journalSyncSeconds: new Histogram({
      name: name('journal_sync_seconds'),
      help: 'Time of one durable write of the journal.',
      buckets: syncBuckets,
      registers,
    }),
  };
}

/** Adds the gauges, each read from its source when the metrics are collected. */
export function observe(metrics: Metrics, sources: MetricSources): void {
  const gauge = (rest: string, help: string, read: () => number): void => {
    metrics.registry.registerMetric(
      new Gauge({
        name: name(rest),
        help,
        registers: [],
        collect() {
          this.set(read());
        },
      }),
    );
  };
  gauge('queue_jobs', 'Commands and errands waiting for the radio.', sources.queueJobs);
  gauge('outbox_results', 'Results the broker has not confirmed yet.', sources.outboxResults);
  gauge('outbox_reports', 'Reports of errands the broker has not confirmed yet.', sources.unconfirmedReports);
  gauge('outbox_logs', 'Pages of logs, by lock, that the broker has not confirmed yet.', sources.unconfirmedLogs);
  gauge('locks_desired', 'Locks that the portal desires something of.', sources.locksDesired);
  gauge('locks_behind', 'Locks that are not where the portal desires them yet.', sources.locksBehind);
  gauge('broker_connected', '1 while the broker is connected and subscribed.', () => Number(sources.brokerConnected()));
  gauge('radio_ready', '1 while the radio can reach locks.', () => Number(sources.radioReady()));
  gauge('locks_heard', 'Locks heard by the radio of late.', sources.locksHeard);
  gauge('journal_bytes', 'Size of the journal file.', sources.journalBytes);
}
