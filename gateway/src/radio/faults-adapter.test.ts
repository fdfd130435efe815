import { gatt } from '@latchwork/lock-protocol';
import { createGattServer, encodeAdStructure, encodeServiceAdvert, hciCommand } from '@latchwork/testing';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { RadioState } from './central.js';
import { describeForks, echoOnce, heardAgain, nextFrame, type RadioRig, refusalOf, startRig } from './lock.test-rig.js';
import { createNobleCentral } from './noble-central.js';
import { loadNoble } from './noble-load.js';
import { defaultTimings } from './radio-timings.js';
import { startRadio } from './supervisor.js';
import { startSupervisedRig, workerFromSources } from './supervisor.test-rig.js';

const patient = { timeoutMs: 20_000 };
const acknowledged = { withResponse: true };

function failure(rig: Pick<RadioRig, 'central'>): Promise<RadioState> {
  return new Promise((resolve) => {
    rig.central.events.on('state', (state) => {
      if (state.state === 'failed') resolve(state);
    });
  });
}

// As a kernel without Bluetooth answers both native addons when they are loaded or opened.
const withoutBluetooth = `data:text/javascript,${encodeURIComponent(`
  import Module from 'node:module';
  const load = Module._load;
  Module._load = function (request, ...rest) {
    if (request.endsWith('/bluetooth-hci-socket')) throw new Error('Address family not supported by protocol');
    return load.call(this, request, ...rest);
  };
`)}`;

/** The addresses noble remembers and never forgets, out of its private parts. */
function rememberedBy(noble: unknown): readonly string[] {
  const { _bindings } = noble as { _bindings: { _gap: { _discoveries: object } } };
  return Object.keys(_bindings._gap._discoveries);
}

describeForks('the adapter itself', (fork) => {
  test('fault 21: the adapter vanishes during a write', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock();
    const link = await rig.central.connect(lock.tag, patient);
    const failed = failure(rig);
    lock.server.faults.onRequest = () => ({ action: 'ignore' });
    const write = refusalOf(link.write(Uint8Array.of(1), { ...acknowledged, timeoutMs: 30_000 }));
    rig.adapter.remove();
    expect(await write).toEqual({ code: 'LINK_LOST' });
    expect(await link.closed).toBe('LINK_LOST');
    expect(await failed).toEqual({ state: 'failed', reason: 'ADAPTER' });
    expect(await refusalOf(rig.central.connect(lock.tag, patient))).toEqual({ code: 'ADAPTER' });
  });

  test('fault 22: the adapter comes back, and a fresh process uses it', async () => {
    await using rig = await startSupervisedRig(fork);
    const lock = await rig.addLock();
    await echoOnce(rig.radio, lock);
    const link = await rig.radio.connect(lock.tag, patient);
    rig.adapter.remove();
    expect(await link.closed).toBe('LINK_LOST');
    rig.adapter.restore();
    await rig.radio.ready(60_000);
    await echoOnce(rig.radio, lock);
    expect(rig.radio.starts).toBeGreaterThan(1);
  });

  test('fault 23: the controller freezes: STUCK, and a fresh process works once it has thawed', async () => {
    await using rig = await startSupervisedRig(fork);
    const lock = await rig.addLock();
    const failed = new Promise<RadioState>((resolve) => {
      rig.radio.events.on('state', (state) => {
        if (state.state === 'failed') resolve(state);
      });
    });
    await heardAgain(rig.radio, lock);
    rig.adapter.faults.frozen = true;
    expect(await refusalOf(rig.radio.connect(lock.tag, patient))).toEqual({ code: 'STUCK' });
    expect(await failed).toEqual({ state: 'failed', reason: 'STUCK' });
    rig.adapter.faults.frozen = false;
    await rig.radio.ready(60_000);
    await echoOnce(rig.radio, lock);
  });

  test('fault 23: the controller freezes under an open link', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock();
    const link = await rig.central.connect(lock.tag, patient);
    const failed = failure(rig);
    rig.adapter.faults.frozen = true;
    expect(await refusalOf(link.write(Uint8Array.of(1), acknowledged))).toEqual({ code: 'TIMEOUT' });
    expect(await link.closed).toBe('TIMEOUT');
    expect(await failed).toEqual({ state: 'failed', reason: 'STUCK' });
  });

  test('fault 24: nothing resets the controller while a link is up', async () => {
    await using rig = await startRig(fork);
    const [a, b] = [await rig.addLock('aa00000000000001'), await rig.addLock('bb00000000000002')];
    const first = await rig.central.connect(a.tag, patient);
    const from = rig.sent.length;
    const second = await rig.central.connect(b.tag, patient);
    await second.close();
    const third = await rig.central.connect(b.tag, patient);
    const resets = rig.sent
      .slice(from)
      .filter((packet) => packet[0] === 1 && ((packet[2] ?? 0) << 8) + (packet[1] ?? 0) === hciCommand.reset);
    expect(resets).toEqual([]);
    for (const link of [first, third]) {
      const frame = nextFrame(link);
      await link.write(Uint8Array.of(5), acknowledged);
      expect([...(await frame)]).toEqual([5]);
      await link.close();
    }
  });

  test('fault 25: HCI_CHANNEL_USER in the environment does not make the radio mute', async () => {
    process.env['HCI_CHANNEL_USER'] = '1';
    try {
      await using rig = await startRig(fork);
      await echoOnce(rig.central, await rig.addLock());
    } finally {
      delete process.env['HCI_CHANNEL_USER'];
    }
  });

  test('fault 26: only locks get into the memory of noble, and only so many', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock();
    for (let number = 0; number < 20; number += 1) {
      const phone = createGattServer({
        controller: rig.air.addController({ address: `d0:00:00:00:00:${(16 + number).toString(16)}` }),
        services: [],
        advertising: {
          intervalMs: 20,
          data: encodeAdStructure(0x09, Buffer.from('a phone')),
          scanResponse: Buffer.alloc(0),
        },
      });
      await phone.start();
    }
    const impostor = await rig.addLock('ee00000000000001', { address: 'e0:00:00:00:00:01' });
    await heardAgain(rig.central, impostor);
    await heardAgain(rig.central, lock);
    expect(new Set(rememberedBy(rig.noble))).toEqual(new Set([lock.address, impostor.address]));
    expect(rig.central.census()).toMatchObject({ addresses: 2, hasHeard: true });
    await echoOnce(rig.central, lock);
  });

  test('fault 27: no Bluetooth: the process says so, the gateway lives', async () => {
    const radio = startRadio({
      fork,
      log: pino({ level: 'silent' }),
      worker: { ...workerFromSources, execArgv: [...workerFromSources.execArgv, '--import', withoutBluetooth] },
    });
    const failed = new Promise<RadioState>((resolve) => {
      radio.events.on('state', (state) => {
        if (state.state === 'failed') resolve(state);
      });
    });
    expect(await failed).toEqual({ state: 'failed', reason: 'ADAPTER' });
    expect(await refusalOf(radio.ready(10))).toEqual({ code: 'ADAPTER' });
    expect(await refusalOf(radio.connect('0011223344556677', { timeoutMs: 10 }))).toEqual({ code: 'ADAPTER' });
    await radio[Symbol.asyncDispose]();
  });

  test('fault 27: an adapter that is not there', async () => {
    const central = createNobleCentral({ noble: loadNoble(fork, 4_711), timings: defaultTimings });
    const failed = failure({ central });
    expect(await refusalOf(central.ready(20_000))).toEqual({ code: 'ADAPTER' });
    expect(await failed).toEqual({ state: 'failed', reason: 'ADAPTER' });
  });

  test('a radio that is closed refuses everything with ADAPTER', async () => {
    const rig = await startSupervisedRig(fork);
    const lock = await rig.addLock();
    await echoOnce(rig.radio, lock);
    await rig[Symbol.asyncDispose]();
    expect(await refusalOf(rig.radio.connect(lock.tag, patient))).toEqual({ code: 'ADAPTER' });
    expect(await refusalOf(rig.radio.ready(10))).toEqual({ code: 'ADAPTER' });
  });

  test('fault 43: a service list that ends at 0xffff, as many locks have, is opened and remembered', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock();
    lock.server.faults.onRequest = ({ opcode, pdu }) => {
      if (opcode !== 0x10 || Buffer.from(pdu).readUInt16LE(1) !== 4) return undefined;
      const uuid = Buffer.from(gatt.service.replaceAll('-', ''), 'hex').reverse();
      return { action: 'reply', pdus: [Buffer.concat([Buffer.from([0x11, 20, 4, 0, 0xff, 0xff]), uuid])] };
    };
    await echoOnce(rig.central, lock);
    const from = rig.sent.length;
    await echoOnce(rig.central, lock);
    expect(attRequests(rig.sent.slice(from))).toEqual([0x02, 0x0a, 0x12, 0x12]);
  });

  test('fault 44: a lock whose handles have changed is discovered anew', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock();
    await echoOnce(rig.central, lock);
    const from = rig.sent.length;
    await echoOnce(rig.central, lock);
    expect(attRequests(rig.sent.slice(from))).toEqual([0x02, 0x0a, 0x12, 0x12]);
    await lock.server.close();
    const updated = await rig.addLock(lock.tag, { address: 'c0:00:00:00:00:77', extraService: true });
    await heardAgain(rig.central, updated);
    await echoOnce(rig.central, updated);
    expect(updated.written).toHaveLength(1);
  });

  test('fault 41: an advert of nothing but the service is no lock', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock();
    await lock.server.setAdvertising({
      intervalMs: 20,
      data: encodeServiceAdvert(gatt.service),
      scanResponse: Buffer.alloc(0),
    });
    const other = await rig.addLock('bb00000000000002');
    await heardAgain(rig.central, other);
    await echoOnce(rig.central, other);
  });
});

function attRequests(packets: readonly Uint8Array[]): readonly number[] {
  return packets.flatMap((packet) => (packet[0] === 2 && packet[7] === 4 ? [packet[9] ?? 0] : []));
}
