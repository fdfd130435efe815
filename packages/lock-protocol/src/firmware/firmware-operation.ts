import { equalBytes } from '../encoding/byte-strings.js';
import type { LogFact } from '../lock/lock-entry.js';
import {
  answerOnly,
  noBody,
  type OperationContext,
  type OperationDecision,
  type OperationHandler,
  refusalOfGrant,
} from '../lock/operation-context.js';
import type { OperationName } from '../lock/operation-message.js';
import { encodeLogNumbers, logActorSizeBytes } from '../log/lock-log.js';
import { type FirmwareManifest, verifyFirmwareManifest } from './firmware-manifest.js';
import { type FirmwareMemory, isImageWhole, otherSlot } from './firmware-memory.js';
import { encodeFirmwareHeld, readFirmwarePiece } from './firmware-message.js';
import type { FirmwareParts } from './firmware-state.js';

type FirmwareHandler = (o: OperationContext, parts: FirmwareParts) => OperationDecision;

/** A lock that knows no maker takes no firmware, and nobody changes it without the right to. */
function withRight(handler: FirmwareHandler): OperationHandler {
  return (o) => {
    const { firmware } = o.lock;
    if (firmware === undefined) return answerOnly(o, 'unsupported', false);
    return refusalOfGrant(o, 'update-firmware') ?? handler(o, firmware);
  };
}

/** The operations that carry firmware to a lock (SPEC §10.13). */
export const firmwareOperations = {
  'firmware-offer': withRight(decideOffer),
  'firmware-put': withRight(decidePut),
  'firmware-commit': withRight(decideCommit),
} as const satisfies Partial<Record<OperationName, OperationHandler>>;

/** Why a maker's image is not taken; `undefined` when it is. */
function refusalOf(
  manifest: FirmwareManifest,
  { model, version, slotSizeBytes }: FirmwareParts,
  { leastVersion, trial }: FirmwareMemory,
): 'wrong-lock' | 'duplicate' | 'revision-old' | 'full' | 'busy' | undefined {
  if (manifest.model !== model) return 'wrong-lock';
  if (manifest.version === version) return 'duplicate';
  if (manifest.version < version || manifest.version < leastVersion) return 'revision-old';
  if (manifest.size > slotSizeBytes) return 'full';
  return trial === undefined ? undefined : 'busy';
}

function decideOffer(o: OperationContext, parts: FirmwareParts): OperationDecision {
  const { crypto, memory } = o;
  const { firmware } = memory;
  const { body: signed } = o.operation;
  const decision = verifyFirmwareManifest(crypto, signed, parts.makerPublicKey);
  if (!decision.ok) return answerOnly(o, decision.code, true);
  const code = refusalOf(decision.manifest, parts, firmware);
  if (code !== undefined) return answerOnly(o, code, true);
  const { staging } = firmware;
  if (staging !== undefined && equalBytes(staging.manifest, signed)) {
    return { code: 'ok', body: encodeFirmwareHeld(staging.heldBytes), memory, verified: true };
  }
  const begun = { ...firmware, staging: { manifest: signed, pieces: [], heldBytes: 0 } };
  return {
    ...{ code: 'ok', body: encodeFirmwareHeld(0), memory: { ...memory, firmware: begun }, verified: true },
    effects: [{ type: 'write-firmware', slot: otherSlot(firmware), erase: true }],
  };
}

/** Pieces come in order; one that came before changes nothing. */
function decidePut(o: OperationContext, parts: FirmwareParts): OperationDecision {
  const { memory } = o;
  const { firmware } = memory;
  const staged = stagedIn(o, parts);
  const piece = readFirmwarePiece(o.operation.body);
  if (typeof piece === 'string') return answerOnly(o, piece, true);
  if (staged === undefined) return answerOnly(o, 'bad-frame', true);
  const { staging, manifest } = staged;
  const { offset, bytes } = piece;
  const end = offset + bytes.length;
  if (end <= staging.heldBytes) return answerOnly(o, 'ok', true);
  if (offset !== staging.heldBytes || end > manifest.size) return answerOnly(o, 'bad-frame', true);
  const longer = { ...staging, pieces: [...staging.pieces, bytes], heldBytes: end };
  return {
    ...{ code: 'ok', body: noBody, memory: { ...memory, firmware: { ...firmware, staging: longer } }, verified: true },
    effects: [{ type: 'write-firmware', slot: otherSlot(firmware), offset, bytes }],
  };
}

/** The image is whole: the lock starts it, once, and goes back if it does not prove itself. */
function decideCommit(o: OperationContext, parts: FirmwareParts): OperationDecision {
  const { crypto, memory } = o;
  const { staging: held, ...kept } = memory.firmware;
  const staged = stagedIn(o, parts);
  if (staged === undefined) return answerOnly(o, kept.trial ? 'ok' : 'bad-frame', true);
  const { staging, manifest } = staged;
  const { version, leastVersion = 0, size, digest } = manifest;
  if (staging.heldBytes < size) return answerOnly(o, 'digest', true);
  const fact = firmwareFact(digest, parts.version, version);
  if (!isImageWhole(crypto, staging, manifest)) {
    const entry: LogFact = { ...fact, result: 'digest' };
    return { ...answerOnly(o, 'digest', true), memory: { ...memory, firmware: kept }, entry };
  }
  const trial = { version, leastVersion, size, digest, versionBefore: parts.version, isBegun: false };
  return {
    ...{ code: 'ok', body: noBody, memory: { ...memory, firmware: { ...kept, trial } }, verified: true },
    ...{ entry: fact, farewell: [{ type: 'restart' }] },
  };
}

/** What is on its way, when the lock would still take it: the maker, or what runs, may be another since. */
function stagedIn({ crypto, memory }: OperationContext, parts: FirmwareParts) {
  const { firmware } = memory;
  const { staging } = firmware;
  if (staging === undefined) return undefined;
  const decision = verifyFirmwareManifest(crypto, staging.manifest, parts.makerPublicKey);
  if (!decision.ok || refusalOf(decision.manifest, parts, firmware) !== undefined) return undefined;
  return { staging, manifest: decision.manifest };
}

/** What the log says when a lock goes from one version to another, or back. */
export function firmwareFact(digest: Uint8Array, before: number, after: number): LogFact {
  const commandId = encodeLogNumbers(before, after);
  return { type: 'firmware', result: 'ok', actor: digest.slice(0, logActorSizeBytes), commandId };
}
