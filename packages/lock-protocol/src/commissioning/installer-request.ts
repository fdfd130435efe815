import type { AnswerCode } from '../answer-code.js';
import { concatBytes, equalBytes } from '../encoding/byte-strings.js';
import { logAtLock, nobody, noCommand } from '../lock/lock-entry.js';
import { type LockMemory, memoryUnder, raiseEpoch, raiseTimeFloor } from '../lock/lock-memory.js';
import type { LockContext } from '../lock/lock-state.js';
import { noBody } from '../lock/operation-context.js';
import type { RequestContext, RequestDecision } from '../lock/request-decision.js';
import { encodeLogNumbers, logActorSizeBytes } from '../log/lock-log.js';
import { signLogHead } from '../log/log-head.js';
import { logHeadOf } from '../log/log-page.js';
import { decodeRequest } from '../message.js';
import type { LockTrust, OrderedTrust } from '../objects/lock-trust.js';
import { verifyCertificate } from '../objects/property-certificate.js';
import { type CommissionOrder, orderHashOf, readCommissionOrder } from './commission-order.js';
import { signIdentity } from './identity-statement.js';
import { verifyLockCertificate } from './lock-certificate.js';
import { isSameLock, type LockKeys } from './lock-keys.js';

/** No clock: the one that the lock has may be of the property that it has left. */
const clockless = { quality: 'none', utcSeconds: 0 } as const;

/**
 * What a lock does about a request of an installer, who has shown the secret of its label and nothing else: it says who it
 * is, and takes one order (SPEC §10.14). Nothing that moves a bolt or asks what a property's holders may ask is answered.
 */
export function decideInstallerRequest(o: RequestContext): RequestDecision {
  const { shown, memory } = o;
  const decided = { shown, memory, verified: true };
  const decoded = decodeRequest(o.payload);
  if (!decoded.readable) {
    const { code } = decoded;
    const entry = { type: 'session', result: code, actor: nobody, commandId: noCommand } as const;
    return { ...decided, verdict: 'refuse', code, entry };
  }
  const { request } = decoded;
  if ('command' in request) {
    const { action: type, commandId } = request.command;
    const code = 'no-right';
    return { ...decided, verdict: 'refuse', code, entry: { type, result: code, actor: nobody, commandId } };
  }
  const { name, body } = request.operation;
  const answer = (code: AnswerCode): RequestDecision => ({ ...decided, verdict: 'operation', code, body: noBody });
  const keys = lockKeysOf(o.lock, o.tag);
  if (keys === undefined) return answer('unsupported');
  if (name === 'identify') return { ...decided, verdict: 'operation', code: 'ok', body: identityOf(o, keys) };
  if (name !== 'commission') return answer('no-right');
  const orderHash = orderHashOf(o.crypto, body);
  if (o.trust !== undefined) {
    // Obeyed already: the very same order is confirmed again, for its sender may not have heard it.
    const isRepeated = memory.trust !== undefined && equalBytes(memory.trust.orderHash, orderHash);
    return isRepeated
      ? { ...decided, verdict: 'operation', code: 'ok', body: confirmationOf(o, memory) }
      : answer('no-right');
  }
  const read = readCommissionOrder(body);
  if (!read.ok) return answer(read.code);
  const obeyed = obey(o, { order: read.order, orderHash, keys });
  if (typeof obeyed === 'string') return answer(obeyed);
  const { rootPublicKey, property, epoch } = obeyed.trust;
  const actor = o.crypto.sha256(concatBytes(rootPublicKey, property)).slice(0, logActorSizeBytes);
  const entry = { type: 'commission', result: 'ok', actor, commandId: encodeLogNumbers(epoch) } as const;
  // Logged here, so that the head in the answer has the entry.
  const logged = logAtLock(o.lock, obeyed.memory, { readings: o.readings, entry });
  const confirmed = { code: 'ok', body: confirmationOf(o, logged.memory), effects: logged.effects } as const;
  return { ...decided, verdict: 'operation', ...confirmed, memory: logged.memory };
}

/** What a lock is known by; absent in one that cannot sign. */
function lockKeysOf(
  { crypto, identity, p256Identity, signingSecret }: LockContext,
  lock: Uint8Array,
): LockKeys | undefined {
  if (signingSecret === undefined) return undefined;
  return {
    ...{ lock, publicKey: identity.publicKey },
    signingPublicKey: crypto.ed25519KeyPair(signingSecret).publicKey,
    ...(p256Identity ? { p256PublicKey: p256Identity.publicKey } : {}),
  };
}

function identityOf({ crypto, lock, memory, handshakeHash }: RequestContext, keys: LockKeys): Uint8Array {
  const identity = { ...keys, resets: memory.log.resets };
  return signIdentity(crypto, secretOf(lock), { identity, handshakeHash });
}

/** The lock's word that it obeys: a head of its log. */
function confirmationOf({ crypto, lock, tag, readings }: RequestContext, memory: LockMemory): Uint8Array {
  const quality = readings.clockQuality;
  const issuedAt = quality === 'none' ? 0 : Math.max(readings.utcSeconds, memory.timeFloor);
  const epoch = Math.max(memory.epoch, memory.trust?.epoch ?? 0);
  return signLogHead(crypto, secretOf(lock), { lock: tag, issuedAt, quality, epoch, ...logHeadOf(memory.log) });
}

function secretOf({ signingSecret }: LockContext): Uint8Array {
  return signingSecret ?? nobody;
}

/** The memory of a lock that obeys an order, or the code that refuses it. */
function obey(
  o: RequestContext,
  asked: { readonly order: CommissionOrder; readonly orderHash: Uint8Array; readonly keys: LockKeys },
): { readonly memory: LockMemory; readonly trust: LockTrust } | AnswerCode {
  const { crypto } = o;
  const { order, orderHash, keys } = asked;
  const { rootPublicKey, property } = order;
  const claimed = { rootPublicKey, property, epoch: 0 };
  const signer = verifyCertificate(crypto, order.certificate, { trust: claimed, clock: clockless });
  if (!signer.ok) return signer.code;
  const { certificate } = signer;
  const { epoch } = certificate;
  const decision = verifyLockCertificate(crypto, order.lockCertificate, { certificate, epoch });
  if (!decision.ok) return decision.code;
  if (!isSameLock(decision.certificate, keys)) return 'wrong-lock';
  const trust: OrderedTrust = { rootPublicKey, property, epoch, orderHash };
  const fresh = raiseEpoch(memoryUnder({ ...o.memory, trust }, trust), certificate);
  return { memory: raiseTimeFloor(fresh, decision.certificate.issuedAt, clockless), trust };
}
