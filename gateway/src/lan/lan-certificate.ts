import { randomUUID } from 'node:crypto';
import { link, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError } from '../gateway-error.js';

/** What the gateway shows on the LAN. Nobody vouches for it: apps know its fingerprint from the portal. */
export interface LanCertificate {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  /** SHA-256 of the DER, 64 hex digits. */
  readonly fingerprint: string;
}

/** Longer than any machine lives: another certificate would be unknown to apps that cannot reach the portal. */
const lifetimeMs = 20 * 365 * 24 * 60 * 60 * 1000;

/**
 * Loads the certificate of the LAN from the data folder, making it on the first start.
 *
 * @throws {@link GatewayError} `keys-damaged` when the file holds no key with its certificate.
 */
export async function loadLanCertificate(dataDir: string, now: number): Promise<LanCertificate> {
  const path = join(dataDir, 'lan-certificate.pem');
  const stored = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (stored !== undefined) return await readLanCertificate(stored, path);
  const made = await makeLanCertificate(now);
  const draft = `${path}.${randomUUID()}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(made);
    await handle.sync();
    // Whole or not at all, and never over an older one, which apps may have pinned.
    await link(draft, path);
  } finally {
    await handle.close();
    await rm(draft, { force: true });
  }
  return await readLanCertificate(made, path);
}

const block = (text: string, label: string): string | undefined =>
  new RegExp(`-----BEGIN ${label}-----[A-Za-z0-9+/=\\s]+-----END ${label}-----`).exec(text)?.[0];

async function readLanCertificate(text: string, path: string): Promise<LanCertificate> {
  const { X509Certificate } = await import('node:crypto');
  const certificatePem = block(text, 'CERTIFICATE');
  const privateKeyPem = block(text, 'PRIVATE KEY');
  try {
    if (certificatePem === undefined || privateKeyPem === undefined) throw new TypeError('A part is missing.');
    const { fingerprint256 } = new X509Certificate(certificatePem);
    return { certificatePem, privateKeyPem, fingerprint: fingerprint256.replaceAll(':', '').toLowerCase() };
  } catch (cause) {
    const info = { code: 'keys-damaged', path } as const;
    throw new GatewayError(info, `The key file ${path} is damaged; remove it to make a new one.`, { cause });
  }
}

async function makeLanCertificate(now: number): Promise<string> {
  // Long to load, and needed once in a gateway's life.
  await import('reflect-metadata');
  const { PemConverter, X509CertificateGenerator } = await import('@peculiar/x509');
  const { webcrypto } = await import('node:crypto');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const crypto = webcrypto as unknown as Crypto;
  const keys = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair;
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=Latchwork gateway',
      // An hour back: a phone's clock need not agree with this one.
      notBefore: new Date(now - 3_600_000),
      notAfter: new Date(now + lifetimeMs),
      signingAlgorithm: algorithm,
      keys,
    },
    crypto,
  );
  const secret = PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return `${certificate.toString('pem')}\n${secret}\n`;
}
