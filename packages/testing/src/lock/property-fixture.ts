import {
  type Authority,
  type CertificateUse,
  type CryptoProvider,
  type LockTrust,
  signCommandToken,
  signPropertyCertificate,
  signTimeToken,
} from '@latchwork/lock-protocol';

/** A key that a property signs with, and its root's word on what for. */
export interface PropertySigner {
  /** Ed25519, 32 bytes. */
  readonly secret: Uint8Array;
  readonly certificate: Uint8Array;
}

/** The signing side of a property, as a portal holds it: a root, and a certified key for each use. */
export interface PropertyFixture {
  /** What its locks are commissioned with. */
  readonly trust: LockTrust;
  /** Certificate of the key that signs command tokens. */
  readonly certificate: Uint8Array;
  /** Signs the time for the connection of this challenge, with the key that signs command tokens. */
  tellTime(o: { readonly tag: Uint8Array; readonly challenge: Uint8Array }): Uint8Array;
  /** The key for grants, sets, command tokens or lock certificates: always the same one for the same use. */
  signer(use: CertificateUse): PropertySigner;
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
  const property = crypto.randomBytes(8);
  const signers = new Map<CertificateUse, PropertySigner>();
  const makeSigner = (use: CertificateUse): PropertySigner => {
    const { secret, publicKey } = crypto.ed25519KeyPair();
    const [notBefore, expires] = [utcSeconds() - 60, utcSeconds() + 30 * 86_400];
    const certificate = signPropertyCertificate(crypto, root.secret, {
      ...{ property, publicKey, use, epoch, notBefore, expires },
    });
    return { secret, certificate };
  };
  const signer = (use: CertificateUse): PropertySigner => {
    const made = signers.get(use) ?? makeSigner(use);
    signers.set(use, made);
    return made;
  };
  const { secret, certificate } = signer('cmd');
  return {
    trust: { rootPublicKey: root.publicKey, property, epoch },
    certificate,
    signer,
    tellTime: ({ tag, challenge }) =>
      signTimeToken(crypto, secret, { lock: tag, challenge, issuedAt: utcSeconds(), epoch }),
    authorize({ tag, commandId, challenge, lifetimeSeconds = 20 }) {
      const token = signCommandToken(crypto, secret, {
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
