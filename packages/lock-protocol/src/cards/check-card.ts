import { detectCard, selectDesfireApplication, selectNtagApplication, thenAsk } from './card-detection.js';
import { type CardDialogue, runCardDialogue, type TransmitApdu } from './card-dialogue.js';
import { challengeSignature, selectSigningApplication } from './card-signature.js';
import type { CardSighting } from './card-technology.js';
import type { CardChallenge, CardCheck } from './door-state.js';
import { authenticateEv2First } from './ev2-first.js';

/** The talk with a card that answers a lock's challenge (SPEC §10.11). */
export function challengeCard(challenge: CardChallenge, lock: Uint8Array): CardDialogue<CardCheck> {
  if (challenge.kind === 'public-key') {
    const { nonce } = challenge;
    return thenAsk(selectSigningApplication(), (selected) =>
      selected ? challengeSignature({ lock, nonce }) : { result: { outcome: 'lost' } },
    );
  }
  const { technology } = challenge;
  if (technology !== 'ntag-424' && technology !== 'desfire') return { result: { outcome: 'unsupported' } };
  const select = technology === 'desfire' ? selectDesfireApplication() : selectNtagApplication();
  return thenAsk(select, (selected) =>
    // The number of a card of the house, on a card that has no key of it.
    selected
      ? thenAsk(authenticateEv2First(challenge), ({ outcome }) => ({ result: { outcome } }))
      : { result: { outcome: 'refused' } },
  );
}

/** Challenges the card in the field; what a lock's reader does when it is asked to. */
export async function checkCard(
  challenge: CardChallenge,
  lock: Uint8Array,
  transmit: TransmitApdu,
): Promise<CardCheck> {
  try {
    return await runCardDialogue(challengeCard(challenge, lock), transmit);
  } catch {
    return { outcome: 'lost' };
  }
}

/**
 * Finds out what card is in the field.
 *
 * @param transmit Absent for a card that takes no commands of ISO 7816-4; one that leaves the field rejects.
 */
export async function sightCard(uid: Uint8Array, transmit?: TransmitApdu): Promise<CardSighting> {
  return transmit ? runCardDialogue(detectCard(uid), transmit) : { technology: 'uid-only', uid };
}
