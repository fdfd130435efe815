import { createHash } from 'node:crypto';
import { drawHistory } from './draw-history.js';
import type { History } from './history.js';
import { runHistory } from './run-history.js';
import { shrinkHistory } from './shrink-history.js';
import type { Violation } from './truth.js';

/** Which histories, and what to do with one that goes wrong. */
export interface SeedRange {
  readonly from: number;
  readonly runs: number;
  /** Most runs that may go into making a failing history short. Default 400. */
  readonly mostShrinkRuns?: number;
  readonly onProgress?: (done: number) => void;
}

/** A history that went wrong, as it was drawn and as short as it could be made. */
export interface FailedSeed {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly drawnActions: number;
  readonly history: History;
}

/** What many histories came to. */
export interface SeedReport {
  readonly runs: number;
  /** How often each thing happened, over all of them. */
  readonly counts: Readonly<Record<string, number>>;
  /** SHA-256 over the digests of all of them, hex. */
  readonly digest: string;
  /** The first that went wrong; none was run after it. */
  readonly failure?: FailedSeed;
}

/** Draws and runs the histories of a range of seeds until one goes wrong or all are done. */
export async function runSeeds({ from, runs, mostShrinkRuns = 400, onProgress }: SeedRange): Promise<SeedReport> {
  const counts: Record<string, number> = {};
  const hash = createHash('sha256');
  for (let done = 0; done < runs; done += 1) {
    const seed = from + done;
    const history = drawHistory(seed);
    const outcome = await runHistory(history);
    for (const [what, times] of Object.entries(outcome.counts)) counts[what] = (counts[what] ?? 0) + times;
    hash.update(outcome.digest);
    if (outcome.violations.length > 0) {
      const failure = await shrinkFailure(history, { violations: outcome.violations, mostShrinkRuns });
      return { runs: done + 1, counts, digest: hash.digest('hex'), failure };
    }
    onProgress?.(done + 1);
  }
  return { runs, counts, digest: hash.digest('hex') };
}

async function shrinkFailure(
  history: History,
  o: { readonly violations: readonly Violation[]; readonly mostShrinkRuns: number },
): Promise<FailedSeed> {
  const kind = o.violations[0]?.kind;
  const fails = async (shorter: History): Promise<boolean> =>
    (await runHistory(shorter)).violations.some((violation) => violation.kind === kind);
  const shrunk = await shrinkHistory(history, { fails, mostRuns: o.mostShrinkRuns });
  const { violations } = await runHistory(shrunk.history);
  return { seed: history.seed, violations, drawnActions: history.actions.length, history: shrunk.history };
}
