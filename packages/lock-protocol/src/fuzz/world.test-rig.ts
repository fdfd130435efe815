import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { encodeCbor } from '../encoding/cbor.js';
import { type Claims, kidOf, readClaims, readObject, signObject } from '../encoding/cose.js';
import { encodeInfo } from '../encoding/gatt.js';
import type { LockContext, LockReadings } from '../lock/lock-state.js';
import type { LockTrust } from '../objects/lock-trust.js';
import type { ObjectType } from '../objects/object-type.js';
import {
  type CertificateUse,
  type PropertyCertificate,
  signPropertyCertificate,
} from '../objects/property-certificate.js';
import { epochSeconds, withSeed } from '../session.test-rig.js';
import type { Dice } from './dice.test-rig.js';
import { mutateClaims } from './mutate.test-rig.js';
import { hex } from './run.test-rig.js';

/** Uses of keys by the type of object that they sign; the others are signed by the root, or by the lock. */
const useOf = {
  'OLP1-cmd': 'cmd',
  'OLP1-time': 'cmd',
  'OLP1-grant': 'grant',
  'OLP1-set': 'set',
  'OLP1-bulletin': 'set',
  'OLP1-lock': 'cert',
} as const satisfies Partial<Record<ObjectType, CertificateUse>>;

/** Always the same property, lock and holder: so an input does tomorrow what it did today. */
export function createWorld() {
  const bare = createNodeCrypto();
  let drawing = withSeed(bare, 1);
  const crypto: CryptoProvider = {
    ...bare,
    randomBytes: (sizeBytes) => drawing.randomBytes(sizeBytes),
    x25519KeyPair: (secret) => drawing.x25519KeyPair(secret),
    p256KeyPair: (secret) => drawing.p256KeyPair(secret),
    ed25519KeyPair: (secret) => drawing.ed25519KeyPair(secret),
  };
  /** Before each input, so that what is drawn for it does not depend on those before it. */
  const rewind = (): void => {
    drawing = withSeed(bare, 2);
    ways.clear();
  };
  /** By which ways the machines went since then. */
  const ways = new Set<string>();
  const went = (way: string): void => void ways.add(way);
  const property = crypto.randomBytes(8);
  const tag = crypto.randomBytes(8);
  const challenge = crypto.randomBytes(8);
  const root = crypto.ed25519KeyPair();
  const signers = {
    set: crypto.ed25519KeyPair(),
    grant: crypto.ed25519KeyPair(),
    cmd: crypto.ed25519KeyPair(),
    cert: crypto.ed25519KeyPair(),
  };
  const maker = crypto.ed25519KeyPair();
  const lock = crypto.x25519KeyPair();
  const lockSigning = crypto.ed25519KeyPair();
  const holder = crypto.x25519KeyPair();
  const handshakeHash = crypto.randomBytes(32);
  const certificates = Object.fromEntries(
    Object.entries(signers).map(([use, { publicKey }]) => [
      use,
      {
        ...{ property, publicKey, use: use as CertificateUse, epoch: 1 },
        ...{ notBefore: epochSeconds - 86_400, expires: epochSeconds + 300 * 86_400 },
      },
    ]),
  ) as Record<CertificateUse, PropertyCertificate>;
  const signedCertificates = Object.fromEntries(
    Object.entries(certificates).map(([use, certificate]) => [
      use,
      signPropertyCertificate(crypto, root.secret, certificate),
    ]),
  ) as Record<CertificateUse, Uint8Array>;

  /** Everything that was ever signed here: what verifies and is not in it, is forged. */
  const signed = new Set<string>(Object.values(signedCertificates).map(hex));
  const secretOf = (type: ObjectType): { readonly secret: Uint8Array; readonly binding?: Uint8Array } => {
    if (type === 'OLP1-pac') return { secret: root.secret };
    if (type === 'OLP1-firmware') return { secret: maker.secret };
    if (type === 'OLP1-identity') return { secret: lockSigning.secret, binding: handshakeHash };
    if (type === 'OLP1-head' || type === 'OLP1-receipt') return { secret: lockSigning.secret };
    const { secret } = signers[useOf[type]];
    return type === 'OLP1-grant' ? { secret } : { secret, binding: encodeCbor(1) };
  };
  const sign = (type: ObjectType, claims: Claims): Uint8Array => {
    const { secret, binding } = secretOf(type);
    const kid = kidOf(crypto, crypto.ed25519KeyPair(secret).publicKey);
    const bytes = signObject(crypto, { secret, kid, type, claims, ...(binding ? { binding } : {}) });
    signed.add(hex(bytes));
    return bytes;
  };
  /** Notes what some other function signed with these secrets. */
  const note = (bytes: Uint8Array): Uint8Array => {
    signed.add(hex(bytes));
    return bytes;
  };
  /** Changes what an object claims, and signs it as its rightful signer would. */
  const resign =
    (type: ObjectType) =>
    (dice: Dice, input: Uint8Array): Uint8Array | undefined => {
      try {
        return sign(type, mutateClaims(dice, readClaims(readObject(input))));
      } catch {
        return undefined;
      }
    };

  const trust: LockTrust = { rootPublicKey: root.publicKey, property, epoch: 1 };
  const readings: LockReadings = {
    ...{ utcSeconds: epochSeconds, clockQuality: 'good', bolt: 'locked', batteryPercent: 50, privacy: false },
  };
  const info = encodeInfo({ versions: 1, suites: 1, maxMessageSizeBytes: 4096, tag, nonce: challenge });
  const lockContext: LockContext = {
    ...{ crypto, identity: lock, signingSecret: lockSigning.secret, setupSecret: crypto.randomBytes(16) },
    setCapacity: { entries: 64, bytes: 4096 },
    firmware: { makerPublicKey: maker.publicKey, model: 'LW-1', version: 3, slotSizeBytes: 65_536 },
  };
  return {
    ...{
      crypto,
      property,
      tag,
      challenge,
      root,
      signers,
      maker,
      lock,
      lockSigning,
      holder,
      handshakeHash,
      certificates,
    },
    ...{ signedCertificates, signed, sign, note, resign, trust, readings, info, lockContext },
    ...{ rewind, went, ways },
  };
}

export type FuzzWorld = ReturnType<typeof createWorld>;
