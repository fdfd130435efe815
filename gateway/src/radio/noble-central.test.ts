import { expect, test } from 'vitest';
import { describeForks, echoOnce, startRig } from './lock.test-rig.js';

describeForks('the adapter', (fork) => {
  test('hears a lock, connects, reads INFO, echoes a frame, closes', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock();
    const link = await echoOnce(rig.central, lock);
    expect(link.mtu).toBe(247);
    expect(Buffer.from(link.info).subarray(4, 12).toString('hex')).toBe(lock.tag);
    expect(await link.closed).toBe('closed');
    expect(rig.central.heard()).toMatchObject([{ tag: lock.tag, address: lock.address, rssi: -60 }]);
    expect(rig.air.links).toEqual([]);
  });
});
