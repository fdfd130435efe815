import { hciCommand, hciStatus } from '@latchwork/testing';
import { expect, test } from 'vitest';
import { describeForks, echoOnce, heardAgain, nothingConnected, refusalOf, startRig } from './lock.test-rig.js';

const tagA = 'aa00000000000001';
const tagB = 'bb00000000000002';
const patient = { timeoutMs: 20_000 };
const scanOn = (parameters: Uint8Array) => parameters[0] === 1;

describeForks('connecting', (fork) => {
  test('fault 1: connect to a lock that does not advertise any more', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock(tagA);
    await heardAgain(rig.central, lock);
    lock.server.controller.faults.unheard = true;
    expect(await refusalOf(rig.central.connect(lock.tag, { timeoutMs: 100 }))).toEqual({ code: 'TIMEOUT' });
    lock.server.controller.faults.unheard = false;
    await echoOnce(rig.central, lock);
  });

  test('fault 1: connect to a lock that was never heard', async () => {
    await using rig = await startRig(fork);
    expect(await refusalOf(rig.central.connect(tagA, { timeoutMs: 50 }))).toEqual({ code: 'TIMEOUT' });
    await echoOnce(rig.central, await rig.addLock(tagA));
  });

  test('fault 2: connect to B behind a hanging connect to A', async () => {
    await using rig = await startRig(fork);
    const [a, b] = [await rig.addLock(tagA), await rig.addLock(tagB)];
    await heardAgain(rig.central, a);
    a.server.controller.faults.unheard = true;
    const hanging = refusalOf(rig.central.connect(a.tag, { timeoutMs: 200 }));
    expect(await refusalOf(rig.central.connect(b.tag, patient))).toEqual({ code: 'BUSY' });
    expect(await hanging).toEqual({ code: 'TIMEOUT' });
    // Not even a pause: the cleaning up after A is waited for inside.
    await echoOnce(rig.central, b);
  });

  test('fault 2: a connect that is given up makes room for the next in the same moment', async () => {
    await using rig = await startRig(fork);
    const [a, b] = [await rig.addLock(tagA), await rig.addLock(tagB)];
    await heardAgain(rig.central, a);
    a.server.controller.faults.unheard = true;
    const giveUp = new AbortController();
    const given = refusalOf(rig.central.connect(a.tag, { ...patient, signal: giveUp.signal }));
    giveUp.abort();
    await echoOnce(rig.central, b);
    expect(await given).toEqual({ code: 'TIMEOUT' });
  });

  test('fault 3: giving up B leaves the connect to A alone', async () => {
    await using rig = await startRig(fork);
    const [a, b] = [await rig.addLock(tagA, { intervalMs: 200 }), await rig.addLock(tagB)];
    await heardAgain(rig.central, a);
    const connecting = rig.central.connect(a.tag, patient);
    expect(await refusalOf(rig.central.connect(b.tag, { ...patient, signal: AbortSignal.abort() }))).toEqual({
      code: 'BUSY',
    });
    const link = await connecting;
    await link.close();
    await echoOnce(rig.central, b);
  });

  test('fault 4: the cancel crosses with Connection Complete', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock(tagA, { intervalMs: 1_500 });
    await heardAgain(rig.central, lock);
    rig.adapter.faults.cancelCrossesConnection = true;
    expect(await refusalOf(rig.central.connect(lock.tag, { timeoutMs: 100 }))).toEqual({ code: 'TIMEOUT' });
    await nothingConnected(rig.air);
    rig.adapter.faults.clear();
    await echoOnce(rig.central, lock);
  });

  test('fault 4: the cancelled connection comes up when nobody listens any more', async () => {
    await using rig = await startRig(fork, { cancelListenMs: 1 });
    const lock = await rig.addLock(tagA, { intervalMs: 1_500 });
    await heardAgain(rig.central, lock);
    rig.adapter.faults.cancelCrossesConnection = true;
    rig.adapter.faults.latencyMs = 100;
    const connected = new Promise((resolve) => lock.server.events.once('connected', resolve));
    expect(await refusalOf(rig.central.connect(lock.tag, { timeoutMs: 300 }))).toEqual({ code: 'TIMEOUT' });
    await connected;
    await nothingConnected(rig.air);
    rig.adapter.faults.clear();
    await echoOnce(rig.central, lock);
  });

  test('fault 4: an abort gives the connect up at once, and takes its link down', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock(tagA);
    await heardAgain(rig.central, lock);
    // The first answer of the lock never comes, so the link is up and half open when the caller gives up.
    lock.server.faults.onRequest = () => ({ action: 'ignore' });
    const giveUp = new AbortController();
    lock.server.events.once('connected', () => giveUp.abort());
    const refused = refusalOf(rig.central.connect(lock.tag, { ...patient, signal: giveUp.signal }));
    expect(await refused).toEqual({ code: 'TIMEOUT' });
    lock.server.faults.onRequest = undefined;
    await nothingConnected(rig.air);
    await echoOnce(rig.central, lock);
  });

  test('fault 17: connect twice at once', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock(tagA);
    const first = rig.central.connect(lock.tag, patient);
    expect(await refusalOf(rig.central.connect(lock.tag, patient))).toEqual({ code: 'BUSY' });
    await (await first).close();
    await echoOnce(rig.central, lock);
  });

  test('fault 18: the controller refuses to scan, once, and noble says it scans', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock(tagA);
    const link = await rig.central.connect(lock.tag, patient);
    rig.adapter.faults.failCommand(hciCommand.leSetScanEnable, hciStatus.commandDisallowed, { when: scanOn });
    await link.close();
    await heardAgain(rig.central, lock);
    await echoOnce(rig.central, await rig.addLock(tagB));
  });

  test('fault 18: the controller refuses to scan for good: STUCK', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock(tagA);
    const link = await rig.central.connect(lock.tag, patient);
    const failed = new Promise((resolve) => rig.central.events.once('state', resolve));
    rig.adapter.faults.failCommand(hciCommand.leSetScanEnable, hciStatus.commandDisallowed, {
      when: scanOn,
      times: Number.POSITIVE_INFINITY,
    });
    await link.close();
    expect(await failed).toEqual({ state: 'failed', reason: 'STUCK' });
    expect(await refusalOf(rig.central.connect(lock.tag, patient))).toEqual({ code: 'STUCK' });
  });

  test('fault 19: both scan commands are refused, and then no longer', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock(tagA);
    const link = await rig.central.connect(lock.tag, patient);
    rig.adapter.faults.failCommand(hciCommand.leSetScanEnable, 0x1f, { times: 3 });
    await link.close();
    await heardAgain(rig.central, lock);
    await echoOnce(rig.central, lock);
  });

  test('fault 20: connecting stops the scan before and starts it after', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock(tagA);
    const from = rig.sent.length;
    const link = await rig.central.connect(lock.tag, patient);
    const orders = rig.sent
      .slice(from)
      .map((packet) => Buffer.from(packet).toString('hex'))
      .filter((hex) => hex.startsWith('010c20') || hex.startsWith('010d20'))
      .map((hex) => hex.slice(0, 10));
    expect(orders).toEqual(['010c200200', '010d201960']);
    // Scanning goes on while the link is up.
    const other = await rig.addLock(tagB);
    await heardAgain(rig.central, other);
    await link.close();
    await echoOnce(rig.central, other);
  });

  test('fault 39: the link falls in its first moments (0x3e), and the second try holds', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock(tagA);
    lock.server.controller.faults.failedEstablishments = 2;
    await echoOnce(rig.central, lock);
    lock.server.controller.faults.failedEstablishments = 3;
    expect(await refusalOf(rig.central.connect(lock.tag, patient))).toEqual({ code: 'LINK_LOST' });
    await echoOnce(rig.central, lock);
  });

  test('fault 40: a copy of the tag at another address does not keep the lock from its turn', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock(tagA);
    const copy = await rig.addLock(tagA, { address: 'c0:ff:ee:00:00:01' });
    copy.server.faults.onRequest = () => ({ action: 'refuse', error: 0x80 });
    await heardAgain(rig.central, lock);
    await heardAgain(rig.central, copy);
    const outcomes: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      outcomes.push(
        await echoOnce(rig.central, lock).then(
          () => 'opened',
          () => 'refused',
        ),
      );
    }
    expect(outcomes.filter((outcome) => outcome === 'opened').length).toBeGreaterThanOrEqual(2);
  });
});
