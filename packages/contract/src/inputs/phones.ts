import * as z from 'zod/mini';
import { base64urlBytes } from '../bytes-text.js';
import { mostLogPages } from '../gateway-log-messages.js';
import { credentialId, deviceId } from '../identifiers.js';

/**
 * Body of `activatePhone`: the code that the holder was given, and the public key that the phone made for itself, as hex: X25519,
 * 32 bytes, or P-256 compressed, 33 bytes.
 */
export const phoneActivationInput = z.strictObject({
  code: z.string().check(z.minLength(1), z.maxLength(64)),
  publicKey: z.string().check(z.regex(/^(?:[0-9a-f]{64}|0[23][0-9a-f]{64})$/)),
});

/** Body of `renewPhoneGrants` and `takePhoneParcels`: with the token that the phone got when it was activated. */
export const phoneRenewalInput = z.strictObject({
  credentialId,
  token: z.string().check(z.minLength(1), z.maxLength(128)),
});

/** Body of `bringPhoneReceipts`: what one lock gave the courier, as it gave it; receipts and pages prove themselves. */
export const phoneReceiptsInput = z.extend(phoneRenewalInput, {
  deviceId,
  receipts: z.array(base64urlBytes(8192)).check(z.maxLength(4)),
  pages: z.array(base64urlBytes(2048)).check(z.maxLength(mostLogPages)),
});
