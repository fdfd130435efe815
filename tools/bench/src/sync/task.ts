import type { Tenant, TenantTruth } from './graph-pages.js';

/** What a process is to do. */
export interface Task {
  readonly contender: 'prepare' | 'ours' | 'JSON.parse' | 'Map + microdiff' | 'FULL OUTER JOIN';
  readonly tenant: Tenant;
  /** Where the tenant's pages and the fingerprints are kept. */
  readonly folder: string;
}

/** What it took. */
export interface TaskResult {
  /** Of the work alone, without making the pages. */
  readonly cpuMs: number;
  readonly peakRssMb: number;
  /** What it found; `null` for what compares nothing. */
  readonly counts: TenantTruth | null;
}

/** Tells the work's CPU time from that of whatever is not part of it. */
export interface WorkMeter {
  /** Does something that is not part of the work. */
  aside<Result>(run: () => Result): Result;
  cpuMs(): number;
}

/** Begins to measure. CPU time, not wall time: on a shared machine the clock also counts what others do. */
export function startMeter(): WorkMeter {
  globalThis.gc?.();
  const start = process.cpuUsage();
  let asideUs = 0;
  const since = (from: NodeJS.CpuUsage) => {
    const { user, system } = process.cpuUsage(from);
    return user + system;
  };
  return {
    aside(run) {
      const before = process.cpuUsage();
      const result = run();
      asideUs += since(before);
      return result;
    },
    cpuMs: () => (since(start) - asideUs) / 1000,
  };
}
