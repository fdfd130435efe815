import * as z from 'zod/mini';
import { deviceId, entranceId, propertyId } from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';
import { timestamp } from '../wire-values.js';

/**
 * Why what a lock must know does not get there by itself. `no-gateway`: none of the property's is online. `unheard`: those that are
 * have not heard the lock of late, or never. `failing`: a gateway hears it and was there, and came away without proof.
 */
export const doorVisitReasons = ['no-gateway', 'unheard', 'failing'] as const;

/** What is to be brought: a bulletin says who shall open no more, a set who shall open. */
export const doorVisitParts = ['bulletin', 'set'] as const;

/** A door that somebody has to go to, because no gateway gets what its lock must know there (P-5). */
export const doorVisit = z.object({
  deviceId,
  propertyId,
  entranceId,
  because: z.enum(doorVisitReasons),
  /** What the gateway that was there last says of it: a closed code of the way or of the lock; `null`: nothing. */
  cause: z.nullable(z.string()),
  brings: z.array(z.enum(doorVisitParts)),
  /** Since when it waits. */
  since: timestamp,
  lastHeardAt: z.nullable(timestamp),
  /** What was ended may open this door until then, or without end where `endsAt` is `null`; `null`: nothing that was ended can. */
  exposure: z.nullable(z.object({ endsAt: z.nullable(timestamp) })),
});
/** {@link doorVisit} as data. */
export type DoorVisit = ReadonlyData<z.output<typeof doorVisit>>;
