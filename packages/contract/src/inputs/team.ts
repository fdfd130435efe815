import { type Action, hospitalityMatrix, hospitalityRoles, signInMethods, workplaceMatrix } from '@latchwork/core';
import * as z from 'zod/mini';
import { propertyId } from '../identifiers.js';
import { nameInput, pageQuery } from './values.js';

const role = z.enum(hospitalityRoles);
const signInMethod = z.optional(z.enum(signInMethods));
const dryRun = z._default(z.boolean(), false);

// Judged with its row, so that the answer names all that are at fault.
const address = z.string().check(z.maxLength(320));
const addresses = z.array(address).check(z.maxLength(1000));

/** A role on each of some properties (G2); the role has no default (G48). */
export const assignmentsInput = z.array(z.strictObject({ propertyId, role })).check(z.maxLength(1000));

/** What everybody of a batch is offered: the Organization Owner flag (G15), or a role on at least one property (G7, G16). */
const offer = {
  organizationOwner: z.optional(z.boolean()),
  assignments: z.optional(assignmentsInput),
  signInMethod,
};

/**
 * Body of `inviteTeam`: addresses that all get the same offer (G11, G14). All are invited or none; `dryRun` checks and
 * does nothing (G51).
 */
export const teamInvitationsInput = z.strictObject({ emails: addresses, ...offer, dryRun });

/** Body of `inviteToProperty`: addresses that all get one role there (G4). */
export const propertyInvitationsInput = z.strictObject({ emails: addresses, role, signInMethod, dryRun });

/** Body of `importTeam`: as `inviteTeam`, each row with an offer of its own. All are invited or none. */
export const teamImportInput = z.strictObject({
  rows: z.array(z.strictObject({ email: address, name: z.optional(nameInput), ...offer })).check(z.maxLength(1000)),
  dryRun,
});

/** Body of `replaceInvitation`: the right address, when the first one was wrong (G53). */
export const replacementInput = z.strictObject({ email: z.optional(address) });

/**
 * Body of `updateMember`: what is left out stays. `assignments` are all that the member has on properties the caller is
 * assigned to; one left out of them is taken away (G20, G23). There is no e-mail address here (G19).
 */
export const memberEditInput = z.strictObject({
  name: z.optional(z.nullable(nameInput)),
  organizationOwner: z.optional(z.boolean()),
  assignments: z.optional(assignmentsInput),
});

/** Body of `setAssignment`. */
export const assignmentInput = z.strictObject({ role });

/** Body of `leave`: the organization of the caller altogether, or one property. */
export const leaveInput = z.strictObject({ propertyId: z.optional(propertyId) });

const actions = [...Object.keys(hospitalityMatrix), ...Object.keys(workplaceMatrix)] as [Action, ...Action[]];

/** Body of `suggestRole`: what somebody is to do, by the names of the matrices. */
export const suggestionInput = z.strictObject({
  actions: z.array(z.enum(actions)).check(z.minLength(1), z.maxLength(100)),
});

/** Query of the access reviews: from how many days without a request on somebody counts as not seen (G50). */
export const reviewQuery = z.strictObject({
  ...pageQuery.shape,
  unseenDays: z._default(z.coerce.number<number | string>().check(z.multipleOf(1), z.minimum(1), z.maximum(365)), 30),
});
