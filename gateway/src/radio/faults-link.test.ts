import { gatt } from '@latchwork/lock-protocol';
import { attOpcode, type GattRequest, l2capChannel } from '@latchwork/testing';
import { expect, test } from 'vitest';
import { describeForks, echoLockHandles, echoOnce, nextFrame, refusalOf, startRig } from './lock.test-rig.js';

const patient = { timeoutMs: 20_000 };
const acknowledged = { withResponse: true };
const isWriteTo = (uuid: string) => (request: GattRequest) =>
  request.opcode === attOpcode.writeRequest && request.characteristic === uuid;
const writesRx = isWriteTo(gatt.rx);
const readsInfo = ({ opcode, characteristic }: GattRequest) =>
  opcode === attOpcode.readRequest && characteristic === gatt.info;

const steps: readonly { readonly step: string; readonly meets: (request: GattRequest) => boolean }[] = [
  { step: 'discovering services', meets: ({ opcode }) => opcode === attOpcode.readByGroupTypeRequest },
  { step: 'discovering characteristics', meets: ({ opcode }) => opcode === attOpcode.readByTypeRequest },
  { step: 'subscribing', meets: isWriteTo(gatt.tx) },
  { step: 'reading', meets: readsInfo },
];

describeForks('on a link', (fork) => {
  test.each(steps.map(({ step, meets }) => [step, meets] as const))(
    'fault 5: the link drops while %s',
    async (_, meets) => {
      await using rig = await startRig(fork);
      const lock = await rig.addLock();
      lock.server.faults.onRequest = (request) => (meets(request) ? { action: 'drop', when: 'before' } : undefined);
      expect(await refusalOf(rig.central.connect(lock.tag, patient))).toEqual({ code: 'LINK_LOST' });
      lock.server.faults.onRequest = undefined;
      await echoOnce(rig.central, lock);
    },
  );

  test.each([true, false])('fault 5: the link drops during a write (executed: %s)', async (executed) => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock();
    const link = await rig.central.connect(lock.tag, patient);
    lock.server.faults.onRequest = () => ({ action: 'drop', when: executed ? 'executed' : 'before' });
    expect(await refusalOf(link.write(Uint8Array.of(1), acknowledged))).toEqual({ code: 'LINK_LOST' });
    expect(await link.closed).toBe('LINK_LOST');
    expect(lock.written).toHaveLength(executed ? 1 : 0);
    lock.server.faults.onRequest = undefined;
    await echoOnce(rig.central, lock);
  });

  test('fault 5: the link is lost by supervision timeout during a write', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock();
    const link = await rig.central.connect(lock.tag, patient);
    lock.server.faults.onRequest = () => ({ action: 'drop', when: 'before', lose: true });
    expect(await refusalOf(link.write(Uint8Array.of(1), { ...acknowledged, timeoutMs: 20_000 }))).toEqual({
      code: 'LINK_LOST',
    });
    lock.server.faults.onRequest = undefined;
    await echoOnce(rig.central, lock);
  });

  test('fault 6: services of a lost link do not mix with those of the next', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock();
    let drops = 1;
    lock.server.faults.onRequest = ({ opcode }) => {
      if (opcode !== attOpcode.readByGroupTypeRequest || drops === 0) return undefined;
      drops -= 1;
      return { action: 'drop', when: 'before' };
    };
    const link = await rig.central.connect(lock.tag, patient);
    const frame = nextFrame(link);
    await link.write(Uint8Array.of(9), acknowledged);
    expect([...(await frame)]).toEqual([9]);
    // A frame that came twice would have been written by one of two listeners of two links.
    expect(lock.written).toHaveLength(1);
    await link.close();
  });

  test('fault 7: operations after the link is gone', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock();
    const link = await echoOnce(rig.central, lock);
    expect(await refusalOf(link.write(Uint8Array.of(1), acknowledged))).toEqual({ code: 'LINK_LOST' });
    expect(await refusalOf(link.write(Uint8Array.of(1), { withResponse: false }))).toEqual({ code: 'LINK_LOST' });
    await link.close();
    await link.close();
    expect(await link.closed).toBe('closed');
    await echoOnce(rig.central, lock);
  });

  test('fault 7: a stale link does not hear the frames of the next', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock();
    const stale = await rig.central.connect(lock.tag, patient);
    const heard: Uint8Array[] = [];
    stale.onNotify((frame) => heard.push(frame));
    await stale.close();
    await echoOnce(rig.central, lock);
    expect(heard).toEqual([]);
  });

  test('fault 8: a write answered by an ATT error', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock();
    const link = await rig.central.connect(lock.tag, patient);
    lock.server.faults.onRequest = () => ({ action: 'refuse', error: 0x80 });
    expect(await refusalOf(link.write(Uint8Array.of(1), acknowledged))).toEqual({ code: 'ATT', att: 0x80 });
    lock.server.faults.onRequest = undefined;
    await link.write(Uint8Array.of(2), acknowledged);
    expect(lock.written).toEqual([Uint8Array.of(2)]);
    await link.close();
    await echoOnce(rig.central, lock);
  });

  test('fault 8: a subscription answered by an ATT error', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock();
    const subscribes = isWriteTo(gatt.tx);
    lock.server.faults.onRequest = (request) => (subscribes(request) ? { action: 'refuse', error: 0x80 } : undefined);
    expect(await refusalOf(rig.central.connect(lock.tag, patient))).toEqual({ code: 'ATT', att: 0x80 });
    lock.server.faults.onRequest = undefined;
    await echoOnce(rig.central, lock);
  });

  test('fault 9: a read answered by an ATT error is no empty value', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock();
    lock.server.faults.onRequest = (request) => (readsInfo(request) ? { action: 'refuse', error: 0x02 } : undefined);
    expect(await refusalOf(rig.central.connect(lock.tag, patient))).toEqual({ code: 'ATT', att: 0x02 });
    lock.server.faults.onRequest = undefined;
    await echoOnce(rig.central, lock);
  });

  test('fault 10: ATT error 0x04 to the MTU request', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock();
    lock.server.faults.onRequest = ({ opcode }) =>
      opcode === attOpcode.exchangeMtuRequest ? { action: 'refuse', error: 0x04 } : undefined;
    const link = await rig.central.connect(lock.tag, patient);
    expect(link.mtu).toBe(23);
    expect(await refusalOf(link.write(new Uint8Array(21), acknowledged))).toEqual({ code: 'TOO_LONG' });
    await link.write(new Uint8Array(20), acknowledged);
    await link.close();
  });

  test.each([0x04, 0x05, 0x08, 0x0f])('fault 10, 11: ATT error %i stalls noble, not the link', async (error) => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock();
    const link = await rig.central.connect(lock.tag, patient);
    lock.server.faults.onRequest = () => ({ action: 'refuse', error });
    expect(await refusalOf(link.write(Uint8Array.of(1), acknowledged))).toEqual({ code: 'ATT', att: error });
    lock.server.faults.onRequest = undefined;
    const frame = nextFrame(link);
    await link.write(Uint8Array.of(2), acknowledged);
    expect([...(await frame)]).toEqual([2]);
    await link.close();
    await echoOnce(rig.central, lock);
  });

  test('fault 12: the lock never answers a write', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock();
    const link = await rig.central.connect(lock.tag, patient);
    lock.server.faults.onRequest = () => ({ action: 'withhold' });
    const queued = [1, 2].map((octet) =>
      refusalOf(link.write(Uint8Array.of(octet), { ...acknowledged, timeoutMs: 150 })),
    );
    expect(await Promise.all(queued)).toEqual([{ code: 'TIMEOUT' }, { code: 'TIMEOUT' }]);
    expect(await link.closed).toBe('TIMEOUT');
    lock.server.faults.onRequest = undefined;
    await echoOnce(rig.central, lock);
  });

  test('fault 13: the lock never answers the MTU request', async () => {
    await using rig = await startRig(fork, { operationMs: 200 });
    const lock = await rig.addLock();
    lock.server.faults.onRequest = ({ opcode }) =>
      opcode === attOpcode.exchangeMtuRequest ? { action: 'ignore' } : undefined;
    expect(await refusalOf(rig.central.connect(lock.tag, patient))).toEqual({ code: 'TIMEOUT' });
    lock.server.faults.onRequest = undefined;
    await echoOnce(rig.central, lock);
  });

  test('fault 14: an indication that wants its confirmation before the write is answered', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock();
    const link = await rig.central.connect(lock.tag, patient);
    const frame = nextFrame(link);
    lock.server.faults.onRequest = (request, connection) => {
      if (!writesRx(request)) return undefined;
      connection.sendPdu(l2capChannel.att, Buffer.from([attOpcode.indication, echoLockHandles.tx, 0, 0x77]));
      return { action: 'ignore' };
    };
    lock.server.events.on('confirmed', ({ connection }) =>
      connection.sendPdu(l2capChannel.att, Buffer.from([attOpcode.writeResponse])),
    );
    await link.write(Uint8Array.of(1), acknowledged);
    expect([...(await frame)]).toEqual([0x77]);
    await link.close();
  });

  test('fault 15: parallel writes leave one by one, and each has its own answer', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock();
    const link = await rig.central.connect(lock.tag, patient);
    lock.server.faults.onRequest = () => ({ action: 'delay', delayMs: 20 });
    const seen: number[] = [];
    await Promise.all(
      [1, 2, 3].map(async (octet) => {
        await link.write(Uint8Array.of(octet), acknowledged);
        seen.push(lock.written.length);
      }),
    );
    // A false acknowledgement would resolve a write that the lock has not executed.
    expect(seen).toEqual([1, 2, 3]);
    expect(lock.written.map(([octet]) => octet)).toEqual([1, 2, 3]);
    await link.close();
  });

  test('fault 16: a write without response is a fact only by what the lock says', async () => {
    await using rig = await startRig(fork);
    const lock = await rig.addLock();
    const link = await rig.central.connect(lock.tag, patient);
    lock.server.faults.onRequest = ({ opcode }) =>
      opcode === attOpcode.writeCommand ? { action: 'ignore' } : undefined;
    const heard: Uint8Array[] = [];
    link.onNotify((frame) => heard.push(frame));
    await link.write(Uint8Array.of(1), { withResponse: false });
    await link.write(Uint8Array.of(2), acknowledged);
    expect(lock.written).toEqual([Uint8Array.of(2)]);
    expect(heard).toEqual([Uint8Array.of(2)].map((frame) => Buffer.from(frame)));
    await link.close();
  });
});
