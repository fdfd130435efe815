import * as z from 'zod/mini';
import { organizationId } from '../identifiers.js';
import { sessionChannel } from '../resources/member.js';
import { ssoProvider } from '../resources/sign-in.js';
import { emailInput, nameInput } from './values.js';

/** A password as it is chosen: 8 to 256 characters, any characters. */
export const passwordInput = z.string().check(z.minLength(8), z.maxLength(256));

// A password as it is given: whatever it is, it is wrong or right.
const givenPassword = z.string().check(z.minLength(1), z.maxLength(256));
const setupToken = z.string().check(z.minLength(1), z.maxLength(200));

/** Body of `previewAccountSetup`. */
export const setupTokenInput = z.strictObject({ token: setupToken });

/**
 * Body of `completeAccountSetup`: the single-use token of the set-up link, and what its preview asks for: a new password,
 * or the existing one of the account that this address has already (G18). `name` counts for an invitation only.
 */
export const accountSetupInput = z.strictObject({
  token: setupToken,
  name: z.optional(nameInput),
  password: passwordInput,
});

/** Body of `createSession`; `organizationId` for who is a member of several, as `organization-required-to-sign-in` lists. */
export const sessionInput = z.strictObject({
  email: emailInput,
  password: givenPassword,
  channel: sessionChannel,
  organizationId: z.optional(organizationId),
});

/** Body of `changePassword`. */
export const passwordChangeInput = z.strictObject({ currentPassword: givenPassword, newPassword: passwordInput });

/** Body of `requestPasswordReset`. */
export const passwordResetInput = z.strictObject({ email: emailInput });

/**
 * Body of `startSso`. `returnTo` is where the browser goes afterwards; its origin, or its private-use scheme, has to be on
 * the portal's list. `codeChallenge` is the base64url SHA-256 of a `codeVerifier` that stays with the caller (RFC 7636).
 */
export const ssoStartInput = z.strictObject({
  provider: ssoProvider,
  channel: sessionChannel,
  returnTo: z.string().check(z.minLength(1), z.maxLength(2000)),
  codeChallenge: z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/)),
});

/** Body of `completeSso`; a problem uses nothing up, so `organizationId` may be added in a second try. */
export const ssoSessionInput = z.strictObject({
  code: z.string().check(z.minLength(1), z.maxLength(200)),
  codeVerifier: z.string().check(z.regex(/^[A-Za-z0-9._~-]{43,128}$/)),
  organizationId: z.optional(organizationId),
});
