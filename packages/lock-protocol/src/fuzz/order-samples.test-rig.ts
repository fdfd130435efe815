import { encodeCommissionOrder, readCommissionOrder } from '../commissioning/commission-order.js';
import { decodeLockCertificate, signLockCertificate } from '../commissioning/lock-certificate.js';
import { equalBytes } from '../encoding/byte-strings.js';
import { encodeCbor } from '../encoding/cbor.js';
import { readObject, verifyObject } from '../encoding/cose.js';
import { decodeRequest } from '../message.js';
import { decodePropertyCertificate, signPropertyCertificate } from '../objects/property-certificate.js';
import { LockProtocolError } from '../protocol-error.js';
import { epochSeconds } from '../session.test-rig.js';
import type { Dice } from './dice.test-rig.js';
import { mutateCbor } from './mutate.test-rig.js';
import type { LockWorld } from './session.test-rig.js';
import type { FuzzWorld } from './world.test-rig.js';

/** Orders for the world's lock, of two properties, and others that look like them and are none. */
export function commissionOrderSamples(world: FuzzWorld): readonly Uint8Array[] {
  const { crypto, tag, lock, lockSigning, property, signers, signedCertificates, root, certificates } = world;
  const keys = { lock: tag, publicKey: lock.publicKey, signingPublicKey: lockSigning.publicKey };
  const base = { ...keys, property, issuedAt: epochSeconds, epoch: 1 };
  const lockCertificate = signLockCertificate(crypto, signers.cert.secret, base);
  const other = { root: crypto.ed25519KeyPair(), cert: crypto.ed25519KeyPair(), property: crypto.randomBytes(8) };
  const byOther = signPropertyCertificate(crypto, other.root.secret, {
    ...{ ...certificates.cert, property: other.property, publicKey: other.cert.publicKey },
  });
  const forOther = signLockCertificate(crypto, other.cert.secret, { ...base, property: other.property });
  const own = { rootPublicKey: root.publicKey, property, certificate: signedCertificates.cert, lockCertificate };
  const theirs = { rootPublicKey: other.root.publicKey, property: other.property, certificate: byOther };
  const signed = (change: Partial<typeof base>) =>
    signLockCertificate(crypto, signers.cert.secret, { ...base, ...change });
  return [
    own,
    { ...theirs, lockCertificate: forOther },
    // Of another lock, by any of its names.
    { ...own, lockCertificate: signed({ lock: crypto.randomBytes(8) }) },
    { ...own, lockCertificate: signed({ publicKey: crypto.x25519KeyPair().publicKey }) },
    { ...own, lockCertificate: signed({ signingPublicKey: other.cert.publicKey }) },
    // Signed by what does not hang together.
    { ...own, lockCertificate: signed({ epoch: 2 }) },
    { ...own, lockCertificate: signed({ property: other.property }) },
    { ...own, lockCertificate: forOther },
    { ...theirs, lockCertificate },
    { ...own, rootPublicKey: other.root.publicKey },
    { ...own, property: other.property },
    {
      ...{ ...own, certificate: signedCertificates.cmd },
      lockCertificate: signLockCertificate(crypto, signers.cmd.secret, base),
    },
  ].map(encodeCommissionOrder);
}

/** Changes an order, and has what it holds signed again by those who may. */
export function mutateOrder(world: FuzzWorld) {
  const resignCertificate = world.resign('OLP1-pac');
  const resignLock = world.resign('OLP1-lock');
  return (dice: Dice, body: Uint8Array): Uint8Array | undefined => {
    const read = readCommissionOrder(body);
    if (!read.ok) return undefined;
    const { order } = read;
    switch (dice.below(3)) {
      case 0:
        return encodeCommissionOrder({
          ...order,
          certificate: resignCertificate(dice, order.certificate) ?? order.certificate,
        });
      case 1:
        return encodeCommissionOrder({
          ...order,
          lockCertificate: resignLock(dice, order.lockCertificate) ?? order.lockCertificate,
        });
      default:
        return mutateCbor(dice, body);
    }
  };
}

/** The body of commission in a request; `undefined` for any other. */
export function orderIn(request: Uint8Array): Uint8Array | undefined {
  const decoded = decodeRequest(request);
  if (!decoded.readable || !('operation' in decoded.request)) return undefined;
  const { name, body } = decoded.request.operation;
  return name === 'commission' ? body : undefined;
}

/** Whether the chain of an order ends at the root that it names, and at this lock: SPEC §10.14 in other words than the lock's. */
export function isGoodOrder({ crypto, tag, lock, lockSigning }: LockWorld, body: Uint8Array): boolean {
  const read = readCommissionOrder(body);
  if (!read.ok) return false;
  const { rootPublicKey, property, certificate, lockCertificate } = read.order;
  try {
    const signer = decodePropertyCertificate(certificate);
    const certified = decodeLockCertificate(lockCertificate);
    const root = { publicKey: rootPublicKey, type: 'OLP1-pac' } as const;
    const cert = { publicKey: signer.publicKey, type: 'OLP1-lock', binding: encodeCbor(signer.epoch) } as const;
    return (
      verifyObject(crypto, readObject(certificate), root) !== undefined &&
      verifyObject(crypto, readObject(lockCertificate), cert) !== undefined &&
      signer.use === 'cert' &&
      equalBytes(signer.property, property) &&
      equalBytes(certified.property, property) &&
      equalBytes(certified.lock, tag) &&
      equalBytes(certified.publicKey, lock.publicKey) &&
      equalBytes(certified.signingPublicKey, lockSigning.publicKey) &&
      certified.p256PublicKey === undefined
    );
  } catch (error) {
    if (error instanceof LockProtocolError) return false;
    throw error;
  }
}
