/** Whom a lock obeys: the organization's root, its own property, and the lowest epoch it still accepts. */
export interface LockTrust {
  /** The organization's Ed25519 root public key. */
  readonly rootPublicKey: Uint8Array;
  /** The property's 8-byte tag. */
  readonly property: Uint8Array;
  readonly epoch: number;
}

/** Whom a lock obeys since it was commissioned over the air, and by which order. */
export interface OrderedTrust extends LockTrust {
  /** SHA-256 over the order: the very same one is confirmed again, and any other refused. */
  readonly orderHash: Uint8Array;
}
