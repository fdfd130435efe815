import { expect, test } from 'vitest';
import { describeForks, echoOnce, refusalOf } from './lock.test-rig.js';
import { startSupervisedRig } from './supervisor.test-rig.js';

describeForks('the radio process', (fork) => {
  test('connects, opens, echoes and closes through the process', async () => {
    await using rig = await startSupervisedRig(fork);
    const lock = await rig.addLock();
    const link = await echoOnce(rig.radio, lock);
    expect(link.mtu).toBe(247);
    expect(Buffer.from(link.info).subarray(4, 12).toString('hex')).toBe(lock.tag);
    expect(await link.closed).toBe('closed');
    expect(rig.radio.heard()).toMatchObject([{ tag: lock.tag, address: lock.address }]);
    expect(rig.log.map(({ msg }) => msg)).toEqual(['radio ready']);
  });

  test('kill -9 in the middle of a write: LINK_LOST, and the next connect works', async () => {
    await using rig = await startSupervisedRig(fork, { whenHostLeaves: 'keep' });
    const lock = await rig.addLock();
    const link = await rig.radio.connect(lock.tag, { timeoutMs: 20_000 });
    lock.server.faults.onRequest = () => ({ action: 'ignore' });
    const write = refusalOf(link.write(Uint8Array.of(1), { withResponse: true, timeoutMs: 60_000 }));
    process.kill(rig.radio.workerPid ?? 0, 'SIGKILL');
    expect(await write).toEqual({ code: 'LINK_LOST' });
    expect(await link.closed).toBe('LINK_LOST');
    lock.server.faults.onRequest = undefined;
    await echoOnce(rig.radio, lock);
    expect(rig.radio.starts).toBe(2);
    expect(rig.log.map(({ msg }) => msg)).toContain('radio process ended');
  });
});
