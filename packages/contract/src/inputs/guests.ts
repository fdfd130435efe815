import * as z from 'zod/mini';
import { emailInput, nameInput } from './values.js';

/** Body of `createGuest`. The address is for the property's own use: the portal writes to no guest. */
export const guestInput = z.strictObject({
  name: nameInput,
  email: z._default(z.nullable(emailInput), null),
});

/** Body of `updateGuest`: what is left out stays, `null` takes the address away. */
export const guestEditInput = z.strictObject({
  name: z.optional(nameInput),
  email: z.optional(z.nullable(emailInput)),
});
