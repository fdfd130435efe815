import { gatt } from '@latchwork/lock-protocol';
import { EventEmitter } from 'eventemitter3';
import { uuidOctets } from './advertising-filter.js';
import type { AttGuard, GuardEvent } from './att-guard.js';
import { attOpcode, mtuRange } from './att-pdu.js';
import { type BringUpContext, bringUp, clearLateLink } from './bring-up.js';
import {
  type Advert,
  type Central,
  type CentralEvents,
  type ConnectOptions,
  type Link,
  RadioError,
  type RadioErrorCode,
} from './central.js';
import { resetController } from './controller-reset.js';
import { createGuardFeed, watchCommands } from './guard-feed.js';
import { guardSocket } from './guard-socket.js';
import { createHeardLocks, type Sighting } from './heard-locks.js';
import { createHandleCache, openLink } from './link-opening.js';
import type { LinkSession } from './link-session.js';
import { readAdvert, serviceUuid } from './lock-advert.js';
import { createFrameQueue, createNobleLink } from './noble-link.js';
import { hciSocketOf, type Noble, type NoblePeripheral } from './noble-surface.js';
import type { RadioTimings } from './radio-timings.js';
import { createScanControl } from './scan-control.js';
import { pause, waitFor } from './wait-for.js';

/** Numbers by which a supervisor decides that noble has lived long enough. */
export interface RadioCensus {
  /** Distinct addresses that noble remembers and will never forget. */
  readonly addresses: number;
  /** Links that are up. */
  readonly links: number;
  /** Whether an advert of any device has been heard. */
  readonly hasHeard: boolean;
  /** Milliseconds since an advert of any device was heard; since the start when none was. */
  readonly silenceMs: number;
}

/** A {@link Central} in the process in which noble lives. */
export interface NobleCentral extends Central {
  census(): RadioCensus;
}

/** How many locks are remembered, and how many addresses may reach noble. */
const limits = { locks: 2_000, addresses: 20_000 } as const;
const connectTries = 3;

/**
 * The adapter over noble, of either fork: it scans whenever it does not connect, makes one connection at a time, bounds
 * every wait, and reports the two states it cannot heal (`STUCK`, `ADAPTER`) by failing for good: the process must be
 * started anew then. Where noble speaks HCI itself, the guard is put under it; elsewhere only the timeouts protect.
 */
export function createNobleCentral(options: { readonly noble: Noble; readonly timings: RadioTimings }): NobleCentral {
  const { noble, timings } = options;
  const events = new EventEmitter<CentralEvents>();
  const feed = createGuardFeed();
  const heard = createHeardLocks<NoblePeripheral>(limits.locks);
  const handleCache = createHandleCache(limits.locks);
  const sessions = new Map<LinkSession, number | undefined>();
  const life = new AbortController();
  let guard: AttGuard | undefined;
  let ready = false;
  let connecting: AbortController | undefined;
  let waitingConnects = 0;
  let hasHeard = false;
  let lastAdvertAt = performance.now();
  let turn: Promise<unknown> = Promise.resolve();
  // The link for whose sake scanning rests, and the peripheral connected to last.
  let heldBy: LinkSession | undefined;
  let lastTried: NoblePeripheral | undefined;

  // noble wires itself up when first listened to; the socket must be guarded before its first packet is read.
  noble.on('discover', onDiscover);
  noble.on('warning', onWarning);
  attachGuard();
  noble.on('stateChange', onState);
  process.nextTick(() => {
    attachGuard();
    if (hci && guard === undefined) fail('ADAPTER');
  });
  const hci = hciSocketOf(noble) !== undefined || process.platform === 'linux';
  const scan = createScanControl({ noble, serviceUuid, feed: hci ? feed : undefined, timings });
  const context: BringUpContext = { feed: hci ? feed : undefined, timings, onStuck: () => fail('STUCK') };
  const stopWatching = watchCommands(feed, timings.commandMs, () => fail('STUCK'));
  const stopFeeding = feed.subscribe(onGuardEvent);
  const refresh = setInterval(refreshScan, timings.scanRefreshMs / 4);

  function attachGuard(): void {
    const socket = hciSocketOf(noble);
    if (guard !== undefined || socket === undefined) return;
    guard = guardSocket(socket, {
      service: uuidOctets(gatt.service),
      addressLimit: limits.addresses,
      report: (event) => feed.publish(event),
    });
  }

  function onGuardEvent(event: GuardEvent): void {
    if (event.type === 'advertised') {
      heardAny();
      return;
    }
    if (event.type === 'connected') {
      // By then noble knows of it, and whoever asked for it has taken it.
      setImmediate(() => clearUnowned(event.address));
      return;
    }
    if (!('link' in event)) return;
    const session = [...sessions].find(([, link]) => link === event.link)?.[0];
    if (event.type === 'violation') {
      session?.drop('PROTOCOL');
      events.emit('violation', { because: event.because, address: session?.peripheral.address ?? '' });
    } else if (event.type === 'configuration-found') {
      if (session !== undefined) session.configurationHandle = event.handle;
    } else if (event.type === 'att-error' && event.request !== attOpcode.mtuRequest) {
      session?.refused(event.att);
    }
  }

  // A cancelled connection may come up long after anybody listens; while it stands, its lock is deaf to everyone.
  function clearUnowned(address: string): void {
    const late = lastTried;
    const owned = () => [...sessions.keys()].some((session) => session.peripheral === late);
    if (late?.address !== address || owned()) return;
    inTurn(async () => {
      // Another connect may have had its turn first, and have made this address its own.
      if (!owned()) await clearLateLink(late, context);
    }).catch(() => {});
  }

  function heardAny(): void {
    hasHeard = true;
    lastAdvertAt = performance.now();
  }

  function onDiscover(peripheral: NoblePeripheral): void {
    const advert = readAdvert(peripheral, Date.now());
    if (guard === undefined) heardAny();
    if (advert === undefined) return;
    heard.hear({ ...advert, peripheral });
    events.emit('advert', advert);
  }

  // One fork says no more than this when the adapter cannot be opened, and stays silent for ever.
  function onWarning(message: string): void {
    if (!ready && message.startsWith('Initialization')) fail('ADAPTER');
  }

  function onState(state: string): void {
    if (state === 'poweredOn' && !ready) {
      inTurn(async () => {
        if (guard !== undefined) await resetController(noble, feed, life.signal);
        await scan.start();
      }).then(announceReady, failWith);
    } else if (state === 'unsupported' || state === 'unauthorized' || (ready && state !== 'poweredOn')) {
      fail('ADAPTER');
    }
  }

  function announceReady(): void {
    if (ready || life.signal.aborted) return;
    ready = true;
    events.emit('state', { state: 'ready' });
  }

  // For good: neither a frozen controller nor one that went and came back is healed in this process.
  function fail(code: RadioErrorCode): void {
    if (life.signal.aborted) return;
    life.abort(new RadioError({ code }, `The radio has failed: ${code}.`));
    stopWatching();
    stopFeeding();
    clearInterval(refresh);
    for (const session of [...sessions.keys()]) session.lost();
    // Told before anything that fails with it, which settles a little later.
    events.emit('state', { state: 'failed', reason: code });
  }

  function failWith(error: unknown): void {
    fail(error instanceof RadioError ? error.info.code : 'ADAPTER');
  }

  // Scanning and connecting exclude each other; every change of either takes its turn here.
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = turn.then(() => {
      if (life.signal.aborted) throw life.signal.reason;
      return work();
    });
    turn = run.catch(() => {});
    return run;
  }

  function resumeScan(): void {
    inTurn(async () => {
      if (!scan.scanning && waitingConnects === 0) await scan.start();
    }).catch(failWith);
  }

  // The unlock has the radio to itself while its frames go back and forth.
  function resumeScanAfter(session: LinkSession): void {
    heldBy = session;
    const release = () => {
      if (heldBy !== session) return;
      heldBy = undefined;
      resumeScan();
    };
    const timer = setTimeout(release, timings.scanHoldMs);
    void session.closed.then(() => {
      clearTimeout(timer);
      release();
    });
  }

  function refreshScan(): void {
    if (!scan.scanning || connecting !== undefined || performance.now() - lastAdvertAt < timings.scanRefreshMs) return;
    inTurn(async () => {
      if (!scan.scanning || waitingConnects > 0) return;
      await scan.stop();
      await pause(timings.scanPauseMs, life.signal);
      await scan.start();
    }).catch(failWith);
  }

  async function sightingOf(tag: string, signal: AbortSignal): Promise<Sighting<NoblePeripheral>> {
    const known = heard.choose(tag, Date.now(), timings.heardFreshMs);
    if (known !== undefined) return known;
    if (!scan.scanning) await scan.start();
    return waitFor({ signal, what: 'Hearing the lock' }, (resolve) => {
      const onAdvert = (advert: Advert) => {
        const sighting = heard.choose(tag, Date.now(), timings.heardFreshMs);
        if (advert.tag === tag && sighting !== undefined) resolve(sighting);
      };
      events.on('advert', onAdvert);
      return () => events.off('advert', onAdvert);
    });
  }

  async function establish(tag: string, signal: AbortSignal, startedAt: number): Promise<Link> {
    const since = () => performance.now() - startedAt;
    const sighting = await sightingOf(tag, signal);
    heard.tried(sighting);
    lastTried = sighting.peripheral;
    if (scan.scanning) await scan.stop();
    const heardMs = since();
    const { session, link } = await bringUp(sighting.peripheral, signal, context);
    const connectedMs = since();
    sessions.set(session, link);
    void session.closed.then(() => sessions.delete(session));
    const abort = () => session.drop('TIMEOUT');
    signal.addEventListener('abort', abort);
    const frames = createFrameQueue(() => session.drop('PROTOCOL'));
    try {
      if (signal.aborted) throw signal.reason;
      const opened = await openLink({
        session,
        tag,
        cache: handleCache,
        now: since,
        onFrame: (frame) => {
          // Only a lock that talks has proved the handles by which it was reached.
          if (opened.access.handles !== undefined) handleCache.set(tag, opened.access.handles);
          frames.push(frame);
        },
      });
      const mtu = Math.min(mtuRange.max, Math.max(mtuRange.min, sighting.peripheral.mtu ?? mtuRange.min));
      const spansMs = { heard: heardMs, connected: connectedMs, discovered: opened.discoveredAt, opened: since() };
      resumeScanAfter(session);
      return createNobleLink({ session, access: opened.access, frames, mtu, info: opened.info, spansMs });
    } catch (error) {
      session.drop(error instanceof RadioError ? error.info.code : 'PROTOCOL');
      await session.closed;
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  // Links that fall in their first moments are common at the edge of range; a second try usually holds.
  async function establishWithRetries(tag: string, signal: AbortSignal, startedAt: number): Promise<Link> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await establish(tag, signal, startedAt);
      } catch (error) {
        const code = error instanceof RadioError ? error.info.code : undefined;
        const again = code === 'LINK_LOST' || code === 'ADAPTER';
        if (!again || attempt === connectTries || signal.aborted) throw error;
        await pause(timings.retryMs * 2 ** (attempt - 1), signal);
      }
    }
  }

  async function connect(tag: string, { timeoutMs, signal: outer }: ConnectOptions): Promise<Link> {
    if (life.signal.aborted) throw life.signal.reason;
    // A connect that was given up is no longer under way, though its promise may have to settle yet.
    if (connecting?.signal.aborted === false) throw new RadioError({ code: 'BUSY' }, 'Another connect is under way.');
    const startedAt = performance.now();
    const scope = new AbortController();
    const abort = (error: RadioError) => {
      scope.abort(error);
      return error;
    };
    const giveUp = () => abort(new RadioError({ code: 'TIMEOUT' }, 'The caller gave the connect up.'));
    const late = () => abort(new RadioError({ code: 'TIMEOUT' }, `No link to the lock within ${timeoutMs} ms.`));
    const stop = () => scope.abort(life.signal.reason);
    connecting = scope;
    waitingConnects += 1;
    life.signal.addEventListener('abort', stop);
    outer?.addEventListener('abort', giveUp);
    if (outer?.aborted) giveUp();
    const work = inTurn(async () => {
      waitingConnects -= 1;
      heldBy = undefined;
      return establishWithRetries(tag, scope.signal, startedAt);
    });
    // What comes up after the caller has gone is nobody's.
    work.then(
      (link) => {
        if (scope.signal.aborted) void link.close();
      },
      (error: unknown) => {
        if (error instanceof RadioError && error.info.code === 'STUCK') fail('STUCK');
        else resumeScan();
      },
    );
    try {
      const limit = { signal: scope.signal, timeoutMs, onTimeout: late, what: 'Connecting' };
      return await waitFor<Link>(limit, (resolve, reject) => {
        work.then(resolve, reject);
        return () => {};
      });
    } finally {
      if (connecting === scope) connecting = undefined;
      life.signal.removeEventListener('abort', stop);
      outer?.removeEventListener('abort', giveUp);
    }
  }

  async function dispose(): Promise<void> {
    if (life.signal.aborted) return;
    for (const session of sessions.keys()) session.drop('closed');
    await Promise.all([...sessions.keys()].map((session) => session.closed));
    if (ready) await inTurn(() => scan.stop()).catch(() => {});
    fail('ADAPTER');
    noble.removeListener('discover', onDiscover);
    noble.removeListener('warning', onWarning);
    noble.removeListener('stateChange', onState);
  }

  return {
    events,
    connect,
    heard: heard.list,
    async ready(timeoutMs) {
      if (ready && !life.signal.aborted) return;
      await waitFor<void>(
        {
          signal: life.signal,
          timeoutMs,
          what: 'The adapter',
          onTimeout: () => new RadioError({ code: 'ADAPTER' }, `No adapter was ready within ${timeoutMs} ms.`),
        },
        (resolve) => {
          const onReady = () => resolve();
          events.on('state', onReady);
          return () => events.off('state', onReady);
        },
      );
    },
    census: () => ({
      addresses: guard?.addresses ?? heard.list().length,
      links: sessions.size,
      hasHeard,
      silenceMs: performance.now() - lastAdvertAt,
    }),
    [Symbol.asyncDispose]: dispose,
  };
}
