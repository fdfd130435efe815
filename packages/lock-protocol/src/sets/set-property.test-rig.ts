import type { CarriedObject, CarriedSet } from '../caller/lock-parcel.js';
import type { CryptoProvider, KeyPair } from '../crypto/crypto-provider.js';
import { epochSeconds, type Property } from '../session.test-rig.js';
import { type Bulletin, signBulletin } from './bulletin.js';
import type { SetEntry } from './set-entry.js';
import { type SetManifest, signSetManifest } from './set-manifest.js';
import { planSetBoxes } from './set-plan.js';
import type { SetRevision } from './set-revision.js';

/** A revision as the property gives it to whoever carries it. */
export interface PublishedSet extends SetRevision {
  readonly carried: CarriedSet;
  readonly entries: readonly SetEntry[];
}

/** The part of a property that decides which credentials one lock has. */
export interface SetProperty {
  /** The next revision of the set. */
  publish(entries: readonly SetEntry[], change?: Partial<SetManifest>): PublishedSet;
  /** The next revision as a bulletin: what must not open any more. */
  revoke(change: Partial<Bulletin>): CarriedObject & { readonly revision: number };
}

/** Makes the part of a property that signs sets, for one lock. */
export function createSetProperty(
  crypto: CryptoProvider,
  property: Pick<Property, 'trust' | 'certify'>,
  {
    key = crypto.ed25519KeyPair(),
    ...lock
  }: {
    readonly lockPublicKey: Uint8Array;
    readonly tag: Uint8Array;
    /** Signs the sets; one of its own when absent. */
    readonly key?: KeyPair;
  },
): SetProperty {
  const { epoch } = property.trust;
  const certificate = property.certify({ use: 'set', publicKey: key.publicKey });
  let revision = 0;
  let before: readonly SetEntry[] = [];
  const next = () => {
    revision += 1;
    return { lock: lock.tag, issuedAt: epochSeconds - 1000 + revision, epoch, revision };
  };
  return {
    publish(entries, change = {}) {
      const { digest, count, ...boxes } = planSetBoxes(crypto, { ...lock, before, after: entries });
      before = entries;
      const manifest = signSetManifest(crypto, key.secret, { ...next(), digest, count, ...change });
      return { epoch, revision, digest, entries, carried: { ...boxes, manifest, certificate } };
    },
    revoke(change) {
      const object = signBulletin(crypto, key.secret, { ...next(), ...change });
      return { object, certificate, revision };
    },
  };
}

/** An entry of a card; the same numbers make the same card. */
export function cardEntry(crypto: CryptoProvider, id: number, seed = 0): SetEntry {
  const bytes = crypto.sha256(Uint8Array.of(id >> 8, id, seed));
  return { id, credential: { kind: 'aes', uid: Uint8Array.of(4, ...bytes.slice(0, 6)), secret: bytes.slice(16) } };
}
