import { createECDH } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { faultOf } from '../lock/command-scene.test-rig.js';
import {
  bringStaticAgreement,
  createXkInitiator,
  createXkResponder,
  readMessage,
  writeMessage,
} from '../noise/noise.js';
import { createDoor, createFakeTime, createProperty, settle } from '../session.test-rig.js';
import { type HardwareCaller, performUnlock } from './perform-unlock.js';

const crypto = createNodeCrypto();

/** A phone's hardware: it makes the key, gives 65 bytes of it, takes 65 of another, and never gives the secret. */
function createHardware() {
  const inside = createECDH('prime256v1');
  const publicKey = crypto.p256Compress(Uint8Array.from(inside.generateKeys()));
  const asked: Uint8Array[] = [];
  const caller: HardwareCaller = {
    publicKey,
    async agree(peer) {
      asked.push(peer);
      return Uint8Array.from(inside.computeSecret(crypto.p256Expand(peer)));
    },
  };
  // Node leaves leading zeros out.
  const secret = () => Uint8Array.from(Buffer.from(inside.getPrivateKey('hex').padStart(64, '0'), 'hex'));
  return { caller, asked, secret };
}

function createScene() {
  const time = createFakeTime();
  const property = createProperty(crypto);
  const door = createDoor({ crypto, time, trust: property.trust, suite: 'p256AesGcm' });
  const hardware = createHardware();
  const grant = property.grant({ locks: [door.tag], holderPublicKey: hardware.caller.publicKey });
  const unlock = (caller: HardwareCaller, beforeCommand?: () => Promise<void>) => {
    const link = door.connect();
    const answer = performUnlock({
      crypto,
      link,
      lockPublicKey: door.publicKey,
      caller,
      command: { commandId: crypto.randomBytes(8), action: 'unlock', ttlMs: 20_000, intent: 'biometric' },
      authority: async () => ({ kind: 'grant', grant, certificate: property.certificates.grant }),
      now: time.now,
      startTimer: time.startTimer,
      ...(beforeCommand ? { beforeCommand } : {}),
    });
    return { link, answer };
  };
  return { time, door, hardware, unlock };
}

describe('a caller whose secret is in hardware', () => {
  test('opens the door, and asks its hardware once: after message 2, before the journal', async () => {
    const { door, hardware, unlock } = createScene();
    const order: string[] = [];
    const agree: HardwareCaller['agree'] = (peer) => {
      order.push(`agree after ${link.written.length} written, ${link.notified.length} heard`);
      return hardware.caller.agree(peer);
    };
    const { link, answer } = unlock({ ...hardware.caller, agree }, async () => {
      order.push('journal');
    });
    expect((await answer).code).toBe('ok');
    expect(order).toEqual(['agree after 1 written, 1 heard', 'journal']);
    expect(hardware.asked).toEqual([link.notified[0]?.slice(3, 36)]);
    expect(door.moves).toHaveLength(1);
  });

  test('that declines has told the lock nothing', async () => {
    const { time, door, hardware, unlock } = createScene();
    const declined = async () => {
      throw new Error('The person did not look at the camera.');
    };
    const { link, answer } = unlock({ ...hardware.caller, agree: declined });
    expect(await faultOf(answer)).toEqual({ code: 'command', reason: 'not-permitted', commandWritten: false });
    expect(link.written).toHaveLength(1);
    await time.advance(6000);
    expect(door.moves).toHaveLength(0);
  });

  test('T4: that takes longer than the lock waits has told it nothing', async () => {
    const { time, door, hardware, unlock } = createScene();
    const slow: HardwareCaller['agree'] = async (peer) => {
      await new Promise<void>((resolve) => time.startTimer(5001, resolve));
      return hardware.caller.agree(peer);
    };
    const { link, answer } = unlock({ ...hardware.caller, agree: slow });
    const fault = faultOf(answer);
    await time.advance(10_000);
    expect(await fault).toMatchObject({ code: 'command', commandWritten: false });
    expect(link.written).toHaveLength(1);
    expect(door.log).toMatchObject([{ type: 'session', result: 'late' }]);
    expect(door.moves).toHaveLength(0);
  });

  test('T6: that agrees with another secret, or with nothing, opens nothing', async () => {
    const { time, door, hardware, unlock } = createScene();
    const stolen = unlock({ publicKey: hardware.caller.publicKey, agree: createHardware().caller.agree });
    const fault = faultOf(stolen.answer);
    await settle();
    stolen.link.close();
    expect(await fault).toMatchObject({ commandWritten: true });
    expect(door.log).toMatchObject([{ type: 'session', result: 'auth' }]);
    const short = unlock({ ...hardware.caller, agree: async () => new Uint8Array(31) });
    expect(await faultOf(short.answer)).toMatchObject({ code: 'crypto', reason: 'size', commandWritten: false });
    expect(short.link.written).toHaveLength(1);
    await time.advance(6000);
    expect(door.moves).toHaveLength(0);
  });
});

test('message 3 is the same whoever makes the agreement', async () => {
  const { caller, secret } = createHardware();
  const lock = crypto.p256KeyPair();
  const ephemeral = crypto.p256KeyPair();
  const shared = { crypto, prologue: Uint8Array.of(1), remoteStatic: lock.publicKey, ephemeral };
  const none = new Uint8Array(0);
  const held = writeMessage(createXkInitiator({ ...shared, staticKeyPair: { publicKey: caller.publicKey } }), none);
  const own = writeMessage(createXkInitiator({ ...shared, staticKeyPair: crypto.p256KeyPair(secret()) }), none);
  expect(own.message).toEqual(held.message);
  const responder = createXkResponder({ crypto, prologue: shared.prologue, staticKeyPair: lock });
  const second = writeMessage(readMessage(responder, held.message).state, none);
  const greeted = readMessage(held.state, second.message).state;
  expect(() => writeMessage(greeted, none)).toThrow('key is missing');
  const brought = bringStaticAgreement(greeted, await caller.agree(greeted.remoteEphemeral ?? none));
  const third = writeMessage(brought, none).message;
  expect(writeMessage(readMessage(own.state, second.message).state, none).message).toEqual(third);
  expect(readMessage(second.state, third).state.remoteStatic).toEqual(caller.publicKey);
});
