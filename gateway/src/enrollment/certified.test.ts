import 'reflect-metadata';
import { type ChildProcess, spawn } from 'node:child_process';
import { webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createPropertyFixture, freePort } from '@latchwork/testing';
import {
  BasicConstraintsExtension,
  cryptoProvider,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../clock.js';
import { gatherBroker } from '../doctor/broker-check.js';
import { crypto, address as gatewayAddress, rigConfig, startLoggedGateway } from '../gateway.test-rig.js';
import { createMemoryCentral } from '../memory-central.test-rig.js';
import { Secret } from '../secret.js';
import { makeCertificateRequest } from './certificate-request.js';
import type { Enrollment } from './enrollment-file.js';

cryptoProvider.set(webcrypto as Crypto);

const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
const program = folders.map((folder) => join(folder, 'mosquitto')).find((path) => existsSync(path));
const soon = { timeout: 30_000 };
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const life = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };

describe.skipIf(program === undefined)('a broker that asks for certificates (skipped without mosquitto)', () => {
  let folder: string;
  let broker: ChildProcess;
  let url: string;
  let authority: string;
  let certify: (request: string, commonName: string) => Promise<string>;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchwork-certified-'));
    const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair;
    const extensions = [new BasicConstraintsExtension(true, 0, true)];
    const root = await X509CertificateGenerator.createSelfSigned({
      ...{ name: 'CN=authority', keys, signingAlgorithm: algorithm, extensions },
      ...life,
    });
    authority = root.toString('pem');
    certify = async (request, commonName) => {
      const made = await X509CertificateGenerator.create({
        subject: [{ CN: [commonName] }],
        issuer: root.subjectName,
        publicKey: await new Pkcs10CertificateRequest(request).publicKey.export(),
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
        extensions: [new SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])],
        ...life,
      });
      return made.toString('pem');
    };
    const server = await makeCertificateRequest();
    const port = await freePort();
    url = `mqtts://127.0.0.1:${port}`;
    const lines = {
      'ca.pem': authority,
      'server.pem': await certify(server.request, 'server'),
      'server.key': server.privateKey,
      'mosquitto.conf': `user root
listener ${port} 127.0.0.1
cafile ${folder}/ca.pem
certfile ${folder}/server.pem
keyfile ${folder}/server.key
require_certificate true
use_identity_as_username true
use_username_as_clientid true
`,
    };
    for (const [name, text] of Object.entries(lines)) await writeFile(join(folder, name), text);
    broker = spawn(program ?? '', ['-v', '-c', join(folder, 'mosquitto.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const said: string[] = [];
    broker.stderr?.on('data', (data: Buffer) => said.push(data.toString()));
    await vi.waitFor(() => expect(said.join('')).toContain(' running\n'), soon);
  });
  afterEach(async () => {
    broker.kill('SIGKILL');
    await once(broker, 'exit');
    await rm(folder, { recursive: true, force: true });
  });

  const enrollment = async (certifiedBy: (request: string) => Promise<string>): Promise<Enrollment> => {
    const { privateKey, request } = await makeCertificateRequest();
    return {
      ...{
        v: 1,
        ...gatewayAddress,
        mqttUrl: url,
        secret: null,
        authority,
        privateKey,
        portalUrl: 'http://127.0.0.1:9',
      },
      ...{ certificate: await certifiedBy(request), gotAt: Date.now() },
      expiresAt: new Date(Date.now() + 90 * 86_400_000).toISOString(),
    };
  };

  test('lets the gateway in with the certificate that it enrolled for, and without it not', async () => {
    const central = createMemoryCentral({ crypto, clock: systemClock });
    central.addLock(createPropertyFixture({ crypto }).trust);
    const good = await enrollment(async (request) => await certify(request, gatewayAddress.gatewayId));
    const config = { ...rigConfig(url, join(folder, 'data')), gatewaySecret: new Secret('') };
    const log: string[] = [];
    const enrolled = await startLoggedGateway({
      ...{ config: { ...config, enrollment: good }, central, clock: systemClock, log },
    });
    await vi.waitFor(() => expect(enrolled.readiness().broker).toBe(true), soon);
    await enrolled[Symbol.asyncDispose]();

    const bare = await startLoggedGateway({ config, central, clock: systemClock, log });
    await vi.waitFor(() => expect(log.join('')).toContain('broker not reached'), soon);
    expect(bare.readiness().broker).toBe(false);
    await bare[Symbol.asyncDispose]();
    expect(log.join('')).not.toContain('PRIVATE KEY');
  });

  test('the doctor says whether the certificate is taken', async () => {
    const target = { url, gatewayId: gatewayAddress.gatewayId, secret: null, running: 'no' } as const;
    const good = await enrollment(async (request) => await certify(request, gatewayAddress.gatewayId));
    await vi.waitFor(async () => {
      expect((await gatherBroker({ ...target, enrollment: good })).outcome).toEqual({ type: 'let-in' });
    }, soon);
    const unlike = { ...good, privateKey: (await makeCertificateRequest()).privateKey };
    expect((await gatherBroker({ ...target, enrollment: unlike })).outcome.type).toBe('unreachable');
    expect((await gatherBroker({ ...target, secret: new Secret('x'), enrollment: null })).outcome.type).toBe(
      'unreachable',
    );
    const trusting = { ...good, certificate: undefined as never, privateKey: undefined as never, authority };
    expect((await gatherBroker({ ...target, enrollment: trusting })).outcome.type).toBe('not-mqtt');
  });
});
