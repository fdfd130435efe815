import * as z from 'zod/mini';
import { credentialId, deviceId, keyCardId, keyId, propertyId } from '../identifiers.js';
import {
  cardAnswerInput,
  cardAtLockInput,
  cardEncodingInput,
  credentialInput,
  keyCardInput,
} from '../inputs/credentials.js';
import { idempotencyHeaders } from '../inputs/headers.js';
import { pageQuery } from '../inputs/values.js';
import { operations } from '../operations.js';
import { route } from '../route.js';

const inProperty = z.strictObject({ propertyId });
const ofKey = z.strictObject({ keyId });
const ofCard = z.strictObject({ keyCardId });
const ofCredential = z.strictObject({ credentialId });

/** Enrolls a card: it is in stock then, and opens nothing (G35). */
export const enrollKeyCard = route(operations.enrollKeyCard, {
  summary: 'Enroll a key card into the stock',
  params: inProperty,
  headers: idempotencyHeaders,
  body: keyCardInput,
  statuses: [201],
  problems: ['key-card-enrolled'],
  auth: 'session-or-api-key',
  action: 'key_card.manage',
});

/**
 * Enrolls the card that somebody holds to a lock: answers when the lock has read it, or no card came. The lock opens to no card
 * meanwhile, and gateway and broker do not see what the card says of itself.
 */
export const enrollKeyCardAtLock = route(operations.enrollKeyCardAtLock, {
  summary: 'Enroll the key card that is held to a lock',
  params: z.strictObject({ deviceId }),
  headers: idempotencyHeaders,
  body: cardAtLockInput,
  statuses: [201],
  problems: ['key-card-enrolled', 'key-card-not-read', 'gateway-offline'],
  auth: 'session-or-api-key',
  action: 'key_card.manage',
});

/** Lists the cards of a property, lost and retired ones too. */
export const listKeyCards = route(operations.listKeyCards, {
  summary: 'List the key cards of a property',
  params: inProperty,
  query: pageQuery,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'key_card.view',
});

/** Reads a card of the stock. */
export const getKeyCard = route(operations.getKeyCard, {
  summary: 'Read a key card',
  params: ofCard,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'key_card.view',
});

/** Reports a card lost: the credential that it is ends at once and for good. Repeating it changes nothing. */
export const reportKeyCardLost = route(operations.reportKeyCardLost, {
  summary: 'Report a key card lost',
  params: ofCard,
  headers: idempotencyHeaders,
  statuses: [200],
  problems: ['key-card-not-fitting'],
  auth: 'session-or-api-key',
  action: 'key_card.report_lost',
});

/** Takes a card that was found again back into the stock; what it opened before it does not open again (G42). */
export const returnKeyCard = route(operations.returnKeyCard, {
  summary: 'Take a lost key card back into the stock',
  params: ofCard,
  headers: idempotencyHeaders,
  statuses: [200],
  problems: ['key-card-not-fitting'],
  auth: 'session-or-api-key',
  action: 'key_card.manage',
});

/** Retires a card for good. One that is assigned is taken from its Key first. */
export const retireKeyCard = route(operations.retireKeyCard, {
  summary: 'Retire a key card',
  params: ofCard,
  headers: idempotencyHeaders,
  statuses: [200],
  problems: ['key-card-not-fitting'],
  auth: 'session-or-api-key',
  action: 'key_card.manage',
});

/**
 * Begins to write the card that lies on an encoder's reader: whatever it shall hold by now, for its Key or for none, and whatever
 * a writing that was broken off has left on it. To begin again is to go on.
 */
export const beginCardEncoding = route(operations.beginCardEncoding, {
  summary: 'Begin to write the card on the reader',
  params: inProperty,
  body: cardEncodingInput,
  statuses: [200],
  problems: ['key-card-unknown', 'key-card-not-fitting'],
  auth: 'session-or-api-key',
  action: 'key_card.assign',
});

/** Passes the card's answer on, and gets what the card is asked next. */
export const answerCardEncoding = route(operations.answerCardEncoding, {
  summary: 'Go on with the card on the reader',
  params: ofCard,
  body: cardAnswerInput,
  statuses: [200],
  problems: ['card-encoding-stale'],
  auth: 'session-or-api-key',
  action: 'key_card.assign',
});

/**
 * Puts a Key on a card of the stock, or on a door code. From then on the locks of its doors are told, each as soon as it can be
 * reached; `doors` says how far that is. A member's Key is put on no code and on no card that anybody can copy.
 */
export const createCredential = route(operations.createCredential, {
  summary: 'Put a Key on a card or a code',
  params: ofKey,
  headers: idempotencyHeaders,
  body: credentialInput,
  statuses: [201],
  problems: [
    'key-revoked',
    'key-card-not-fitting',
    'credential-too-weak',
    'lock-takes-no-credentials',
    'credential-not-replaceable',
    'too-many-cards',
    'door-code-in-use',
  ],
  auth: 'session-or-api-key',
  action: 'key_card.assign',
});

/** Lists the cards and codes of a Key, ended ones too. */
export const listCredentials = route(operations.listCredentials, {
  summary: 'List the cards and codes of a Key',
  params: ofKey,
  query: pageQuery,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'key.view',
});

/** Reads a card or code of a Key with how it stands at each door. */
export const getCredential = route(operations.getCredential, {
  summary: 'Read a card or code of a Key',
  params: ofCredential,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'key.view',
});

/** Tells a signed-in member the digits of a door code that has not ended. Who asked is in the audit. */
export const revealCredential = route(operations.revealCredential, {
  summary: 'Tell the digits of a door code',
  params: ofCredential,
  statuses: [200],
  problems: ['credential-ended'],
  auth: 'session',
  action: 'credential.reveal',
});

/** Ends a card or code of a Key, at once and for good; a card is in stock again. Repeating it changes nothing. */
export const removeCredential = route(operations.removeCredential, {
  summary: 'End a card or code of a Key',
  params: ofCredential,
  headers: idempotencyHeaders,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'key_card.assign',
});
