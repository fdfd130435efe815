import { type CborValue, decodeCbor, encodeCbor } from '../encoding/cbor.js';
import { hasUnknownCriticalClaim } from '../encoding/claim-reader.js';
import { logAtLock, nobody } from '../lock/lock-entry.js';
import {
  answerOnly,
  noBody,
  type OperationContext,
  type OperationDecision,
  type OperationHandler,
  refusalOfGrant,
} from '../lock/operation-context.js';
import type { OperationName } from '../lock/operation-message.js';
import { logActorSizeBytes } from '../log/lock-log.js';
import { signLogHead } from '../log/log-head.js';
import { logHeadOf } from '../log/log-page.js';
import { decodeGrant } from '../objects/grant.js';
import { readOrRefuse } from '../objects/object-decision.js';
import { forgetEverything, isSomebodyPresent } from './lock-reset.js';

/**
 * The operations that give a lock to a property and take it back (SPEC §10.14). Here a caller asks; what an installer asks
 * is decided elsewhere.
 */
export const commissionOperations = {
  identify: (o) => answerOnly(o, 'no-right', false),
  commission: (o) => answerOnly(o, 'no-right', false),
  decommission: decideDecommission,
} as const satisfies Partial<Record<OperationName, OperationHandler>>;

const field = { commandId: 2 } as const;

/** Body of the operation decommission: an id of 8 random bytes, which the log keeps. */
export function encodeDecommission(commandId: Uint8Array): Uint8Array {
  return encodeCbor(new Map<number, CborValue>([[field.commandId, commandId]]));
}

function readDecommission(body: Uint8Array): Uint8Array | 'bad-frame' | 'critical-field' {
  const read = readOrRefuse(() => decodeCbor(body));
  if (!read.ok || !(read.value instanceof Map)) return 'bad-frame';
  if (hasUnknownCriticalClaim(read.value, field)) return 'critical-field';
  const commandId = read.value.get(field.commandId);
  return commandId instanceof Uint8Array && commandId.length === 8 ? commandId : 'bad-frame';
}

/** The lock's last word under its keys is a head that counts the reset; then it forgets whom it obeyed, and who it was. */
function decideDecommission(o: OperationContext): OperationDecision {
  const { crypto, lock, tag, trust, readings, clock } = o;
  const refused = refusalOfGrant(o, 'commission');
  if (refused !== undefined) return refused;
  const commandId = readDecommission(o.operation.body);
  if (typeof commandId === 'string') return answerOnly(o, commandId, true);
  const grantId = o.shown.grant ? decodeGrant(o.shown.grant).grantId : nobody;
  const actor = crypto.sha256(grantId).slice(0, logActorSizeBytes);
  const fact = { type: 'decommission', actor, commandId } as const;
  if (!isSomebodyPresent(o.awake, o.at)) {
    return { ...answerOnly(o, 'presence', true), entry: { ...fact, result: 'presence' } };
  }
  const logged = logAtLock(lock, o.memory, { readings, entry: { ...fact, result: 'ok' } });
  const { memory, effects } = forgetEverything(lock, logged.memory, readings);
  const { quality } = clock;
  const issuedAt = quality === 'none' ? 0 : clock.utcSeconds;
  const moment = { lock: tag, issuedAt, quality, epoch: trust.epoch };
  const { signingSecret } = lock;
  return {
    ...{ code: 'ok', memory, verified: true, effects: [...logged.effects, ...effects] },
    body: signingSecret ? signLogHead(crypto, signingSecret, { ...moment, ...logHeadOf(memory.log) }) : noBody,
    farewell: [{ type: 'forget-identity', resets: memory.log.resets }],
  };
}
