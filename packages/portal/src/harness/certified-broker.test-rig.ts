import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GatewayEnrollment } from '@latchwork/contract';
import { cryptoProvider, Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { writeBrokerFiles } from '../broker/broker-files.js';
import { createLog } from '../log.js';
import { startMosquitto, type TestMosquitto } from './mosquitto.test-rig.js';
import { testConfig } from './test-portal.test-rig.js';

cryptoProvider.set(webcrypto as Crypto);

/** A mosquitto with the very files that the portal writes for it, and the data directory of that portal. */
export interface CertifiedBroker extends AsyncDisposable {
  readonly mosquitto: TestMosquitto;
  readonly dataDir: string;
  readonly url: string;
}

/**
 * Has the files written, as an operator does before the portal's first start, and starts mosquitto on them: of an installation of its
 * own, or as a bridge to another's.
 */
export async function startCertifiedBroker(bridgeTo?: CertifiedBroker): Promise<CertifiedBroker> {
  const dataDir = bridgeTo?.dataDir ?? mkdtempSync(join(tmpdir(), 'latchwork-certified-'));
  const to = bridgeTo && { bridgeTo: { host: '127.0.0.1', port: bridgeTo.mosquitto.port } };
  const mosquitto = await startMosquitto(async ({ port, folder }) => {
    const log = createLog('silent');
    await writeBrokerFiles(testConfig(dataDir), { folder, host: '127.0.0.1', port, ...to }, log);
    return readFileSync(join(folder, 'mosquitto.conf'), 'utf8');
  });
  return {
    ...{ mosquitto, dataDir, url: `mqtts://127.0.0.1:${mosquitto.port}` },
    [Symbol.asyncDispose]: async () => {
      await mosquitto[Symbol.asyncDispose]();
      if (bridgeTo === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** A key with a request for a certificate over it, both PEM. */
export async function makeRequest(): Promise<{ readonly privateKey: string; readonly request: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair;
  const request = await Pkcs10CertificateRequestGenerator.create({ name: 'CN=gw', keys, signingAlgorithm: algorithm });
  const secret = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    privateKey: `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`,
    request: request.toString('pem'),
  };
}

/** A gateway's certificate with its key, as it connects. */
export interface CertifiedGateway extends GatewayEnrollment {
  readonly privateKey: string;
}

/** Connects with a certificate. */
export async function connectCertified(
  certified: Pick<CertifiedGateway, 'certificate' | 'privateKey' | 'authority' | 'mqttUrl'>,
  options: Partial<IClientOptions> = {},
): Promise<MqttClient> {
  return await mqtt.connectAsync(
    certified.mqttUrl,
    {
      ...{ cert: certified.certificate, key: certified.privateKey, ca: certified.authority },
      ...{ queueQoSZero: false, reconnectPeriod: 0, ...options },
    } as IClientOptions,
    false,
  );
}
