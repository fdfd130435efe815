import { gatt } from '@latchwork/lock-protocol';
import { attOpcode, encodeAdStructure, encodeServiceAdvert } from '@latchwork/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Violation } from './central.js';
import { att, unasked } from './hostile.test-rig.js';
import {
  describeForks,
  echoLockHandles,
  echoOnce,
  heardAgain,
  nextFrame,
  type RadioRig,
  refusalOf,
  startRig,
} from './lock.test-rig.js';
import type { NobleFork } from './radio-messages.js';

const patient = { timeoutMs: 20_000 };
const acknowledged = { withResponse: true };
const honestTag = 'aa00000000000001';
const hostileTag = 'ee00000000000666';

interface Lie {
  readonly name: string;
  readonly because: string;
  readonly to: number;
  readonly pdu: readonly number[];
}

const lies: readonly Lie[] = [
  {
    name: 'fault 32: services with elements of no length',
    because: 'att-length',
    to: attOpcode.readByGroupTypeRequest,
    pdu: [0x11, 0, 1, 0, 3, 0],
  },
  {
    name: 'fault 33: services without any element',
    because: 'att-length',
    to: attOpcode.readByGroupTypeRequest,
    pdu: [0x11, 6],
  },
  {
    name: 'fault 33: characteristics without any element',
    because: 'att-length',
    to: attOpcode.readByTypeRequest,
    pdu: [0x09, 21],
  },
  {
    name: 'fault 35: services that never advance',
    because: 'att-not-advancing',
    to: attOpcode.readByGroupTypeRequest,
    pdu: [0x11, 6, 1, 0, 0, 0, 0, 0x18],
  },
  {
    name: 'fault 35: characteristics that never advance',
    because: 'att-not-advancing',
    to: attOpcode.readByTypeRequest,
    pdu: [0x09, 7, 5, 0, 2, 0, 0, 0, 0x2a],
  },
  {
    name: 'fault 36: an answer to another request',
    because: 'att-unsolicited',
    to: attOpcode.readByGroupTypeRequest,
    pdu: [0x0b, 1, 2, 3],
  },
];

/** A rig with an honest and a hostile lock, and the violations reported so far. */
async function startHostileRig(fork: NobleFork) {
  const rig = await startRig(fork);
  const violations: Violation[] = [];
  rig.central.events.on('violation', (violation) => violations.push(violation));
  return { rig, violations, honest: await rig.addLock(honestTag), hostile: await rig.addLock(hostileTag) };
}

async function closing(rig: RadioRig): Promise<void> {
  await rig[Symbol.asyncDispose]();
}

describeForks('a hostile lock', (fork) => {
  test.each(unasked.map((attack) => [attack.name, attack] as const))('%s', async (_, { strike, because }) => {
    const { rig, violations, honest, hostile } = await startHostileRig(fork);
    const link = await rig.central.connect(hostile.tag, patient);
    hostile.server.faults.onRequest = () => ({ action: 'ignore' });
    const write = refusalOf(link.write(Uint8Array.of(1), acknowledged));
    strike(hostile.connection());
    expect(await write).toEqual({ code: 'PROTOCOL' });
    expect(await link.closed).toBe('PROTOCOL');
    expect(violations).toEqual([{ because, address: hostile.address }]);
    await echoOnce(rig.central, honest);
    await closing(rig);
  });

  test.each(lies.map((lie) => [lie.name, lie] as const))('%s', async (_, { to, pdu, because }) => {
    const { rig, violations, honest, hostile } = await startHostileRig(fork);
    hostile.server.faults.onRequest = ({ opcode }) =>
      opcode === to ? { action: 'reply', pdus: [Uint8Array.from(pdu)] } : undefined;
    expect(await refusalOf(rig.central.connect(hostile.tag, patient))).toEqual({ code: 'PROTOCOL' });
    expect(violations).toEqual([{ because, address: hostile.address }]);
    await echoOnce(rig.central, honest);
    await closing(rig);
  });

  test.each([0, 1, 5, 22, 0xffff])('fault 34: an MTU of %i, and then a write', async (mtu) => {
    const { rig, honest, hostile } = await startHostileRig(fork);
    hostile.server.faults.onRequest = ({ opcode }) =>
      opcode === attOpcode.exchangeMtuRequest
        ? { action: 'reply', pdus: [Uint8Array.of(0x03, mtu & 0xff, mtu >> 8)] }
        : undefined;
    const link = await rig.central.connect(hostile.tag, patient);
    expect(link.mtu).toBe(mtu === 0xffff ? 256 : 23);
    const frame = nextFrame(link);
    await link.write(new Uint8Array(20), acknowledged);
    expect(await frame).toHaveLength(20);
    await link.close();
    await echoOnce(rig.central, honest);
    await closing(rig);
  });

  test('fault 37: a value that never ends', async () => {
    const { rig, violations, honest, hostile } = await startHostileRig(fork);
    hostile.server.faults.onRequest = ({ opcode }) => {
      if (opcode === attOpcode.readRequest)
        return { action: 'reply', pdus: [Uint8Array.of(0x0b, ...new Uint8Array(246))] };
      if (opcode !== attOpcode.readBlobRequest) return undefined;
      return { action: 'reply', pdus: [Uint8Array.of(0x0d, ...new Uint8Array(246))] };
    };
    expect(await refusalOf(rig.central.connect(hostile.tag, patient))).toEqual({ code: 'PROTOCOL' });
    expect(violations).toEqual([{ because: 'att-value-too-long', address: hostile.address }]);
    await echoOnce(rig.central, honest);
    await closing(rig);
  });

  test('fault 38: INFO of another lock', async () => {
    const { rig, honest, hostile } = await startHostileRig(fork);
    hostile.server.faults.onRequest = ({ opcode }) =>
      opcode === attOpcode.readRequest
        ? {
            action: 'reply',
            pdus: [Uint8Array.of(0x0b, 1, 1, 4, 0, ...Buffer.from(honestTag, 'hex'), ...new Uint8Array(8))],
          }
        : undefined;
    expect(await refusalOf(rig.central.connect(hostile.tag, patient))).toEqual({ code: 'PROTOCOL' });
    await echoOnce(rig.central, honest);
    await closing(rig);
  });

  test('fault 41: adverts with parts of no length', async () => {
    const { rig, honest, hostile } = await startHostileRig(fork);
    for (const part of [0x0a, 0x16, 0x20, 0x21]) {
      await hostile.server.setAdvertising({
        intervalMs: 20,
        data: Buffer.concat([encodeAdStructure(part, new Uint8Array()), encodeServiceAdvert(gatt.service)]),
        scanResponse: encodeAdStructure(part, new Uint8Array()),
      });
      await heardAgain(rig.central, honest);
    }
    await echoOnce(rig.central, honest);
    await closing(rig);
  });

  test('fault 45: whatever a lock sends, noble does not throw', async () => {
    const { rig, honest, hostile } = await startHostileRig(fork);
    const bytes = fc.uint8Array({ maxLength: 40 });
    const opcodes = fc.constantFrom(1, 2, 3, 5, 9, 0x0b, 0x0d, 0x11, 0x13, 0x1b, 0x1d, 0x1e, 0x52);
    const pdus = fc.tuple(opcodes, bytes).map(([opcode, rest]) => Uint8Array.of(opcode, ...rest));
    for (const burst of fc.sample(fc.array(fc.oneof(pdus, bytes), { minLength: 4, maxLength: 8 }), 25)) {
      hostile.server.faults.onRequest = undefined;
      const link = await rig.central.connect(hostile.tag, patient);
      hostile.server.faults.onRequest = () => ({ action: 'reply', pdus: burst });
      await link.write(Uint8Array.of(1), { ...acknowledged, timeoutMs: 100 }).catch(() => {});
      await link.close();
    }
    await echoOnce(rig.central, honest);
    await closing(rig);
  });

  test('fault 42: a lock that floods with requests and frames', async () => {
    const { rig, honest, hostile } = await startHostileRig(fork);
    const link = await rig.central.connect(hostile.tag, patient);
    const connection = hostile.connection();
    for (let round = 0; round < 2_000; round += 1) {
      att(attOpcode.exchangeMtuRequest, 0, 1)(connection);
      att(attOpcode.notification, echoLockHandles.tx, 0, round & 0xff)(connection);
    }
    expect(await link.closed).toBe('PROTOCOL');
    await echoOnce(rig.central, honest);
    await closing(rig);
  });
});
