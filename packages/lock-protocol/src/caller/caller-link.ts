import type { CryptoProvider, KeyPair } from '../crypto/crypto-provider.js';
import type { PreparedEphemeral } from '../noise/noise.js';
import { suiteFor } from '../noise/noise-suite.js';
import type { CommandFault } from '../protocol-error.js';
import { createDeadline, type StartTimer } from '../start-timer.js';
import type { CallerEvent, FrameWrite } from './caller-state.js';
import { createInbox } from './inbox.js';
import type { LockLink } from './lock-link.js';

/** What a link tells every caller's machine. */
export type CallerLinkEvent = Extract<CallerEvent, { type: 'started' | 'frame' | 'failed' | 'timer' }>;

/** A caller's machine, and what its driver makes of its effects. */
interface CallerMachine<State, Event, Effect> {
  readonly start: State;
  readonly deadline: (state: State) => number | undefined;
  readonly step: (state: State, event: Event) => { readonly state: State; readonly effects: readonly Effect[] };
  readonly perform: (effect: Effect) => void;
}

/** What a driver of a caller's machine does with its link, whatever the machine is for. */
export interface CallerLink<Event> {
  put(event: Event): void;
  fail(reason: CommandFault, cause?: unknown): void;
  /** Starts work whose end is an event; never waited for, so that nothing can hold up a deadline. */
  begin(work: () => Promise<void>, reason: CommandFault): void;
  /** Writes frames after those that were given before; none any more when the machine has ended. */
  write(writes: readonly FrameWrite[]): void;
  /**
   * Feeds a machine until it has ended.
   *
   * @throws whatever the machine throws; also then nothing is written, heard or waited for afterwards.
   */
  run<State extends { readonly at: string }, Effect>(
    machine: CallerMachine<State, Event, Effect>,
  ): Promise<Extract<State, { at: 'ended' }>>;
}

/** What a {@link CallerLink} is made of. */
export interface CallerLinkOptions {
  readonly crypto: CryptoProvider;
  readonly link: LockLink;
  /** Its suite is that of the session. */
  readonly caller: { readonly publicKey: Uint8Array };
  /** INFO when it was read on this connection already. */
  readonly info?: Uint8Array | undefined;
  /** Drawn while INFO is read when absent. */
  readonly ephemeral?: KeyPair | PreparedEphemeral | undefined;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly signal?: AbortSignal | undefined;
  readonly startTimer?: StartTimer | undefined;
}

/** Wires a caller's machine to its link: frames, their order, the end of the link, the abort, the timer and INFO. */
export function createCallerLink<Event extends { readonly type: string }>(
  o: CallerLinkOptions,
): CallerLink<Event | CallerLinkEvent> {
  const { crypto, link, now } = o;
  const inbox = createInbox<Event | CallerLinkEvent>();
  const over = new AbortController();
  const timer = createDeadline({ now, startTimer: o.startTimer, onElapsed: (at) => inbox.put({ type: 'timer', at }) });
  const fail = (reason: CommandFault, cause?: unknown) => inbox.put({ type: 'failed', at: now(), reason, cause });
  const onAbort = () => fail('aborted', o.signal?.reason);
  const begin = (work: () => Promise<void>, reason: CommandFault): void => {
    work().catch((cause: unknown) => fail(reason, cause));
  };
  let written = Promise.resolve();

  o.signal?.addEventListener('abort', onAbort, { once: true });
  if (o.signal?.aborted) onAbort();
  link.onFrame((frame) => inbox.put({ type: 'frame', at: now(), frame }));
  const closed = () => fail('link-closed');
  void link.closed.then(closed, closed);
  begin(async () => {
    const reading = o.info ?? link.readInfo();
    // Drawn while the radio reads.
    const ephemeral = o.ephemeral ?? suiteFor(o.caller.publicKey).drawKeyPair(crypto);
    inbox.put({ type: 'started', info: await reading, ephemeral, at: now() });
  }, 'read-failed');

  return {
    put: inbox.put,
    fail,
    begin,
    write(writes) {
      const before = written;
      written = before.then(() => writeFrames(link, writes, over.signal));
      begin(() => written, 'write-failed');
    },
    async run<State extends { readonly at: string }, Effect>(
      machine: CallerMachine<State, Event | CallerLinkEvent, Effect>,
    ) {
      try {
        let state = machine.start;
        while (!hasEnded(state)) {
          timer.set(machine.deadline(state));
          const step = machine.step(state, await inbox.take());
          state = step.state;
          for (const effect of step.effects) machine.perform(effect);
        }
        return state;
      } finally {
        over.abort();
        timer.set(undefined);
        o.signal?.removeEventListener('abort', onAbort);
      }
    },
  };
}

function hasEnded<State extends { readonly at: string }>(state: State): state is Extract<State, { at: 'ended' }> {
  return state.at === 'ended';
}

async function writeFrames(link: LockLink, writes: readonly FrameWrite[], over: AbortSignal): Promise<void> {
  for (const { frame, withResponse } of writes) {
    if (over.aborted) return;
    await link.write(frame, { withResponse });
  }
}
