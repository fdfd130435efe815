import { PGlite } from '@electric-sql/pglite';
import type { TenantState, TenantTruth } from './graph-pages.js';
import { readPages } from './page-files.js';
import { startMeter, type Task } from './task.js';

/** What is done where there is a database: everybody of now into a table, and a FULL OUTER JOIN with that of before. */
export async function compareByJoin({ folder, tenant }: Task) {
  const database = await PGlite.create();
  await database.exec(`create table before (id text primary key, record jsonb not null);
    create table after (id text primary key, record jsonb not null);`);
  const pagesOf = (state: TenantState) => readPages(folder, tenant, state);
  const load = (table: TenantState, page: Uint8Array) =>
    database.query(`insert into ${table} select value->>'id', value from jsonb_array_elements(($1::jsonb)->'value')`, [
      new TextDecoder().decode(page),
    ]);
  for (const page of pagesOf('before')) await load('before', page);
  const meter = startMeter();
  const pages = pagesOf('after');
  for (;;) {
    const { value: page, done } = meter.aside(() => pages.next());
    if (done) break;
    await load('after', page);
  }
  const { rows } = await database.query<TenantTruth>(`select
      count(*) filter (where before.id is null)::int as new,
      count(*) filter (where after.id is null)::int as removed,
      count(*) filter (where before.record <> after.record)::int as updated,
      count(*) filter (where before.record = after.record)::int as unchanged
    from before full outer join after on before.id = after.id`);
  const cpuMs = meter.cpuMs();
  await database.close();
  const [counts] = rows;
  if (counts === undefined) throw new Error('the join gave nothing');
  return { cpuMs, counts };
}
