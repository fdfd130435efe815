import { createDice, type Dice } from './dice.test-rig.js';
import { mutateBytes, mutateCbor } from './mutate.test-rig.js';
import { collectGarbage, type FuzzTarget, type Met, meet } from './target.test-rig.js';

/** What a run found out about one target. */
export interface TargetCount {
  inputs: number;
  accepted: number;
  /** Ways that inputs led a machine. */
  ways: number;
  /** Longest that one input took, in milliseconds. */
  slowestMs: number;
  /** Most memory that one input took, kept or not. */
  mostBytes: number;
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

interface Field {
  readonly target: FuzzTarget;
  /** Its own, so that its inputs are the same ones for one seed, however long the others take. */
  readonly dice: Dice;
  readonly inputs: Uint8Array[];
  readonly ways: Set<string>;
  readonly count: TargetCount;
}

/** Feeds changed inputs to every target in turn until the time is over. */
export async function runFuzz(o: FuzzOptions): Promise<FuzzReport> {
  const { targets, seed, milliseconds, onInput, onFailure } = o;
  const fields = targets.map((target): Field => {
    if (target.corpus.length === 0) throw new Error(`${target.name} has no inputs to begin with.`);
    const count = { inputs: 0, accepted: 0, ways: 0, slowestMs: 0, mostBytes: 0 };
    const dice = createDice(seed ^ numberOf(target.name));
    return { target, dice, inputs: [...target.corpus], ways: new Set(), count };
  });
  const failures: FuzzFailure[] = [];
  const known = new Set<string>();
  const tryOne = (field: Field, input: Uint8Array, isCorpus: boolean): void => {
    const { target, count, ways } = field;
    const { name } = target;
    onInput?.(name, input);
    const begun = performance.now();
    const met = meet(target, input);
    const tookMs = performance.now() - begun;
    count.inputs += 1;
    count.slowestMs = Math.max(count.slowestMs, tookMs);
    count.mostBytes = Math.max(count.mostBytes, met.grownBytes);
    if (met.accepted) count.accepted += 1;
    if (met.accepted && !isCorpus) keep(field, input, met);
    for (const way of met.ways) ways.add(way);
    count.ways = ways.size;
    // What is valid is accepted before anything is changed: a target that refuses everything tests nothing.
    const refused = isCorpus && !met.accepted ? 'a valid input was refused' : undefined;
    const fault = met.fault ?? refused ?? slowFault(target, input, tookMs);
    if (fault === undefined || known.has(`${name} ${firstLine(fault)}`)) return;
    known.add(`${name} ${firstLine(fault)}`);
    const shortestHex = hex(shorten(target, input));
    const failure = { target: name, seed, fault, inputHex: hex(input), shortestHex };
    failures.push(failure);
    onFailure?.(failure);
  };
  for (const field of fields) for (const input of field.target.corpus) tryOne(field, input, true);
  const end = performance.now() + milliseconds;
  for (let first = true; first || performance.now() < end; first = false) {
    for (const field of fields) {
      const { target, dice, inputs } = field;
      const turnEnds = performance.now() + turnMs * (target.share ?? 1);
      do {
        if (failures.length >= mostFailures) break;
        tryOne(field, changed(dice, target, inputs), false);
      } while (performance.now() < turnEnds && performance.now() < end);
      // What was thrown where nobody waits for it, is thrown now.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const perTarget = Object.fromEntries(fields.map(({ target, count }) => [target.name, count]));
  const inputs = fields.reduce((sum, { count }) => sum + count.inputs, 0);
  return { inputs, perTarget, failures };
}

/** What led a machine where nothing led it before is kept for good; what a decoder accepted makes room for the next. */
function keep({ target, inputs, ways, dice }: Field, input: Uint8Array, met: Met): void {
  const isFull = inputs.length >= target.corpus.length + keptInputs;
  if (met.ways.size > 0) {
    if ([...met.ways].some((way) => !ways.has(way))) inputs.push(input);
  } else if (isFull) inputs[target.corpus.length + dice.below(keptInputs)] = input;
  else inputs.push(input);
}

function numberOf(name: string): number {
  return [...name].reduce((sum, letter) => Math.imul(sum ^ letter.charCodeAt(0), 0x0100_0193), 0x811c_9dc5);
}

function firstLine(fault: string): string {
  return fault.split('\n')[0]?.replace(/\d+/g, 'n') ?? '';
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
  // Of the processor: on a busy machine an input also waits for its turn.
  const again = [1, 2].map(() => {
    const begun = process.cpuUsage();
    meet(target, input);
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1000;
  });
  const leastMs = Math.min(...again);
  return leastMs < slowMs ? undefined : `took ${Math.round(leastMs)} ms`;
}

/** Leaves out, and zeroes, whatever is not needed for the same fault. */
function shorten(target: FuzzTarget, input: Uint8Array): Uint8Array {
  const kindOf = (bytes: Uint8Array) => {
    collectGarbage();
    const { fault } = meet(target, bytes);
    return fault && firstLine(fault);
  };
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
