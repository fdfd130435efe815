import { gatt } from '@latchwork/lock-protocol';
import { encodeAdStructure, encodeServiceAdvert } from '@latchwork/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { uuidOctets } from './advertising-filter.js';
import { type AttGuard, createAttGuard, type GuardEvent } from './att-guard.js';
import { encodeAcl, isReadableEvent, isWholePacket } from './hci-packet.js';

const link = 0x40;
const hex = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Buffer.from(bytes).toString('hex'));

function startGuard(addressLimit = 100): { guard: AttGuard; events: GuardEvent[]; sent: (string | undefined)[] } {
  const events: GuardEvent[] = [];
  const sent: (string | undefined)[] = [];
  const guard = createAttGuard({
    service: uuidOctets(gatt.service),
    addressLimit,
    send: (packet) => sent.push(hex(packet)),
    report: (event) => events.push(event),
  });
  return { guard, events, sent };
}

const connectionComplete = Buffer.from('043e130100400000010200000000c0180000002a0000', 'hex');
const fromLock = (...pdu: number[]) => encodeAcl(link, 2, 4, Uint8Array.from(pdu));
const toLock = (...pdu: number[]) => encodeAcl(link, 0, 4, Uint8Array.from(pdu));

function startLink(...request: number[]) {
  const rig = startGuard();
  rig.guard.inbound(connectionComplete);
  if (request.length > 0) rig.guard.outbound(toLock(...request));
  rig.events.length = 0;
  return rig;
}

test('a link is reported with its handle and address', () => {
  const { guard, events } = startGuard();
  expect(guard.inbound(connectionComplete)).toBe(connectionComplete);
  expect(events).toEqual([{ type: 'connected', link, address: 'c0:00:00:00:00:02' }]);
});

test('a notification passes as it is, the very packet', () => {
  const { guard, events } = startLink();
  const packet = fromLock(0x1b, 10, 0, 1, 2, 3);
  expect(guard.inbound(packet)).toBe(packet);
  expect(events).toEqual([]);
});

test('a fragmented notification is put together before noble sees it', () => {
  const { guard } = startLink();
  expect(guard.inbound(Buffer.from('02402006000600' + '04001b0a', 'hex'))).toBeUndefined();
  expect(hex(guard.inbound(Buffer.from('024010' + '0400' + '00010203', 'hex')))).toBe(
    hex(fromLock(0x1b, 10, 0, 1, 2, 3)),
  );
});

test('ACL of a link that was never opened does not pass', () => {
  const { guard } = startGuard();
  expect(guard.inbound(fromLock(0x1b, 10, 0, 1))).toBeUndefined();
});

test.each([
  [0x0005, 23],
  [0x0017, 23],
  [0x00f7, 247],
  [0xffff, 256],
])('an MTU of %i is believed as %i', (offered, believed) => {
  const { guard } = startLink(0x02, 0, 1);
  const passed = guard.inbound(fromLock(0x03, offered & 0xff, offered >> 8));
  expect(hex(passed)).toBe(hex(fromLock(0x03, believed & 0xff, believed >> 8)));
});

test('an indication is confirmed at once and reaches noble as a notification', () => {
  const { guard, sent } = startLink(0x12, 8, 0, 1);
  expect(hex(guard.inbound(fromLock(0x1d, 10, 0, 7)))).toBe(hex(fromLock(0x1b, 10, 0, 7)));
  expect(sent).toEqual([hex(toLock(0x1e))]);
});

test('the packets of the guard itself are taken out of the count of completed ones', () => {
  const { guard } = startLink();
  guard.inbound(fromLock(0x1d, 10, 0, 7));
  guard.inbound(fromLock(0x1d, 10, 0, 7));
  const completed = Buffer.from('0413050140000300', 'hex');
  expect(hex(guard.inbound(completed))).toBe('0413050140000100');
  expect(guard.inbound(completed)).toBe(completed);
});

test('a peer that asks without end is answered no more than the controller can take', () => {
  const { guard, sent } = startLink();
  for (let round = 0; round < 100; round += 1) guard.inbound(fromLock(0x02, 0, 1));
  expect(sent).toHaveLength(4);
  expect(sent[0]).toBe(hex(toLock(0x03, 0, 1)));
});

test.each([0x04, 0x05, 0x08, 0x0f])('ATT error %i, at which noble stalls, is told and passed as 0x0e', (att) => {
  const { guard, events } = startLink(0x12, 8, 0, 1);
  expect(hex(guard.inbound(fromLock(0x01, 0x12, 8, 0, att)))).toBe(hex(fromLock(0x01, 0x12, 8, 0, 0x0e)));
  expect(events).toEqual([{ type: 'att-error', link, request: 0x12, handle: 8, att }]);
});

test('any other ATT error is told and passed as it is', () => {
  const { guard, events } = startLink(0x0a, 6, 0);
  const packet = fromLock(0x01, 0x0a, 6, 0, 0x80);
  expect(guard.inbound(packet)).toBe(packet);
  expect(events).toEqual([{ type: 'att-error', link, request: 0x0a, handle: 6, att: 0x80 }]);
});

test('a second answer to one request is a violation, and the link is deaf from then on', () => {
  const { guard, events } = startLink(0x12, 8, 0, 1);
  expect(guard.inbound(fromLock(0x13))).toBeDefined();
  expect(guard.inbound(fromLock(0x13))).toBeUndefined();
  expect(events).toEqual([{ type: 'violation', link, because: 'att-unsolicited' }]);
  expect(guard.inbound(fromLock(0x1b, 10, 0, 1))).toBeUndefined();
  guard.inbound(connectionComplete);
  expect(guard.inbound(fromLock(0x1b, 10, 0, 1))).toBeDefined();
});

test.each([
  ['services that end before they begin', [0x10, 1, 0, 0xff, 0xff, 0, 0x28], [0x11, 6, 5, 0, 4, 0, 0, 0x18]],
  ['services outside the range asked for', [0x10, 9, 0, 0xff, 0xff, 0, 0x28], [0x11, 6, 1, 0, 4, 0, 0, 0x18]],
  ['characteristics with a value before them', [0x08, 1, 0, 9, 0, 3, 0x28], [0x09, 7, 3, 0, 2, 2, 0, 0, 0x2a]],
  ['characteristics of a strange size', [0x08, 1, 0, 9, 0, 3, 0x28], [0x09, 5, 3, 0, 2, 4, 0]],
  ['a configuration of a strange size', [0x08, 1, 0, 9, 0, 2, 0x29], [0x09, 3, 3, 0, 1]],
  ['descriptors of an unknown format', [0x04, 1, 0, 9, 0], [0x05, 3, 3, 0, 2, 0x29]],
])('%s', (_, request, answer) => {
  const { guard, events } = startLink(...request);
  expect(guard.inbound(fromLock(...answer))).toBeUndefined();
  expect(events).toMatchObject([{ type: 'violation', link }]);
});

test('commands are reported with their answers, those of other programs are not', () => {
  const { guard, events } = startGuard();
  guard.outbound(Buffer.from('010c20020100', 'hex'));
  guard.inbound(Buffer.from('040e0401030c00', 'hex'));
  guard.inbound(Buffer.from('040e04010c200c', 'hex'));
  expect(events).toEqual([
    { type: 'command-sent', opcode: 0x200c, parameter: 1 },
    { type: 'command-answered', opcode: 0x200c, parameter: 1, status: 0x0c },
  ]);
});

test('a command of another program does not reach noble', () => {
  const { guard } = startGuard();
  expect(guard.inbound(Buffer.from('010c20020000', 'hex'))).toBeUndefined();
});

function report(address: string, data: Uint8Array): Buffer {
  const octets = Buffer.from(address.replaceAll(':', ''), 'hex').reverse();
  const body = Buffer.concat([Buffer.from([0, 1]), octets, Buffer.from([data.length]), data, Buffer.from([0xc4])]);
  return Buffer.concat([Buffer.from([0x04, 0x3e, body.length + 2, 0x02, 1]), body]);
}

test('of an advert only the parts that name the service pass', () => {
  const { guard, events } = startGuard();
  const advert = encodeServiceAdvert(gatt.service);
  const uuids = advert.subarray(-18);
  const noisy = Buffer.concat([
    encodeAdStructure(0x0a, new Uint8Array()),
    uuids,
    encodeAdStructure(0x16, new Uint8Array()),
  ]);
  expect(hex(guard.inbound(report('c0:00:00:00:00:02', noisy)))).toBe(hex(report('c0:00:00:00:00:02', uuids)));
  expect(guard.inbound(report('c0:00:00:00:00:03', encodeAdStructure(0x09, Buffer.from('phone'))))).toBeUndefined();
  expect(events).toEqual([
    { type: 'advertised', reports: 1 },
    { type: 'advertised', reports: 1 },
  ]);
  expect(guard.addresses).toBe(1);
});

test('no more than so many addresses reach noble', () => {
  const { guard } = startGuard(2);
  const advert = encodeServiceAdvert(gatt.service);
  const passed = ['01', '02', '03', '01'].map(
    (end) => guard.inbound(report(`c0:00:00:00:00:${end}`, advert)) !== undefined,
  );
  expect(passed).toEqual([true, true, false, true]);
});

test('a refused Read Local Version, at which noble throws, does not pass', () => {
  const { guard } = startGuard();
  expect(guard.inbound(Buffer.from('040e0401011001', 'hex'))).toBeUndefined();
});

// Enough structure to get past the first checks, and anything at all.
const packets = fc.oneof(
  fc.uint8Array({ maxLength: 80 }),
  fc.uint8Array({ maxLength: 40 }).map((pdu) => encodeAcl(link, 2, 4, pdu)),
  fc
    .tuple(fc.constantFrom(4, 5, 6, 0x40), fc.constantFrom(0, 1, 2, 3), fc.uint8Array({ maxLength: 30 }))
    .map(([channel, boundary, pdu]) => {
      const packet = Buffer.from(encodeAcl(link, 2, channel, pdu));
      packet[2] = (boundary << 4) | 0;
      return packet;
    }),
  fc.uint8Array({ maxLength: 60 }).map((body) => Buffer.from([4, 0x3e, body.length, ...body])),
  fc.uint8Array({ minLength: 1, maxLength: 20 }).map((body) => Buffer.from([4, body[0] ?? 0, body.length, ...body])),
);
const requests = fc.constantFrom(
  toLock(0x02, 0, 1),
  toLock(0x10, 1, 0, 0xff, 0xff, 0, 0x28),
  toLock(0x08, 1, 0, 0xff, 0xff, 3, 0x28),
  toLock(0x08, 1, 0, 0xff, 0xff, 2, 0x29),
  toLock(0x04, 1, 0, 0xff, 0xff),
  toLock(0x0a, 6, 0),
  toLock(0x0c, 6, 0, 0, 1),
  toLock(0x12, 8, 0, 1),
);

test('no bytes make the guard throw, and nothing but whole, readable packets passes', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(requests, packets), { maxLength: 12 }), (steps) => {
      const { guard } = startGuard(3);
      guard.inbound(connectionComplete);
      for (const [request, packet] of steps) {
        guard.outbound(request);
        const passed = guard.inbound(packet);
        if (passed === undefined) continue;
        expect(isWholePacket(passed)).toBe(true);
        if (passed[0] === 4) expect(isReadableEvent(passed)).toBe(true);
        if (passed[0] === 2) {
          const size = Buffer.from(passed).readUInt16LE(5);
          expect(size).toBe(passed.length - 9);
          expect(size).toBeGreaterThan(0);
          expect(size).toBeLessThanOrEqual(256);
        }
      }
    }),
    { numRuns: 2_000 },
  );
});
