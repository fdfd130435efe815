import { createDice, type Dice } from './dice.test-rig.js';
import { mutateBytes, mutateCbor } from './mutate.test-rig.js';
import { type FuzzTarget, faultOf } from './target.test-rig.js';

/** What a run found out about one target. */
export interface TargetCount {
  inputs: number;
  accepted: number;
  /** Longest that one input took, in milliseconds. */
  slowestMs: number;
}

/** Bytes that broke a promise. */
export interface FuzzFailure {
  readonly target: string;
  readonly seed: number;
  readonly fault: string;
  readonly inputHex: string;
  /** The shortest input found that does the same. */
  readonly shortestHex: string;
}

export interface FuzzReport {
  readonly inputs: number;
  readonly perTarget: Readonly<Record<string, TargetCount>>;
  readonly failures: readonly FuzzFailure[];
}

export interface FuzzOptions {
  readonly targets: readonly FuzzTarget[];
  readonly seed: number;
  readonly milliseconds: number;
  /** Told before each input, so that a watchdog knows what hangs. */
  readonly onInput?: (target: string, input: Uint8Array) => void;
  readonly onFailure?: (failure: FuzzFailure) => void;
}

/** An input that takes longer each of three times is a finding: machines stumble, decoders do not. */
const slowMs = 2000;
const mostFailures = 20;
/** How long one target has its turn: what is quick to try is tried more often. */
const turnMs = 4;
/** Inputs of a target that were accepted although they were changed, to be changed further. */
const keptInputs = 128;

/** Feeds changed inputs to every target in turn until the time is over. */
export function runFuzz({ targets, seed, milliseconds, onInput, onFailure }: FuzzOptions): FuzzReport {
  const dice = createDice(seed);
  const perTarget: Record<string, TargetCount> = {};
  const failures: FuzzFailure[] = [];
  const fields = targets.map((target) => ({ target, inputs: [...target.corpus] }));
  for (const { name, corpus } of targets) {
    perTarget[name] = { inputs: 0, accepted: 0, slowestMs: 0 };
    if (corpus.length === 0) throw new Error(`${name} has no inputs to begin with.`);
  }
  const end = performance.now() + milliseconds;
  for (let first = true; first || performance.now() < end; first = false) {
    for (const field of fields) {
      const { target, inputs } = field;
      const count = perTarget[target.name] as TargetCount;
      // What is valid is accepted before anything is changed: a target that refuses everything tests nothing.
      const turnEnds = performance.now() + turnMs;
      const tries = first ? target.corpus.length : Number.POSITIVE_INFINITY;
      for (let n = 0; n < tries && failures.length < mostFailures; n += 1) {
        if (!first && n > 0 && performance.now() >= turnEnds) break;
        const input = first ? (target.corpus[n] ?? new Uint8Array(0)) : changed(dice, target, inputs);
        onInput?.(target.name, input);
        const begun = performance.now();
        const { accepted, fault } = faultOf(target, input);
        const tookMs = performance.now() - begun;
        count.inputs += 1;
        count.slowestMs = Math.max(count.slowestMs, tookMs);
        if (accepted) count.accepted += 1;
        if (accepted && !first)
          inputs[
            inputs.length < target.corpus.length + keptInputs
              ? inputs.length
              : dice.below(keptInputs) + target.corpus.length
          ] = input;
        const found = fault ?? (first && !accepted ? 'a valid input was refused' : slowFault(target, input, tookMs));
        if (found === undefined) continue;
        const failure = {
          target: target.name,
          seed,
          fault: found,
          inputHex: hex(input),
          shortestHex: hex(shorten(target, input)),
        };
        failures.push(failure);
        onFailure?.(failure);
      }
    }
  }
  const inputs = Object.values(perTarget).reduce((sum, count) => sum + count.inputs, 0);
  return { inputs, perTarget, failures };
}

function changed(dice: Dice, target: FuzzTarget, inputs: readonly Uint8Array[]): Uint8Array {
  const any = () => dice.pick(inputs) ?? new Uint8Array(0);
  let input = any();
  for (let times = 1 + dice.below(3); times > 0; times -= 1) {
    const kind = dice.below(3);
    const better = kind === 0 ? target.mutate?.(dice, input) : kind === 1 ? mutateCbor(dice, input) : undefined;
    input = better ?? mutateBytes(dice, input, any());
  }
  return input;
}

function slowFault(target: FuzzTarget, input: Uint8Array, tookMs: number): string | undefined {
  if (tookMs < slowMs) return undefined;
  const again = [1, 2].map(() => {
    const begun = performance.now();
    faultOf(target, input);
    return performance.now() - begun;
  });
  return Math.min(...again) < slowMs ? undefined : `took ${Math.round(tookMs)} ms`;
}

/** Leaves out, and zeroes, whatever is not needed for the same fault. */
function shorten(target: FuzzTarget, input: Uint8Array): Uint8Array {
  const kindOf = (bytes: Uint8Array) => faultOf(target, bytes).fault?.split('\n')[0];
  const wanted = kindOf(input);
  if (wanted === undefined) return input;
  let best = input;
  let tries = 4000;
  for (let size = Math.max(1, best.length >> 1); size >= 1 && tries > 0; size >>= 1) {
    for (let at = 0; at < best.length && tries > 0; tries -= 1) {
      const rest = Uint8Array.from([...best.subarray(0, at), ...best.subarray(at + size)]);
      if (kindOf(rest) === wanted) best = rest;
      else at += size;
    }
  }
  for (let at = 0; at < best.length && tries > 0; at += 1, tries -= 1) {
    const zeroed = best.slice();
    zeroed[at] = 0;
    if (best[at] !== 0 && kindOf(zeroed) === wanted) best = zeroed;
  }
  return best;
}

export function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
