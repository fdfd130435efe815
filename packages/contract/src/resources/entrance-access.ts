import { accessReasons } from '@latchwork/core/credentials';
import * as z from 'zod/mini';
import { credentialId, deviceId, entranceId, keyHolderId, keyId, memberId } from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';
import { timestamp } from '../wire-values.js';
import { lockGuarantees } from './lock-driver.js';

/**
 * Who can open an entrance at one moment, by what its locks have confirmed. `credentials` are what opens at the door by
 * itself: all with a `because` other than `confirmed` may open, for their lock has not proven that they do not. `members` open
 * by app, as the portal decides at each unlock.
 */
export const entranceAccess = z.object({
  entranceId,
  at: timestamp,
  locks: z.array(
    z.object({
      deviceId,
      /** As in the device's `guarantees`. `none`: no credential is brought to the lock, and what somebody entered there is not known here. */
      setApply: lockGuarantees.shape.setApply,
      /** Whether the lock has proven the newest word on all of its credentials. */
      isUpToDate: z.boolean(),
      /** When the lock last proved what it obeys; `null`: never. */
      provenAt: z.nullable(timestamp),
    }),
  ),
  credentials: z.array(
    z.object({
      deviceId,
      credentialId,
      keyId,
      holderId: keyHolderId,
      because: z.enum(accessReasons),
      /** When that ends by itself, by the hours and the end of the Key; `null`: never, or nobody can say. */
      until: z.nullable(timestamp),
    }),
  ),
  members: z.array(z.object({ memberId, keyId, until: z.nullable(timestamp) })),
});
/** {@link entranceAccess} as data. */
export type EntranceAccess = ReadonlyData<z.output<typeof entranceAccess>>;
