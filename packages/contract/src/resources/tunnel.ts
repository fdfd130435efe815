import * as z from 'zod/mini';
import { lockInfoBytes, tunnelFrame } from '../gateway-tunnel-messages.js';
import { attemptId } from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';
import { timestamp } from '../wire-values.js';

const state = z.enum(['open', 'closed']);
/** Why it is closed: a gateway's code, or `gateway-offline`, `revoked`, `ended`; `null` while it is open. */
const code = z.nullable(z.string());

/**
 * A way to one lock for the frames of a session between a phone and that lock, which portal and gateway cannot read. It has the id of
 * its attempt. `info` and `mtu` are the lock's, as the gateway read them; `null` when it never connected.
 */
export const tunnel = z.object({
  id: attemptId,
  state,
  code,
  info: z.nullable(lockInfoBytes),
  /** In bytes: 23 to 517. */
  mtu: z.nullable(z.int()),
  deadline: timestamp,
});
/** {@link tunnel} as data. */
export type Tunnel = ReadonlyData<z.output<typeof tunnel>>;

/** The lock's frames that the caller did not have yet, in order. */
export const tunnelFrames = z.object({ state, code, frames: z.array(tunnelFrame) });
/** {@link tunnelFrames} as data. */
export type TunnelFrames = ReadonlyData<z.output<typeof tunnelFrames>>;
