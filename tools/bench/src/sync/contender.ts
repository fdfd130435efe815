// One contender of `npm run bench -- sync`, in a process of its own: does its work once and tells what it took.
import { readFileSync, writeFileSync } from 'node:fs';
import { compareByJoin } from './full-outer-join.js';
import { compareByMap } from './map-microdiff.js';
import { fingerprintTenant, parsePages, syncTenant } from './our-sync.js';
import type { Task, TaskResult } from './task.js';

const work: Readonly<Record<Task['contender'], (task: Task) => Promise<Pick<TaskResult, 'cpuMs' | 'counts'>>>> = {
  prepare: async ({ users, file }) => {
    writeFileSync(file, await fingerprintTenant(users));
    return { cpuMs: 0, counts: null };
  },
  ours: ({ users, file }) => syncTenant(users, readFileSync(file)),
  'JSON.parse': ({ users }) => parsePages(users),
  'Map + microdiff': ({ users }) => compareByMap(users),
  'FULL OUTER JOIN': ({ users }) => compareByJoin(users),
};

process.once('message', async (task: Task) => {
  const { cpuMs, counts } = await work[task.contender](task);
  const result: TaskResult = { cpuMs, counts, peakRssMb: process.resourceUsage().maxRSS / 1024 };
  process.send?.(result);
  process.disconnect();
});
