import * as z from 'zod/mini';
import { credentialId } from '../identifiers.js';
import { idempotencyHeaders } from '../inputs/headers.js';
import { phoneActivationInput, phoneReceiptsInput, phoneRenewalInput } from '../inputs/phones.js';
import { operations } from '../operations.js';
import { route } from '../route.js';

/** Makes the code with which the holder's phone becomes a `smart_key`; an earlier code is taken no more. A phone that is lost is ended with its credential. */
export const createPhoneCode = route(operations.createPhoneCode, {
  summary: 'Make the code that a phone is activated with',
  params: z.strictObject({ credentialId }),
  headers: idempotencyHeaders,
  statuses: [200],
  problems: ['credential-ended', 'phone-activated'],
  auth: 'session-or-api-key',
  action: 'key_card.assign',
});

/** Uses a code up: the phone with this key is the `smart_key` from now on, and gets its first grants. Called by the phone. */
export const activatePhone = route(operations.activatePhone, {
  summary: 'Activate a phone with its code',
  body: phoneActivationInput,
  statuses: [200],
  problems: ['phone-code-invalid', 'phone-key-unsupported'],
  auth: 'none',
  action: null,
});

/** Gives a phone new grants, for as far as its Key reaches by now. Called by the phone. */
export const renewPhoneGrants = route(operations.renewPhoneGrants, {
  summary: 'Renew the grants of a phone',
  body: phoneRenewalInput,
  statuses: [200],
  problems: ['phone-token-invalid', 'credential-ended'],
  auth: 'none',
  action: null,
});

/**
 * Gives a phone of the staff what waits for the property's locks, so that it can take it to those that it passes by. It can read none
 * of it and change nothing. Called by the phone.
 */
export const takePhoneParcels = route(operations.takePhoneParcels, {
  summary: 'Take along what waits for locks',
  body: phoneRenewalInput,
  statuses: [200],
  problems: ['phone-token-invalid', 'credential-ended', 'phone-not-courier'],
  auth: 'none',
  action: null,
});

/**
 * Takes what a lock gave to a phone of the staff. Receipts and pages of the log count by the lock's signature and by nothing else, so
 * bringing them again is harmless. Called by the phone.
 */
export const bringPhoneReceipts = route(operations.bringPhoneReceipts, {
  summary: 'Bring what a lock gave',
  body: phoneReceiptsInput,
  statuses: [200],
  problems: ['phone-token-invalid', 'credential-ended', 'phone-not-courier', 'not-found'],
  auth: 'none',
  action: null,
});
