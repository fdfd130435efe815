import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { GatewayConfig } from '../config.js';
import { type Finding, findingsOf } from './finding.js';
import { runProgram } from './machine.js';
import { setSetting, shellWord } from './remedy.js';

/** Whether the native part of the Bluetooth library can be loaded by this Node. */
export type LibraryFacts = { readonly fork: GatewayConfig['noble'] } & (
  | { readonly state: 'loads' }
  | { readonly state: 'not-installed' }
  /** Installed, but its native part was never compiled, or for another Node, or cannot be loaded. */
  | { readonly state: 'not-built' | 'other-node' | 'broken'; readonly folder: string }
);

const compiler = 'sudo apt-get install --yes g++ make python3';

/** Where the library cannot be loaded the radio process ends as soon as it begins. */
export function decideLibrary(facts: LibraryFacts): readonly Finding[] {
  const { ok, failure } = findingsOf('bluetooth-library');
  const name = `@${facts.fork}/noble`;
  switch (facts.state) {
    case 'loads':
      return [ok(`The Bluetooth library ${name} can be loaded.`)];
    case 'not-installed':
      return [
        failure(
          `The Bluetooth library ${name} is not installed.`,
          facts.fork === 'abandonware'
            ? `${compiler} && sudo npm install --global ./latchwork-gateway-*.tgz`
            : setSetting('LATCHWORK_NOBLE', 'abandonware'),
        ),
      ];
    case 'not-built':
      return [failure(`The native part of ${name} was never compiled.`, rebuild(facts.folder))];
    case 'other-node':
      return [failure(`The native part of ${name} was compiled for another version of Node.`, rebuild(facts.folder))];
    case 'broken':
      return [failure(`The native part of ${name} cannot be loaded.`, rebuild(facts.folder))];
  }
}

function rebuild(folder: string): string {
  return `${compiler} && sudo npm --prefix ${shellWord(folder)} run install`;
}

/** Finds the folder of the fork's native part from this program, as the radio process would. */
export function findLibrary(fork: GatewayConfig['noble']): string | null {
  try {
    const noble = createRequire(import.meta.url).resolve(`@${fork}/noble`);
    const socket = createRequire(noble).resolve(`@${fork}/bluetooth-hci-socket/package.json`);
    return realpathSync(dirname(socket));
  } catch {
    return null;
  }
}

/** Loads the native part in a process of its own, which a broken one may take down. */
export async function gatherLibrary(fork: GatewayConfig['noble'], folder: string | null): Promise<LibraryFacts> {
  if (folder === null) return { fork, state: 'not-installed' };
  const script = 'require(process.argv[1]); process.exit(0)';
  const told = await runProgram(process.execPath, ['--eval', script, folder]);
  if (told !== 'absent' && !told.failed) return { fork, state: 'loads' };
  const why = told === 'absent' ? '' : told.stderr;
  if (why.includes('NODE_MODULE_VERSION')) return { fork, state: 'other-node', folder };
  return { fork, state: /MODULE_NOT_FOUND|No native build was found/.test(why) ? 'not-built' : 'broken', folder };
}
