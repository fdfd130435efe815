import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { equalBytes } from '../encoding/byte-strings.js';
import { type LogFact, logAtLock } from '../lock/lock-entry.js';
import { type LockMemory, raiseFloor, raiseTimeFloor } from '../lock/lock-memory.js';
import type { LockEffect } from '../lock/lock-state.js';
import type { SetStatus } from '../lock/lock-status.js';
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
import { certificateOf } from '../objects/known-certificates.js';
import { unverifiedCodes } from '../objects/object-decision.js';
import { type Receipt, signReceipt } from '../objects/receipt.js';
import type { Revocations, RevokingObject } from '../objects/revocation-claims.js';
import { verifyBulletin } from './bulletin.js';
import { type HeldEntry, holdEntry } from './held-entry.js';
import { type HeldSet, hashesOf, type SetStaging, standingOf, toldSet } from './held-set.js';
import type { SetCapacity, SetWrite } from './set-bank.js';
import { openSetBox } from './set-box.js';
import { type RevokingContext, type SetManifest, verifySetManifest } from './set-manifest.js';
import { encodeSetBeginning, readSetChange, type SetBeginning } from './set-message.js';
import { compareRevisions, type Revision, type SetRevision } from './set-revision.js';
import { beginStaging, changeStaging, commitStaging, isStagingWhole, type StagingStep } from './set-staging.js';
import { encodeSetSummary, readSetSummaryRequest, summarizeSet } from './set-summary.js';

/** What a lock that takes sets has. */
interface SetLock {
  readonly signingSecret: Uint8Array;
  readonly capacity: SetCapacity;
}

type SetHandler = (o: OperationContext, lock: SetLock) => OperationDecision;

/** A lock that cannot sign receipts, or has nowhere to keep a set, takes none. */
function onSetLock(handler: SetHandler): OperationHandler {
  return (o) => {
    const { signingSecret, setCapacity: capacity } = o.lock;
    return signingSecret && capacity ? handler(o, { signingSecret, capacity }) : answerOnly(o, 'unsupported', false);
  };
}

/** The operations that carry a credential set to a lock (SPEC §10.9). */
export const setOperations = {
  'set-begin': onSetLock(decideBegin),
  'set-put': onSetLock(decidePut),
  'set-commit': onSetLock(decideCommit),
  'set-abort': onSetLock(decideAbort),
  'set-summary': onSetLock(decideSummary),
  bulletin: onSetLock(decideBulletin),
} as const satisfies Partial<Record<OperationName, OperationHandler>>;

/** What a lock's status says of its set. */
export function setStatusOf(crypto: CryptoProvider, set: HeldSet): SetStatus {
  const { epoch, revision, digest } = toldSet(crypto, set);
  return {
    ...{ epoch, revision, standing: standingOf(set) },
    ...(revision === 0 ? {} : { digest }),
    ...(set.staging ? { staged: set.staging.entries.size } : {}),
  };
}

/** Anybody with a session may bring a manifest: it speaks for itself. */
function decideBegin(o: OperationContext, { capacity }: SetLock): OperationDecision {
  const { crypto, memory } = o;
  const { body: signed } = o.operation;
  const decision = verifySetManifest(crypto, signed, revokingContext(o, signed));
  if (!decision.ok) return answerOnly(o, decision.code, !unverifiedCodes.includes(decision.code));
  const { manifest } = decision;
  const place = placeOf(memory.set, manifest);
  if (place === 'revision-old') return answerOnly(o, place, true);
  if (place === 'digest') return alarm(o, { type: 'set-applied', object: manifest, hash: manifest.digest });
  const timed = timedBy(o, manifest);
  if (place !== 'begun') return beginning({ memory: timed, manifest, place });
  const step = beginStaging(crypto, memory.set, { manifest, signed, capacity });
  if (step === 'full') return answerOnly(o, step, true);
  return {
    ...beginning({ memory: withStaging(timed, step.staging), manifest, place }),
    effects: written(step.writes),
  };
}

function beginning(o: {
  readonly memory: LockMemory;
  readonly manifest: SetManifest;
  readonly place: SetBeginning;
}): OperationDecision {
  const { memory, manifest, place } = o;
  return { code: 'ok', body: encodeSetBeginning(place), memory, verified: true, manifest };
}

/** Where a manifest stands beside what the lock obeys, was told, and has staged. */
function placeOf(
  { mark, isDamaged, bulletin, staging }: HeldSet,
  manifest: SetManifest,
): SetBeginning | 'revision-old' | 'digest' {
  const order = mark === undefined ? 1 : compareRevisions(manifest, mark);
  if (order < 0) return 'revision-old';
  if (order === 0 && !equalBytes(manifest.digest, mark?.digest ?? manifest.digest)) return 'digest';
  if (order === 0 && !isDamaged) return 'applied';
  if (bulletin !== undefined && compareRevisions(manifest, bulletin) === 0) return 'digest';
  const staged = staging === undefined ? 1 : compareRevisions(manifest, staging.manifest);
  if (staging === undefined || staged > 0) return 'begun';
  if (staged < 0) return 'revision-old';
  return equalBytes(manifest.digest, staging.manifest.digest) ? 'resumed' : 'digest';
}

function decidePut(o: OperationContext, { capacity }: SetLock): OperationDecision {
  const { crypto, tag, memory } = o;
  const staging = stagedFor(o);
  if (staging === undefined) return answerOnly(o, 'no-right', false);
  if (staging.manifest.epoch < o.trust.epoch) return answerOnly(o, 'epoch', true);
  const plaintext = openSetBox(crypto, { identity: o.lock.identity, tag }, o.operation.body);
  if (plaintext === undefined) return answerOnly(o, 'auth', true);
  const change = readSetChange(plaintext);
  if (typeof change === 'string') return answerOnly(o, change, true);
  const entries: HeldEntry[] = [];
  for (const encoded of change.entries) {
    const entry = holdEntry(crypto, o.lock.identity.secret, encoded);
    if (typeof entry === 'string') return answerOnly(o, entry, true);
    entries.push(entry);
  }
  const step: StagingStep = changeStaging(crypto, staging, { change: { ...change, entries }, capacity });
  if (step === 'full') return answerOnly(o, step, true);
  if (step.writes.length === 0) return answerOnly(o, 'ok', true);
  return {
    code: 'ok',
    body: noBody,
    memory: withStaging(memory, step.staging),
    verified: true,
    effects: written(step.writes),
  };
}

function decideCommit(o: OperationContext, lock: SetLock): OperationDecision {
  const { crypto, memory } = o;
  const staging = stagedFor(o);
  if (staging === undefined) {
    return isApplied(o)
      ? { ...answerOnly(o, 'ok', true), body: receiptOf(o, lock, memory) }
      : answerOnly(o, 'no-right', false);
  }
  const { manifest } = staging;
  if (manifest.epoch < o.trust.epoch) return answerOnly(o, 'epoch', true);
  if (!isStagingWhole(crypto, staging)) return answerOnly(o, 'digest', true);
  const told = revokedBy(memory, manifest, { deniedEntries: [] });
  const applied = { ...told, set: commitStaging(told.set, staging) };
  return obeyed(o, lock, { memory: applied, fact: factOf('set-applied', manifest, manifest.digest) });
}

/** Only what is staged is dropped; the set that the lock obeys stays as it is. */
function decideAbort(o: OperationContext): OperationDecision {
  const { memory } = o;
  if (stagedFor(o) === undefined) return answerOnly(o, isApplied(o) ? 'ok' : 'no-right', false);
  const { staging, ...set } = memory.set;
  return { code: 'ok', body: noBody, memory: { ...memory, set }, verified: true };
}

function decideSummary(o: OperationContext): OperationDecision {
  const { crypto, memory } = o;
  const staging = stagedFor(o);
  if (staging === undefined && !isApplied(o)) {
    const refused = refusalOfGrant(o, 'deliver') && refusalOfGrant(o, 'status');
    if (refused !== undefined) return refused;
  }
  const request = readSetSummaryRequest(o.operation.body);
  if (typeof request === 'string') return answerOnly(o, request, true);
  const { entries } = staging ?? memory.set;
  const body = encodeSetSummary(summarizeSet(crypto, hashesOf(entries), request));
  return { code: 'ok', body, memory, verified: true };
}

/** Anybody with a session may bring a bulletin, too. */
function decideBulletin(o: OperationContext, lock: SetLock): OperationDecision {
  const { crypto, memory } = o;
  const { body: signed } = o.operation;
  const decision = verifyBulletin(crypto, signed, revokingContext(o, signed));
  if (!decision.ok) return answerOnly(o, decision.code, !unverifiedCodes.includes(decision.code));
  const { bulletin } = decision;
  const hash = crypto.sha256(signed);
  const order = compareRevisions(bulletin, standingOf(memory.set));
  if (order < 0) return answerOnly(o, 'revision-old', true);
  if (order === 0) {
    const isKnown = equalBytes(memory.set.bulletin?.hash ?? noBody, hash);
    if (!isKnown) return alarm(o, { type: 'bulletin', object: bulletin, hash });
    return { ...answerOnly(o, 'ok', true), body: receiptOf(o, lock, memory) };
  }
  const { epoch, revision, deniedEntries = [] } = bulletin;
  const told = revokedBy(timedBy(o, bulletin), bulletin, { deniedEntries });
  const heard = { ...told, set: { ...told.set, bulletin: { epoch, revision, hash } } };
  return obeyed(o, lock, { memory: heard, fact: factOf('bulletin', bulletin, hash) });
}

/** What is staged, when this session has shown its manifest: nobody else may touch it. */
function stagedFor({ memory, shown }: OperationContext): SetStaging | undefined {
  const { staging } = memory.set;
  return staging && shown.manifest && isSame(staging.manifest, shown.manifest) ? staging : undefined;
}

function isApplied({ memory, shown }: OperationContext): boolean {
  const { mark, isDamaged } = memory.set;
  return mark !== undefined && shown.manifest !== undefined && !isDamaged && isSame(mark, shown.manifest);
}

function isSame(a: SetRevision, b: SetRevision): boolean {
  return compareRevisions(a, b) === 0 && equalBytes(a.digest, b.digest);
}

function revokingContext(o: OperationContext, signed: Uint8Array): RevokingContext {
  const { crypto, memory, trust, clock } = o;
  return { certificate: certificateOf(crypto, memory, { signed, trust, clock }), epoch: trust.epoch, lock: o.tag };
}

function timedBy({ memory, readings }: OperationContext, { issuedAt }: RevokingObject): LockMemory {
  const { clockQuality: quality, utcSeconds } = readings;
  return raiseTimeFloor(memory, issuedAt, { quality, utcSeconds });
}

/** What an object revokes: floors only rise, and the lists are those of the newest one. */
function revokedBy(
  memory: LockMemory,
  object: Revision & Revocations,
  { deniedEntries }: { readonly deniedEntries: readonly number[] },
): LockMemory {
  const { floors = new Map<number, number>(), revokedGrants = [] } = object;
  const raised = [...floors].reduce((raising, [slot, issue]) => raiseFloor(raising, slot, issue), memory);
  if (compareRevisions(object, standingOf(memory.set)) < 0) return raised;
  return { ...raised, revokedGrants, set: { ...raised.set, deniedEntries } };
}

function withStaging(memory: LockMemory, staging: SetStaging): LockMemory {
  return { ...memory, set: { ...memory.set, staging } };
}

function written(writes: readonly SetWrite[]): readonly LockEffect[] {
  return [{ type: 'write-set', writes }];
}

function factOf(type: 'set-applied' | 'bulletin', { epoch, revision }: Revision, hash: Uint8Array): LogFact {
  const commandId = encodeLogNumbers(epoch, revision);
  return { type, result: 'ok', actor: hash.slice(0, logActorSizeBytes), commandId };
}

/** The log's entry comes first, so that the receipt stands on it. */
function obeyed(
  o: OperationContext,
  lock: SetLock,
  { memory, fact }: { readonly memory: LockMemory; readonly fact: LogFact },
): OperationDecision {
  const logged = logAtLock(o.lock, memory, { readings: o.readings, entry: fact });
  return {
    ...{ code: 'ok', body: receiptOf(o, lock, logged.memory), memory: logged.memory, verified: true },
    effects: logged.effects,
  };
}

/** Two objects with one number, both signed: somebody should know. It is said once, or who repeats it would fill the log. */
function alarm(
  o: OperationContext,
  {
    type,
    object,
    hash,
  }: { readonly type: 'set-applied' | 'bulletin'; readonly object: Revision; readonly hash: Uint8Array },
): OperationDecision {
  const { memory } = o;
  const answer = answerOnly(o, 'digest', true);
  if (equalBytes(memory.set.conflict ?? noBody, hash)) return answer;
  const entry: LogFact = { ...factOf(type, object, hash), result: 'digest' };
  return { ...answer, memory: { ...memory, set: { ...memory.set, conflict: hash } }, entry };
}

function receiptOf(o: OperationContext, { signingSecret }: SetLock, memory: LockMemory): Uint8Array {
  const { crypto, clock, trust } = o;
  const { head, resets } = memory.log;
  const { epoch: setEpoch, revision, digest } = toldSet(crypto, memory.set);
  const standing = standingOf(memory.set);
  const receipt: Receipt = {
    ...{ lock: o.tag, issuedAt: clock.quality === 'none' ? 0 : clock.utcSeconds, quality: clock.quality },
    ...{ epoch: trust.epoch, seq: head.seq, hash: head.hash, resets, revision, digest },
    ...(setEpoch === trust.epoch ? {} : { setEpoch }),
    ...(compareRevisions(standing, { epoch: setEpoch, revision }) === 0 ? {} : { standing }),
  };
  return signReceipt(crypto, signingSecret, receipt);
}
