import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type Finding, findingsOf } from './finding.js';
import { type MachineRoots, runProgram } from './machine.js';

/** What is known of this machine's clock. */
export interface ClockFacts {
  /** Whether a time service keeps it right. */
  readonly synchronized: 'yes' | 'no' | 'unknown';
  /** How far it is ahead of another machine's, where one tells the time; negative when behind. */
  readonly compared: { readonly host: string; readonly aheadMs: number; readonly uncertaintyMs: number } | null;
}

/** A command lives five seconds at most, by this clock. */
const tolerableMs = 1_000;
const keepTime = 'sudo apt-get install --yes systemd-timesyncd && sudo timedatectl set-ntp true';

/** A clock that is wrong by more than a second refuses good commands, or takes late ones. */
export function decideClock({ synchronized, compared }: ClockFacts): readonly Finding[] {
  const { ok, warning, failure } = findingsOf('clock');
  if (compared !== null && Math.abs(compared.aheadMs) - compared.uncertaintyMs > tolerableMs) {
    const by = `${(Math.abs(compared.aheadMs) / 1_000).toFixed(1)} s`;
    const way = compared.aheadMs > 0 ? 'ahead of' : 'behind';
    return [failure(`The clock is ${by} ${way} that of ${compared.host}; commands are refused as late.`, keepTime)];
  }
  const agrees = compared === null ? '' : ` It agrees with that of ${compared.host}.`;
  switch (synchronized) {
    case 'yes':
      return [ok(`A time service keeps the clock right.${agrees}`)];
    case 'no':
      return compared === null
        ? [failure('No time service keeps the clock right.', keepTime)]
        : [warning(`No time service keeps the clock right.${agrees}`, keepTime)];
    case 'unknown':
      return compared === null
        ? [warning('Nobody here can tell whether the clock is right.', keepTime)]
        : [ok(`The clock agrees with that of ${compared.host}.`)];
  }
}

const answerLimitMs = 5_000;

/** Asks the machine's time service; and the broker's web server for its time, where there is one (`ws:`, `wss:`). */
export async function gatherClock(roots: MachineRoots, mqttUrl: string | null): Promise<ClockFacts> {
  return { synchronized: await gatherSynchronized(roots), compared: await compareClocks(mqttUrl) };
}

async function gatherSynchronized(roots: MachineRoots): Promise<ClockFacts['synchronized']> {
  // systemd-timesyncd leaves this file; what the kernel knows of other time services, timedatectl tells.
  const stamped = await access(join(roots.run, 'systemd/timesync/synchronized')).then(
    () => true,
    () => false,
  );
  if (stamped) return 'yes';
  const told = await runProgram('timedatectl', ['show', '--property=NTPSynchronized', '--value']);
  const answer = told === 'absent' || told.failed ? '' : told.stdout.trim();
  return answer === 'yes' || answer === 'no' ? answer : 'unknown';
}

async function compareClocks(mqttUrl: string | null): Promise<ClockFacts['compared']> {
  const url = mqttUrl === null ? undefined : new URL(mqttUrl);
  if (url === undefined || !['ws:', 'wss:'].includes(url.protocol)) return null;
  const asked = `${url.protocol === 'wss:' ? 'https' : 'http'}://${url.host}/`;
  const before = Date.now();
  try {
    const response = await fetch(asked, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(answerLimitMs),
    });
    const after = Date.now();
    const told = Date.parse(response.headers.get('date') ?? '');
    if (Number.isNaN(told)) return null;
    // The header has whole seconds, cut off; so the time it means is half a second later, give or take as much.
    return { host: url.host, aheadMs: (before + after) / 2 - (told + 500), uncertaintyMs: 500 + (after - before) / 2 };
  } catch {
    return null;
  }
}
