import type { Orm } from './reader.js';
import { installation } from './schema/ledger.js';

/** Returns the installation's sealed check value, keeping the given one when there is none. */
export async function keepSealingCheck(orm: Orm, make: () => string): Promise<string> {
  const known = await orm.select().from(installation);
  if (known[0] !== undefined) return known[0].sealingCheck;
  // Of two processes that start at once, one keeps its own and both read it.
  await orm.insert(installation).values({ id: 1, sealingCheck: make() }).onConflictDoNothing();
  const kept = await orm.select().from(installation);
  if (kept[0] === undefined) throw new Error('The installation keeps no sealing check.');
  return kept[0].sealingCheck;
}
