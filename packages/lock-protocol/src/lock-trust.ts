/** Whom a lock obeys: the organization's root, its own property, and the lowest epoch it still accepts. */
export interface LockTrust {
  /** The organization's Ed25519 root public key. */
  readonly rootPublicKey: Uint8Array;
  /** The property's 8-byte tag. */
  readonly property: Uint8Array;
  readonly epoch: number;
}
