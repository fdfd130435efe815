import { randomBytes } from 'node:crypto';
import type { ApiKeyId, Instant } from '@latchwork/core';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { recordApiKeyUse } from './access/api-key-use.js';
import { tokenHash } from './access/bearer-token.js';
import { createCertificateWatch } from './access/certificate-watch.js';
import { createAuthenticate } from './access/principal.js';
import { createPropertySigners, renewSigners } from './access/property-signers.js';
import { checkSealing, createSealer } from './access/sealer.js';
import { createAlarmWatch } from './alarms/alarm-watch.js';
import { forgetAlarms } from './alarms/forgotten-alarms.js';
import { createLockHearings } from './alarms/lock-hearing.js';
import { createBrokerAuthority } from './broker/broker-authority.js';
import { createGatewayListener } from './broker/gateway-listener.js';
import { createGatewayPresence } from './broker/gateway-presence.js';
import { brokerAuthorityOf, openBroker } from './broker/open-broker.js';
import { createTiedLink } from './broker/tied-link.js';
import { type Clock, systemClock } from './clock.js';
import { type ClosingStack, createClosingStack } from './closing-stack.js';
import type { PortalConfig } from './config.js';
import { createCardReader } from './credentials/card-reader.js';
import { forgetEndedCodes } from './credentials/ended-codes.js';
import { holdDataDir } from './data-dir.js';
import { openDirectories } from './directory/open-directories.js';
import { createEventFeed } from './event-feed.js';
import { createAccessHandlers } from './http/access-handlers.js';
import { createAccessReviewHandlers } from './http/access-review-handlers.js';
import { createAddressReader } from './http/address-reader.js';
import { createAlarmHandlers } from './http/alarm-handlers.js';
import { createApi } from './http/api.js';
import type { AnsweredCall } from './http/api-exchange.js';
import { createApiKeyHandlers } from './http/api-key-handlers.js';
import { createApp } from './http/app.js';
import { createAppHandlers } from './http/app-handlers.js';
import { createCourierHandlers } from './http/courier-handlers.js';
import { createDeskHandlers } from './http/desk-handlers.js';
import { createDeviceLogHandlers } from './http/device-log-handlers.js';
import { createDoorVisitHandlers } from './http/door-visit-handlers.js';
import { createEnrollmentHandlers } from './http/enrollment-handlers.js';
import { createEntranceAccessHandlers } from './http/entrance-access-handlers.js';
import { createHeldAccessHandlers } from './http/held-access-handlers.js';
import { listenHttp } from './http/http-server.js';
import { createIdempotency, forgettableBefore } from './http/idempotency.js';
import { createInsightsHandlers } from './http/insights-handlers.js';
import { createInstallationHandlers } from './http/installation-handlers.js';
import { createInvitationHandlers } from './http/invitation-handlers.js';
import { createMemberHandlers } from './http/member-handlers.js';
import { createOrganizationHandlers } from './http/organization-handlers.js';
import { createPropertyHandlers } from './http/property-handlers.js';
import { createRecordHandlers } from './http/record-handlers.js';
import { createReservationHandlers } from './http/reservation-handlers.js';
import { createRevocationHandlers } from './http/revocation-handlers.js';
import { createSubscriptionHandlers } from './http/subscription-handlers.js';
import { createTunnelHandlers } from './http/tunnel-handlers.js';
import { createUserHandlers } from './http/user-handlers.js';
import { createWebhookHandlers } from './http/webhook-handlers.js';
import { createIdentifiers } from './identifiers.js';
import { openLocks } from './locks/open-locks.js';
import { createLog, type Log } from './log.js';
import { createMailOutbox } from './mail/mail-outbox.js';
import type { MailTransport } from './mail/mail-transport.js';
import { type AuthorizationServer, createAuthorizationServer } from './oauth/authorization-server.js';
import { maintainOauth, prepareOauth } from './oauth/oauth-maintenance.js';
import { openDeliveries } from './open-deliveries.js';
import { openLedger } from './open-ledger.js';
import { createMemberUse } from './people/member-use.js';
import { createPeopleDesk } from './people/people-desk.js';
import { every } from './periodic-task.js';
import { createPortalMetrics } from './portal-metrics.js';
import { createScimServer } from './scim/scim-server.js';
import { openSignIn } from './sign-in/open-sign-in.js';
import { openConfiguredStore } from './store/open-store.js';
import { createPeerCalls } from './store/peer-calls.js';
import type { Projection } from './store/projection.js';
import type { Store } from './store/store.js';
import { openUnlocks } from './unlock/open-unlocks.js';
import { createAddressGuard } from './webhooks/address-guard.js';
import { createWebhookQueue } from './webhooks/webhook-queue.js';

/** What a portal may be given instead of making it itself. */
export interface PortalDeps {
  readonly clock?: Clock;
  readonly log?: Log;
  /** Opens the store in the data directory; by default the embedded database. Closed with the portal. */
  readonly openStore?: (dataDir: string) => Promise<Store>;
  /** Hands mails over; by default to the mail server of the configuration, or as files into the data directory. */
  readonly mail?: MailTransport;
  /** Hears of every answer of a route of the API. */
  readonly onAnswered?: (answered: AnsweredCall) => void;
}

/** A running portal. Disposing of it ends requests and connections, then closes the store. */
export interface Portal extends AsyncDisposable {
  readonly httpUrl: string;
  readonly mqttUrl: string;
  /** Answers a request without a network, as `createClient({ fetch })` takes it. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** The operator's key, for the one who may make organizations. */
  readonly operatorKey: { reveal(): string };
  readonly projection: Projection;
  readonly store: Store;
  /** Ends attempts whose time has passed; runs by itself four times a second. */
  sweep(): Promise<void>;
  /** Sends the mails and webhooks that are due; runs by itself after each commit with one, and once a second. */
  deliver(): Promise<void>;
  /** Resolves when no directory is being read for a review. */
  reviewsRead(): Promise<void>;
  /** Begins the automatic sync runs that are due and resolves when none is under way; begins them by itself once a second. */
  sync(): Promise<void>;
  /** Plans for the locks whose set is to change and ends what has run out; runs by itself after commits, and every five seconds. */
  planLocks(): Promise<void>;
  /** Makes the record of gateways' presence say what is, and raises and clears alarms; runs by itself every five seconds. */
  reconcile(): Promise<void>;
  /** Forgets what may be forgotten, keeps the store small and, once a day, looks after certificates; runs by itself every minute. */
  maintain(): Promise<void>;
}

const sweepEveryMs = 250;
const reconcileEveryMs = 5_000;
const maintainEveryMs = 60_000;

/**
 * Starts the portal: takes the data directory, opens the store, starts the broker and the HTTP server.
 *
 * @throws PortalError when the directory, the store or a port cannot be had; whatever was started is ended again.
 */
export async function startPortal(config: PortalConfig, deps: PortalDeps = {}): Promise<Portal> {
  const clock = deps.clock ?? systemClock;
  const log = deps.log ?? createLog(config.logLevel);
  const running = createClosingStack();
  try {
    return await openPortal({ config, deps, clock, log, running });
  } catch (error) {
    await running[Symbol.asyncDispose]();
    throw error;
  }
}

interface Opening {
  readonly config: PortalConfig;
  readonly deps: PortalDeps;
  readonly clock: Clock;
  readonly log: Log;
  readonly running: ClosingStack;
}

async function openPortal({ config, deps, clock, log, running }: Opening): Promise<Portal> {
  const dataDir = running.use(holdDataDir(config.dataDir));
  const operatorKey = config.operatorKey ?? dataDir.secret('operator.key', () => randomBytes(32).toString('base64url'));
  const sealingKey = config.sealingKey ?? dataDir.secret('sealing.key', () => randomBytes(32).toString('hex'));
  const openStore =
    deps.openStore ??
    (async (path) => await openConfiguredStore({ dataDir: path, databaseUrl: config.databaseUrl, log }));
  const store = running.use(await openStore(dataDir.path));
  const crypto = createNodeCrypto();
  const sealer = createSealer(crypto, sealingKey);
  await checkSealing(store, sealer);

  const identifiers = createIdentifiers();
  const metrics = createPortalMetrics({
    gatewaysOnline: () =>
      projection.gateways.all().filter(({ online, hostId }) => online && hostId === store.peers.self).length,
    certificateSecondsLeft: () => certificates.secondsLeft(clock.now()),
  });
  const measureCommit = () => metrics.commits.startTimer();
  const opened = running.use(await openLedger({ store, clock, identifiers, log, measureCommit }));
  const { ledger, projection } = opened;
  const certificates = createCertificateWatch({ signers: projection.signers, log });
  certificates.check(clock.now());
  const signers = createPropertySigners({ crypto, sealer, projection });
  signers.openAll();
  const feed = createEventFeed();
  opened.onCommitted(({ writes }) => {
    feed.publish(writes.flatMap((write) => (write.table === 'event' ? [write.row] : [])));
  });

  const outbox = createMailOutbox({ identifiers, sealer });
  const presence = createGatewayPresence({ projection, ledger, peers: store.peers, clock, log });
  await presence.reconcile();
  const hearings = createLockHearings({ projection, ledger, clock, isShared: store.log !== undefined });
  const alarms = createAlarmWatch({
    ...{ projection, ledger, identifiers, hearings, clock },
    isFirst: () => store.peers.lease.isHeld(),
    lastSeenAt: presence.lastSeenAt,
  });
  // The broker reports to the desk and the desk sends through the broker: the link is tied after both exist.
  const tiedLink = createTiedLink();
  const calls = createPeerCalls({ peers: store.peers, log });
  const unlocks = openUnlocks({
    ...{ opened, store, calls, signers, hearings, link: tiedLink, clock, identifiers, log },
    onEnd: ({ state, endedAt, requestedAt }) => {
      metrics.unlocks.inc({ state });
      if (state === 'confirmed' && endedAt !== null) metrics.confirmed.observe((endedAt - requestedAt) / 1000);
    },
  });
  const { desk, tunnels, ownTunnels, sharedTunnels } = unlocks;
  const cardReader = createCardReader({
    ...{ projection, ledger, signers, hearings, tunnels: ownTunnels, link: tiedLink, calls, crypto, clock, log },
  });
  const locks = running.use(
    await openLocks({ opened, store, identifiers, signers, sealer, crypto, link: tiedLink, clock, log }),
  );
  const memberUse = createMemberUse({ projection, ledger });
  const people = createPeopleDesk({
    projection,
    identifiers,
    mails: outbox,
    unlocks: desk,
    onUse: memberUse.note,
  });
  const authority = createBrokerAuthority({ projection, ledger, sealer, clock });
  const broker = running.use(
    await openBroker({
      ...{ config, projection, ledger, authority, lease: store.peers.lease, clock, log },
      listener: createGatewayListener({ desk, locks, tunnels, ownTunnels, presence, alarms }),
    }),
  );
  tiedLink.tie(broker.link);
  opened.onCommitted(({ writes }) => {
    for (const write of writes) if (write.table === 'gateway' && write.op === 'delete') broker.drop(write.row);
  });

  const stopping = new AbortController();
  const apiKeyUse = new Map<ApiKeyId, Instant>();
  const addresses = createAddressReader(config.signIn.trustedProxies);
  const publicUrl = () => config.publicUrl ?? httpUrl;
  const signIn = openSignIn({
    ...{ projection, ledger, identifiers, sealer, sealingKey, people, mails: outbox, clock, log, apiKeyUse, publicUrl },
    config: config.signIn,
    addressOf: addresses.ofContext,
    appDownloadUrl: config.mail.appDownloadUrl,
  });
  const webhookQueue = createWebhookQueue({ projection, identifiers });
  const webhookGuard = createAddressGuard(config.webhookNetworks);
  const directories = running.use(
    openDirectories({
      ...{ projection, store, ledger, identifiers, sealer, people, mails: outbox, guard: webhookGuard, clock, log },
      config: config.directories,
      random: Math.random,
      publicUrl,
    }),
  );
  const isReady = () => !stopping.signal.aborted && store.isReachable();
  const api = createApi({
    handlers: {
      ...createOrganizationHandlers({ projection, signers, identifiers, people }),
      ...createPropertyHandlers({ projection, signers, identifiers, people }),
      ...createMemberHandlers({ projection, people }),
      ...createInvitationHandlers({ projection, people }),
      ...createRecordHandlers({ projection, store }),
      ...createAccessReviewHandlers({ projection }),
      ...signIn.handlers,
      ...createApiKeyHandlers({ projection, identifiers, apiKeyUse }),
      ...createAppHandlers({ projection, identifiers }),
      ...createInstallationHandlers({
        projection,
        identifiers,
        presence,
        hearings,
        mqttUrl: () => broker.url,
      }),
      ...createEnrollmentHandlers({
        ...{ projection, authority, mqttUrl: () => broker.url },
        brokerAuthority: async () => await brokerAuthorityOf(config, authority),
      }),
      ...createUserHandlers({ projection, people }),
      ...createSubscriptionHandlers({ projection, people }),
      ...createDeskHandlers({ projection, identifiers }),
      ...createReservationHandlers({ projection, identifiers }),
      ...createInsightsHandlers({ projection }),
      ...createWebhookHandlers({ projection, store, identifiers, sealer, queue: webhookQueue, guard: webhookGuard }),
      ...directories.handlers,
      ...createAccessHandlers({ projection, store, desk }),
      ...createTunnelHandlers({ projection, tunnels: sharedTunnels }),
      ...createEntranceAccessHandlers({ projection }),
      ...createAlarmHandlers({ projection }),
      ...createDoorVisitHandlers({ projection, hearings }),
      ...createDeviceLogHandlers({ store }),
      ...createRevocationHandlers({ projection }),
      ...createCourierHandlers({ projection, lockLog: locks.lockLog, reports: locks.reports }),
      ...createHeldAccessHandlers({ projection, identifiers, sealer, crypto, signers, cardReader }),
    },
    projection,
    ledger,
    authenticate: createAuthenticate(projection, tokenHash(operatorKey.reveal())),
    idempotency: createIdempotency({ projection, store, sealer }),
    streams: { store, feed, stopping: stopping.signal },
    clock,
    log,
    metrics,
    isReady,
    onApiKeyUse: (apiKeyId, at) => apiKeyUse.set(apiKeyId, at),
    onMemberUse: memberUse.note,
    onAnswered: deps.onAnswered,
  });
  const scim = createScimServer({
    ...{
      projection,
      ledger,
      identifiers,
      syncs: directories.syncs,
      mails: outbox,
      clock,
      log,
      metrics,
      isReady,
      publicUrl,
    },
  });
  const app = createApp({ log, metrics, isReady, revocationList: authority.revocationList });
  app.route('/', signIn.pages);
  // The authorization server has to know its address, which is known when the port is.
  let authorizationServer: AuthorizationServer | undefined;
  const { url: httpUrl, fetch } = running.use(
    await listenHttp(config.http, { api, scim, app, addressOf: addresses.ofRequest, oauth: () => authorizationServer }),
  );

  await prepareOauth({ projection, ledger, sealer });
  authorizationServer = createAuthorizationServer({
    projection,
    store,
    ledger,
    identifiers,
    sealer,
    signIn: signIn.desk,
    sso: signIn.sso,
    clock,
    log,
    addressOf: addresses.ofRequest,
    publicUrl: publicUrl(),
  });

  const deliveries = running.use(
    openDeliveries({
      ...{ opened, store, sealer, guard: webhookGuard, clock, log, random: Math.random, publicUrl },
      config: config.mail,
      mail: deps.mail,
      dataDir: dataDir.path,
    }),
  );
  running.use(every(sweepEveryMs, unlocks.sweep, log));
  const reconcile = async () => {
    await presence.reconcile();
    await alarms.check();
  };
  running.use(every(reconcileEveryMs, reconcile, log));
  const maintain = async () => {
    await recordApiKeyUse({ projection, ledger, apiKeyUse });
    await directories.sweep();
    await memberUse.record();
    // Alone, it tells of its gateways from memory.
    if (store.log !== undefined) await presence.recordSeen();
    await hearings.record();
    const before = forgettableBefore(clock.now());
    projection.forgetRequests(before);
    if (!store.peers.lease.isHeld()) return;
    await store.forgetReplies(before);
    await store.forgetLockLog((clock.now() - config.lockLogKeptMs) as Instant);
    await forgetEndedCodes({ projection, ledger });
    await forgetAlarms({ projection, ledger, now: clock.now() });
    await deliveries.forget(clock.now());
    await signIn.maintain();
    await maintainOauth({ projection, ledger, store, sealer }, clock.now());
    await store.maintain();
    await renewSigners({ projection, ledger, signers, now: clock.now() });
    certificates.check(clock.now());
  };
  running.use(every(maintainEveryMs, maintain, log));
  running.defer(() => {
    stopping.abort();
    // Before what asks and answers for other processes: those are told why.
    unlocks.releaseWaiting();
    calls.stop();
  });
  directories.start();
  log.info({ httpUrl, mqttUrl: broker.url, dataDir: dataDir.path }, 'portal ready');

  return {
    httpUrl,
    mqttUrl: broker.url,
    fetch,
    operatorKey,
    projection,
    store,
    sweep: unlocks.sweep,
    planLocks: locks.plan,
    reconcile,
    reviewsRead: directories.reviewsRead,
    sync: directories.runDue,
    deliver: deliveries.deliver,
    maintain,
    [Symbol.asyncDispose]: async () => {
      await running[Symbol.asyncDispose]();
      log.info({}, 'portal stopped');
    },
  };
}
