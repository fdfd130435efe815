import 'reflect-metadata';
import { createHash, randomBytes, webcrypto } from 'node:crypto';
import type { Instant } from '@latchwork/core';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  X509CrlGenerator,
} from '@peculiar/x509';

cryptoProvider.set(webcrypto as Crypto);

/** What a certificate is about. */
export interface CertifiedParty {
  /** Subject's common name: a gateway's id, the portal's user name, or the broker's host. */
  readonly commonName: string;
  /** `client` signs in at a broker, `server` is one, under these host names and addresses. */
  readonly use: { readonly kind: 'client' } | { readonly kind: 'server'; readonly hosts: readonly string[] };
  readonly notBefore: Instant;
  readonly notAfter: Instant;
}

/** A certificate with what is kept of it. */
export interface IssuedCertificate {
  readonly pem: string;
  /** Lowercase hex. */
  readonly serial: string;
  /** SHA-256 of its DER form, in hex. */
  readonly fingerprint: string;
}

/** A certificate with the key that it is for, both PEM. */
export interface OwnCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

/** Certifies gateways, the portal and its broker (X.509, RFC 5280; ECDSA over P-256). */
export interface CertificateAuthority {
  /** PEM: what those who meet a certified party trust. */
  readonly certificate: string;
  /** @throws TypeError for a request that is none, or is not signed with its own key. */
  certify(request: string, party: CertifiedParty): Promise<IssuedCertificate>;
  /** Makes a key and certifies it. */
  certifyNew(party: CertifiedParty): Promise<OwnCertificate>;
  /** PEM of the list of what is not to be believed any more (RFC 5280 §5), of that moment. */
  revocationList(
    revoked: readonly { readonly serial: string; readonly revokedAt: Instant }[],
    now: Instant,
  ): Promise<string>;
}

/** What an authority is kept as. */
export interface AuthoritySecret {
  /** PEM. */
  readonly certificate: string;
  /** PKCS #8. */
  readonly secret: Uint8Array;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const authorityName = 'CN=Latchwork gateways';
const authorityLifetimeMs = 20 * 365 * 24 * 60 * 60 * 1000;
// Brokers that are a month without a new list refuse everybody: what fetches it should have failed loudly by then.
const listLifetimeMs = 30 * 24 * 60 * 60 * 1000;
const clockSlackMs = 60 * 60 * 1000;

/** Makes the key and the certificate of a new authority. */
export async function makeAuthority(now: Instant): Promise<AuthoritySecret> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: authorityName,
    keys: keys as CryptoKeyPair,
    serialNumber: newSerial(),
    notBefore: new Date(now - clockSlackMs),
    notAfter: new Date(now + authorityLifetimeMs),
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey as CryptoKey),
    ],
  });
  const secret = new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return { certificate: certificate.toString('pem'), secret };
}

/** Opens an authority from what is kept of it. */
export async function openAuthority(kept: AuthoritySecret): Promise<CertificateAuthority> {
  const authority = new X509Certificate(kept.certificate);
  const signingKey = (await webcrypto.subtle.importKey('pkcs8', Buffer.from(kept.secret), algorithm, false, [
    'sign',
  ])) as CryptoKey;
  const authorityId = await AuthorityKeyIdentifierExtension.create(authority);

  const sign = async (publicKey: CryptoKey, party: CertifiedParty): Promise<IssuedCertificate> => {
    const { commonName, use, notBefore, notAfter } = party;
    const serial = newSerial();
    const certificate = await X509CertificateGenerator.create({
      serialNumber: serial,
      subject: [{ CN: [commonName] }],
      issuer: authority.subjectName,
      notBefore: new Date(notBefore - clockSlackMs),
      notAfter: new Date(notAfter),
      publicKey,
      signingKey,
      signingAlgorithm: algorithm,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage[use.kind === 'client' ? 'clientAuth' : 'serverAuth']]),
        authorityId,
        ...(use.kind === 'server'
          ? [
              new SubjectAlternativeNameExtension(
                use.hosts.map((value) => ({
                  type: /^[\d.]+$|:/.test(value) ? ('ip' as const) : ('dns' as const),
                  value,
                })),
              ),
            ]
          : []),
      ],
    });
    const fingerprint = createHash('sha256').update(Buffer.from(certificate.rawData)).digest('hex');
    return { pem: certificate.toString('pem'), serial, fingerprint };
  };

  return {
    certificate: kept.certificate,
    certify: async (request, party) => {
      const publicKey = await requestedKey(request);
      return await sign(publicKey, party);
    },
    certifyNew: async (party) => {
      const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
      const { pem } = await sign(keys.publicKey as CryptoKey, party);
      const secret = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
      return { certificate: pem, privateKey: pemOf('PRIVATE KEY', secret) };
    },
    revocationList: async (revoked, now) => {
      const list = await X509CrlGenerator.create({
        issuer: authority.subjectName,
        thisUpdate: new Date(now - clockSlackMs),
        nextUpdate: new Date(now + listLifetimeMs),
        entries: revoked.map(({ serial, revokedAt }) => ({
          serialNumber: serial,
          revocationDate: new Date(revokedAt),
        })),
        extensions: [authorityId],
        signingAlgorithm: algorithm,
        signingKey,
      });
      // OpenSSL knows it under this name alone.
      return pemOf('X509 CRL', new Uint8Array(list.rawData));
    },
  };
}

/** The key that a request (PKCS #10, PEM) asks a certificate for, which it was signed with; nothing else in it is looked at. */
async function requestedKey(request: string): Promise<CryptoKey> {
  try {
    const parsed = new Pkcs10CertificateRequest(request);
    const isSigned = await parsed.verify();
    if (isSigned) return await parsed.publicKey.export(algorithm, ['verify']);
  } catch (cause) {
    throw new TypeError('It is not a certificate request over a P-256 key.', { cause });
  }
  throw new TypeError('The certificate request is not signed with its own key.');
}

function newSerial(): string {
  const bytes = randomBytes(16);
  // A positive number that has the same hex form everywhere.
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function pemOf(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
