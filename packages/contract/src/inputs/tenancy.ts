import { isTimeZone, organizationKinds, plans } from '@latchwork/core';
import * as z from 'zod/mini';
import { entranceId } from '../identifiers.js';
import { emailInput, nameInput, timestampInput } from './values.js';

const timeZone = z.string().check(z.maxLength(64), z.regex(/^[A-Za-z]/), z.refine(isTimeZone));
const schemes = z.array(z.enum(['hospitality', 'workplace'])).check(
  z.minLength(1),
  z.maxLength(2),
  z.refine((list) => new Set(list).size === list.length),
);

/** Body of `createProperty`; the time zone is an IANA name, not an offset, and has no default. */
export const propertyInput = z.strictObject({ name: nameInput, timeZone });

/**
 * Body of `createOrganization`: the tenant and the first person of it, who becomes its Organization Owner, the Owner of
 * its single property, or the Admin of its workplace; with both schemes also its Admin. A `single_property` comes with
 * its `property`; no other does.
 */
export const organizationInput = z
  .strictObject({
    name: nameInput,
    kind: z._default(z.enum(organizationKinds), 'organization'),
    schemes: z._default(schemes, ['hospitality']),
    owner: z.strictObject({ name: z.optional(nameInput), email: emailInput }),
    property: z.optional(propertyInput),
    plan: z._default(z.enum(plans), 'basic'),
    licenses: z._default(z.int().check(z.minimum(0), z.maximum(1_000_000)), 0),
    subscriptionEndsAt: z._default(z.nullable(timestampInput), null),
  })
  .check(
    z.refine((input) => (input.kind === 'single_property') === (input.property !== undefined), { path: ['property'] }),
    z.refine((input) => input.kind === 'organization' || input.schemes.includes('hospitality'), { path: ['schemes'] }),
  );

/** Body of `updateOrganization`: what is left out stays. A scheme that members have roles in cannot be switched off. */
export const organizationEditInput = z.strictObject({
  name: z.optional(nameInput),
  peerManagement: z.optional(z.boolean()),
  schemes: z.optional(schemes),
});

const longestStayMs = z.int().check(z.minimum(60_000), z.maximum(400 * 24 * 60 * 60 * 1000));

/** Body of `updateProperty`: what is left out stays, of the settings too. */
export const propertyEditInput = z.strictObject({
  name: z.optional(nameInput),
  timeZone: z.optional(timeZone),
  settings: z.optional(
    z.strictObject({
      remoteUnlock: z.optional(z.boolean()),
      doorRange: z.optional(z.nullable(z.array(entranceId).check(z.maxLength(500)))),
      longestStayMs: z.optional(longestStayMs),
      auditHiddenFromTeam: z.optional(z.boolean()),
      minimumCardClass: z.optional(z.int().check(z.minimum(0), z.maximum(3))),
    }),
  ),
});
