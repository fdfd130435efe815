import { createHash, generateKeyPairSync, sign } from 'node:crypto';

/** An RSA key and a certificate of its own, both PEM. */
export interface SelfSignedCertificate {
  readonly certificate: string;
  readonly privateKey: string;
  readonly publicKey: string;
  /** SHA-256 of the certificate's DER, base64url: the `x5t#S256` of an assertion. */
  readonly thumbprint: string;
}

const der = (tag: number, ...contents: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(contents);
  const size = body.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const sequence = (...contents: readonly Uint8Array[]): Buffer => der(0x30, ...contents);
const sha256WithRsa = sequence(der(0x06, Buffer.from('2a864886f70d01010b', 'hex')), der(0x05));
const commonName = (name: string): Buffer =>
  sequence(der(0x31, sequence(der(0x06, Buffer.from('550403', 'hex')), der(0x0c, Buffer.from(name)))));

const pem = (label: string, bytes: Buffer): string =>
  `-----BEGIN ${label}-----\n${(bytes.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END ${label}-----\n`;

let made: SelfSignedCertificate | undefined;

/** A key and its certificate, made once per process: an RSA key costs more than a whole reading of a small tenant. */
export function selfSignedCertificate(): SelfSignedCertificate {
  if (made !== undefined) return made;
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const name = commonName('Latchwork fake directory');
  const signed = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    sha256WithRsa,
    name,
    sequence(der(0x17, Buffer.from('250101000000Z')), der(0x17, Buffer.from('491231235959Z'))),
    name,
    keys.publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = sign('sha256', signed, keys.privateKey);
  const certificate = sequence(signed, sha256WithRsa, der(0x03, Buffer.from([0]), signature));
  made = {
    certificate: pem('CERTIFICATE', certificate),
    privateKey: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    publicKey: keys.publicKey.export({ type: 'spki', format: 'pem' }) as string,
    thumbprint: createHash('sha256').update(certificate).digest('base64url'),
  };
  return made;
}
