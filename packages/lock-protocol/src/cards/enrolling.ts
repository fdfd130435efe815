import { logAtLock, noCommand } from '../lock/lock-entry.js';
import { replyFromLock } from '../lock/lock-reply.js';
import type { LockContext, LockMoment, LockState, LockStep } from '../lock/lock-state.js';
import { encodeOperationAnswer } from '../lock/operation-message.js';
import { cardActor } from './card-log.js';
import { encodeCardReport } from './card-report.js';
import type { CardSighting } from './card-technology.js';

type Enrolling = Extract<LockState, { at: 'enrolling' }>;

/** Reports a card to the session that waits for one: logged, and nothing else (SPEC §10.10). */
export function reportCard(
  { crypto }: LockContext,
  state: Enrolling,
  o: { readonly event: LockMoment; readonly sighting: CardSighting; readonly publicKey?: Uint8Array },
): LockStep {
  const { event, sighting, publicKey } = o;
  const commandId = cardActor(crypto, publicKey ?? sighting.uid).slice(0, noCommand.length);
  const entry = { type: 'enroll', result: 'ok', actor: state.enroll.actor, commandId } as const;
  const { memory, effects } = logAtLock({ crypto }, state.memory, { readings: event.readings, entry });
  const { nonce } = state.enroll;
  const body = encodeCardReport({ ...sighting, ...(publicKey ? { publicKey } : {}) });
  const plaintext = encodeOperationAnswer({ code: 'ok', nonce, body });
  return replyFromLock({ ...state, memory }, { nonce, at: event.at }, { plaintext, effects });
}

/** Answers that no card came. */
export function giveUpCard({ crypto }: LockContext, state: Enrolling, event: LockMoment): LockStep {
  const { actor, nonce } = state.enroll;
  const entry = { type: 'enroll', result: 'late', actor, commandId: noCommand } as const;
  const { memory, effects } = logAtLock({ crypto }, state.memory, { readings: event.readings, entry });
  const plaintext = encodeOperationAnswer({ code: 'late', nonce, body: new Uint8Array(0) });
  return replyFromLock({ ...state, memory }, { nonce, at: event.at }, { plaintext, effects });
}
