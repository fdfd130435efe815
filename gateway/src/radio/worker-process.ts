import { type ChildProcess, fork } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type ConnectOptions, type Link, type LinkEnd, RadioError, type RadioErrorCode } from './central.js';
import { createFrameQueue, type FrameQueue } from './noble-link.js';
import { decodeRefusal, parseRadioReport, type RadioCommand, type RadioReport } from './radio-messages.js';
import type { RadioTimings } from './radio-timings.js';
import { waitFor } from './wait-for.js';

/** The program of the radio process, and how Node is to run it. */
export interface WorkerEntry {
  readonly url: URL;
  /** Node options of the process; a loader for TypeScript in tests, none in production. */
  readonly execArgv?: readonly string[];
}

/** How a radio process came to its end. */
export interface WorkerExit {
  /** What it said before it went: the reason of its failure, or the exception nobody expected. */
  readonly reason?: RadioErrorCode;
  readonly error?: string;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last it wrote to its error output: a native abort says nothing by any other way. */
  readonly stderr: string;
}

/** What the supervisor hears of one radio process besides the answers to its operations. */
export type WorkerNews = Extract<RadioReport, { type: 'ready' | 'failed' | 'adverts' | 'alive' | 'violated' }>;

/** One radio process, from its start to its exit; see {@link startWorkerProcess}. */
export interface WorkerProcess {
  readonly pid: number | undefined;
  /** True while neither a link nor an operation is open. */
  readonly idle: boolean;
  connect(tag: string, options: ConnectOptions): Promise<Link>;
  /** Asks it to take its links down and go; kills it when it does not within `graceMs`. */
  stop(graceMs: number): Promise<void>;
  /** Ends it at once. */
  kill(): void;
  /** Resolves when it is gone and everything it said has been heard; never rejects. */
  readonly exited: Promise<WorkerExit>;
}

interface ProxiedLink {
  readonly frames: FrameQueue;
  readonly end: (end: LinkEnd) => void;
}

// The process answers within the limits it was given; this much later it is taken for hung.
const answerGraceMs = 1_000;
const stderrLimit = 1_000;
/** It lives on short-lived packets: without a bound V8 keeps tens of megabytes for them. */
const smallHeap = '--max-semi-space-size=1';

/** Starts one radio process and turns its messages into promises, all of which settle when it goes, however it goes. */
export function startWorkerProcess(options: {
  readonly entry: WorkerEntry;
  readonly start: Extract<RadioCommand, { type: 'start' }>;
  readonly timings: RadioTimings;
  readonly onNews: (news: WorkerNews) => void;
}): WorkerProcess {
  const { entry, timings, onNews } = options;
  const gone = new AbortController();
  // Every open operation listens to it.
  setMaxListeners(0, gone.signal);
  const pending = new Map<number, (report: RadioReport) => void>();
  const links = new Map<number, ProxiedLink>();
  let lastId = 0;
  let last: { readonly reason?: RadioErrorCode; readonly error?: string } = {};
  let stderr = '';

  // Its own process group, so that a terminal's interrupt reaches it by way of the gateway only.
  const child: ChildProcess = fork(fileURLToPath(entry.url), [], {
    execArgv: [smallHeap, ...(entry.execArgv ?? [])],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    detached: true,
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-stderrLimit);
  });
  child.on('message', hear);

  const exited = new Promise<WorkerExit>((resolve) => {
    let left: Pick<WorkerExit, 'exitCode' | 'signal'> | undefined;
    let silent = false;
    const settle = () => {
      if (left === undefined || !silent) return;
      gone.abort(new RadioError({ code: last.reason ?? 'LINK_LOST' }, 'The radio process is gone.'));
      for (const link of links.values()) link.end('LINK_LOST');
      resolve({ ...last, ...left, stderr });
    };
    child.on('exit', (exitCode, signal) => {
      left = { exitCode, signal };
      settle();
    });
    // What it said last may still be on its way when it is gone already.
    child.on('disconnect', () => {
      silent = true;
      settle();
    });
    child.on('error', (error) => {
      last = { ...last, error: error.message };
      if (child.pid !== undefined) return;
      left = { exitCode: null, signal: null };
      silent = true;
      settle();
    });
  });

  function send(command: RadioCommand): void {
    if (child.connected) child.send(command, () => {});
  }

  function hear(message: unknown): void {
    let report: RadioReport;
    try {
      report = parseRadioReport(message);
    } catch (error) {
      last = { ...last, error: `unreadable message: ${String(error)}` };
      child.kill('SIGKILL');
      return;
    }
    switch (report.type) {
      case 'connected':
      case 'written':
      case 'refused':
        pending.get(report.id)?.(report);
        return;
      case 'notified':
        links.get(report.link)?.frames.push(report.frame);
        return;
      case 'ended':
        links.get(report.link)?.end(report.end);
        links.delete(report.link);
        return;
      case 'failed':
        last = { ...last, reason: report.reason };
        onNews(report);
        return;
      case 'gone':
        return;
      case 'crashed':
        last = { ...last, error: report.error };
        return;
      default:
        onNews(report);
    }
  }

  function ask<T>(o: {
    readonly command: RadioCommand & { readonly id: number };
    readonly timeoutMs: number;
    readonly signal?: AbortSignal | undefined;
    /** Makes the result of the answer, or `undefined` of an answer to something else. */
    readonly read: (report: RadioReport) => T | undefined;
  }): Promise<T> {
    const { id } = o.command;
    const limits = { signal: gone.signal, timeoutMs: o.timeoutMs + answerGraceMs, what: 'The radio process' };
    return waitFor<T>(limits, (resolve, reject) => {
      pending.set(id, (report) => {
        const result = o.read(report);
        if (result !== undefined) resolve(result);
        else if (report.type === 'refused') reject(decodeRefusal(report));
        else reject(new RadioError({ code: 'ADAPTER' }, 'The radio process answered oddly.'));
      });
      const giveUp = () => reject(new RadioError({ code: 'TIMEOUT' }, 'The caller gave up.'));
      o.signal?.addEventListener('abort', giveUp);
      if (o.signal?.aborted) giveUp();
      else send(o.command);
      return () => {
        pending.delete(id);
        o.signal?.removeEventListener('abort', giveUp);
      };
    });
  }

  // Called within the message itself: the next one may already be a frame of this link, or its end.
  function createLink(report: RadioReport): Link | undefined {
    if (report.type !== 'connected') return undefined;
    const { id, mtu, info, spansMs } = report;
    let end: (end: LinkEnd) => void = () => {};
    const closed = new Promise<LinkEnd>((resolve) => {
      end = resolve;
    });
    const close = async () => {
      send({ type: 'close', link: id });
      await closed;
    };
    const frames = createFrameQueue(() => send({ type: 'close', link: id }));
    links.set(id, { frames, end });
    return {
      mtu,
      info,
      spansMs,
      closed,
      close,
      onNotify: frames.listen,
      async write(data, { withResponse, timeoutMs }) {
        lastId += 1;
        const write = { type: 'write', id: lastId, link: id, data, withResponse } as const;
        const command = timeoutMs === undefined ? write : { ...write, timeoutMs };
        const read = (report: RadioReport) => (report.type === 'written' ? report : undefined);
        await ask({ command, timeoutMs: timeoutMs ?? timings.operationMs, read });
      },
      [Symbol.asyncDispose]: close,
    };
  }

  async function connect(tag: string, { timeoutMs, signal }: ConnectOptions): Promise<Link> {
    lastId += 1;
    const id = lastId;
    try {
      const command = { type: 'connect', id, tag, timeoutMs } as const;
      return await ask({ command, timeoutMs, signal, read: createLink });
    } catch (error) {
      // A link that came up in the same moment must not stay up for nobody.
      send({ type: 'cancel', id });
      send({ type: 'close', link: id });
      throw error;
    }
  }

  send(options.start);

  return {
    pid: child.pid,
    get idle() {
      return pending.size === 0 && links.size === 0;
    },
    connect,
    async stop(graceMs) {
      send({ type: 'stop' });
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await exited;
      clearTimeout(timer);
    },
    kill() {
      child.kill('SIGKILL');
    },
    exited,
  };
}
