import { syncStatuses } from '@latchwork/core/directory';
import * as z from 'zod/mini';
import { reviewId } from '../identifiers.js';
import { signInMethod } from '../resources/sign-in.js';
import { pageQuery } from './values.js';

const line = (longest: number) =>
  z.string().check(z.minLength(1), z.maxLength(longest), z.regex(/^[^\p{Cc}\p{Cs}]*$/u));
const pem = z.string().check(z.minLength(1), z.maxLength(20_000));

/** The most rows that can be named one by one. */
export const mostRows = 50_000;

/** With what the portal signs in to a directory; `scim_push` needs nothing, for there the directory signs in here. */
export const directoryCredentials = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('microsoft_365'),
    tenantId: line(200),
    clientId: line(200),
    clientSecret: line(1000),
  }),
  /** A certificate instead of a secret: both as PEM; the private key in PKCS #8. */
  z.strictObject({
    kind: z.literal('microsoft_365_certificate'),
    tenantId: line(200),
    clientId: line(200),
    certificate: pem,
    privateKey: pem,
  }),
  /** A service account with domain-wide delegation, and the administrator in whose name it reads. */
  z.strictObject({
    kind: z.literal('google_workspace'),
    clientEmail: line(254),
    privateKey: pem,
    adminEmail: line(254),
    customerId: z._default(line(100), 'my_customer'),
  }),
  z.strictObject({
    kind: z.literal('scim_pull'),
    baseUrl: z.string().check(z.maxLength(2000), z.url()),
    token: line(2000),
  }),
  z.strictObject({ kind: z.literal('scim_push') }),
]);

const domains = z.array(line(253)).check(z.maxLength(100));
const groups = z.array(line(200)).check(z.maxLength(50));

/** Body of `createDirectoryIntegration`. */
export const directoryIntegrationInput = z.strictObject({
  credentials: directoryCredentials,
  guests: z._default(z.enum(['skip', 'sync']), 'skip'),
  groupIds: z._default(groups, []),
  ownDomains: z._default(domains, []),
  signInMethod: z._default(z.nullable(signInMethod), null),
});

/** Body of `updateDirectoryIntegration`: what is left out stays; other credentials have to be authorized anew. */
export const directoryIntegrationEdit = z.strictObject({
  credentials: z.optional(directoryCredentials),
  guests: z.optional(z.enum(['skip', 'sync'])),
  groupIds: z.optional(groups),
  ownDomains: z.optional(domains),
  signInMethod: z.optional(z.nullable(signInMethod)),
});

/** Body of `changeAutomaticSync`: switching it on takes a plan of everybody that was just looked at (S34, S36). */
export const automaticSyncInput = z.discriminatedUnion('enabled', [
  z.strictObject({ enabled: z.literal(true), reviewId, planId: line(100) }),
  z.strictObject({ enabled: z.literal(false) }),
]);

/** Query of `listDirectoryReviewRows`: one status, or all three that can be chosen. */
export const reviewRowQuery = z.strictObject({
  ...pageQuery.shape,
  status: z.optional(z.enum([...syncStatuses, 'conflict', 'skipped'])),
});

const rowId = line(300);

/**
 * Body of `planDirectorySync`: rows by name, or everybody but some; and what a person decided about conflicts. A
 * `recreated` or `removed-here` user is the `same_person`, who keeps role and keys, or `other_person`, who gets none of them.
 */
export const syncPlanInput = z.strictObject({
  select: z.discriminatedUnion('rows', [
    z.strictObject({ rows: z.literal('all'), except: z._default(z.array(rowId).check(z.maxLength(mostRows)), []) }),
    z.strictObject({ rows: z.literal('some'), rowIds: z.array(rowId).check(z.maxLength(mostRows)) }),
  ]),
  signInMethod: z.optional(signInMethod),
  decisions: z._default(
    z.array(z.strictObject({ rowId, as: z.enum(['same_person', 'other_person']) })).check(z.maxLength(mostRows)),
    [],
  ),
});

/** Body of `applyDirectorySync`: `confirmRemovals` is the number of users to be removed, where the plan is held. */
export const syncInput = z.strictObject({
  planId: line(100),
  confirmRemovals: z.optional(z.number().check(z.multipleOf(1), z.minimum(0))),
});
