// One contender of `npm run bench -- sync`, in a process of its own: does its work once and tells what it took.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareByJoin } from './full-outer-join.js';
import { compareByMap } from './map-microdiff.js';
import { fingerprintTenant, parsePages, syncTenant } from './our-sync.js';
import { writePages } from './page-files.js';
import type { Task, TaskResult } from './task.js';

const work: Readonly<Record<Task['contender'], (task: Task) => Promise<Pick<TaskResult, 'cpuMs' | 'counts'>>>> = {
  prepare: async (task) => {
    for (const state of ['before', 'after'] as const) writePages(task.folder, task.tenant, state);
    writeFileSync(fingerprintsOf(task), await fingerprintTenant(task));
    return { cpuMs: 0, counts: null };
  },
  ours: (task) => syncTenant(task, readFileSync(fingerprintsOf(task))),
  'JSON.parse': parsePages,
  'Map + microdiff': compareByMap,
  'FULL OUTER JOIN': compareByJoin,
};

const fingerprintsOf = ({ folder, tenant: { users, turnover } }: Task) =>
  join(folder, `${users}-${turnover}-fingerprints`);

process.once('message', async (task: Task) => {
  const { cpuMs, counts } = await work[task.contender](task);
  const result: TaskResult = { cpuMs, counts, peakRssMb: process.resourceUsage().maxRSS / 1024 };
  process.send?.(result);
  process.disconnect();
});
