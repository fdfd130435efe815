import { type Advert, type Link, RadioError } from './central.js';
import { createNobleCentral, type NobleCentral } from './noble-central.js';
import { loadNoble } from './noble-load.js';
import { encodeRefusal, parseRadioCommand, type RadioCommand, type RadioReport } from './radio-messages.js';

/**
 * The radio process: noble, the guard and the adapter on one Bluetooth adapter, told what to do over the process
 * channel. It ends when its parent does, when it has failed for good, and on any exception nobody expected: what noble
 * leaves behind then is not to be trusted. The parent starts another.
 */
let central: NobleCentral | undefined;
const connecting = new Map<number, AbortController>();
const links = new Map<number, Link>();
let adverts = new Map<string, Advert>();
// Locks of which the parent has been told; each new one is told of at once, the rest in batches.
const known = new Set<string>();
const knownLimit = 2_000;

function tell(report: RadioReport, sent?: () => void): void {
  if (process.connected) process.send?.(report, undefined, undefined, () => sent?.());
  else sent?.();
}

function crash(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  tell({ type: 'crashed', error: text.slice(0, 1_000) }, () => process.exit(1));
}

function start(command: Extract<RadioCommand, { type: 'start' }>): void {
  const { fork, deviceId, timings } = command;
  try {
    central = createNobleCentral({ noble: loadNoble(fork, deviceId), timings });
  } catch (error) {
    const reason = error instanceof RadioError ? error.info.code : 'ADAPTER';
    tell({ type: 'failed', reason }, () => process.exit(1));
    return;
  }
  const { events } = central;
  events.on('state', ({ state, reason }) => {
    if (state === 'ready') tell({ type: 'ready' });
    if (state !== 'failed') return;
    tell({ type: 'failed', reason: reason ?? 'ADAPTER' });
    // The operations that fail with it are answered before this process goes.
    setImmediate(() => tell({ type: 'gone' }, () => process.exit(1)));
  });
  events.on('advert', (advert) => {
    adverts.set(advert.tag, advert);
    if (known.has(advert.tag) || known.size >= knownLimit) return;
    known.add(advert.tag);
    tellAdverts();
  });
  events.on('violation', ({ because, address }) => tell({ type: 'violated', because, address }));
  setInterval(tellAdverts, timings.advertBatchMs);
  setInterval(tellAlive, timings.aliveMs);
}

function tellAdverts(): void {
  if (adverts.size === 0) return;
  tell({ type: 'adverts', adverts: [...adverts.values()] });
  adverts = new Map();
}

function tellAlive(): void {
  if (central === undefined) return;
  tell({ type: 'alive', ...central.census() });
}

async function connect({ id, tag, timeoutMs }: Extract<RadioCommand, { type: 'connect' }>): Promise<void> {
  if (central === undefined) throw new RadioError({ code: 'ADAPTER' }, 'The radio has not been started.');
  const scope = new AbortController();
  connecting.set(id, scope);
  try {
    const link = await central.connect(tag, { timeoutMs, signal: scope.signal });
    links.set(id, link);
    tell({
      type: 'connected',
      id,
      mtu: link.mtu,
      info: link.info,
      spansMs: link.spansMs,
    });
    link.onNotify((frame) => tell({ type: 'notified', link: id, frame }));
    void link.closed.then((end) => {
      links.delete(id);
      tell({ type: 'ended', link: id, end });
    });
  } finally {
    connecting.delete(id);
  }
}

async function write(command: Extract<RadioCommand, { type: 'write' }>): Promise<void> {
  const { id, data, withResponse, timeoutMs } = command;
  const link = links.get(command.link);
  if (link === undefined) throw new RadioError({ code: 'LINK_LOST' }, 'The link is gone.');
  await link.write(data, timeoutMs === undefined ? { withResponse } : { withResponse, timeoutMs });
  tell({ type: 'written', id });
}

async function stop(): Promise<void> {
  await central?.[Symbol.asyncDispose]();
  process.exit(0);
}

function obey(command: RadioCommand): void {
  switch (command.type) {
    case 'start':
      start(command);
      return;
    case 'connect':
      connect(command).catch((error: unknown) => tell(encodeRefusal(command.id, error)));
      return;
    case 'cancel':
      connecting.get(command.id)?.abort();
      return;
    case 'write':
      write(command).catch((error: unknown) => tell(encodeRefusal(command.id, error)));
      return;
    case 'close':
      links.get(command.link)?.close().catch(crash);
      return;
    case 'stop':
      stop().catch(crash);
  }
}

process.on('uncaughtException', crash);
process.on('unhandledRejection', crash);
process.on('disconnect', () => process.exit(0));
process.on('message', (message) => obey(parseRadioCommand(message)));
