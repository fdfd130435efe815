import { describe, expect, it } from 'vitest';
import { decodeInfo } from '../encoding/gatt.js';
import { emptyLog, encodeLogNumbers, type LogEntry, type LogHead } from '../log/lock-log.js';
import { decodeLogHead } from '../log/log-head.js';
import { encodeLogAcknowledge, encodeLogRead } from '../log/log-operation.js';
import { decodeLogPage } from '../log/log-page.js';
import { readLogReport, startLogReader } from '../log/log-reader.js';
import { type CommandRequest, encodeRequest } from '../message.js';
import { type Right, rightNames } from '../objects/rights.js';
import { epochSeconds } from '../session.test-rig.js';
import { createScene } from './command-scene.test-rig.js';
import { decodeStatus } from './lock-status.js';
import type { OperationRequest } from './operation-message.js';
import { openRawCaller } from './raw-caller.test-rig.js';

const nothing = new Uint8Array(0);
const status: OperationRequest = { name: 'status', body: nothing };

/** A door, and somebody who speaks to it in sessions of their own. */
function createVisits() {
  const scene = createScene();
  const { crypto, door, property, time, caller } = scene;
  const grant = (change: Parameters<typeof property.grant>[0] | object = {}) =>
    property.grant({ locks: [door.tag], holderPublicKey: caller.publicKey, rights: ['status'], ...change });
  const visit = async () => {
    const link = door.connect();
    const challenge = decodeInfo(await link.readInfo()).nonce;
    const raw = await openRawCaller({ crypto, link, lockPublicKey: door.publicKey, caller });
    const bring = (body: Uint8Array) =>
      raw.ask(encodeRequest({ certificate: property.certificates.cmd, operation: { name: 'time', body } }));
    const tell = (at = time.now()) => bring(property.time({ lock: door.tag, challenge, at }));
    const look = (signed: Uint8Array) =>
      raw.ask(encodeRequest({ grant: signed, certificate: property.certificates.grant, operation: status }));
    return { ...raw, link, challenge, bring, tell, look };
  };
  const timeAtDoor = () => epochSeconds + Math.floor(time.now() / 1000) + door.clock.offsetSeconds;
  return { ...scene, grant, visit, timeAtDoor };
}

describe('status', () => {
  it('tells whoever has the right, phone or gateway, and moves and logs nothing', async () => {
    const { door, grant, visit } = createVisits();
    door.bolt = 'unlocked';
    for (const role of [{}, { role: 'gateway' }]) {
      const { link, look } = await visit();
      const answer = await look(grant(role));
      expect(answer?.code).toBe('ok');
      expect(decodeStatus(answer?.body ?? nothing)).toMatchObject({
        ...{
          bolt: 'unlocked',
          batteryPercent: 80,
          clockQuality: 'good',
          utcSeconds: epochSeconds,
          epoch: 1,
          logSeq: 0,
        },
      });
      expect(decodeStatus(answer?.body ?? nothing)).not.toHaveProperty('firmwareVersion');
      link.close();
    }
    expect([door.moves, door.log]).toEqual([[], []]);
  });

  it('T5: each single right but its own gives nothing, and so does none', async () => {
    const { grant, visit } = createVisits();
    for (const right of rightNames) {
      const { link, look } = await visit();
      const code = right === 'status' ? 'ok' : 'no-right';
      expect((await look(grant({ rights: [right] satisfies Right[] })))?.code).toBe(code);
      link.close();
    }
    const { ask } = await visit();
    expect((await ask(encodeRequest({ operation: status })))?.code).toBe('no-right');
  });

  it('T6: a grant that is revoked, expired, of another lock or another phone tells nothing', async () => {
    const { crypto, grant, visit } = createVisits();
    const cases = [
      ['expired', { expires: epochSeconds }],
      ['wrong-lock', { locks: [crypto.randomBytes(8)] }],
      ['auth', { holderPublicKey: crypto.x25519KeyPair().publicKey }],
    ] as const;
    for (const [code, change] of cases) {
      const { link, look } = await visit();
      const answer = await look(grant(change));
      expect(answer).toMatchObject({ code, body: nothing });
      link.close();
    }
  });

  it('T20: that is refused is in no log and counted by none, however often', async () => {
    const { door, grant, visit, time, caller } = createVisits();
    for (let n = 0; n < 30; n += 1) {
      const { look, link } = await visit();
      expect((await look(grant({ rights: ['unlock'] })))?.code).toBe('no-right');
      expect((await look(grant({ holderPublicKey: new Uint8Array(32) })))?.code).toBe('auth');
      link.close();
    }
    await time.advance(3_600_000);
    const { look } = await visit();
    expect((await look(grant({ holderPublicKey: caller.publicKey })))?.code).toBe('ok');
    expect(door.log).toEqual([]);
  });

  it('before commissioning is refused with auth', async () => {
    const { door, grant, visit } = createVisits();
    door.trust = undefined;
    const { look } = await visit();
    expect((await look(grant()))?.code).toBe('auth');
  });
});

describe('T7: the time', () => {
  it('is set by whoever brings a token over this connection, forward and back, and said in the status', async () => {
    const { door, grant, visit, timeAtDoor } = createVisits();
    for (const [quality, offsetSeconds] of [
      ['none', 0],
      ['stale', 7200],
      ['good', -7200],
    ] as const) {
      door.clock = { quality, offsetSeconds };
      const { link, tell, look } = await visit();
      expect((await tell())?.code).toBe('ok');
      expect(door.clock.quality).toBe('good');
      expect(timeAtDoor()).toBe(epochSeconds);
      const before = quality === 'none' ? 0 : epochSeconds + offsetSeconds;
      expect(door.log.at(-1)).toMatchObject({ type: 'clock-set', quality });
      // Told to be two hours back, the lock knew better: it had seen a token of now.
      const known = Math.max(before, quality === 'good' ? epochSeconds : 0);
      expect(door.log.at(-1)?.commandId).toEqual(encodeLogNumbers(known, epochSeconds));
      const answer = await look(grant());
      expect(decodeStatus(answer?.body ?? nothing)).toMatchObject({ clockQuality: 'good', utcSeconds: epochSeconds });
      link.close();
    }
  });

  it('is set also where the clock stands before the certificate begins, and by none that has expired', async () => {
    const { door, property, time, visit, timeAtDoor } = createVisits();
    const twoDays = 2 * 86_400;
    for (const quality of ['stale', 'good'] as const) {
      door.clock = { quality, offsetSeconds: -twoDays };
      const { ask, challenge, bring, link } = await visit();
      const body = property.time({ lock: door.tag, challenge, at: time.now() });
      const later = property.certify({ notBefore: epochSeconds - 60 });
      const answer = await ask(encodeRequest({ certificate: later, operation: { name: 'time', body } }));
      expect(answer?.code).toBe('ok');
      expect(timeAtDoor()).toBe(epochSeconds);
      expect((await bring(body))?.code).toBe('ok');
      link.close();
    }
    const { ask, challenge, link } = await visit();
    const body = property.time({ lock: door.tag, challenge, at: time.now() });
    const expired = property.certify({ expires: epochSeconds });
    const answer = await ask(encodeRequest({ certificate: expired, operation: { name: 'time', body } }));
    expect(answer?.code).toBe('expired');
    link.close();
  });

  it('is not set by a token of another connection or lock, nor by one that was held back for half a minute', async () => {
    const { crypto, door, property, time, visit } = createVisits();
    const first = await visit();
    const recorded = property.time({ lock: door.tag, challenge: first.challenge, at: 0 });
    first.link.close();
    const { bring, challenge, link } = await visit();
    door.clock = { quality: 'none', offsetSeconds: 0 };
    expect((await bring(recorded))?.code).toBe('late');
    expect((await bring(property.time({ lock: crypto.randomBytes(8), challenge, at: 0 })))?.code).toBe('wrong-lock');
    expect((await bring(nothing))?.code).toBe('auth');
    for (let second = 0; second < 4; second += 1) {
      await time.advance(9000);
      const signed = property.time({ lock: door.tag, challenge, at: 0 });
      expect((await bring(signed))?.code).toBe(second < 3 ? 'ok' : 'late');
    }
    link.close();
  });

  it('never goes back before what the lock has seen: an expired key stays expired', async () => {
    const { door, property, visit, unlock, time } = createVisits();
    await time.advance(3_600_000);
    const { link, tell } = await visit();
    expect((await tell())?.code).toBe('ok');
    link.close();
    // The battery is pulled, and whoever has the secret for commands sets the clock back by an hour.
    door.clock = { quality: 'none', offsetSeconds: 0 };
    door.restart();
    const later = await visit();
    expect((await later.tell(0))?.code).toBe('ok');
    later.link.close();
    expect(door.clock.offsetSeconds).toBe(-3600);
    const phone = door.connect();
    const scene = createScene();
    const holder = scene.crypto.x25519KeyPair();
    const signed = property.grant({
      ...{ locks: [door.tag], holderPublicKey: holder.publicKey, expires: epochSeconds + 3000 },
    });
    const certificate = property.certificates.grant;
    const authority = async () => ({ kind: 'grant', grant: signed, certificate }) as const;
    expect((await unlock(phone, { caller: holder, authority })).code).toBe('expired');
  });
});

describe('operations', () => {
  it('stand beside commands in one session: the command quotes the nonce of the last answer', async () => {
    const { crypto, door, property, caller, visit } = createVisits();
    const { look, request } = await visit();
    const both = property.grant({
      ...{ locks: [door.tag], holderPublicKey: caller.publicKey, rights: ['status', 'unlock', 'local'] },
    });
    const answer = await look(both);
    const commandId = crypto.randomBytes(8);
    const command: CommandRequest = { action: 'unlock', commandId, ttlMs: 5000, intent: 'tap', via: 'local' };
    expect((await request(encodeRequest({ command })))?.code).toBe('late');
    const again = await look(both);
    expect(again?.nonce).not.toEqual(answer?.nonce);
    const nonce = again?.nonce ?? nothing;
    expect((await request(encodeRequest({ command: { ...command, nonce } })))?.code).toBe('ok');
    expect(door.moves).toHaveLength(1);
  });
});

describe('the log over the air', () => {
  const createReader = () => {
    const visits = createVisits();
    const { crypto, door, property, caller, visit, unlock } = visits;
    const lock = { publicKey: door.signingPublicKey, tag: door.tag };
    const grant = property.grant({
      locks: [door.tag],
      holderPublicKey: caller.publicKey,
      rights: ['log'],
      role: 'gateway',
    });
    const shown = { grant, certificate: property.certificates.grant };
    const ask = async (operation: OperationRequest) => {
      const { link, ask: send } = await visit();
      const answer = await send(encodeRequest({ ...shown, operation }));
      link.close();
      return answer;
    };
    const read = async (after: number, max?: number) =>
      await ask({ name: 'log-read', body: encodeLogRead({ after, ...(max === undefined ? {} : { max }) }) });
    const acknowledge = async (upTo: LogHead) =>
      await ask({ name: 'log-acknowledge', body: encodeLogAcknowledge(upTo) });
    const open = async (times: number) => {
      for (let time = 0; time < times; time += 1) {
        const link = door.connect();
        await unlock(link);
        link.close();
      }
    };
    return { ...visits, crypto, lock, read, acknowledge, open };
  };

  it('T11: is read page by page and proven to the last entry, also after a power cut, and no page changes it', async () => {
    const { crypto, door, lock, read, open } = createReader();
    await open(40);
    door.restart();
    await open(3);
    let reader = startLogReader();
    const entries: LogEntry[] = [];
    for (let pages = 0; pages < 3; pages += 1) {
      const answer = await read(reader.cursor.seq, 20);
      expect(answer?.code).toBe('ok');
      const reading = readLogReport(crypto, reader, { kind: 'page', bytes: answer?.body ?? nothing, lock, at: 0 });
      expect(reading.findings).toEqual([]);
      reader = reading.reader;
      entries.push(...reading.records.flatMap(({ entry }) => entry ?? []));
    }
    expect(entries).toEqual(door.log);
    expect(entries).toHaveLength(43);
    const again = await read(0, 20);
    expect(decodeLogPage(again?.body ?? nothing).entries).toHaveLength(20);
  });

  it('is acknowledged by whoever names its chain, and by nobody else', async () => {
    const { crypto, door, lock, read, acknowledge, open } = createReader();
    await open(5);
    const page = await read(0);
    const { reader } = readLogReport(crypto, startLogReader(), {
      kind: 'page',
      bytes: page?.body ?? nothing,
      lock,
      at: 0,
    });
    const { seq, hash } = reader.cursor;
    expect((await acknowledge({ seq, hash: hash.map((byte) => byte ^ 1) }))?.code).toBe('log-mismatch');
    expect((await acknowledge({ seq, hash }))?.code).toBe('ok');
    door.restart();
    const after = await read(seq);
    const { head } = decodeLogPage(after?.body ?? nothing);
    expect(decodeLogHead(head)).toMatchObject({ acknowledged: seq, newest: seq, overwritten: 0 });
  });

  it('T5: is read and acknowledged with the right to it only', async () => {
    const { door, property, caller, visit } = createReader();
    for (const right of rightNames) {
      const grant = property.grant({ locks: [door.tag], holderPublicKey: caller.publicKey, rights: [right] });
      for (const [name, body] of [
        ['log-read', encodeLogRead({ after: 0 })],
        ['log-acknowledge', encodeLogAcknowledge(emptyLog)],
      ] as const) {
        const { link, ask } = await visit();
        const certificate = property.certificates.grant;
        const answer = await ask(encodeRequest({ grant, certificate, operation: { name, body } }));
        expect(answer?.code).toBe(right === 'log' ? 'ok' : 'no-right');
        link.close();
      }
    }
  });
});
