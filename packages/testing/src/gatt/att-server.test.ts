import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { attOpcode } from './att-codes.js';
import { type AttBearer, answerAtt } from './att-server.js';
import { type Attribute, layOutAttributes } from './attribute-table.js';
import type { GattConnection } from './gatt-connection.js';

const connection: GattConnection = {
  handle: 0x40,
  peerAddress: '00:00:00:00:00:00',
  open: true,
  mtu: 23,
  isSubscribed: () => false,
  notify: () => false,
  indicate: () => false,
  sendPdu: () => {},
  sendAcl: () => {},
  disconnect: () => {},
};

const long = Buffer.from(Array.from({ length: 40 }, (_, index) => index));
let attributes: readonly Attribute[];
let bearer: AttBearer;
let written: string[];
let configured: string[];

beforeEach(() => {
  written = [];
  configured = [];
  attributes = layOutAttributes([
    { uuid: '1800', characteristics: [{ uuid: '2a00', properties: ['read'], onRead: () => Buffer.from('ab') }] },
    {
      uuid: '4f4c5031-0001-4a6b-9c1d-6c617463686b',
      characteristics: [
        { uuid: '4f4c5031-0002-4a6b-9c1d-6c617463686b', properties: ['read'], onRead: () => long },
        {
          uuid: '4f4c5031-0003-4a6b-9c1d-6c617463686b',
          properties: ['write', 'write-without-response'],
          onWrite: (_connection, value, { withResponse }) => {
            written.push(`${Buffer.from(value).toString('hex')} ${withResponse}`);
            return value[0] === 0xff ? { error: 0x80 } : undefined;
          },
        },
        { uuid: '4f4c5031-0004-4a6b-9c1d-6c617463686b', properties: ['notify', 'indicate'] },
      ],
    },
  ]);
  bearer = {
    connection,
    maxMtu: 100,
    mtu: 23,
    configurations: new Map(),
    onConfigured: ({ uuid }, configuration) => configured.push(`${uuid.slice(9, 13)} ${configuration}`),
  };
});

function ask(pdu: string): string | undefined {
  return answerAtt(attributes, bearer, Buffer.from(pdu, 'hex'))?.toString('hex');
}

const tail = '6b686374616c1d9c6b4a';

describe('ATT server', () => {
  test.each([
    ['services by group', '100100ffff0028', '1106' + '010003000018'],
    ['the next service', '100400ffff0028', `111404000b00${tail}010031504c4f`],
    ['no more services', '100c00ffff0028', '01100c000a'],
    ['a group that is none', '100100ffff0328', '0110010010'],
    ['an empty range', '100500040000' + '28', '0110050001'],
    ['characteristics', '080100ffff0328', '0907' + '02000203' + '00002a'],
    ['128-bit characteristics, one at a time at MTU 23', '080500ffff0328', `09150500020600${tail}020031504c4f`],
    ['descriptors', '040b000b00', '0501' + '0b000229'],
    ['a service by its value', '060100ffff0028' + '0018', '07' + '01000300'],
    ['a value', '0a0300', '0b6162'],
    ['the first part of a long value', '0a0600', `0b${long.subarray(0, 22).toString('hex')}`],
    ['the rest of it', '0c06001600', `0d${long.subarray(22).toString('hex')}`],
    ['behind the end of it', '0c06002900', '010c060007'],
    ['a value that cannot be read', '0a0800', '010a080002'],
    ['a handle that is none', '0a5500', '010a550001'],
    ['a write', '120800aabb', '13'],
    ['a write that is refused', '120800ff', '0112080080'],
    ['a write to what cannot be written', '120300aa', '0112030003'],
    ['a configuration of wrong length', '120b0001', '01120b000d'],
    ['a prepared write', '160800' + '0000aa', '0116000006'],
    ['a request of later versions', '2001000200', '0120000006'],
    ['a request cut short', '0a', '010a000004'],
  ])('answers %s', (_what, pdu, answer) => {
    expect(ask(pdu)).toBe(answer);
  });

  test('a write command is taken and never answered', () => {
    expect(ask('520800aabb')).toBeUndefined();
    expect(ask('520800ff')).toBeUndefined();
    expect(written).toEqual(['aabb false', 'ff false']);
  });

  test('the MTU is the smaller of both, and never below 23', () => {
    expect(ask('020001')).toBe('036400');
    expect(bearer.mtu).toBe(100);
    expect(ask('0a0600')).toBe(`0b${long.toString('hex')}`);
    ask('020500');
    expect(bearer.mtu).toBe(23);
  });

  test('a configuration is kept for its connection and read back', () => {
    expect(ask('120b000100')).toBe('13');
    expect(ask('0a0b00')).toBe('0b0100');
    expect(configured).toEqual(['0004 1']);
  });

  test('no bytes whatever throw, and no answer exceeds the MTU', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(attOpcode)), fc.uint8Array({ maxLength: 8 }), (opcode, rest) => {
        const mtu = bearer.mtu;
        const answer = answerAtt(attributes, bearer, Buffer.from([opcode, ...rest]));
        expect(answer?.length ?? 0).toBeLessThanOrEqual(Math.max(mtu, bearer.mtu));
      }),
    );
  });
});
