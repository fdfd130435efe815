import * as z from 'zod/mini';
import { attemptId, entranceId } from '../identifiers.js';
import { tunnelEndInput, tunnelFramesInput, tunnelInput } from '../inputs/tunnels.js';
import { operations } from '../operations.js';
import { route } from '../route.js';

const ofTunnel = z.strictObject({ attemptId });

/**
 * Opens a way to an entrance's lock for the caller's phone, which runs the lock's protocol itself (tunnel mode). Decided, recorded and
 * audited as an unlock. Answers when the gateway is connected to the lock, or cannot be: then `closed` with the reason.
 */
export const openTunnel = route(operations.openTunnel, {
  summary: "Open a tunnel to an entrance's lock",
  params: z.strictObject({ entranceId }),
  body: tunnelInput,
  statuses: [201],
  problems: ['unlock-refused', 'not-found', 'gateway-offline', 'deadline-passed'],
  auth: 'session-or-api-key',
  action: null,
});

/**
 * Carries frames to the lock and answers with the lock's, as soon as there is one that the caller has not, or when the tunnel is closed
 * or its time is over. Repeating it is harmless. Nothing is carried after the deadline, nor for somebody who may not open the door any
 * more (G41).
 */
export const exchangeTunnelFrames = route(operations.exchangeTunnelFrames, {
  summary: 'Carry frames through a tunnel',
  params: ofTunnel,
  body: tunnelFramesInput,
  statuses: [200],
  problems: ['not-found'],
  auth: 'session-or-api-key',
  action: null,
});

/**
 * Closes a tunnel and says how the command ended. The attempt ends by that word, marked as the phone's, and gives way to what the
 * lock's own log says.
 */
export const endTunnel = route(operations.endTunnel, {
  summary: 'End a tunnel and tell how the command ended',
  params: ofTunnel,
  body: tunnelEndInput,
  statuses: [200],
  problems: ['not-found'],
  auth: 'session-or-api-key',
  action: null,
});
