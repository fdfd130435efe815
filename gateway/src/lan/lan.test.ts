import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { encodeGatewayMessage, gatewayTopic, type LanAddress, type LanTunnel } from '@latchwork/contract';
import { createPropertyFixture } from '@latchwork/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { encodeBase64url } from '../base64url.js';
import { address, crypto, type GatewayRig, startRig } from '../gateway.test-rig.js';
import type { MemoryLock } from '../memory-central.test-rig.js';
import { createLanPhone, type LanPhone, postTo } from './lan-phone.test-rig.js';

let rig: GatewayRig;
let lock: MemoryLock;
let at: LanAddress;
let phone: LanPhone;

beforeEach(async () => {
  rig = await startRig({ lan: { host: '127.0.0.1', port: 0 } });
  lock = rig.central.addLock(rig.property.trust);
  await tellSigners();
  at = addressTold();
  phone = createLanPhone(rig, at, lock);
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

/** What the portal tells of who signs grants: with the gateway's own. */
async function tellSigners(certificate = rig.property.signer('grant').certificate): Promise<void> {
  const grant = { locks: ['a1a2a3a4a5a6a7a8'], object: 'aGVsbG8', expiresAt: rig.clock.now() + 3_600_000 };
  const text = encodeGatewayMessage('pass', {
    v: 1,
    grants: [{ ...grant, certificate: encodeBase64url(certificate) }],
  });
  await rig.broker.publish({ topic: gatewayTopic(address, 'pass'), payload: Buffer.from(text), qos: 1 });
  await rig.portal.settle();
}

function addressTold(): LanAddress {
  const told = rig.portal.statuses.flatMap(({ lan }) => lan ?? []).at(-1);
  if (told === undefined) throw new Error('The gateway told no address.');
  return told;
}

async function opened(by: LanPhone = phone): Promise<LanTunnel> {
  const { status, body } = await by.post('/v1/tunnels', await by.opening());
  expect([status, body]).toMatchObject([201, { state: 'open', code: null, mtu: 247 }]);
  return body as LanTunnel;
}

const refusal = async (by: LanPhone, opening: unknown) => (await by.post('/v1/tunnels', opening)).body;

describe('the LAN', () => {
  test.each([1, 2] as const)(
    'a phone of suite %i is let in with the WAN cut, and opens a lock of its suite',
    async (suite) => {
      const holder = suite === 1 ? phone : createLanPhone(rig, at, lock, { suite });
      await rig.broker.close();
      await vi.waitFor(() => expect(rig.gateway.readiness().broker).toBe(false), { timeout: 30_000, interval: 5 });
      const tunnel = await opened(holder);
      const commandId = Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1);
      if (suite === 1) {
        expect(await holder.unlock(tunnel, commandId)).toMatchObject({ code: 'ok', bolt: 'unlocked' });
        expect(lock.moves).toEqual(['0807060504030201']);
      }
      expect(await holder.post(`/v1/tunnels/${tunnel.id}/end`, {})).toMatchObject({ status: 200 });
      await vi.waitFor(() => expect(rig.central.busy).toBe(0), { timeout: 30_000, interval: 5 });
    },
  );

  test('T13: shows the certificate whose fingerprint the portal was told, after a restart too; its key is its own', async () => {
    const { fingerprint } = await phone.post('/v1/challenges', {});
    expect(fingerprint).toBe(at.fingerprint);
    await rig.restart();
    await rig.portal.settle();
    expect(addressTold().fingerprint).toBe(fingerprint);
    const { mode } = await stat(join(rig.config.dataDir, 'lan-certificate.pem'));
    expect(mode & 0o077).toBe(0);
  });

  test('knows after a restart with the WAN cut who signs grants', async () => {
    await rig.stopGateway();
    await rig.startGateway();
    await rig.portal.settle();
    const again = createLanPhone(rig, addressTold(), lock);
    expect(await again.unlock(await opened(again))).toMatchObject({ code: 'ok' });
  });

  test('T13: lets nobody in who has not the key of the grant', async () => {
    const thief = crypto.x25519KeyPair().secret;
    expect(await refusal(phone, await phone.opening({ secret: thief }))).toEqual({ code: 'proof-wrong' });
    const own = createLanPhone(rig, at, lock);
    const { grant } = await phone.opening();
    expect(await refusal(own, { ...(await own.opening()), grant })).toEqual({ code: 'proof-wrong' });
    expect(lock.connections).toBe(0);
  });

  test('T1: a proof is good once, and for the connection to this gateway alone', async () => {
    const opening = await phone.opening();
    const { body } = await phone.post('/v1/tunnels', opening);
    await phone.post(`/v1/tunnels/${(body as LanTunnel).id}/end`, {});
    expect(await refusal(phone, opening)).toEqual({ code: 'challenge-unknown' });
    const relayed = await phone.opening({ fingerprint: '00'.repeat(32) });
    expect(await refusal(phone, relayed)).toEqual({ code: 'proof-wrong' });
    const late = await phone.opening();
    await rig.clock.advance(30_000);
    expect(await refusal(phone, late)).toEqual({ code: 'challenge-unknown' });
    expect(lock.connections).toBe(1);
  });

  test('T6: a grant of another lock, of another time, of no right to it, or of a stranger lets nobody in', async () => {
    const other = rig.central.addLock(rig.property.trust);
    const wrong = createLanPhone(rig, at, lock, { locks: [other.tagBytes] });
    expect(await refusal(wrong, await wrong.opening())).toEqual({ code: 'wrong-lock' });
    const local = createLanPhone(rig, at, lock, { rights: ['unlock', 'local'] });
    expect(await refusal(local, await local.opening())).toEqual({ code: 'no-right' });
    const gateway = createLanPhone(rig, at, lock, { role: 'gateway', rights: ['log', 'status', 'remote'] });
    expect(await refusal(gateway, await gateway.opening())).toEqual({ code: 'no-right' });
    const stranger = createPropertyFixture({ crypto, now: () => rig.clock.now() });
    const foreign = createLanPhone({ ...rig, clock: rig.clock, property: stranger } as GatewayRig, at, lock);
    expect(await refusal(foreign, await foreign.opening())).toEqual({ code: 'signer-unknown' });
    const { certificate } = await phone.opening();
    expect(await refusal(foreign, { ...(await foreign.opening()), certificate })).toEqual({ code: 'grant-invalid' });
    await rig.clock.advance(3_600_000 + 60_000);
    expect(await refusal(phone, await phone.opening())).toEqual({ code: 'grant-not-valid-now' });
    expect([lock.connections, other.connections]).toEqual([0, 0]);
  });

  test('T15: frames that come twice are written once, and the same answer is given again', async () => {
    const tunnel = await opened();
    let written = 0;
    lock.onWrite = () => {
      written += 1;
      return 'pass';
    };
    // The beginning of a message of 48 bytes, after which the lock waits for the rest.
    const begun = Buffer.from([0x80, 0, 48, 1, 2, 3]).toString('base64url');
    const given = { sent: 0, frames: [{ frame: begun, withResponse: false }], received: 0, wait: false };
    const path = `/v1/tunnels/${tunnel.id}/frames`;
    const answers = await Promise.all([phone.post(path, given), phone.post(path, given)]);
    expect(answers.map(({ body }) => body)).toEqual(Array(2).fill({ state: 'open', code: null, frames: [] }));
    const next = { frame: Buffer.from([1, 4, 5, 6]).toString('base64url'), withResponse: false };
    await phone.post(path, { sent: 1, frames: [next], received: 0, wait: false });
    // A lock that got one twice would have ended the link.
    await vi.waitFor(() => expect(written).toBe(2), { timeout: 30_000, interval: 5 });
    await phone.post(`/v1/tunnels/${tunnel.id}/end`, {});
    await vi.waitFor(() => expect(rig.central.busy).toBe(0), { timeout: 30_000, interval: 5 });
    expect(written).toBe(2);
  });

  test('T20: one phone has one tunnel, and whoever asks too much is told to wait', async () => {
    await opened();
    expect(await refusal(phone, await phone.opening())).toEqual({ code: 'busy' });
    const many = await Promise.all(Array.from({ length: 60 }, async () => await phone.post('/v1/challenges', {})));
    expect(many.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(20);
    await rig.clock.advance(1_000);
    expect((await phone.post('/v1/challenges', {})).status).toBe(400);
  });

  test('tells also somebody who sends far too much before they read that it was too much', async () => {
    const { hostname, port } = new URL(at.urls[0] ?? '');
    const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
    const body = 'x'.repeat(20_000_000);
    const head = `POST /v1/tunnels HTTP/1.1\r\nhost: lan\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n`;
    await new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.write(head + body, resolve);
    });
    expect(await text(socket)).toMatch(/^HTTP\/1.1 400 .*"invalid-request"/s);
  });

  test('who leaves in the middle of a body has asked for nothing, and is no fault of ours', async () => {
    const { hostname, port } = new URL(at.urls[0] ?? '');
    const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
    const head = 'POST /v1/tunnels HTTP/1.1\r\nhost: lan\r\ncontent-length: 99\r\n\r\n{';
    await new Promise((resolve) => socket.write(head, resolve));
    socket.destroy();
    await opened();
    await rig.stopGateway();
    expect(rig.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
  });

  test('answers nonsense with its code and nothing else', async () => {
    const [url = ''] = at.urls;
    const invalid = { status: 400, body: { code: 'invalid-request' } };
    expect(await postTo(`${url}/v1/challenges`, 'no json')).toMatchObject(invalid);
    expect(await postTo(`${url}/v1/challenges`, { publicKey: `04${'00'.repeat(32)}` })).toMatchObject(invalid);
    expect(await postTo(`${url}/v1/tunnels`, 'x'.repeat(200_000))).toMatchObject(invalid);
    const none = { status: 404, body: { code: 'not-found' } };
    expect(
      await postTo(`${url}/v1/tunnels/${'0'.repeat(32)}/frames`, { sent: 0, frames: [], received: 0 }),
    ).toMatchObject(none);
    expect(await postTo(`${url}/v1/tunnels/${'0'.repeat(32)}/end`, {})).toMatchObject(none);
    expect(await postTo(`${url}/metrics`, '', 'GET')).toMatchObject(none);
  });
});
