import { describe, expect, test } from 'vitest';
import type { Authority, LockAnswer, LockCommand } from '../caller/lock-link.js';
import { performUnlock } from '../caller/perform-unlock.js';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { encodeCbor } from '../encoding/cbor.js';
import type { SuiteName } from '../encoding/gatt.js';
import { drawPair, everySuite, otherSuite } from '../noise/suite.test-rig.js';
import { signCommandToken } from '../objects/command-token.js';
import type { Grant } from '../objects/grant.js';
import { signGrant } from '../objects/grant.js';
import type { GrantSchedule } from '../objects/grant-schedule.js';
import { createDoor, createFakeTime, createProperty, epochSeconds } from '../session.test-rig.js';

function createScene(suite: SuiteName) {
  const crypto = createNodeCrypto();
  const time = createFakeTime();
  const property = createProperty(crypto);
  const door = createDoor({ crypto, time, trust: property.trust, suite });
  const phone = drawPair(crypto, suite);
  const perform = async (
    authority: (challenge: Uint8Array, commandId: Uint8Array) => Authority,
    command: Partial<LockCommand> = {},
  ): Promise<LockAnswer> => {
    const commandId = command.commandId ?? crypto.randomBytes(8);
    const link = door.connect();
    const answer = await performUnlock({
      crypto,
      link,
      lockPublicKey: door.publicKey,
      caller: phone,
      command: { action: 'unlock', ttlMs: 5000, intent: 'tap', ...command, commandId },
      authority: async (challenge) => authority(challenge, commandId),
      now: time.now,
      startTimer: time.startTimer,
    });
    link.close();
    return answer;
  };
  const certificate = property.certificates.grant;
  const withGrant = async (change: Partial<Grant>, command: Partial<LockCommand> = {}) => {
    const grant = property.grant({ locks: [door.tag], holderPublicKey: phone.publicKey, ...change });
    return (await perform(() => ({ kind: 'grant', grant, certificate }), command)).code;
  };
  /** Sets the lock's clock. */
  const at = (utcSeconds: number) => {
    door.clock = { quality: 'good', offsetSeconds: utcSeconds - epochSeconds - Math.floor(time.now() / 1000) };
  };
  return { crypto, time, property, door, phone, perform, withGrant, at };
}

const utc = (text: string): number => Date.parse(text) / 1000;

describe.each(everySuite)('a grant that is bound to something else, in suite %s', (suite) => {
  test('T6: another lock, another phone, before its start, at its end', async () => {
    const { crypto, door, withGrant, at } = createScene(suite);
    const other = crypto.randomBytes(8);
    expect(await withGrant({ locks: [other] })).toBe('wrong-lock');
    expect(await withGrant({ locks: [other, door.tag] })).toBe('ok');
    expect(await withGrant({ holderPublicKey: drawPair(crypto, suite).publicKey })).toBe('auth');
    const window = { notBefore: epochSeconds + 100, expires: epochSeconds + 200 };
    for (const [offset, code] of [
      [99, 'not-yet'],
      [100, 'ok'],
      [199, 'ok'],
      [200, 'expired'],
    ] as const) {
      at(epochSeconds + offset);
      expect(await withGrant(window)).toBe(code);
    }
    expect(door.log.map(({ result }) => result)).toEqual([
      'wrong-lock',
      'ok',
      'auth',
      'not-yet',
      'ok',
      'ok',
      'expired',
    ]);
  });

  test('T6: the same holder’s key of the other suite', async () => {
    const { crypto, door, withGrant } = createScene(suite);
    expect(await withGrant({ holderPublicKey: drawPair(crypto, otherSuite(suite)).publicKey })).toBe('auth');
    expect(door.moves).toHaveLength(0);
    expect(await withGrant({})).toBe('ok');
  });

  test('T6: a lock without a clock takes only grants that say so', async () => {
    const { door, withGrant } = createScene(suite);
    door.clock = { quality: 'none', offsetSeconds: 0 };
    expect(await withGrant({})).toBe('no-clock');
    expect(await withGrant({ flags: ['no-clock-ok'] })).toBe('ok');
  });

  test('T6: outside its weekdays and hours, also across midnight', async () => {
    const { withGrant, at } = createScene(suite);
    // Fridays 22:00 to 02:00 of the next day, UTC.
    const schedule: GrantSchedule = {
      windows: [{ weekdays: 0b001_0000, startMinute: 22 * 60, endMinute: 2 * 60 }],
      offsets: [{ from: 0, offsetMinutes: 0 }],
    };
    const validity = { notBefore: utc('2027-01-11T00:00Z'), expires: utc('2027-01-25T00:00Z'), schedule };
    for (const [moment, code] of [
      ['2027-01-15T21:59:59Z', 'schedule'],
      ['2027-01-15T22:00:00Z', 'ok'],
      ['2027-01-15T23:59:59Z', 'ok'],
      ['2027-01-16T00:00:00Z', 'ok'],
      ['2027-01-16T01:59:59Z', 'ok'],
      ['2027-01-16T02:00:00Z', 'schedule'],
      ['2027-01-16T22:00:00Z', 'schedule'],
    ] as const) {
      at(utc(moment));
      expect({ moment, code: await withGrant(validity) }).toEqual({ moment, code });
    }
  });

  test.each([
    {
      change: 'forward (Berlin, 2027-03-28 at 01:00 UTC)',
      offsets: [
        { from: 0, offsetMinutes: 60 },
        { from: utc('2027-03-28T01:00Z'), offsetMinutes: 120 },
      ],
      from: '2027-03-20T00:00Z',
      // 08:00 to 09:00 local, every day.
      moments: [
        ['2027-03-27T06:59:59Z', 'schedule'],
        ['2027-03-27T07:00:00Z', 'ok'],
        ['2027-03-28T05:59:59Z', 'schedule'],
        ['2027-03-28T06:00:00Z', 'ok'],
        ['2027-03-28T07:00:00Z', 'schedule'],
      ],
    },
    {
      change: 'back (Berlin, 2027-10-31 at 01:00 UTC)',
      offsets: [
        { from: 0, offsetMinutes: 120 },
        { from: utc('2027-10-31T01:00Z'), offsetMinutes: 60 },
      ],
      from: '2027-10-20T00:00Z',
      moments: [
        ['2027-10-30T05:59:59Z', 'schedule'],
        ['2027-10-30T06:00:00Z', 'ok'],
        ['2027-10-31T06:59:59Z', 'schedule'],
        ['2027-10-31T07:00:00Z', 'ok'],
        ['2027-10-31T08:00:00Z', 'schedule'],
      ],
    },
  ] as const)('T6: outside its schedule when the clocks go $change', async ({ offsets, from, moments }) => {
    const { property, door, phone, perform, at, crypto } = createScene(suite);
    const signing = crypto.ed25519KeyPair();
    const certificate = property.certify({
      use: 'grant',
      publicKey: signing.publicKey,
      notBefore: utc(from),
      expires: utc(from) + 30 * 86_400,
    });
    const schedule = { windows: [{ weekdays: 127, startMinute: 8 * 60, endMinute: 9 * 60 }], offsets };
    const grant = signGrant(crypto, signing.secret, {
      grantId: crypto.randomBytes(8),
      locks: [door.tag],
      notBefore: utc(from),
      expires: utc(from) + 20 * 86_400,
      issuedAt: utc(from),
      holderPublicKey: phone.publicKey,
      rights: ['unlock', 'local'],
      epoch: 1,
      schedule,
    });
    for (const [moment, code] of moments) {
      at(utc(moment));
      const answer = await perform(() => ({ kind: 'grant', grant, certificate }));
      expect({ moment, code: answer.code }).toEqual({ moment, code });
    }
  });

  test('T6: without the biometric check it asks for, or used a second time', async () => {
    const { crypto, door, property, phone, perform, withGrant } = createScene(suite);
    expect(await withGrant({ flags: ['user-verify'] }, { intent: 'tap' })).toBe('no-right');
    expect(await withGrant({ flags: ['user-verify'] }, { intent: 'biometric' })).toBe('ok');
    const grant = property.grant({ locks: [door.tag], holderPublicKey: phone.publicKey, flags: ['one-shot'] });
    const once = () => ({ kind: 'grant', grant, certificate: property.certificates.grant }) as const;
    const commandId = crypto.randomBytes(8);
    expect(await perform(once, { commandId })).toMatchObject({ code: 'ok', repeated: false });
    door.restart();
    expect(await perform(once, { commandId })).toMatchObject({ code: 'ok', repeated: true });
    expect(await perform(once)).toMatchObject({ code: 'superseded' });
    expect(door.moves).toHaveLength(2);
  });

  test('T6: a newer issue of its slot supersedes it, also after a power cut', async () => {
    const { door, withGrant } = createScene(suite);
    const issue = (number: number) => withGrant({ slot: 1, issue: number });
    expect(await issue(4)).toBe('ok');
    expect(await issue(5)).toBe('ok');
    expect(await issue(4)).toBe('superseded');
    door.restart();
    expect(await issue(4)).toBe('superseded');
    expect(await withGrant({ slot: 2, issue: 1 })).toBe('ok');
    expect(await issue(1_000_005)).toBe('ok');
    expect(await issue(5)).toBe('superseded');
  });

  test('T6: privacy thrown from inside stops every unlock but one with the right to override', async () => {
    const { door, property, perform, withGrant } = createScene(suite);
    door.privacy = true;
    expect(await withGrant({})).toBe('privacy');
    expect(await withGrant({}, { action: 'hold-open' })).toBe('privacy');
    expect(await withGrant({}, { action: 'lock' })).toBe('ok');
    expect(await withGrant({ rights: ['unlock', 'local', 'privacy-override'] })).toBe('ok');
    const answer = await perform((challenge, commandId) => ({
      kind: 'token',
      token: property.token({ lock: door.tag, commandId, challenge }),
      certificate: property.certificates.cmd,
    }));
    expect(answer.code).toBe('privacy');
  });
});

describe.each(everySuite)('a token that is bound to something else, in suite %s', (suite) => {
  test('T6: another lock, another connection, another command', async () => {
    const { crypto, door, property, perform } = createScene(suite);
    const certificate = property.certificates.cmd;
    const token =
      (change: Partial<Parameters<typeof property.token>[0]>) => (challenge: Uint8Array, commandId: Uint8Array) =>
        ({
          kind: 'token',
          certificate,
          token: property.token({ lock: door.tag, commandId, challenge, ...change }),
        }) as const;
    expect((await perform(token({ lock: crypto.randomBytes(8) }))).code).toBe('wrong-lock');
    expect((await perform(token({ challenge: crypto.randomBytes(8) }))).code).toBe('late');
    expect((await perform(token({ commandId: crypto.randomBytes(8) }))).code).toBe('no-right');
    expect(door.moves).toHaveLength(0);
    expect((await perform(token({}))).code).toBe('ok');
  });
});

describe.each(everySuite)('a certificate that is bound to something else, in suite %s', (suite) => {
  const answerTo = async (change: Parameters<ReturnType<typeof createProperty>['certify']>[0], own = true) => {
    const { crypto, door, property, perform } = createScene(suite);
    const signing = crypto.ed25519KeyPair();
    const signer = own ? property : createProperty(crypto);
    const certificate = signer.certify({ publicKey: signing.publicKey, property: property.trust.property, ...change });
    const { code } = await perform((challenge, commandId) => ({
      kind: 'token',
      certificate,
      token: signCommandToken(crypto, signing.secret, {
        lock: door.tag,
        commandId,
        challenge,
        action: 'unlock',
        issuedAt: epochSeconds,
        expires: epochSeconds + 10,
        epoch: change.epoch ?? 1,
      }),
    }));
    expect(door.moves).toHaveLength(code === 'ok' ? 1 : 0);
    return code;
  };

  test('T6: another organization, another property, another use, a time that is not now', async () => {
    expect(await answerTo({})).toBe('ok');
    expect(await answerTo({}, false)).toBe('auth');
    expect(await answerTo({ property: new Uint8Array(8) })).toBe('wrong-lock');
    expect(await answerTo({ use: 'grant' })).toBe('auth');
    expect(await answerTo({ use: 'set' })).toBe('auth');
    expect(await answerTo({ notBefore: epochSeconds + 60 })).toBe('not-yet');
    expect(await answerTo({ notBefore: epochSeconds - 7200, expires: epochSeconds - 3600 })).toBe('expired');
  });

  test('T6: an epoch below the lock’s, and a higher one that ends all before it', async () => {
    expect(await answerTo({ epoch: 0 })).toBe('epoch');
    const { crypto, door, property, perform, withGrant } = createScene(suite);
    expect(await withGrant({})).toBe('ok');
    const signing = crypto.ed25519KeyPair();
    const certificate = property.certify({ publicKey: signing.publicKey, epoch: 2 });
    const renewed = await perform((challenge, commandId) => ({
      kind: 'token',
      certificate,
      token: signCommandToken(crypto, signing.secret, {
        lock: door.tag,
        commandId,
        challenge,
        action: 'unlock',
        issuedAt: epochSeconds,
        expires: epochSeconds + 10,
        epoch: 2,
      }),
    }));
    expect(renewed.code).toBe('ok');
    expect(await withGrant({})).toBe('epoch');
    door.restart();
    expect(await withGrant({})).toBe('epoch');
  });

  test('T6: a lock that was moved to another property forgets the certificates of the old one', async () => {
    const { crypto, door, property, withGrant } = createScene(suite);
    expect(await withGrant({})).toBe('ok');
    door.trust = createProperty(crypto).trust;
    expect(await withGrant({})).toBe('auth');
    door.trust = property.trust;
    expect(await withGrant({})).toBe('ok');
    // Even where another root happens to name a property alike.
    door.trust = { ...createProperty(crypto).trust, property: property.trust.property };
    expect(await withGrant({})).toBe('auth');
    door.trust = undefined;
    expect(await withGrant({})).toBe('auth');
  });

  test('a certificate of garbage is refused, not believed', async () => {
    const { crypto, door, property, perform } = createScene(suite);
    for (const certificate of [crypto.randomBytes(142), new Uint8Array(0), encodeCbor([])]) {
      const answer = await perform((challenge, commandId) => ({
        kind: 'token',
        certificate,
        token: property.token({ lock: door.tag, commandId, challenge }),
      }));
      expect(answer.code).toBe('auth');
    }
    const answer = await perform(() => ({
      kind: 'token',
      certificate: property.certificates.cmd,
      token: crypto.randomBytes(119),
    }));
    expect(answer.code).toBe('auth');
    expect(door.moves).toHaveLength(0);
  });
});
