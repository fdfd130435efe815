import { hospitalityRoles, isTimeZone } from '@latchwork/core';
import * as z from 'zod/mini';
import { emailInput, nameInput } from './values.js';

/** Body of `createOrganization`: the tenant and its first Organization Owner. */
export const organizationInput = z.strictObject({
  name: nameInput,
  owner: z.strictObject({ name: nameInput, email: emailInput }),
});

/** Body of `createProperty`; the time zone is an IANA name, not an offset, and has no default. */
export const propertyInput = z.strictObject({
  name: nameInput,
  timeZone: z.string().check(z.maxLength(64), z.regex(/^[A-Za-z]/), z.refine(isTimeZone)),
});

/** Body of `createMember`. The role is required: nobody gets one by default (G48). */
export const memberInput = z.strictObject({ name: nameInput, email: emailInput, role: z.enum(hospitalityRoles) });
