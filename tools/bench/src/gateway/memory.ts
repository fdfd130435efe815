import { readdirSync, readFileSync } from 'node:fs';

/** Resident memory of a process and of those it has started, in megabytes. */
export interface Memory {
  /** Pages of files (the program of Node.js itself, which all of them run) counted once. */
  readonly onceMb: number;
  /** The sum of what the system says of each, with such pages counted as often as there are processes. */
  readonly sumMb: number;
}

/** Reads it from the system's own table. */
export function measureMemory(pid: number): Memory {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === pid);
  const each = [String(pid), ...children].map((one) => readFileSync(`/proc/${one}/status`, 'utf8'));
  const all = (field: string) =>
    each.map((status) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1_024);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    onceMb: sum(all('RssAnon')) + sum(all('RssShmem')) + Math.max(...all('RssFile')),
    sumMb: sum(all('VmRSS')),
  };
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}
