import { encodeCommissionOrder, readCommissionOrder } from '../commissioning/commission-order.js';
import { decodeIdentity, signIdentity, verifyIdentity } from '../commissioning/identity-statement.js';
import { decodeInstallProgress, encodeInstallProgress } from '../commissioning/installer-progress.js';
import {
  decodeLockCertificate,
  signLockCertificate,
  verifyLockCertificate,
} from '../commissioning/lock-certificate.js';
import { epochSeconds } from '../session.test-rig.js';
import { signedTargets } from './object-targets.test-rig.js';
import { type FuzzTarget, readerTarget } from './target.test-rig.js';
import type { FuzzWorld } from './world.test-rig.js';

/** What passes between a lock, its installer and the property while it is commissioned. */
export function commissionTargets(world: FuzzWorld): readonly FuzzTarget[] {
  const { crypto, tag, lock, lockSigning, property, signers, certificates, handshakeHash, root } = world;
  const keys = { lock: tag, publicKey: lock.publicKey, signingPublicKey: lockSigning.publicKey };
  const both = { ...keys, p256PublicKey: crypto.p256KeyPair().publicKey };
  const identity = { ...keys, resets: 0 };
  const certificate = { ...keys, property, issuedAt: epochSeconds, epoch: 1 };
  const statement = signIdentity(crypto, lockSigning.secret, { identity, handshakeHash });
  const order = encodeCommissionOrder({
    ...{ rootPublicKey: root.publicKey, property, certificate: world.signedCertificates.cert },
    lockCertificate: signLockCertificate(crypto, signers.cert.secret, certificate),
  });
  return [
    ...signedTargets(world, {
      ...{ name: 'identity', type: 'OLP1-identity', covers: ['decodeIdentity', 'verifyIdentity'] },
      values: [identity, { ...both, resets: 3 }],
      decode: decodeIdentity,
      sign: (value) => signIdentity(crypto, lockSigning.secret, { identity: value, handshakeHash }),
      verify: (bytes) => verifyIdentity(crypto, bytes, { handshakeHash, publicKey: lock.publicKey, tag }),
    }),
    ...signedTargets(world, {
      ...{ name: 'lock certificate', type: 'OLP1-lock', covers: ['decodeLockCertificate', 'verifyLockCertificate'] },
      values: [certificate, { ...certificate, ...both }],
      decode: (bytes) => ({ ...decodeLockCertificate(bytes), epoch: 1 }),
      sign: (value) => signLockCertificate(crypto, signers.cert.secret, value),
      verify: (bytes) => verifyLockCertificate(crypto, bytes, { certificate: certificates.cert, epoch: 1 }),
    }),
    readerTarget({
      ...{ name: 'commission order', covers: ['readCommissionOrder'], corpus: [order], write: encodeCommissionOrder },
      read: (input) => {
        const read = readCommissionOrder(input);
        return read.ok ? read.order : undefined;
      },
    }),
    readerTarget({
      ...{ name: 'install progress', covers: ['decodeInstallProgress'], read: decodeInstallProgress },
      corpus: [
        encodeInstallProgress({ at: 'identified', statement, handshakeHash }),
        encodeInstallProgress({ at: 'certified', statement, handshakeHash, order }),
        encodeInstallProgress({ at: 'confirmed', statement, handshakeHash, order, head: statement }),
      ],
      write: encodeInstallProgress,
    }),
  ];
}
