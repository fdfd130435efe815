import { describe, expect, it } from 'vitest';
import { createScene } from './command-scene.test-rig.js';
import { decodeInfo } from './gatt.js';
import { decodeStatus } from './lock-status.js';
import { type CommandRequest, encodeRequest } from './message.js';
import type { OperationRequest } from './operation-message.js';
import { openRawCaller } from './raw-caller.test-rig.js';
import { type Right, rightNames } from './rights.js';
import { epochSeconds } from './session.test-rig.js';

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
      const answer = await look(grant());
      expect(decodeStatus(answer?.body ?? nothing)).toMatchObject({ clockQuality: 'good', utcSeconds: epochSeconds });
      link.close();
    }
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
