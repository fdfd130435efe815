/** Longest silence on the live stream: the portal writes a comment line at least this often, a client that hears nothing for three of them reconnects. */
export const eventStreamHeartbeatMs = 15_000;
