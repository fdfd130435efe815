import {
  type CertificateUse,
  type CryptoProvider,
  encodeCommissionOrder,
  type Grant,
  type KeyPair,
  type LockAction,
  type LockKeys,
  type LockTrust,
  signCommandToken,
  signGrant,
  signLockCertificate,
  signPropertyCertificate,
  signTimeToken,
} from '@latchwork/lock-protocol';
import { toHex } from './hex.js';
import type { GrantTruth, SignerTruth, TokenTruth } from './truth.js';

/** A key that signs for a property, with the root's word on it. */
export interface PropertySigner {
  readonly secret: Uint8Array;
  readonly certificate: Uint8Array;
  readonly truth: SignerTruth;
}

/** Everything of a grant that its property decides; the rest follows. */
export type GrantDraft = Omit<GrantTruth, 'kind' | 'id' | 'bytes' | 'certificate' | 'signer'> & {
  readonly holderPublicKey: Uint8Array;
};

/** The signing side of a property, with every key it ever had. */
export interface Property {
  readonly trust: LockTrust;
  readonly epoch: number;
  /** The key of a use that signs now, or the first there ever was. */
  signer(use: CertificateUse, which?: 'newest' | 'first'): PropertySigner;
  /** After a theft: new keys, and locks that learn of it refuse the old ones. */
  raiseEpoch(): void;
  /** The property's word that a lock with these keys is its own. */
  order(keys: LockKeys): { readonly order: Uint8Array; readonly epoch: number };
  grant(draft: GrantDraft, tags: readonly Uint8Array[], signer?: PropertySigner): GrantTruth;
  token(o: TokenDraft, signer?: PropertySigner): TokenTruth;
  time(o: { readonly tag: Uint8Array; readonly challenge: Uint8Array; readonly utc: number }): {
    readonly bytes: Uint8Array;
    readonly certificate: Uint8Array;
  };
}

/** What a command token is signed for. */
export interface TokenDraft {
  readonly lock: number;
  readonly tag: Uint8Array;
  readonly commandId: Uint8Array;
  readonly action: LockAction;
  readonly challenge: Uint8Array;
  readonly lifetimeSeconds: number;
  readonly utc: number;
  /** Milliseconds of the world. */
  readonly ms: number;
}

const certificateSeconds = 120 * 86_400;
const renewalSeconds = 10 * 86_400;

/** Makes a property with a root and keys of its own. `isOwn`: whether the locks of this world obey it. */
export function createProperty(
  crypto: CryptoProvider,
  o: { readonly utc: () => number; readonly isOwn: boolean; readonly root?: KeyPair; readonly tag?: Uint8Array },
): Property & { readonly root: KeyPair } {
  const root = o.root ?? crypto.ed25519KeyPair();
  const tag = o.tag ?? crypto.randomBytes(8);
  const signers = new Map<CertificateUse, PropertySigner[]>();
  let epoch = 1;

  function makeSigner(use: CertificateUse): PropertySigner {
    const { secret, publicKey } = crypto.ed25519KeyPair();
    const notBefore = Math.floor(o.utc()) - 3600;
    const truth = { isOwn: o.isOwn, use, epoch, notBefore, expires: notBefore + certificateSeconds };
    const { expires } = truth;
    const certificate = signPropertyCertificate(crypto, root.secret, {
      ...{ property: tag, publicKey, use, epoch, notBefore, expires },
    });
    const made = { secret, certificate, truth };
    signers.set(use, [...(signers.get(use) ?? []), made]);
    return made;
  }

  /** The key of a use; one whose certificate soon ends is followed by a new one. */
  function signer(use: CertificateUse, which: 'newest' | 'first' = 'newest'): PropertySigner {
    const [first] = signers.get(use) ?? [];
    if (which === 'first' && first !== undefined) return first;
    const newest = signers.get(use)?.at(-1);
    const isGood = newest?.truth.epoch === epoch && newest.truth.expires > o.utc() + renewalSeconds;
    return newest && isGood ? newest : makeSigner(use);
  }

  for (const use of ['cmd', 'grant', 'set'] as const) makeSigner(use);
  return {
    root,
    trust: { rootPublicKey: root.publicKey, property: tag, epoch },
    get epoch() {
      return epoch;
    },
    signer,
    raiseEpoch() {
      epoch += 1;
    },
    order({ lock, publicKey, signingPublicKey }) {
      const { secret, certificate, truth } = signer('cert');
      const issuedAt = Math.floor(o.utc());
      const keys = { lock, publicKey, signingPublicKey, property: tag, issuedAt, epoch: truth.epoch };
      const lockCertificate = signLockCertificate(crypto, secret, keys);
      const order = encodeCommissionOrder({
        rootPublicKey: root.publicKey,
        property: tag,
        certificate,
        lockCertificate,
      });
      return { order, epoch: truth.epoch };
    },
    grant({ holderPublicKey, ...draft }, tags, by = signer('grant')) {
      const grantId = crypto.randomBytes(8);
      const { notBefore, expires, issuedAt, rights, flags, isGateway, slot, issue, schedule } = draft;
      const grant: Grant = {
        ...{ grantId, locks: tags, notBefore, expires, issuedAt, holderPublicKey, rights, epoch: by.truth.epoch },
        ...(flags.length > 0 ? { flags } : {}),
        ...(isGateway ? { role: 'gateway' as const } : {}),
        ...(slot === undefined || issue === undefined ? {} : { slot, issue }),
        ...(schedule === undefined ? {} : { schedule }),
      };
      const { certificate, truth, secret } = by;
      const bytes = signGrant(crypto, secret, grant);
      return { ...draft, kind: 'grant', id: toHex(grantId), bytes, certificate, signer: truth };
    },
    token({ lock, tag: of, commandId, action, challenge, lifetimeSeconds, utc, ms }, by = signer('cmd')) {
      const { certificate, truth, secret } = by;
      const issuedAt = Math.floor(utc);
      const expires = issuedAt + lifetimeSeconds;
      const bytes = signCommandToken(crypto, secret, {
        ...{ lock: of, commandId, action, challenge, issuedAt, expires, epoch: truth.epoch },
      });
      return {
        ...{ kind: 'token', bytes, certificate, signer: truth, lock, commandId: toHex(commandId), action, issuedAt },
        ...{ challenge: toHex(challenge), endsAt: ms + lifetimeSeconds * 1000 },
      };
    },
    time({ tag: of, challenge, utc }) {
      const { certificate, truth, secret } = signer('cmd');
      const issuedAt = Math.floor(utc);
      return {
        certificate,
        bytes: signTimeToken(crypto, secret, { lock: of, issuedAt, challenge, epoch: truth.epoch }),
      };
    },
  };
}
