import {
  type Authority,
  type CryptoProvider,
  type KeyPair,
  type LockTrust,
  type PropertyCertificate,
  signCommandToken,
  signPropertyCertificate,
  signTimeToken,
} from '@latchwork/lock-protocol';

/** The signing side of a property, as a portal holds it: a root, and a certified key for command tokens. */
export interface PropertyFixture {
  /** What its locks are commissioned with. */
  readonly trust: LockTrust;
  /** Certificate of the key that signs command tokens. */
  readonly certificate: Uint8Array;
  /** Certifies another key of the property, for another use. */
  certify(o: { readonly use: PropertyCertificate['use']; readonly publicKey: Uint8Array }): Uint8Array;
  /** Signs the time for the connection of this challenge, with the key that signs command tokens. */
  tellTime(o: { readonly tag: Uint8Array; readonly challenge: Uint8Array }): Uint8Array;
  /** Signs a token that opens this lock on the connection of this challenge, within `lifetimeSeconds` (default 20). */
  authorize(o: {
    readonly tag: Uint8Array;
    readonly commandId: Uint8Array;
    readonly challenge: Uint8Array;
    readonly lifetimeSeconds?: number;
  }): Authority;
}

/** Makes a property with fresh secrets, for tests that talk to a simulated lock without a portal. */
export function createPropertyFixture(o: {
  readonly crypto: CryptoProvider;
  /** Epoch milliseconds. Default: the machine's clock. */
  readonly now?: () => number;
  readonly epoch?: number;
}): PropertyFixture {
  const { crypto } = o;
  const now = o.now ?? Date.now;
  const epoch = o.epoch ?? 1;
  const utcSeconds = (): number => Math.floor(now() / 1000);
  const root = crypto.ed25519KeyPair();
  const signer: KeyPair = crypto.ed25519KeyPair();
  const property = crypto.randomBytes(8);
  const certify: PropertyFixture['certify'] = ({ use, publicKey }) =>
    signPropertyCertificate(crypto, root.secret, {
      ...{ property, publicKey, use, epoch },
      notBefore: utcSeconds() - 60,
      expires: utcSeconds() + 30 * 86_400,
    });
  const certificate = certify({ use: 'cmd', publicKey: signer.publicKey });
  return {
    trust: { rootPublicKey: root.publicKey, property, epoch },
    certificate,
    certify,
    tellTime: ({ tag, challenge }) =>
      signTimeToken(crypto, signer.secret, { lock: tag, challenge, issuedAt: utcSeconds(), epoch }),
    authorize({ tag, commandId, challenge, lifetimeSeconds = 20 }) {
      const token = signCommandToken(crypto, signer.secret, {
        lock: tag,
        commandId,
        action: 'unlock',
        challenge,
        issuedAt: utcSeconds(),
        expires: utcSeconds() + lifetimeSeconds,
        epoch,
      });
      return { kind: 'token', token, certificate };
    },
  };
}
