import { channels, hospitalityRoles, membershipStates } from '@latchwork/core';
import * as z from 'zod/mini';
import { apiKeyId, gatewayId, memberId, organizationId, propertyId, sessionId } from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';
import { emailInput, nameInput, timestamp } from '../wire-values.js';

/** The way a request came in (G33). */
export const channel = z.enum(channels);

/** A person's place in one organization. `inactive` until the account is set up (G52). */
export const member = z.object({
  id: memberId,
  organizationId,
  name: z.string(),
  email: z.string(),
  state: z.enum(membershipStates),
  organizationOwner: z.boolean(),
  assignments: z.array(z.object({ propertyId, role: z.enum(hospitalityRoles) })),
  createdAt: timestamp,
});
/** {@link member} as data. */
export type Member = ReadonlyData<z.output<typeof member>>;

/** Body of `createMember`. The role is required: nobody gets one by default (G48). */
export const memberInput = z.strictObject({ name: nameInput, email: emailInput, role: z.enum(hospitalityRoles) });

/** A password as it is chosen: 8 to 256 characters, any characters. */
export const passwordInput = z.string().check(z.minLength(8), z.maxLength(256));

/** Body of `completeAccountSetup`: the single-use token of the set-up link and the password chosen (G18). */
export const accountSetupInput = z.strictObject({
  token: z.string().check(z.minLength(1), z.maxLength(200)),
  password: passwordInput,
});

/** The channels a person can sign in on; the channel stays with the session. */
export const sessionChannel = z.enum(['portal_app', 'integrated_app', 'dashboard']);

/** A signed-in member on one channel. */
export const session = z.object({
  id: sessionId,
  memberId,
  channel: sessionChannel,
  /** Which integrated app acts for the member; `null` on the other channels. */
  app: z.nullable(z.string()),
  createdAt: timestamp,
  expiresAt: timestamp,
});
/** {@link session} as data. */
export type Session = ReadonlyData<z.output<typeof session>>;

/** Body of `createSession`; `app` names the integrated app and belongs to the channel `integrated_app` alone (C7). */
export const sessionInput = z.strictObject({
  email: emailInput,
  password: z.string().check(z.minLength(1), z.maxLength(256)),
  channel: sessionChannel,
  app: z.optional(z.string().check(z.regex(/^[a-z0-9][a-z0-9._-]{0,62}$/))),
});

/** The right of a program to call the API. It acts with the rights of its creator and ends with that membership (P-19). */
export const apiKey = z.object({
  id: apiKeyId,
  organizationId,
  name: z.string(),
  creatorId: memberId,
  createdAt: timestamp,
  lastUsedAt: z.nullable(timestamp),
  revokedAt: z.nullable(timestamp),
});
/** {@link apiKey} as data. */
export type ApiKey = ReadonlyData<z.output<typeof apiKey>>;

/** Body of `createApiKey`. */
export const apiKeyInput = z.strictObject({ name: nameInput });

/** Who did something; told apart by `kind`. */
export const actor = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('member'), memberId, channel }),
  z.object({ kind: z.literal('api-key'), apiKeyId, memberId, channel }),
  z.object({ kind: z.literal('gateway'), gatewayId }),
  z.object({ kind: z.literal('operator') }),
  z.object({ kind: z.literal('system') }),
]);
/** {@link actor} as data. */
export type Actor = ReadonlyData<z.output<typeof actor>>;
