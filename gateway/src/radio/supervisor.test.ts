import { createFakeClock } from '@latchwork/testing';
import { expect, test } from 'vitest';
import type { RadioState } from './central.js';
import { unasked } from './hostile.test-rig.js';
import { describeForks, echoOnce, nextFrame, refusalOf } from './lock.test-rig.js';
import { defaultRestartLimits } from './restart-policy.js';
import type { Radio } from './supervisor.js';
import { startSupervisedRig } from './supervisor.test-rig.js';

const patient = { timeoutMs: 30_000 };
const acknowledged = { withResponse: true };
const neverHung = { ...defaultRestartLimits, aliveMs: Number.MAX_SAFE_INTEGER };

function states(radio: Radio): RadioState[] {
  const seen: RadioState[] = [];
  radio.events.on('state', (state) => seen.push(state));
  return seen;
}

describeForks('the radio process', (fork) => {
  test('connects, opens, echoes and closes', async () => {
    await using rig = await startSupervisedRig(fork);
    const lock = await rig.addLock();
    const link = await echoOnce(rig.radio, lock);
    expect(link.mtu).toBe(247);
    expect(Buffer.from(link.info).subarray(4, 12).toString('hex')).toBe(lock.tag);
    expect(await link.closed).toBe('closed');
    expect(rig.radio.heard()).toMatchObject([{ tag: lock.tag, address: lock.address }]);
    expect(rig.log.map(({ msg }) => msg)).toEqual(['radio ready']);
  });

  test('frames keep their order through the process, in both directions', async () => {
    await using rig = await startSupervisedRig(fork);
    const lock = await rig.addLock();
    const link = await rig.radio.connect(lock.tag, patient);
    const octets = Array.from({ length: 60 }, (_, index) => index);
    const heard: number[] = [];
    const all = new Promise<void>((resolve) => {
      link.onNotify(([octet = 0]) => {
        heard.push(octet);
        if (heard.length === octets.length) resolve();
      });
    });
    await Promise.all(octets.map((octet) => link.write(Uint8Array.of(octet), { withResponse: octet % 8 === 7 })));
    await all;
    expect(lock.written.map(([octet]) => octet)).toEqual(octets);
    expect(heard).toEqual(octets);
    await link.close();
  });

  test('kill -9 in the middle of a write: LINK_LOST, and the next connect works', async () => {
    // As on Linux, the link outlives the process that made it, and its lock is deaf until the next process resets.
    await using rig = await startSupervisedRig(fork, { whenHostLeaves: 'keep' });
    const seen = states(rig.radio);
    const lock = await rig.addLock();
    const link = await rig.radio.connect(lock.tag, patient);
    lock.server.faults.onRequest = () => ({ action: 'ignore' });
    const write = refusalOf(link.write(Uint8Array.of(1), { ...acknowledged, timeoutMs: 60_000 }));
    process.kill(rig.radio.workerPid ?? 0, 'SIGKILL');
    expect(await write).toEqual({ code: 'LINK_LOST' });
    expect(await link.closed).toBe('LINK_LOST');
    lock.server.faults.onRequest = undefined;
    await echoOnce(rig.radio, lock);
    expect(rig.radio.starts).toBe(2);
    expect(seen).toEqual([{ state: 'failed', reason: 'LINK_LOST' }, { state: 'starting' }, { state: 'ready' }]);
    expect(rig.log.map(({ msg }) => msg)).toEqual(['radio ready', 'radio process ended', 'radio ready']);
  });

  test('kill -9 in the middle of a connect: LINK_LOST, and the next connect works', async () => {
    await using rig = await startSupervisedRig(fork);
    const lock = await rig.addLock();
    lock.server.faults.onRequest = () => ({ action: 'ignore' });
    const connected = new Promise((resolve) => lock.server.events.once('connected', resolve));
    const refused = refusalOf(rig.radio.connect(lock.tag, patient));
    await connected;
    process.kill(rig.radio.workerPid ?? 0, 'SIGKILL');
    expect(await refused).toEqual({ code: 'LINK_LOST' });
    lock.server.faults.onRequest = undefined;
    await echoOnce(rig.radio, lock);
  });

  test('a process that hangs is killed, and what it was doing settles', async () => {
    await using rig = await startSupervisedRig(fork, { restart: { aliveMs: 3_000 } });
    const lock = await rig.addLock();
    const link = await rig.radio.connect(lock.tag, patient);
    process.kill(rig.radio.workerPid ?? 0, 'SIGSTOP');
    expect(await refusalOf(link.write(Uint8Array.of(1), { ...acknowledged, timeoutMs: 60_000 }))).toEqual({
      code: 'LINK_LOST',
    });
    await echoOnce(rig.radio, lock);
    expect(rig.log).toContainEqual(expect.objectContaining({ msg: 'radio process ended', cause: 'hung' }));
  });

  test('a process that is old enough is replaced when it is idle, and not before', async () => {
    const clock = createFakeClock();
    await using rig = await startSupervisedRig(fork, { clock, restart: neverHung });
    const lock = await rig.addLock();
    const link = await rig.radio.connect(lock.tag, patient);
    await clock.advance(defaultRestartLimits.ageMs - 1_000);
    await clock.advance(10_000);
    expect(rig.radio.starts).toBe(1);
    await link.close();
    const seen = states(rig.radio);
    await clock.advance(2_000);
    await echoOnce(rig.radio, lock);
    expect(seen).toEqual([{ state: 'starting' }, { state: 'ready' }]);
    expect(rig.log.map(({ msg }) => msg)).toContain('radio process replaced');
  });

  test('a process whose adapter hears nothing any more is replaced', async () => {
    await using rig = await startSupervisedRig(fork, {
      timings: { aliveMs: 50, scanRefreshMs: 60_000 },
      restart: { silenceMs: 1_000 },
    });
    const lock = await rig.addLock();
    await echoOnce(rig.radio, lock);
    const started = new Promise((resolve) => rig.radio.events.once('state', resolve));
    lock.server.controller.faults.unheard = true;
    expect(await started).toEqual({ state: 'starting' });
    lock.server.controller.faults.unheard = false;
    await echoOnce(rig.radio, lock);
    expect(rig.log).toContainEqual(expect.objectContaining({ msg: 'radio process replaced', cause: 'silent' }));
  });

  test('a hostile lock kills neither the gateway nor the radio process', async () => {
    await using rig = await startSupervisedRig(fork);
    const honest = await rig.addLock('aa00000000000001');
    const hostile = await rig.addLock('ee00000000000666');
    const rules: string[] = [];
    rig.radio.events.on('violation', ({ because }) => rules.push(because));
    for (const { strike } of unasked) {
      hostile.server.faults.onRequest = undefined;
      const link = await rig.radio.connect(hostile.tag, patient);
      hostile.server.faults.onRequest = () => ({ action: 'ignore' });
      const write = refusalOf(link.write(Uint8Array.of(1), acknowledged));
      strike(hostile.connection());
      expect(await write).toEqual({ code: 'PROTOCOL' });
      expect(await link.closed).toBe('PROTOCOL');
      await echoOnce(rig.radio, honest);
    }
    expect(rules).toEqual(unasked.map(({ because }) => because));
    expect(rig.radio.starts).toBe(1);
  });

  test('a caller that gives up leaves no link behind', async () => {
    await using rig = await startSupervisedRig(fork);
    const lock = await rig.addLock();
    const giveUp = new AbortController();
    lock.server.events.once('connected', () => giveUp.abort());
    expect(await refusalOf(rig.radio.connect(lock.tag, { ...patient, signal: giveUp.signal }))).toEqual({
      code: 'TIMEOUT',
    });
    await echoOnce(rig.radio, lock);
    expect(await refusalOf(rig.radio.connect(lock.tag, { ...patient, signal: AbortSignal.abort() }))).toEqual({
      code: 'TIMEOUT',
    });
    const link = await rig.radio.connect(lock.tag, patient);
    expect(await refusalOf(link.write(new Uint8Array(300), acknowledged))).toEqual({ code: 'TOO_LONG' });
    const frame = nextFrame(link);
    await link.write(Uint8Array.of(3), acknowledged);
    expect([...(await frame)]).toEqual([3]);
    await link.close();
  });
});
