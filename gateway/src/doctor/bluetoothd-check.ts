import { join } from 'node:path';
import { type Finding, findingsOf } from './finding.js';
import { type MachineRoots, readNames, readTextOrNothing } from './machine.js';

/** Whether the system's own Bluetooth program runs; `hidden` when this user sees no process but its own. */
export type DaemonFacts = 'running' | 'not-running' | 'hidden';

/** bluetoothd and the gateway would take each other's answers from the controller. */
export function decideDaemon(facts: DaemonFacts): readonly Finding[] {
  const { ok, warning } = findingsOf('bluetoothd');
  switch (facts) {
    case 'running':
      return [
        warning(
          'bluetoothd runs and uses the same controller: adapters go off and connections fail at times.',
          'sudo systemctl disable --now bluetooth.service && sudo systemctl restart latchwork-gateway',
        ),
      ];
    case 'hidden':
      return [
        warning(
          "This user sees no other user's processes in /proc, so nobody can tell whether bluetoothd runs.",
          'systemctl is-active bluetooth.service',
        ),
      ];
    case 'not-running':
      return [ok('bluetoothd does not run here, so the adapter is the gateway’s alone.')];
  }
}

/** Looks through the processes of this machine, or of this container: what runs outside of it cannot be seen. */
export async function gatherDaemon(roots: MachineRoots): Promise<DaemonFacts> {
  const found = await readNames(roots.proc);
  if (typeof found === 'string') return 'hidden';
  const pids = found.names.filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    if ((await readTextOrNothing(join(roots.proc, pid, 'comm'))) === 'bluetoothd') return 'running';
  }
  // Process 1 always runs: who does not see it sees no other user's.
  return pids.includes('1') ? 'not-running' : 'hidden';
}
