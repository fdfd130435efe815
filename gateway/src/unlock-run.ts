import { setImmediate as nextTurn } from 'node:timers/promises';
import type { GatewayResultCode } from '@latchwork/contract';
import {
  type Authority,
  type CryptoProvider,
  decodeInfo,
  type KeyPair,
  LockProtocolError,
  type PreparedHandshake,
  performUnlock,
  prepareHandshake,
} from '@latchwork/lock-protocol';
import type { Clock } from './clock.js';
import type { Journal } from './journal.js';
import { lockLinkOf } from './lock-link.js';
import type { Central, Link } from './radio/central.js';
import { startTimeLimit, type TimeLimit } from './time-limit.js';
import type { TokenAnswer, TokenDesk } from './token-desk.js';
import { decideOutcome, decideRetry, decideTryMs, type UnlockEnd, type UnlockJob } from './unlock-job.js';

/** What an unlock needs around it. */
export interface UnlockParts {
  readonly central: Pick<Central, 'connect' | 'heard'>;
  readonly journal: Pick<Journal, 'append'>;
  readonly tokens: TokenDesk;
  readonly crypto: CryptoProvider;
  /** The gateway's own key pair, which carries no right. */
  readonly keys: KeyPair;
  readonly clock: Clock;
  /** 0..1, for the spread of retries. */
  readonly random: () => number;
}

/** How a run is given up, and who is told of its end. */
export interface UnlockRunOptions {
  /** Ends the run as it stands: not executed before the command was written, unknown after. */
  readonly stop: AbortSignal;
  /** Called once, at the moment the outcome is known and before the connection is taken down. */
  readonly ended: (end: UnlockEnd) => void;
}

/** How one try ended: with an outcome, or with a failure of the radio after which another try is harmless. */
type Try = { readonly end: UnlockEnd } | { readonly failure: GatewayResultCode };

type Spans = { -readonly [Name in keyof UnlockEnd['spansMs']]: UnlockEnd['spansMs'][Name] };

/**
 * Tries one unlock over one connection: connect, handshake with the token fetched meanwhile, command, answer.
 *
 * Nothing may leave for the lock before WRITTEN is durable; that is the journal's promise here, and its records become
 * durable in the order of their appends. So connecting need not wait for RECEIVED: it is durable at the latest together
 * with WRITTEN, in the same write, and a crash before that leaves a lock that was connected to and asked nothing.
 *
 * After WRITTEN there is no other try, whatever happens. Before it, a failure of the radio leads to another while the
 * deadline allows: then the job to queue again is returned. The promise resolves when the radio is free.
 *
 * @throws {@link GatewayError} `journal-write-failed`, when WRITTEN could not be made durable and so nothing was sent.
 */
export async function runUnlock(
  parts: UnlockParts,
  job: UnlockJob,
  options: UnlockRunOptions,
): Promise<UnlockJob | undefined> {
  const { clock } = parts;
  const startedAt = clock.monotonic();
  const spansMs: Spans = { queue: startedAt - job.receivedAt };
  let link: Link | undefined;
  let prepared: PreparedHandshake | undefined;
  try {
    const connecting = connect(parts, job, options.stop);
    connecting.catch(() => undefined);
    // What the handshake needs of the lock's public key alone is computed while the radio waits for the lock.
    await nextTurn();
    prepared = prepare(parts.crypto, job.lockPublicKey);
    link = await connecting;
    spansMs.connect = clock.monotonic() - startedAt;
  } catch {
    // Whatever the radio's reason was, nothing has been asked of the lock.
  }
  try {
    const tried =
      link === undefined
        ? ({ failure: 'lock-unreachable' } as const)
        : await unlockOver(parts, job, { link, prepared, spansMs, stop: options.stop });
    if ('end' in tried) {
      options.ended(tried.end);
      return undefined;
    }
    const again = decideRetry(job, tried.failure, { now: clock.monotonic(), random: parts.random() });
    if (options.stop.aborted || again === null) {
      const code = options.stop.aborted ? 'gateway-restarted' : tried.failure;
      options.ended({ outcome: 'not-executed', code, spansMs });
      return undefined;
    }
    return again;
  } finally {
    await link?.close();
  }
}

/** A public key that is none is left to the handshake to refuse. */
function prepare(crypto: CryptoProvider, lockPublicKey: Uint8Array): PreparedHandshake | undefined {
  try {
    return prepareHandshake(crypto, lockPublicKey);
  } catch (error) {
    if (error instanceof LockProtocolError) return undefined;
    throw error;
  }
}

async function connect({ central, clock }: UnlockParts, job: UnlockJob, stop: AbortSignal): Promise<Link> {
  const heard = central.heard().find((lock) => lock.tag === job.tag);
  const heardAgoMs = heard === undefined ? undefined : clock.now() - heard.lastHeardAt;
  const timeoutMs = decideTryMs(job.deadline - clock.monotonic(), heardAgoMs);
  return await central.connect(job.tag, { timeoutMs, signal: stop });
}

async function unlockOver(
  parts: UnlockParts,
  job: UnlockJob,
  o: {
    readonly link: Link;
    readonly prepared: PreparedHandshake | undefined;
    readonly spansMs: Spans;
    readonly stop: AbortSignal;
  },
): Promise<Try> {
  const { clock } = parts;
  const { link, spansMs } = o;
  const limit = startTimeLimit(clock, o.stop, job.deadline);
  let stageStartedAt = clock.monotonic();
  let written = false;
  let linkLost = false;
  let refused: GatewayResultCode | undefined;
  let journalFailure: unknown;
  void link.closed.then(() => {
    linkLost = true;
  });

  async function authority(token: ReturnType<typeof fetchToken>): Promise<Authority> {
    const answer = await token;
    if (!answer.granted) {
      refused = refusalCode(answer.because, job);
      throw new Error('The portal gives no token for this command.');
    }
    return answer.authority;
  }

  async function beforeCommand(): Promise<void> {
    limit.check();
    spansMs.handshake = clock.monotonic() - stageStartedAt;
    await parts.journal
      .append({ type: 'written', commandId: job.commandId, at: clock.now() })
      .catch((error: unknown) => {
        journalFailure = error;
        throw error;
      });
    // The disk may have taken its time; nothing has left yet, so the deadline still counts.
    limit.check();
    written = true;
    stageStartedAt = clock.monotonic();
  }

  try {
    // Asked for, and on its way, before the handshake begins: the token travels while both sides compute.
    const token = fetchToken(parts, job, { nonce: decodeInfo(link.info).nonce, limit, spansMs });
    token.catch(() => undefined);
    await nextTurn();
    const answer = await performUnlock({
      crypto: parts.crypto,
      link: lockLinkOf(link),
      lockPublicKey: job.lockPublicKey,
      caller: parts.keys,
      info: link.info,
      ...(o.prepared === undefined ? {} : { prepared: o.prepared }),
      command: {
        commandId: new Uint8Array(Buffer.from(job.commandId, 'hex')),
        action: 'unlock',
        ttlMs: Math.max(0, Math.floor(job.deadline - stageStartedAt)),
        intent: job.intent,
      },
      authority: () => authority(token),
      beforeCommand,
      now: () => clock.monotonic(),
      startTimer: (delayMs, elapsed) => clock.after(delayMs, elapsed),
      signal: limit.signal,
    });
    spansMs.command = clock.monotonic() - stageStartedAt;
    return { end: { outcome: decideOutcome(answer), code: answer.code, answer, spansMs } };
  } catch (error) {
    if (journalFailure !== undefined) {
      throw journalFailure;
    }
    const notExecuted = (code: GatewayResultCode): Try => ({ end: { outcome: 'not-executed', code, spansMs } });
    // WRITTEN may be in the journal although the command never left: then nothing has to be unknown.
    if (written && !(error instanceof LockProtocolError && error.info.commandWritten === false)) {
      return { end: { outcome: 'unknown', code: unknownCode(o.stop, linkLost), spansMs } };
    }
    if (o.stop.aborted) {
      return notExecuted('gateway-restarted');
    }
    if (refused !== undefined) {
      return notExecuted(refused);
    }
    return limit.passed() ? notExecuted('deadline-passed') : { failure: linkLost ? 'link-lost' : 'handshake-failed' };
  } finally {
    limit.end();
  }
}

/** Asks the portal for the token of one command on one connection, within the limit. */
export async function fetchToken(
  { tokens, clock }: UnlockParts,
  job: UnlockJob,
  o: { readonly nonce: Uint8Array; readonly limit: TimeLimit; readonly spansMs: Spans },
): Promise<TokenAnswer> {
  const askedAt = clock.monotonic();
  const challenge = { commandId: job.commandId, challenge: Buffer.from(o.nonce).toString('hex') };
  try {
    return await o.limit.race(tokens.request({ v: 1, attemptId: job.attemptId, tag: job.tag, ...challenge }));
  } finally {
    tokens.forget(challenge);
    o.spansMs.token = clock.monotonic() - askedAt;
  }
}

function unknownCode(stop: AbortSignal, linkLost: boolean): GatewayResultCode {
  if (stop.aborted) {
    return 'gateway-restarted';
  }
  return linkLost ? 'link-lost' : 'deadline-passed';
}

/** What the portal's refusal means for the command's end. */
export function refusalCode(
  because: Extract<TokenAnswer, { granted: false }>['because'],
  job: UnlockJob,
): GatewayResultCode {
  // A portal that signs once for each command refuses the next connection's challenge: the lost link is why it failed.
  if (because === 'not-pending' && job.lastFailure !== undefined) {
    return job.lastFailure;
  }
  return because === 'deadline-passed' || because === 'portal-unreachable' ? because : 'token-refused';
}
