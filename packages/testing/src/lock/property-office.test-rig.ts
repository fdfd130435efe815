import {
  type Bulletin,
  type CarriedObject,
  type CarriedSet,
  type CryptoProvider,
  encodeCommissionOrder,
  type LockIdentity,
  planSetBoxes,
  type Right,
  type SetEntry,
  type SetRevision,
  type ShownObjects,
  signBulletin,
  signGrant,
  signLockCertificate,
  signSetManifest,
  signTimeToken,
} from '@latchwork/lock-protocol';
import { createPropertyFixture } from './property-fixture.js';

const epoch = 1;
const daySeconds = 86_400;

/** What a property's office signs for one lock, once it knows who that lock is. */
export type Office = ReturnType<typeof createOffice>;

/** A property with one lock: everything it signs, and nothing that only the lock or a phone can do. */
export function createOffice(crypto: CryptoProvider) {
  const property = createPropertyFixture({ crypto, epoch });
  const utcSeconds = () => Math.floor(Date.now() / 1000);
  let lock: LockIdentity | undefined;
  let revision = 0;
  let entries: readonly SetEntry[] = [];
  const known = (): LockIdentity => {
    if (!lock) throw new Error('The office has no lock yet.');
    return lock;
  };
  const nextWord = () => {
    revision += 1;
    return { lock: known().lock, epoch, revision, issuedAt: utcSeconds() };
  };
  return {
    trust: property.trust,
    lock: known,
    /** The order that makes this lock the property's. */
    async certify(identity: LockIdentity): Promise<Uint8Array> {
      lock = identity;
      const { secret, certificate } = property.signer('cert');
      const { property: tag, rootPublicKey } = property.trust;
      const lockCertificate = signLockCertificate(crypto, secret, {
        ...{ ...identity, property: tag, issuedAt: utcSeconds(), epoch },
      });
      return encodeCommissionOrder({ rootPublicKey, property: tag, certificate, lockCertificate });
    },
    async tellTime(challenge: Uint8Array): Promise<CarriedObject> {
      const { secret, certificate } = property.signer('cmd');
      const token = { lock: known().lock, issuedAt: utcSeconds(), challenge, epoch };
      return { object: signTimeToken(crypto, secret, token), certificate };
    },
    authorize: (o: { readonly commandId: Uint8Array; readonly challenge: Uint8Array }) =>
      property.authorize({ tag: known().lock, ...o }),
    grant(
      holderPublicKey: Uint8Array,
      rights: readonly Right[],
    ): Required<Pick<ShownObjects, 'grant' | 'certificate'>> {
      const { secret, certificate } = property.signer('grant');
      const issuedAt = utcSeconds();
      const grant = signGrant(crypto, secret, {
        ...{ grantId: crypto.randomBytes(8), locks: [known().lock], holderPublicKey, rights, epoch },
        ...{ issuedAt, notBefore: issuedAt - 60, expires: issuedAt + daySeconds },
      });
      return { grant, certificate };
    },
    /** The next revision of the lock's set. */
    publish(after: readonly SetEntry[]): SetRevision & { readonly carried: CarriedSet } {
      const { secret, certificate } = property.signer('set');
      const { lock: tag, publicKey: lockPublicKey } = known();
      const { digest, count, ...boxes } = planSetBoxes(crypto, { lockPublicKey, tag, before: entries, after });
      entries = after;
      const manifest = signSetManifest(crypto, secret, { ...nextWord(), digest, count });
      return { epoch, revision, digest, carried: { ...boxes, manifest, certificate } };
    },
    /** The next revision as a bulletin: what must not open any more. */
    revoke(what: Pick<Bulletin, 'deniedEntries'>) {
      const { secret, certificate } = property.signer('set');
      const object = signBulletin(crypto, secret, { ...nextWord(), ...what });
      return { epoch, revision, carried: { object, certificate } };
    },
  };
}
