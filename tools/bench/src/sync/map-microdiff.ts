import diff from 'microdiff';
import type { TenantState, TenantTruth } from './graph-pages.js';
import { readPages } from './page-files.js';
import { startMeter, type Task } from './task.js';

type GraphUser = Record<string, unknown> & { readonly id: string };

/** What is done where a directory is small: everybody of before in a Map, everybody of now parsed and compared with it. */
export async function compareByMap({ folder, tenant }: Task) {
  const meter = startMeter();
  const read = function* (state: TenantState): Generator<GraphUser> {
    const pages = readPages(folder, tenant, state);
    for (;;) {
      const { value: page, done } = meter.aside(() => pages.next());
      if (done) return;
      yield* (JSON.parse(new TextDecoder().decode(page)) as { readonly value: GraphUser[] }).value;
    }
  };
  // What is there already is loaded before the clock starts: only the source's side is read in the measured time.
  const before = new Map<string, GraphUser>();
  for (const user of read('before')) before.set(user.id, user);
  const loadedMs = meter.cpuMs();
  const counts = { new: 0, updated: 0, removed: 0, unchanged: 0 };
  for (const user of read('after')) {
    const known = before.get(user.id);
    before.delete(user.id);
    if (known === undefined) counts.new += 1;
    else if (diff(known, user).length > 0) counts.updated += 1;
    else counts.unchanged += 1;
  }
  counts.removed = before.size;
  return { cpuMs: meter.cpuMs() - loadedMs, counts: counts satisfies TenantTruth };
}
