import 'reflect-metadata';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFakeClock, startTestBroker } from '@latchwork/testing';
import { Pkcs10CertificateRequest } from '@peculiar/x509';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openBrokerConnection } from '../broker-connection.js';
import { enrolledSettings, parseConfig } from '../config.js';
import { openDataDir } from '../data-dir.js';
import { gatherBroker } from '../doctor/broker-check.js';
import { createLog } from '../log.js';
import { Secret } from '../secret.js';
import { makeCertificateRequest } from './certificate-request.js';
import { enroll } from './enroll.js';
import { type Enrollment, readEnrollment } from './enrollment-file.js';
import { startRenewal } from './renewal.js';

const soon = { timeout: 30_000, interval: 5 };
const dayMs = 24 * 60 * 60 * 1000;
const ids = {
  organizationId: 'org_01jd0000000000000000000000',
  propertyId: 'prop_01jd0000000000000000000000',
  gatewayId: 'gw_01jd0000000000000000000000',
};

interface Asked {
  readonly path: string;
  readonly body: Readonly<Record<string, string>>;
}

describe('enrolling', () => {
  let dataDir: string;
  let portalUrl: string;
  let server: Server;
  let answer: (asked: Asked) => { readonly status: number; readonly body: unknown };
  const clock = createFakeClock();
  const asked: Asked[] = [];
  const lines: string[] = [];
  const log = createLog('trace', { write: (line) => void lines.push(line) });

  /** What the portal says of the n-th certificate, which lasts 90 days. */
  const certificate = (n: number) => ({
    certificate: `certificate ${n}`,
    authority: 'authority',
    expiresAt: new Date(clock.now() + 90 * dayMs).toISOString(),
  });
  const granted = { ...ids, mqttUrl: 'mqtts://mqtt.example:8883', secret: null };

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'latchwork-enrollment-'));
    asked.splice(0);
    lines.splice(0);
    server = createServer((request, response) => {
      void (async () => {
        const parts: Buffer[] = [];
        for await (const part of request) parts.push(part as Buffer);
        const call = { path: request.url ?? '', body: JSON.parse(Buffer.concat(parts).toString()) };
        asked.push(call);
        const { status, body } = answer(call);
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      })();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    portalUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    answer = () => ({ status: 200, body: { ...certificate(asked.length), ...granted } });
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(dataDir, { recursive: true, force: true });
  });

  const enrolled = async (): Promise<Enrollment> => await enroll({ portalUrl, code: 'ABCD', dataDir, clock });

  test('keeps what the portal gave, with a key that it alone has, for this account alone', async () => {
    const made = await enrolled();
    expect(asked).toMatchObject([{ path: '/v1/gateway-enrollments', body: { code: 'ABCD' } }]);
    const request = new Pkcs10CertificateRequest(asked[0]?.body['request'] ?? '');
    expect(await request.verify()).toBe(true);
    expect(JSON.stringify(asked)).not.toContain('PRIVATE KEY');
    expect(await readEnrollment(dataDir)).toEqual(made);
    expect(made).toMatchObject({ ...granted, certificate: 'certificate 1', portalUrl, gotAt: clock.now() });
    expect((await stat(join(dataDir, 'enrollment.json'))).mode & 0o777).toBe(0o600);
    expect(await readdir(dataDir)).toEqual(['enrollment.json']);
  });

  test('says why the portal gave nothing, and leaves an earlier enrollment as it is', async () => {
    const made = await enrolled();
    answer = () => ({ status: 410, body: { code: 'enrollment-code-invalid', title: 'used up' } });
    const failed = (reason: string) => ({ info: { code: 'enrollment-failed', reason } });
    await expect(enrolled()).rejects.toMatchObject(failed('enrollment-code-invalid'));
    answer = () => ({ status: 200, body: { certificate: 'alone' } });
    await expect(enrolled()).rejects.toMatchObject(failed('reply-not-understood'));
    answer = () => ({ status: 502, body: 'Bad gateway' });
    await expect(enrolled()).rejects.toMatchObject(failed('status-502'));
    portalUrl = 'http://127.0.0.1:9';
    await expect(enrolled()).rejects.toMatchObject(failed('portal-unreachable'));
    expect(await readEnrollment(dataDir)).toEqual(made);
  });

  test('does not touch the folder of a gateway that runs', async () => {
    await using _ = await openDataDir(dataDir);
    await expect(enrolled()).rejects.toMatchObject({ info: { code: 'data-dir-in-use' } });
    expect(asked).toEqual([]);
  });

  test('says what is left open by the settings, of the same gateway only', async () => {
    const made = await enrolled();
    const env = { LATCHWORK_DATA_DIR: dataDir };
    const config = parseConfig(env, made);
    expect(config).toMatchObject({ address: ids, mqttUrl: granted.mqttUrl, enrollment: made });
    expect(config.gatewaySecret.reveal()).toBe('');
    expect(parseConfig({ ...env, LATCHWORK_MQTT_URL: 'mqtts://other:1' }, made).mqttUrl).toBe('mqtts://other:1');
    const other = { ...env, LATCHWORK_GATEWAY_ID: 'gw_01jd0000000000000000000001' };
    expect(enrolledSettings(other, made)).toBe(other);
    expect(() => parseConfig(other, made)).toThrow('LATCHWORK_GATEWAY_SECRET is required');
    expect(parseConfig(env, { ...made, secret: 'a-secret-of-sixteen' }).gatewaySecret.reveal()).toBe(
      'a-secret-of-sixteen',
    );
  });

  test('a broker on plain mqtt lets it in by the secret that came with the certificate', async () => {
    const secret = 'a-secret-of-sixteen';
    const made = { ...(await enrolled()), secret };
    const { gatewayId } = ids;
    const broker = await startTestBroker({
      access: { connect: ({ clientId, username, password }) => clientId === username && password === secret },
    });
    try {
      const target = { url: broker.url, gatewayId, enrollment: made, running: 'no' } as const;
      expect((await gatherBroker({ ...target, secret: new Secret(secret) })).outcome).toEqual({ type: 'let-in' });
      const connection = await openBrokerConnection({
        ...{ url: broker.url, clientId: gatewayId, username: gatewayId, password: secret, certified: made },
        ...{ subscribeTo: { topic: 0 }, onMessage: () => undefined },
      });
      await connection.close();
    } finally {
      await broker.close();
    }
  });

  test('a damaged file is told, and one that is not there is none', async () => {
    expect(await readEnrollment(dataDir)).toBeUndefined();
    await writeFile(join(dataDir, 'enrollment.json'), '{"v":1');
    await expect(readEnrollment(dataDir)).rejects.toMatchObject({ info: { code: 'enrollment-damaged' } });
  });

  test('asks for the next certificate when a third of its life is left, and again every hour until it has one', async () => {
    const { privateKey } = await makeCertificateRequest();
    const made = { ...(await enrolled()), privateKey };
    const early = startRenewal({ enrollment: made, dataDir, clock, log });
    await clock.advance(60 * dayMs - 1);
    await early[Symbol.asyncDispose]();
    expect(asked).toHaveLength(1);
    answer = () => ({ status: 503, body: { code: 'internal' } });
    await clock.advance(1);
    await using renewal = startRenewal({ enrollment: made, dataDir, clock, log });
    await vi.waitFor(() => expect(lines.join('')).toContain('certificate not renewed'), soon);
    expect(renewal.enrollment).toEqual(made);
    answer = () => ({ status: 200, body: certificate(2) });
    await vi.waitFor(async () => {
      await clock.advance(60 * 60 * 1000);
      expect(renewal.enrollment.certificate).toBe('certificate 2');
    }, soon);
    expect(asked.at(-1)).toMatchObject({ path: '/v1/gateway-certificates', body: { certificate: 'certificate 1' } });
    expect(await readEnrollment(dataDir)).toEqual(renewal.enrollment);
    expect(renewal.enrollment.privateKey).not.toBe(privateKey);
    const kept = await readFile(join(dataDir, 'enrollment.json'), 'utf8');
    expect(lines.join('')).not.toContain(JSON.parse(kept).privateKey.slice(40, 80));
  });
});
