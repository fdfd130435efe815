import { type CryptoProvider, callerStep, lockStep, startCaller } from '@latchwork/lock-protocol';
import { type LivedUnlock, liveThroughUnlock } from './lived-unlock.js';
import type { BenchProperty } from './property.js';

/** How often a side must do each operation. */
export interface Operations {
  readonly keyPair: number;
  readonly agreement: number;
  readonly sha256: number;
  readonly hmac: number;
  readonly seal: number;
  readonly open: number;
  readonly verify: number;
}

/** What one side's part of an unlock costs, beside the operations that it cannot do without. */
export interface SideCpu {
  readonly provider: CryptoProvider['name'];
  readonly side: 'caller' | 'lock';
  readonly protocolMicroseconds: number;
  readonly bareMicroseconds: number;
  readonly ratio: number;
  /** What it asked of the provider; the bare operations are fewer where it asks for more than it must. */
  readonly asked: Operations;
  readonly must: Operations;
}

/**
 * By Noise XK with this protocol's prologue: one fresh pair; es, ee, se. SHA-256 of INFO, and MixHash of the prologue, the
 * lock's key, e, payload, e, payload, s, payload: 9. Three MixKey and one Split of three HMAC each: 12. Four sealed parts
 * of the handshake, and one record for the result.
 */
const handshake = { keyPair: 1, agreement: 3, sha256: 9, hmac: 12 } as const;

const must: Readonly<Record<SideCpu['side'], Operations>> = {
  // It seals message 1 and both parts of message 3, and opens message 2 and the result.
  caller: { ...handshake, seal: 3, open: 2, verify: 0 },
  // It also verifies the token, and hashes the key that signed it, who asked, and the entry of its log.
  lock: { ...handshake, sha256: 9 + 3, seal: 2, open: 3, verify: 1 },
};

/** Measures both sides with one provider: whole rounds of the protocol and of the bare operations, by turns. */
export function measureCpu(
  property: BenchProperty,
  o: { readonly rounds: number; readonly crypto: CryptoProvider },
): readonly SideCpu[] {
  const { crypto, rounds } = o;
  const lived = liveThroughUnlock(property);
  const sides = { caller: callerSide, lock: lockSide } as const;
  return (['caller', 'lock'] as const).map((side) => {
    const run = sides[side](property, lived);
    const asked = countOperations(crypto, run);
    const bare = bareSide(crypto, must[side]);
    const [protocolMicroseconds, bareMicroseconds] = byTurns(rounds, () => run(crypto), bare);
    const ratio = protocolMicroseconds / bareMicroseconds;
    return { provider: crypto.name, side, protocolMicroseconds, bareMicroseconds, ratio, asked, must: must[side] };
  });
}

type Run = (crypto: CryptoProvider) => void;

function callerSide(_property: BenchProperty, { caller }: LivedUnlock): Run {
  return (crypto) => {
    crypto.x25519KeyPair();
    const context = { ...caller.context, crypto };
    let state: Parameters<typeof callerStep>[1] = startCaller;
    for (const event of caller.events) state = callerStep(context, state, event).state;
    if (state.at !== 'ended' || state.outcome.kind !== 'answered') throw new Error('The caller was not answered.');
  };
}

function lockSide({ lockContext }: BenchProperty, { lock }: LivedUnlock): Run {
  return (crypto) => {
    crypto.x25519KeyPair();
    const context = { ...lockContext, crypto };
    let state = lock.start;
    for (const event of lock.events) state = lockStep(context, state, event).state;
    if (state.at !== 'session') throw new Error('The lock did not answer.');
  };
}

/** The operations alone, on bytes as long as the protocol's. */
function bareSide(crypto: CryptoProvider, count: Operations): () => void {
  const own = crypto.x25519KeyPair();
  const theirs = crypto.x25519KeyPair();
  const secret = crypto.randomBytes(32);
  const hashed = crypto.randomBytes(64);
  const keyed = crypto.randomBytes(33);
  const nonce = new Uint8Array(12);
  const ad = crypto.randomBytes(32);
  const plaintext = crypto.randomBytes(64);
  const ciphertext = crypto.chachaSeal({ secret, nonce, ad, plaintext });
  const signer = crypto.ed25519KeyPair();
  const signed = crypto.randomBytes(90);
  const signature = crypto.ed25519Sign(signer.secret, signed);
  const works: readonly [number, () => unknown][] = [
    [count.keyPair, () => crypto.x25519KeyPair()],
    [count.agreement, () => crypto.x25519(own.secret, theirs.publicKey)],
    [count.sha256, () => crypto.sha256(hashed)],
    [count.hmac, () => crypto.hmacSha256(secret, keyed)],
    [count.seal, () => crypto.chachaSeal({ secret, nonce, ad, plaintext })],
    [count.open, () => crypto.chachaOpen({ secret, nonce, ad, ciphertext })],
    [count.verify, () => crypto.ed25519Verify(signer.publicKey, signed, signature)],
  ];
  return () => {
    for (const [times, work] of works) for (let n = 0; n < times; n += 1) work();
  };
}

function countOperations(crypto: CryptoProvider, run: Run): Operations {
  const count = { keyPair: 0, agreement: 0, sha256: 0, hmac: 0, seal: 0, open: 0, verify: 0 };
  const counted =
    <Args extends readonly unknown[], Result>(name: keyof Operations, work: (...args: Args) => Result) =>
    (...args: Args): Result => {
      count[name] += 1;
      return work(...args);
    };
  run({
    ...crypto,
    x25519KeyPair: counted('keyPair', crypto.x25519KeyPair),
    x25519: counted('agreement', crypto.x25519),
    sha256: counted('sha256', crypto.sha256),
    hmacSha256: counted('hmac', crypto.hmacSha256),
    chachaSeal: counted('seal', crypto.chachaSeal),
    chachaOpen: counted('open', crypto.chachaOpen),
    ed25519Verify: counted('verify', crypto.ed25519Verify),
  });
  return count;
}

/** How often a work is done in its turn: the processor's clock is too coarse for one. */
const timesPerTurn = 5;

/** Median processor time, in microseconds, of two works that take turns, so that a machine's moods meet both. */
function byTurns(rounds: number, one: () => void, other: () => void): readonly [one: number, other: number] {
  const turns = Math.ceil(rounds / timesPerTurn);
  const times: [number[], number[]] = [[], []];
  for (let turn = -Math.ceil(turns / 5); turn < turns; turn += 1) {
    for (const [which, work] of [one, other].entries()) {
      const begun = process.cpuUsage();
      for (let n = 0; n < timesPerTurn; n += 1) work();
      const { user, system } = process.cpuUsage(begun);
      if (turn >= 0) times[which]?.push((user + system) / timesPerTurn);
    }
  }
  return [median(times[0]), median(times[1])];
}

function median(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[values.length >> 1] ?? Number.NaN;
}
