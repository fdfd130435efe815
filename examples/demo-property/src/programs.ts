import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/** One program of the demo: how to start it, and where its log lines go. */
export interface ProgramSpec {
  readonly name: string;
  readonly entry: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Hears of every death after the program was ready. */
  readonly onRestart: (name: string) => void;
  /** Aborted when everything is about to stop: then nothing is started again. */
  readonly signal: AbortSignal;
}

/** A program that is started again when it dies, until the demo ends. */
export interface Program extends AsyncDisposable {
  readonly name: string;
  /** The process id now, or undefined between two lives. */
  pid(): number | undefined;
  /** Settles when the program has died before it ever became ready, with the last line that it wrote. */
  readonly diedEarly: Promise<string>;
  /** Says that the program is ready: from here on a death is answered by a restart. */
  ready(): void;
}

const restartDelayMs = 300;
const stopGraceMs = 5_000;

/** Starts a program and keeps it running. */
export function startProgram(spec: ProgramSpec): Program {
  let child: ChildProcess | undefined;
  let isReady = false;
  let stopping = false;
  let lastLine = '';
  let reportEarly: (line: string) => void = () => undefined;
  const diedEarly = new Promise<string>((resolve) => {
    reportEarly = resolve;
  });

  function launch(): void {
    const log = openSync(spec.logFile, 'a', 0o600);
    const started = spawn(process.execPath, [spec.entry], {
      env: { ...process.env, ...spec.env },
      // The channel tells a program that the demo is gone, however it went.
      stdio: ['ignore', log, 'pipe', 'ipc'],
    });
    closeSync(log);
    child = started;
    started.stderr?.setEncoding('utf8').on('data', (text: string) => {
      lastLine = text.trim().split('\n').at(-1) ?? lastLine;
    });
    // `close` comes after the last byte of stderr, so the reason of an early death is never cut off.
    started.once('close', () => {
      child = undefined;
      if (stopping || spec.signal.aborted) return;
      if (!isReady) return reportEarly(lastLine);
      spec.onRestart(spec.name);
      setTimeout(() => {
        if (!stopping && !spec.signal.aborted) launch();
      }, restartDelayMs);
    });
  }

  launch();
  return {
    name: spec.name,
    pid: () => child?.pid,
    diedEarly,
    ready: () => {
      isReady = true;
    },
    async [Symbol.asyncDispose]() {
      stopping = true;
      const running = child;
      if (running === undefined) return;
      const exited = new Promise<void>((resolve) => running.once('exit', () => resolve()));
      running.kill('SIGTERM');
      const hard = setTimeout(() => running.kill('SIGKILL'), stopGraceMs);
      await exited;
      clearTimeout(hard);
    },
  };
}
