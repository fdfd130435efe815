import {
  type CertificateUse,
  type CryptoProvider,
  createLockSession,
  type Grant,
  type LockSession,
  planSetBoxes,
  type SetEntry,
  signCommandToken,
  signGrant,
  signPropertyCertificate,
  signSetManifest,
} from '@latchwork/lock-protocol';

/** UTC seconds at which everything here happens. */
export const utcSeconds = 1_799_654_400;

/** A property with one lock and one holder, and what it signs for them. */
export function createProperty(crypto: CryptoProvider) {
  const root = crypto.ed25519KeyPair();
  const signers = { cmd: crypto.ed25519KeyPair(), grant: crypto.ed25519KeyPair(), set: crypto.ed25519KeyPair() };
  const property = crypto.randomBytes(8);
  const tag = crypto.randomBytes(8);
  const identity = crypto.x25519KeyPair();
  const signingSecret = crypto.randomBytes(32);
  const holder = crypto.x25519KeyPair();
  const trust = { rootPublicKey: root.publicKey, property, epoch: 1 };
  const certify = (use: CertificateUse & keyof typeof signers) =>
    signPropertyCertificate(crypto, root.secret, {
      ...{ property, publicKey: signers[use].publicKey, use, epoch: 1 },
      ...{ notBefore: utcSeconds - 86_400, expires: utcSeconds + 300 * 86_400 },
    });
  const certificates = { cmd: certify('cmd'), grant: certify('grant'), set: certify('set') };
  const readings = { utcSeconds, clockQuality: 'good', bolt: 'locked', batteryPercent: 80, privacy: false } as const;
  const grant: Grant = {
    ...{ grantId: crypto.randomBytes(8), locks: [tag], epoch: 1, holderPublicKey: holder.publicKey },
    ...{ notBefore: utcSeconds - 60, issuedAt: utcSeconds - 60, expires: utcSeconds + 86_400 },
    rights: ['unlock', 'local'],
  };
  return {
    ...{ crypto, tag, identity, holder, trust, certificates, readings },
    lockContext: { crypto, identity, signingSecret },
    grant: signGrant(crypto, signers.grant.secret, grant),
    token: (commandId: Uint8Array, challenge: Uint8Array) =>
      signCommandToken(crypto, signers.cmd.secret, {
        ...{ lock: tag, commandId, challenge, action: 'unlock', epoch: 1 },
        ...{ issuedAt: utcSeconds, expires: utcSeconds + 20 },
      }),
    /** A revision of the lock's set, as a courier has it. */
    carriedSet(revision: number, o: { readonly before: readonly SetEntry[]; readonly after: readonly SetEntry[] }) {
      const plan = planSetBoxes(crypto, { lockPublicKey: identity.publicKey, tag, ...o });
      const { digest, count } = plan;
      const manifest = signSetManifest(crypto, signers.set.secret, {
        ...{ lock: tag, issuedAt: utcSeconds, epoch: 1, revision, digest, count },
      });
      return { ...plan, manifest, certificate: certificates.set };
    },
    startLock: (): LockSession =>
      createLockSession({
        ...{ crypto, identity, tag, signingSecret, trust: () => trust, readings: () => readings },
        actuate: async () => ({ outcome: 'executed', bolt: 'unlocked' }),
        ...{ setCapacity: { entries: 1000, bytes: 65_536 }, writeSet: () => undefined, writeLog: () => undefined },
        now: () => performance.now(),
      }),
  };
}

export type BenchProperty = ReturnType<typeof createProperty>;

/** So many cards that each prove by AES that they are no copies. */
export function aesCards(crypto: CryptoProvider, count: number): readonly SetEntry[] {
  return Array.from({ length: count }, (_, id) => ({
    id,
    credential: { kind: 'aes', uid: Uint8Array.of(4, ...crypto.randomBytes(6)), secret: crypto.randomBytes(16) },
  }));
}
