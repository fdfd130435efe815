import { describe, expect, test } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { type CborValue, decodeCbor, encodeCbor } from '../encoding/cbor.js';
import { type CommandRequest, encodeRequest } from '../message.js';
import { signCommandToken } from '../objects/command-token.js';
import { createDoor, createFakeTime, createProperty, epochSeconds } from '../session.test-rig.js';
import { openRawCaller } from './raw-caller.test-rig.js';

async function createScene() {
  const crypto = createNodeCrypto();
  const time = createFakeTime();
  const property = createProperty(crypto);
  const door = createDoor({ crypto, time, trust: property.trust });
  const caller = crypto.x25519KeyPair();
  const link = door.connect();
  const raw = await openRawCaller({ crypto, link, lockPublicKey: door.publicKey, caller });
  const grant = property.grant({ locks: [door.tag], holderPublicKey: caller.publicKey });
  const certificate = property.certificates.grant;
  const command = (change: Partial<CommandRequest> = {}): CommandRequest => ({
    action: 'unlock',
    commandId: crypto.randomBytes(8),
    ttlMs: 5000,
    intent: 'tap',
    via: 'local',
    ...change,
  });
  return { crypto, time, property, door, link, raw, grant, certificate, command };
}

describe('requests after message 3', () => {
  test('run when they quote the nonce of the last result, and need not show the authority again', async () => {
    const { raw, grant, certificate, command, door } = await createScene();
    const first = await raw.request(encodeRequest({ grant, certificate, command: command() }));
    expect(first).toMatchObject({ code: 'ok', logSeq: 1 });
    const second = await raw.request(encodeRequest({ command: command({ action: 'lock', ...quoting(first) }) }));
    expect(second).toMatchObject({ code: 'ok', bolt: 'locked', logSeq: 2 });
    expect(door.moves).toHaveLength(2);
  });

  test('are late without that nonce, with an older one, or more than 5 s or their ttl after it', async () => {
    const { raw, grant, certificate, command, door, time } = await createScene();
    const first = await raw.request(encodeRequest({ grant, certificate, command: command() }));
    expect(await raw.request(encodeRequest({ command: command() }))).toMatchObject({ code: 'late' });
    expect(await raw.request(encodeRequest({ command: command(quoting(first)) }))).toMatchObject({ code: 'late' });
    const third = await raw.request(encodeRequest({ command: command() }));
    await time.advance(5001);
    const fourth = await raw.request(encodeRequest({ command: command({ ...quoting(third), ttlMs: 60_000 }) }));
    expect(fourth).toMatchObject({ code: 'late' });
    await time.advance(301);
    const fifth = await raw.request(encodeRequest({ command: command({ ...quoting(fourth), ttlMs: 300 }) }));
    expect(fifth).toMatchObject({ code: 'late' });
    expect(await raw.request(encodeRequest({ command: command(quoting(fifth)) }))).toMatchObject({ code: 'ok' });
    expect(door.moves).toHaveLength(2);
  });

  test('a token does not outlive its lifetime by keeping its connection alive', async () => {
    const { crypto, time, property, door, link, raw, command } = await createScene();
    const commandId = crypto.randomBytes(8);
    const challenge = (await link.readInfo()).slice(12, 20);
    const token = property.token({ lock: door.tag, commandId, challenge, lifetime: 10 });
    const certificate = property.certificates.cmd;
    let last = await raw.request(encodeRequest({ command: command() }));
    for (let n = 0; n < 3; n += 1) {
      await time.advance(4000);
      last = await raw.request(encodeRequest({ command: command(quoting(last)) }));
    }
    const late = command({ commandId, ...quoting(last) });
    expect(await raw.request(encodeRequest({ token, certificate, command: late }))).toMatchObject({ code: 'late' });
    expect(door.moves).toHaveLength(0);
  });

  test('what cannot be read is answered with its code, and the session goes on', async () => {
    const { raw, grant, certificate, command, door } = await createScene();
    const plain = encodeRequest({ grant, certificate, command: command() });
    const outer = decodeCbor(plain) as ReadonlyMap<number, CborValue>;
    const unknownEven = encodeCbor(new Map(outer).set(100, 1));
    expect(await raw.request(unknownEven)).toMatchObject({ code: 'critical-field' });
    expect(await raw.request(Uint8Array.of(0xff))).toMatchObject({ code: 'bad-frame' });
    expect(await raw.request(encodeCbor(new Map()))).toMatchObject({ code: 'bad-frame' });
    const last = await raw.request(encodeRequest({ token: grant, grant, certificate, command: command() }));
    expect(last).toMatchObject({ code: 'bad-frame' });
    expect(door.moves).toHaveLength(0);
    expect(door.log.map(({ type, result }) => `${type} ${result}`)).toEqual([
      'session critical-field',
      ...Array.from({ length: 3 }, () => 'session bad-frame'),
    ]);
    const whole = encodeRequest({ grant, certificate, command: command(quoting(last)) });
    expect(await raw.request(whole)).toMatchObject({ code: 'ok' });
  });

  test('what a certificate of a higher epoch does is logged first, then what was counted, then the command', async () => {
    const { crypto, property, door, link, raw, command } = await createScene();
    let last = await raw.request(encodeRequest({ command: command() }));
    for (let n = 1; n < 9; n += 1) last = await raw.request(encodeRequest({ command: command(quoting(last)) }));
    expect(door.log.map(({ type, result }) => `${type} ${result}`)).toEqual(
      Array.from({ length: 8 }, () => 'unlock no-right'),
    );
    const signing = crypto.ed25519KeyPair();
    const [epoch, commandId] = [2, crypto.randomBytes(8)];
    const certificate = property.certify({ publicKey: signing.publicKey, epoch });
    const token = signCommandToken(crypto, signing.secret, {
      ...{ lock: door.tag, commandId, challenge: (await link.readInfo()).slice(12, 20), action: 'unlock', epoch },
      ...{ issuedAt: epochSeconds, expires: epochSeconds + 10 },
    });
    const asked = command({ commandId, ...quoting(last) });
    expect(await raw.request(encodeRequest({ token, certificate, command: asked }))).toMatchObject({ code: 'ok' });
    expect(door.log.slice(8).map(({ type }) => type)).toEqual(['epoch', 'handshakes', 'unlock']);
  });

  test('T25: an unknown odd field in message 3 changes nothing', async () => {
    const { raw, grant, certificate, command, door } = await createScene();
    const outer = decodeCbor(encodeRequest({ grant, certificate, command: command() })) as ReadonlyMap<
      number,
      CborValue
    >;
    expect(await raw.request(encodeCbor(new Map(outer).set(101, 'later')))).toMatchObject({ code: 'ok' });
    expect(door.moves).toHaveLength(1);
  });

  test('end with the session after 60 s, however busy it is', async () => {
    const { raw, command, link, time } = await createScene();
    let last = await raw.request(encodeRequest({ command: command() }));
    for (let n = 0; n < 14; n += 1) {
      await time.advance(4000);
      last = await raw.request(encodeRequest({ command: command(quoting(last)) }));
      expect(last).toBeDefined();
    }
    await time.advance(4000);
    expect(link.isClosed()).toBe(true);
  });
});

function quoting(result: { readonly nonce: Uint8Array } | undefined): { nonce: Uint8Array } {
  if (!result) throw new Error('The lock ended the session.');
  return { nonce: result.nonce };
}
