import { signInMethods } from '@latchwork/core';
import * as z from 'zod/mini';
import type { ReadonlyData } from '../readonly-data.js';
import { timestamp } from '../wire-values.js';

/** How a member signs in: exactly one of three (S9). */
export const signInMethod = z.enum(signInMethods);

/** The identity providers of single sign-on (S11, S12). */
export const ssoProvider = z.enum(['google', 'microsoft_365']);
/** {@link ssoProvider} as data. */
export type SsoProvider = z.output<typeof ssoProvider>;

/** What a set-up link opens, as its page shows it to whoever holds the link. */
export const accountSetup = z.object({
  /** `set_password`: the membership stands already, and only its password is (re)set. */
  purpose: z.enum(['accept_invitation', 'set_password']),
  organizationName: z.string(),
  /** The properties the person gets a role on; empty for an Organization Owner and in a workplace. */
  propertyNames: z.array(z.string()),
  organizationOwner: z.boolean(),
  /** The roles in words, for people: "Team at Hotel Aurora". */
  offers: z.array(z.string()),
  /** Whether the person gets a place in the workplace, and so the booking app (S13). */
  workplace: z.boolean(),
  email: z.string(),
  /** What is known of the name; `null`: the person is asked for it. */
  name: z.nullable(z.string()),
  signInMethod,
  /**
   * Which password completes it: a `new` one, the `existing` one of the account that this address has on the portal
   * already, or `none`, because the person signs in with a provider.
   */
  password: z.enum(['new', 'existing', 'none']),
  expiresAt: timestamp,
});
/** {@link accountSetup} as data. */
export type AccountSetup = ReadonlyData<z.output<typeof accountSetup>>;
