import { expect, it } from 'vitest';
import { initialFiles } from '../harness/initial-files.test-rig.js';
import { openLockHouse } from '../harness/lock-house.test-rig.js';
import { openMemoryDatabase } from '../store/embedded-database.js';
import { createEmbeddedStore } from '../store/embedded-store.js';

it('a property from before its locks had sets gets the keys that it lacks at the next start, and keeps the others', async () => {
  await using store = createEmbeddedStore(await openMemoryDatabase({ initialFiles: await initialFiles() }));
  const before = await openLockHouse({ store });
  const { ground } = before;
  const signersOf = ({ projection }: typeof before) =>
    projection.signers.all().map(({ use, publicKey }) => ({ use, publicKey }));
  const all = signersOf(before);
  expect(all.map(({ use }) => use)).toEqual(['cert', 'cmd', 'grant', 'set']);
  await before.ledger.write((draft) => {
    for (const signer of before.projection.signers.all()) {
      if (['set', 'cert'].includes(signer.use)) draft.delete('propertySigner', signer);
    }
  });
  await before[Symbol.asyncDispose]();

  await using after = await openLockHouse({ store, ground });
  const [cert, cmd, grant, set] = signersOf(after);
  expect([cmd, grant]).toEqual(all.slice(1, 3));
  expect([cert?.use, set?.use]).toEqual(['cert', 'set']);
  // The lock takes what the new key signs: it is certified by the root that the lock was given.
  const [door] = ground.doors;
  await after.giveCode({ digits: '246810' });
  await after.bring(door);
  expect(await door.lock.opensTo('246810')).toBe(true);
});
