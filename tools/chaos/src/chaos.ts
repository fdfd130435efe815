import fc from 'fast-check';
import { anyHistory } from './history.js';
import { runHistory } from './judged-run.js';

/** How many runs, and which. */
export interface ChaosOptions {
  readonly runs: number;
  /** The same seed gives the same histories. */
  readonly seed: number;
  readonly onProgress?: (runs: number) => void;
}

/** What came of all runs. */
export interface ChaosReport {
  /** How often each thing happened, over all runs. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** The first run that went wrong, made as short as it can be. */
  readonly failure?: { readonly runs: number; readonly path: string; readonly report: string };
}

/** Runs random histories until one goes wrong or all are done. */
export async function runChaos({ runs, seed, onProgress }: ChaosOptions): Promise<ChaosReport> {
  const outcomes: Record<string, number> = {};
  let done = 0;
  const property = fc.asyncProperty(anyHistory, async (history) => {
    const verdict = await runHistory(history);
    for (const [what, times] of Object.entries(verdict.outcomes)) outcomes[what] = (outcomes[what] ?? 0) + times;
    done += 1;
    if (done % 1000 === 0) onProgress?.(done);
    if (verdict.faults.length > 0) throw new Error(verdict.faults.join('\n'));
  });
  const result = await fc.check(property, { numRuns: runs, seed, maxSkipsPerRun: 0 });
  if (!result.failed) return { outcomes };
  const [history] = result.counterexample ?? [];
  const report = `${String(result.errorInstance)}\n${JSON.stringify(history, null, 1)}`;
  return { outcomes, failure: { runs: result.numRuns, path: result.counterexamplePath ?? '', report } };
}
