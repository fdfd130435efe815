/**
 * How a command reaches a lock, in the order in which the ways are tried: from the phone to the lock over Bluetooth; past the gateway of
 * the house, over its own network; past portal and gateway, which see ciphertext; or by the portal, with a token for one command.
 */
export const unlockWays = ['direct', 'lan', 'tunnel', 'token'] as const;

/** One of {@link unlockWays}. */
export type UnlockWay = (typeof unlockWays)[number];
