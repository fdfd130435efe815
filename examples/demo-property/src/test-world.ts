import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@latchwork/testing';
import type { DemoSettings } from './settings.js';

/** Settings of a demo in a folder of its own, on ports that nobody uses. */
export async function settingsIn(dataDir: string): Promise<DemoSettings> {
  const folders = { portalDir: 'portal', gatewayDir: 'gateway', locksDir: 'locks' };
  const inside = Object.fromEntries(Object.entries(folders).map(([name, folder]) => [name, join(dataDir, folder)]));
  const [httpPort, mqttPort, gatewayPort] = [await freePort(), await freePort(), await freePort()];
  return { dataDir, httpPort, mqttPort, gatewayPort, ...(inside as Record<keyof typeof folders, string>) };
}

/** The processes that a process has started, from the system's own table. */
export async function childrenOf(parent: number | undefined): Promise<readonly number[]> {
  const all = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  const parents = await Promise.all(
    all.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      return { pid, parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) };
    }),
  );
  return parents.filter((each) => each.parent === parent).map(({ pid }) => pid);
}
