import * as z from 'zod/mini';
import { hexBytes } from '../bytes-text.js';
import { entranceId } from '../identifiers.js';
import { lockDriverName } from '../resources/lock-driver.js';
import { nameInput } from './values.js';

/** Body of `createEntrance`. */
export const entranceInput = z.strictObject({ name: nameInput });

/** Body of `createDevice`: what the lock's label or its commissioning gave. */
export const deviceInput = z.strictObject({
  kind: z.literal('lock'),
  name: nameInput,
  entranceId,
  tag: hexBytes(8),
  publicKey: hexBytes(32),
  identityPublicKey: hexBytes(32),
  /** Absent: `olp`. */
  driver: z.optional(lockDriverName),
});

/** Body of `createGateway`. */
export const gatewayInput = z.strictObject({ name: nameInput });
