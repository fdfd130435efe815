import { webcrypto } from 'node:crypto';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A new key and a request (PKCS #10) for a certificate over it, both PEM. Who asks, the portal knows by other means. */
export async function makeCertificateRequest(): Promise<{ readonly privateKey: string; readonly request: string }> {
  // Needed on a few days of a year, and long to load; the second does not load without the first.
  await import('reflect-metadata');
  const { cryptoProvider, Pkcs10CertificateRequestGenerator } = await import('@peculiar/x509');
  cryptoProvider.set(webcrypto as Crypto);
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair;
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: 'CN=latchwork-gateway',
    keys,
    signingAlgorithm: algorithm,
  });
  const secret = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const lines = secret.match(/.{1,64}/g) ?? [];
  const privateKey = `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
  return { privateKey, request: request.toString('pem') };
}
