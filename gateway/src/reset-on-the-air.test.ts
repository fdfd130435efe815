import { serviceFlags } from '@latchwork/lock-protocol';
import { expect, test } from 'vitest';
import { startAirRig } from './air.test-rig.js';
import { heardReport } from './heard-report.js';

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('T21: a lock that is reset from inside falls silent under its tag, and the gateway tells of a lock that anybody may commission', async () => {
  await using rig = await startAirRig();
  const lock = await rig.addLock();
  const { radio } = await rig.startGateway([]);
  const former = hexOf(lock.tag);
  const told = (tag: string) => heardReport(radio.heard(), Date.now()).heardLocks.find((one) => one.tag === tag);
  await expect.poll(() => told(former), { timeout: 30_000 }).toMatchObject({ flags: 0 });

  lock.factoryReset();
  await expect.poll(() => hexOf(lock.tag), { timeout: 30_000 }).not.toBe(former);
  const next = hexOf(lock.tag);
  await expect.poll(() => told(next), { timeout: 30_000 }).toMatchObject({ flags: serviceFlags.commissionable });
  // Of the air, not of time: the one is heard again and again, the other is not.
  const lastHeardAt = (tag: string) => radio.heard().find((one) => one.tag === tag)?.lastHeardAt ?? 0;
  const silentSince = lastHeardAt(former);
  for (let words = 0, last = lastHeardAt(next); words < 5; words += 1) {
    await expect.poll(() => lastHeardAt(next), { timeout: 30_000, interval: 5 }).toBeGreaterThan(last);
    last = lastHeardAt(next);
  }
  expect(lastHeardAt(former)).toBe(silentSince);
});
