import { encodeEnroll } from '../cards/card-report.js';
import { encodeDecommission } from '../commissioning/commission-operation.js';
import { signFirmwareManifest } from '../firmware/firmware-manifest.js';
import { encodeFirmwarePiece } from '../firmware/firmware-message.js';
import type { OperationName } from '../lock/operation-message.js';
import { encodeLogAcknowledge, encodeLogRead } from '../log/log-operation.js';
import { signTimeToken } from '../objects/time-token.js';
import { epochSeconds } from '../session.test-rig.js';
import { signBulletin } from '../sets/bulletin.js';
import { sealSetBox } from '../sets/set-box.js';
import { encodeSetEntry, hashSetEntry, setDigest } from '../sets/set-entry.js';
import { signSetManifest } from '../sets/set-manifest.js';
import { encodeSetChange } from '../sets/set-message.js';
import { encodeSetSummaryRequest } from '../sets/set-summary.js';
import { sampleEntries } from './set-targets.test-rig.js';
import type { FuzzTarget } from './target.test-rig.js';
import type { FuzzWorld } from './world.test-rig.js';

export interface BodySamples {
  readonly corpus: readonly Uint8Array[];
  readonly mutate?: FuzzTarget['mutate'];
}

/** Bodies that operations take, by name; the others begin with nothing. */
export function operationBodies(world: FuzzWorld): Readonly<Partial<Record<OperationName, BodySamples>>> {
  const { crypto, signers, tag, challenge, maker } = world;
  const base = { lock: tag, issuedAt: epochSeconds, epoch: 1 };
  const lockKeys = { lockPublicKey: world.lock.publicKey, tag };
  const entries = sampleEntries(world).map(encodeSetEntry);
  const image = crypto.randomBytes(300);
  const firmware = { model: 'LW-1', version: 7, size: image.length, digest: crypto.sha256(image) };
  const time = signTimeToken(crypto, signers.cmd.secret, { ...base, challenge });
  const bulletin = signBulletin(crypto, signers.set.secret, { ...base, revision: 8, deniedEntries: [3] });
  return {
    time: { corpus: [world.note(time)], mutate: world.resign('OLP1-time') },
    'log-read': { corpus: [encodeLogRead({ after: 0, max: 3 }), encodeLogRead({ after: 1 })] },
    'log-acknowledge': { corpus: [encodeLogAcknowledge({ seq: 0, hash: new Uint8Array(32) })] },
    'set-begin': { corpus: [sampleManifest(world)], mutate: world.resign('OLP1-set') },
    'set-summary': { corpus: [encodeSetSummaryRequest({}), encodeSetSummaryRequest({ bucket: 3 })] },
    bulletin: { corpus: [world.note(bulletin)], mutate: world.resign('OLP1-bulletin') },
    'set-put': {
      corpus: [sealSetBox(crypto, { ...lockKeys, ephemeral: crypto.x25519KeyPair() }, encodeSetChange({ entries }))],
    },
    decommission: { corpus: [encodeDecommission(challenge)] },
    enroll: { corpus: [encodeEnroll(5)] },
    'firmware-offer': {
      corpus: [world.note(signFirmwareManifest(crypto, maker.secret, firmware))],
      mutate: world.resign('OLP1-firmware'),
    },
    'firmware-put': { corpus: [encodeFirmwarePiece({ offset: 0, bytes: image })] },
  };
}

export function sampleManifest(world: FuzzWorld): Uint8Array {
  const { crypto, signers, tag } = world;
  const hashes = new Map(sampleEntries(world).map((entry) => [entry.id, hashSetEntry(crypto, encodeSetEntry(entry))]));
  const set = { digest: setDigest(crypto, hashes), count: hashes.size };
  const manifest = { lock: tag, issuedAt: epochSeconds, epoch: 1, revision: 7, ...set };
  return world.note(signSetManifest(crypto, signers.set.secret, manifest));
}
