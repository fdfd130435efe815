import * as z from 'zod/mini';
import { hexBytes } from '../bytes-text.js';
import { callerFrame, mostFramesAtOnce, mostTunnelFrames } from '../gateway-tunnel-messages.js';
import { bolt } from '../resources/hardware.js';
import { unlockInput } from './access.js';

const frameCount = z.int().check(z.nonnegative(), z.maximum(mostTunnelFrames));

/** Body of `openTunnel`: the id of the command that the phone will give the lock, by which the lock's log names it, and the deadline as for an unlock. */
export const tunnelInput = z.extend(unlockInput, { commandId: hexBytes(8) });

/**
 * Body of `exchangeTunnelFrames`: frames for the lock, how many went before them, and how many of the lock's frames the caller has.
 * So the same body again writes nothing again, and is answered with the same frames.
 */
export const tunnelFramesInput = z.strictObject({
  sent: frameCount,
  frames: z.array(callerFrame).check(z.maxLength(mostFramesAtOnce)),
  received: frameCount,
  /** Whether to answer only when the lock has said something; not while a message to it is not whole. */
  wait: z._default(z.boolean(), true),
});

/** Body of `endTunnel`: how the command ended by the phone's word. */
export const tunnelEndInput = z.strictObject({
  outcome: z.enum(['executed', 'refused', 'not-executed', 'unknown']),
  code: z.string().check(z.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/), z.maxLength(64)),
  bolt: z.optional(bolt),
  batteryPercent: z.optional(z.nullable(z.number().check(z.minimum(0), z.maximum(100)))),
  logSeq: z.optional(z.int().check(z.nonnegative(), z.maximum(0xffff_ffff))),
  logHead: z.optional(z.string().check(z.regex(/^([0-9a-f]{2})*$/), z.maxLength(64))),
});
