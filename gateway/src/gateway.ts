import { randomUUID } from 'node:crypto';
import type { CryptoProvider } from '@latchwork/lock-protocol';
import manifest from '../package.json' with { type: 'json' };
import { createAnnouncer } from './announcer.js';
import type { Clock } from './clock.js';
import { type CommandDesk, createCommandDesk } from './command-desk.js';
import type { GatewayConfig } from './config.js';
import { openDataDir } from './data-dir.js';
import { openDesiredStore } from './desired-store.js';
import { startDrivers } from './drivers/driver-set.js';
import { startRenewal } from './enrollment/renewal.js';
import { createErrandDesk, type ErrandDesk, type ErrandJob } from './errand-desk.js';
import type { GatewayError } from './gateway-error.js';
import { loadGatewayKeys } from './gateway-keys.js';
import { heardReport } from './heard-report.js';
import { type Readiness, startHttp } from './http.js';
import { type Journal, openJournal } from './journal.js';
import type { JournalRecord, UnlockResult } from './journal-record.js';
import { startLan } from './lan/start-lan.js';
import { defaultCoursePolicy } from './lock-course.js';
import type { Log } from './log.js';
import { defaultLogPolicy } from './log-course.js';
import { createLogDesk, type LogDesk, type LogJob } from './log-desk.js';
import { createLogOutbox } from './log-outbox.js';
import { createMetrics, observe } from './metrics.js';
import { createOutbox } from './outbox.js';
import type { Central, RadioState } from './radio/central.js';
import { createRadioQueue } from './radio-queue.js';
import { createReportOutbox } from './report-outbox.js';
import { createTimeDesk } from './time-desk.js';
import { createTokenDesk } from './token-desk.js';
import { createTunnelDesk, type TunnelJob } from './tunnel-desk.js';
import { createTunnelRelay } from './tunnel-relay.js';
import { decideRecovery, type UnlockJob, unlockResult } from './unlock-job.js';
import { startUplink } from './uplink.js';
import { within } from './within.js';

/** The outside things a gateway works with. */
export interface GatewayDeps {
  /** Starts the one radio; the gateway disposes of it. */
  readonly central: () => Central;
  readonly crypto: CryptoProvider;
  readonly clock: Clock;
  readonly log: Log;
  /** 0..1. */
  readonly random: () => number;
}

/** A running gateway. Disposing takes no more commands, ends the current one, and says goodbye to the broker. */
export interface Gateway extends AsyncDisposable {
  /** The port of health and metrics; null when switched off. */
  readonly httpPort: number | null;
  /** Resolves when the gateway cannot go on and must be disposed of and started anew. */
  readonly failed: Promise<GatewayError>;
  /** Whether commands can arrive and locks be reached. */
  readiness(): Readiness;
}

/** How long the current command may take to end by itself when the gateway stops. */
const stopGraceMs = 5_000;
/** Most commands that may wait for the radio. */
const mostWaitingCommands = 64;
/** A bridge whose locks come and go costs no more than a status in this time. */
const announceGapMs = 1_000;
/** How long results may take to be confirmed when the gateway stops; they are in the journal all the same. */
const outboxGraceMs = 2_000;

/**
 * Starts the daemon: takes the data folder, ends what an earlier run left open, then connects to radio and broker.
 * It runs without either; `readiness` tells.
 *
 * @throws `GatewayError` when the folder, the journal, the keys or the HTTP address cannot be used.
 */
export async function startGateway(config: GatewayConfig, deps: GatewayDeps): Promise<Gateway> {
  const opened: AsyncDisposable[] = [];
  const closeAll = async (): Promise<void> => {
    for (let last = opened.pop(); last !== undefined; last = opened.pop()) {
      await last[Symbol.asyncDispose]();
    }
  };
  const opens = <Part extends AsyncDisposable>(part: Part): Part => {
    opened.push(part);
    return part;
  };
  try {
    return await start(config, deps, { opens, closeAll });
  } catch (error) {
    await closeAll();
    throw error;
  }
}

interface Opened {
  /** Notes a part that must be closed, after everything that was opened later. */
  readonly opens: <Part extends AsyncDisposable>(part: Part) => Part;
  readonly closeAll: () => Promise<void>;
}

async function start(config: GatewayConfig, deps: GatewayDeps, { opens, closeAll }: Opened): Promise<Gateway> {
  const { clock, crypto, log, random } = deps;
  const { gatewayId } = config.address;
  const metrics = createMetrics();
  const dataDir = opens(await openDataDir(config.dataDir));
  const journal = opens(
    await openJournal({
      dataDir: dataDir.path,
      clock,
      onSync: (tookMs) => metrics.journalSyncSeconds.observe(tookMs / 1_000),
    }),
  );
  const keys = await loadGatewayKeys(dataDir.path, crypto);
  let announce: () => void = () => undefined;
  const drivers = opens(
    await startDrivers(dataDir.path, {
      ...{ gatewayId, clock, random, log, maxWaiting: mostWaitingCommands },
      changed: () => announce(),
      run: (job) => desk.run(job),
      expired: (job) => desk.expired(job),
    }),
  );
  const waiting = await recover(journal, { gatewayId, clock, log });
  const store = opens(await openDesiredStore(dataDir.path, log));
  const bootId = randomUUID();
  const publicKey = Buffer.from(keys.publicKey).toString('hex');

  let broker = false;
  let radio: RadioState['state'] = 'starting';
  const readiness = (): Readiness => ({ broker, radio: radio === 'ready' });
  const http =
    config.http === null ? null : opens(await startHttp({ ...config.http, readiness, registry: metrics.registry }));
  const central = opens(deps.central());
  // At once: a radio may be ready before what is begun below is.
  central.events.on('state', ({ state, reason }) => {
    radio = state;
    log.info({ state, reason }, 'radio state');
  });
  const queue = createRadioQueue<UnlockJob | TunnelJob | ErrandJob | LogJob>({
    clock,
    maxWaiting: mostWaitingCommands,
    run: (job, interruption) => {
      if (job.kind === 'unlock') return desk.run(job);
      if (job.kind === 'tunnel') return tunnels.run(job, interruption);
      return job.kind === 'log' ? logs.run(job, interruption) : errands.run(job, interruption);
    },
    expired: (job) => {
      if (job.kind === 'unlock') desk.expired(job);
      else if (job.kind === 'tunnel') tunnels.expired(job);
    },
  });
  const tunnels = createTunnelDesk({ central, clock, queue: (job) => queue.add(job), metrics, log });
  const lan =
    config.lan === null
      ? null
      : opens(await startLan({ listen: config.lan, dataDir: dataDir.path, tunnels, crypto, clock, metrics, log }));
  const { enrollment } = config;
  const renewal =
    enrollment === undefined ? undefined : opens(startRenewal({ enrollment, dataDir: dataDir.path, clock, log }));
  const uplink = opens(
    startUplink({
      url: config.mqttUrl,
      address: config.address,
      secret: config.gatewaySecret,
      enrollment: () => renewal?.enrollment,
      bootId,
      clock,
      random,
      log,
      status: () => ({
        ...(lan === null ? {} : { lan: lan.address }),
        ...{ version: manifest.version, radio, publicKey },
        ...heardReport([...central.heard(), ...drivers.heard()], clock.now()),
      }),
      onCommand: (message) => desk.receive(message),
      onDesired: (arrival) => errands.receive(arrival),
      onPass: (message) => {
        logs.allow(message);
        lan?.learn(message);
      },
      onRead: (arrival) => logs.receive(arrival),
    }),
  );
  const announcer = opens(createAnnouncer({ clock, gapMs: announceGapMs, announce: () => uplink.announce() }));
  announce = announcer.changed;
  const outbox = createOutbox(journal, uplink, waiting);
  const tokens = createTokenDesk((challenge) => uplink.sendChallenge(challenge));
  const times = createTimeDesk((question) => uplink.sendTime(question));
  const reports = createReportOutbox(uplink);
  const pages = createLogOutbox(uplink);
  const desk: CommandDesk = createCommandDesk({
    gatewayId,
    journal,
    uplink,
    outbox,
    unlock: { central, journal, tokens, crypto, keys, clock, random },
    drivenLock: (tag) => drivers.find(tag),
    times,
    tunnels: createTunnelRelay({ tunnels, tell: (message) => uplink.sendTunnel(message), clock }),
    queue: { add: (job) => drivers.queue(job.tag)?.add(job) ?? queue.add(job) },
    metrics,
    log,
  });
  const visiting = {
    runId: bootId,
    errand: { central, times, isPortalReachable: () => uplink.connected, crypto, keys, clock },
    unheardMs: (tag: string) => {
      const heard = central.heard().find((lock) => lock.tag === tag);
      return heard === undefined ? undefined : clock.now() - heard.lastHeardAt;
    },
    ...{ random, metrics, log },
  };
  const logs: LogDesk = createLogDesk({
    ...visiting,
    outbox: pages,
    queue: (job) => queue.add(job),
    policy: defaultLogPolicy,
  });
  const errands: ErrandDesk = createErrandDesk({
    ...visiting,
    store,
    reports,
    queue: (job) => queue.add(job),
    policy: defaultCoursePolicy,
  });

  uplink.events.on('connected', () => {
    broker = true;
    metrics.brokerConnects.inc();
    outbox.resend();
    reports.resend();
    logs.resume();
  });
  uplink.events.on('disconnected', () => {
    broker = false;
  });
  uplink.events.on('ignored', ({ reason }) => metrics.messagesIgnored.inc({ reason }));
  central.events.on('state', () => uplink.announce());
  central.events.on('advert', ({ tag, flags }) => {
    errands.heard(tag);
    logs.heard(tag, flags);
  });
  central.events.on('violation', () => metrics.radioViolations.inc());
  observe(metrics, {
    queueJobs: () => queue.waiting,
    outboxResults: () => outbox.size,
    unconfirmedReports: () => reports.size,
    unconfirmedLogs: () => pages.size,
    locksDesired: () => errands.locks,
    locksBehind: () => errands.behind,
    brokerConnected: () => broker,
    radioReady: () => radio === 'ready',
    locksHeard: () => central.heard().length,
    journalBytes: () => journal.sizeBytes,
  });
  log.info({ gatewayId, version: manifest.version, httpPort: http?.port ?? null }, 'gateway started');

  return {
    httpPort: http?.port ?? null,
    failed: journal.failed,
    readiness,
    async [Symbol.asyncDispose]() {
      errands.stop();
      logs.stop();
      tunnels.stop();
      desk.close();
      desk.leave([...queue.stop().filter((job) => job.kind === 'unlock'), ...drivers.stop()]);
      const callOff = clock.after(stopGraceMs, () => desk.giveUp());
      await Promise.all([queue.idle(), drivers.idle()]);
      callOff();
      await desk.settled();
      if (uplink.connected) {
        await within(clock, outboxGraceMs, outbox.empty());
      }
      await closeAll();
      log.info('gateway stopped');
    },
  };
}

/** Ends what an earlier run left open; returns every result the broker has not confirmed. */
async function recover(
  journal: Journal,
  o: { readonly gatewayId: string; readonly clock: Clock; readonly log: Log },
): Promise<readonly UnlockResult[]> {
  if (journal.tail !== 'clean') {
    o.log.warn({ tail: journal.tail }, 'journal cut at its torn end');
  }
  const waiting: UnlockResult[] = [];
  const records: JournalRecord[] = [];
  for (const entry of journal.atOpen) {
    const end = decideRecovery(entry, journal.tail);
    if (end !== null) {
      const result = unlockResult(entry, end, { gatewayId: o.gatewayId, now: o.clock.now() });
      records.push({ type: 'result', commandId: entry.commandId, result });
      waiting.push(result);
      o.log.warn({ commandId: entry.commandId, outcome: end.outcome }, 'command left open by an earlier run');
    } else if (entry.result !== undefined) {
      waiting.push(entry.result);
    }
  }
  if (records.length > 0) {
    await journal.append(...records);
  }
  return waiting;
}
