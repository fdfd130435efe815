import * as z from 'zod/mini';
import { sessionChannel } from '../resources/member.js';
import { emailInput, nameInput } from './values.js';

/** A password as it is chosen: 8 to 256 characters, any characters. */
export const passwordInput = z.string().check(z.minLength(8), z.maxLength(256));

/** Body of `completeAccountSetup`: the single-use token of the set-up link and the password chosen (G18). */
export const accountSetupInput = z.strictObject({
  token: z.string().check(z.minLength(1), z.maxLength(200)),
  password: passwordInput,
});

/** Body of `createSession`; `app` names the integrated app and belongs to the channel `integrated_app` alone (C7). */
export const sessionInput = z.strictObject({
  email: emailInput,
  password: z.string().check(z.minLength(1), z.maxLength(256)),
  channel: sessionChannel,
  app: z.optional(z.string().check(z.regex(/^[a-z0-9][a-z0-9._-]{0,62}$/))),
});

/** Body of `createApiKey`. */
export const apiKeyInput = z.strictObject({ name: nameInput });
