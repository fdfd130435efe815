export { aesCmac, diversifySecret } from './card-aes.js';
export { detectCard, selectDesfireApplication, selectNtagApplication } from './card-detection.js';
export { type CardDialogue, runCardDialogue, type TransmitApdu } from './card-dialogue.js';
export { isGenuineCard } from './card-originality.js';
export {
  challengeSignature,
  type SignatureOutcome,
  type SignatureRequest,
  selectSigningApplication,
  signedByCard,
  signingApplication,
} from './card-signature.js';
export {
  type CardSecret,
  type CardWriting,
  type CardWritingRequest,
  factorySecret,
  writableSecrets,
  writeCardSecrets,
} from './card-writing.js';
export { challengeCard, checkCard, sightCard } from './check-card.js';
export { changeEv2Secret, type Ev2Change, type Ev2ChangeOutcome } from './ev2-change.js';
export { authenticateEv2First, type Ev2Outcome, type Ev2Request, type Ev2Session } from './ev2-first.js';
