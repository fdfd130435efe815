import * as z from 'zod/mini';
import { base64urlBytes, hexBytes } from './bytes-text.js';
import { attemptId } from './identifiers.js';
import type { ReadonlyData } from './readonly-data.js';

const version = z.literal(1);
const epochMs = z.int().check(z.nonnegative(), z.maximum(8.64e15));
const durationMs = z.number().check(z.nonnegative());

/** Most frames that one tunnel carries in one direction. */
export const mostTunnelFrames = 256;
/** Most frames of one message about a tunnel: the longest message of the lock's protocol over the slowest link takes more, and is split. */
export const mostFramesAtOnce = 64;

const frameCount = z.int().check(z.nonnegative(), z.maximum(mostTunnelFrames));
/** One frame of at most 514 bytes (packages/lock-protocol/SPEC.md §8); the relays see no further into it. */
export const tunnelFrame = base64urlBytes(686);
/** A frame on its way to the lock, and how it is to be written. */
export const callerFrame = z.strictObject({ frame: tunnelFrame, withResponse: z.boolean() });
/** INFO as the lock gave it on the connection: 20 to 64 bytes. */
export const lockInfoBytes = base64urlBytes(86);
/** ATT MTU of the connection to the lock. */
export const linkMtu = z.int().check(z.minimum(23), z.maximum(517));

/**
 * Asks a gateway to connect to a lock and to hold the link for a session that it does not understand, for an attempt and until its
 * deadline (topic `cmd`, QoS 0, never retained). The attempt's id names the tunnel in every later message. A tunnel for a `card` is
 * the portal's own and of no attempt: the lock waits in it for a card to be held to it, so the link may be silent until the deadline,
 * and an unlock or a bulletin that needs the radio ends it (`interrupted`).
 */
export const tunnelOpenCommand = z.object({
  v: version,
  type: z.literal('tunnel-open'),
  attemptId,
  tag: hexBytes(8),
  deadline: epochMs,
  ttlMs: durationMs,
  sentAt: epochMs,
  /** An unlock when absent. */
  purpose: z.optional(z.literal('card')),
  traceparent: z.optional(z.string().check(z.regex(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/))),
});

/** Frames for the lock (topic `cmd`); `from` is how many went before them, so that none is ever written twice or out of turn. */
export const tunnelFramesCommand = z.object({
  v: version,
  type: z.literal('tunnel-frames'),
  attemptId,
  from: frameCount,
  frames: z.array(callerFrame).check(z.minLength(1), z.maxLength(mostFramesAtOnce)),
});

/** Ends a tunnel, and with it the connection to the lock (topic `cmd`). */
export const tunnelCloseCommand = z.object({ v: version, type: z.literal('tunnel-close'), attemptId });

/** Why a gateway ended a tunnel, or never had it. */
export const tunnelCloseCodes = [
  'closed',
  'deadline-passed',
  'gateway-restarted',
  'idle',
  'interrupted',
  'link-lost',
  'lock-unreachable',
  'out-of-order',
  'queue-full',
  'too-much',
  'write-failed',
] as const;

/** What a gateway tells of a tunnel (topic `tunnel`, QoS 0): it is open, the lock's frames by their number, its end. */
export const tunnelMessage = z.discriminatedUnion('type', [
  z.object({ v: version, type: z.literal('opened'), attemptId, info: lockInfoBytes, mtu: linkMtu }),
  z.object({
    v: version,
    type: z.literal('frames'),
    attemptId,
    from: frameCount,
    frames: z.array(tunnelFrame).check(z.minLength(1), z.maxLength(mostFramesAtOnce)),
  }),
  z.object({ v: version, type: z.literal('closed'), attemptId, code: z.enum(tunnelCloseCodes) }),
]);

/** {@link tunnelOpenCommand} as data. Times are epoch milliseconds. */
export type TunnelOpenCommand = ReadonlyData<z.output<typeof tunnelOpenCommand>>;
/** {@link tunnelFramesCommand} as data. */
export type TunnelFramesCommand = ReadonlyData<z.output<typeof tunnelFramesCommand>>;
/** {@link tunnelCloseCommand} as data. */
export type TunnelCloseCommand = ReadonlyData<z.output<typeof tunnelCloseCommand>>;
/** {@link tunnelMessage} as data, told apart by `type`. */
export type TunnelMessage = ReadonlyData<z.output<typeof tunnelMessage>>;
/** One of {@link tunnelCloseCodes}. */
export type TunnelCloseCode = (typeof tunnelCloseCodes)[number];
