import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ContractError } from './contract-error.js';
import {
  encodeGatewayMessage,
  type GatewayMessageInput,
  type GatewayMessageKind,
  gatewayMessageMaxChars,
  parseGatewayMessage,
} from './gateway-messages.js';

const attemptId = 'att_01jd0000000000000000000000';
const commandId = '00112233445566aa';
const tag = 'a1a2a3a4a5a6a7a8';

const unlock: GatewayMessageInput<'cmd'> = {
  v: 1,
  type: 'unlock',
  attemptId,
  commandId,
  entranceId: 'ent_01jd0000000000000000000000',
  deviceId: 'dev_01jd0000000000000000000000',
  lock: { tag, publicKey: 'ab'.repeat(32) },
  action: 'unlock',
  intent: 'staff',
  deadline: 1_770_000_010_000,
  ttlMs: 9_990,
  sentAt: 1_770_000_000_010,
};

const messages: { readonly [Kind in GatewayMessageKind]: readonly GatewayMessageInput<Kind>[] } = {
  cmd: [
    unlock,
    { ...unlock, traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` },
    { v: 1, type: 'token', commandId, challenge: '0102030405060708', token: 'aGVsbG8', certificate: 'd29ybGQ_-' },
    { v: 1, type: 'token-refused', commandId, challenge: '0102030405060708', code: 'deadline-passed' },
    { v: 1, type: 'time-token', tag, challenge: '0102030405060708', token: 'aGVsbG8', certificate: 'd29ybGQ_-' },
    { v: 1, type: 'time-refused', tag, challenge: '0102030405060708', code: 'unknown-lock' },
    { v: 1, type: 'tunnel-open', attemptId, tag, deadline: 1_770_000_010_000, ttlMs: 9_990, sentAt: 1_770_000_000_010 },
    { v: 1, type: 'tunnel-frames', attemptId, from: 3, frames: [{ frame: 'aGVsbG8', withResponse: false }] },
    { v: 1, type: 'tunnel-close', attemptId },
  ],
  ack: [{ v: 1, attemptId, commandId, receivedAt: 1_770_000_000_050 }],
  challenge: [{ v: 1, attemptId, commandId, tag, challenge: '0102030405060708' }],
  time: [{ v: 1, tag, challenge: '0102030405060708' }],
  tunnel: [
    { v: 1, type: 'opened', attemptId, info: 'aGVsbG8', mtu: 247 },
    { v: 1, type: 'frames', attemptId, from: 0, frames: ['aGVsbG8', 'd29ybGQ_-'] },
    { v: 1, type: 'closed', attemptId, code: 'link-lost' },
  ],
  pass: [
    { v: 1, grants: [] },
    {
      v: 1,
      grants: [
        { locks: [tag], object: 'aGVsbG8', certificate: 'd29ybGQ_-', expiresAt: 1_770_600_000_000 },
        {
          locks: Array<string>(32).fill(tag),
          object: 'aGVsbG8',
          certificate: 'd29ybGQ_-',
          expiresAt: 1_770_600_000_000,
        },
      ],
    },
  ],
  read: [
    {
      v: 1,
      deviceId: 'dev_01jd0000000000000000000000',
      lock: { tag, publicKey: 'ab'.repeat(32) },
      ...{ resets: 0, seq: 0, hash: '00'.repeat(32), newest: 0, asked: true },
    },
  ],
  log: [
    {
      ...{ v: 1, eventId: '6f1c:a1a2a3a4a5a6a7a8:log:3', deviceId: 'dev_01jd0000000000000000000000' },
      ...{ pages: ['aGVsbG8'], outcome: 'done', occurredAt: 1_770_000_000_000 },
      observed: { bolt: 'locked', batteryPercent: null },
    },
    {
      ...{ v: 1, eventId: '6f1c:a1a2a3a4a5a6a7a8:log:4', deviceId: 'dev_01jd0000000000000000000000' },
      ...{ pages: [], outcome: 'refused', code: 'certificate-unknown', occurredAt: 1_770_000_000_000 },
    },
  ],
  desired: [
    {
      v: 1,
      deviceId: 'dev_01jd0000000000000000000000',
      lock: { tag, publicKey: 'ab'.repeat(32) },
      standing: { epoch: 1, revision: 8 },
      proven: { epoch: 1, revision: 7 },
      bulletin: { object: 'aGVsbG8', certificate: 'd29ybGQ_-' },
      set: {
        epoch: 1,
        revision: 7,
        manifest: 'aGVsbG8',
        certificate: 'd29ybGQ_-',
        summaryBefore: Array<string>(16).fill('00'.repeat(8)),
        delta: ['aGVsbG8'],
        summary: Array<string>(16).fill('11'.repeat(8)),
        buckets: Array<string[]>(16).fill(['aGVsbG8']),
        clearances: Array<string>(16).fill('aGVsbG8'),
      },
    },
    {
      v: 1,
      deviceId: 'dev_01jd0000000000000000000000',
      lock: { tag, publicKey: 'ab'.repeat(32) },
      standing: { epoch: 1, revision: 0 },
      proven: null,
    },
  ],
  reported: [
    {
      v: 1,
      eventId: 'gw_01jd0000000000000000000000:a1a2a3a4a5a6a7a8:3',
      deviceId: 'dev_01jd0000000000000000000000',
      standing: { epoch: 1, revision: 8 },
      parts: { bulletin: { outcome: 'done' }, set: { outcome: 'refused', code: 'full' } },
      failure: 'link-lost',
      receipts: ['aGVsbG8'],
      occurredAt: 1_770_000_001_000,
      nextTryAt: null,
    },
  ],
  evt: [
    {
      v: 1,
      eventId: 'boot-1:17',
      type: 'unlock-result',
      attemptId,
      commandId,
      tag,
      outcome: 'executed',
      code: 'ok',
      bolt: 'unlocked',
      batteryPercent: 88,
      logSeq: 12,
      logHead: 'cd'.repeat(32),
      occurredAt: 1_770_000_001_000,
      historical: false,
      spansMs: { queue: 0.4, connect: 40, token: 3, handshake: 9, command: 12 },
    },
    {
      v: 1,
      eventId: 'boot-1:18',
      type: 'unlock-result',
      attemptId,
      commandId,
      tag,
      outcome: 'unknown',
      code: 'link-lost',
      batteryPercent: null,
      occurredAt: 1_770_000_001_000,
      historical: true,
    },
  ],
  status: [
    { v: 1, online: true, bootId: 'b1', at: 1_770_000_000_000, version: '0.1.0', radio: 'ready', heard: 3 },
    { v: 1, online: true, bootId: 'b1', at: 1_770_000_000_000, publicKey: 'ab'.repeat(32) },
    { v: 1, online: false, bootId: 'b1', at: 1_770_000_000_000 },
  ],
};
const kinds = Object.keys(messages) as GatewayMessageKind[];

describe('messages between portal and gateway', () => {
  it.each(kinds)('%s: what is encoded is parsed to the same data', (kind) => {
    for (const message of messages[kind]) {
      expect(parseGatewayMessage(kind, encodeGatewayMessage(kind, message))).toStrictEqual(message);
    }
  });

  it.each(kinds)('%s: a field of a later version is dropped, not refused', (kind) => {
    for (const message of messages[kind]) {
      expect(parseGatewayMessage(kind, JSON.stringify({ ...message, later: 1 }))).toStrictEqual(message);
    }
  });

  it.each(kinds)('%s: without any one of its required fields it is refused, and the error names the field', (kind) => {
    for (const message of messages[kind]) {
      const optional = [
        'traceparent',
        'bolt',
        'batteryPercent',
        'logSeq',
        'logHead',
        'spansMs',
        'version',
        'radio',
        'heard',
        'bulletin',
        'set',
        'failure',
        'publicKey',
        'observed',
        'asked',
        // Of an unlock result it is required.
        ...(kind === 'log' ? ['code'] : []),
      ];
      for (const field of Object.keys(message).filter((name) => !optional.includes(name))) {
        const { [field]: _, ...rest } = message as Record<string, unknown>;
        const error = thrownBy(() => parseGatewayMessage(kind, JSON.stringify(rest)));
        expect(error.info).toMatchObject({ code: 'invalid-message', kind, issues: [{ path: [field] }] });
      }
    }
  });

  it('another version, an upper-case tag and a short nonce are refused', () => {
    for (const wrong of [{ v: 2 }, { commandId: commandId.toUpperCase() }, { commandId: commandId.slice(2) }]) {
      expect(thrownBy(() => parseGatewayMessage('cmd', JSON.stringify({ ...unlock, ...wrong }))).info.code).toBe(
        'invalid-message',
      );
    }
  });

  it.each([
    ['a moment after the last date', 'evt', { occurredAt: 8.64e15 + 1 }],
    ['an event id with NUL', 'evt', { eventId: 'boot\u0000' }],
    ['an event id with half a surrogate pair', 'evt', { eventId: 'boot\ud800' }],
    ['a code with NUL', 'evt', { code: 'ok\u0000' }],
    ['a code with a line feed', 'evt', { code: 'ok\n' }],
    ['a boot id with NUL', 'status', { bootId: '\u0000' }],
    ['a version with a line feed', 'status', { version: '1\n2' }],
    ['a radio with DEL', 'status', { radio: 'ready\u007f' }],
  ] as const)('what a database or a calendar cannot hold is refused: %s', (_, kind, wrong) => {
    const text = JSON.stringify({ ...messages[kind][0], ...wrong });
    expect(thrownBy(() => parseGatewayMessage(kind, text)).info.code).toBe('invalid-message');
  });

  it('a wrong message never leaves: encoding checks it too', () => {
    expect(() => encodeGatewayMessage('cmd', { ...unlock, ttlMs: -1 })).toThrow(ContractError);
  });

  it('text longer than the limit is refused before it is parsed', () => {
    const padded = JSON.stringify({ ...unlock, later: 'x'.repeat(gatewayMessageMaxChars.cmd) });
    expect(thrownBy(() => parseGatewayMessage('cmd', padded)).info).toMatchObject({ issues: [{ code: 'too_long' }] });
  });

  it('no text throws anything but a ContractError', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.oneof(fc.string(), fc.json()), (kind, text) => {
        expect(thrownBy(() => parseGatewayMessage(kind, text)).info.code).toBe('invalid-message');
      }),
    );
  });
});

function thrownBy(act: () => unknown): ContractError {
  try {
    act();
  } catch (error) {
    if (error instanceof ContractError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
