import { channels, hospitalityRoles, membershipStates } from '@latchwork/core';
import * as z from 'zod/mini';
import { apiKeyId, gatewayId, memberId, organizationId, propertyId, sessionId } from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';
import { timestamp } from '../wire-values.js';

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
