import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ended } from '../world/processes.js';

/** How long a gateway takes from its start to its broker, and Node.js to run nothing, in milliseconds. */
export interface Starts {
  readonly gatewayMs: number;
  readonly nodeMs: number;
}

/**
 * Starts a gateway and bare Node.js in turn. A gateway is ready for commands when its broker has it; what the radio needs
 * to power on is the adapter's matter.
 */
export async function measureStarts(start: () => ChildProcess, times: number): Promise<readonly Starts[]> {
  const starts: Starts[] = [];
  for (let time = 0; time < times; time += 1) {
    const nodeAt = performance.now();
    await new Promise((resolve) => spawn('node', ['-e', '0'], { stdio: 'ignore' }).once('exit', resolve));
    const nodeMs = performance.now() - nodeAt;
    const gatewayAt = performance.now();
    const gateway = start();
    await said(gateway, 'broker connected');
    starts.push({ gatewayMs: performance.now() - gatewayAt, nodeMs });
    await ended(gateway);
  }
  return starts;
}

/** Resolves with the first line of a program's log that says this. */
async function said(program: ChildProcess, message: string): Promise<void> {
  if (program.stdout === null) throw new Error('the program says nothing here');
  const lines = createInterface({ input: program.stdout });
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      if (line.includes(`"${message}"`)) resolve();
    });
    lines.once('close', () => reject(new Error('the gateway ended before it was ready')));
  });
}
