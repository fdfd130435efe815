/** Where a property's word on one lock stands: manifests and bulletins share one counter, which begins anew with an epoch. */
export interface Revision {
  /** Epoch of the key that signed it. */
  readonly epoch: number;
  /** Counts up by one with each manifest or bulletin. */
  readonly revision: number;
}

/** A revision of the credential set: what a manifest demands, and what a receipt proves. */
export interface SetRevision extends Revision {
  /** SHA-256 over the set, 32 bytes. */
  readonly digest: Uint8Array;
}

/** Where a lock stands that never was told anything. */
export const noRevision: Revision = { epoch: 0, revision: 0 };

/** Orders by epoch, then by revision: below zero when `a` is the older one, zero when they are the same. */
export function compareRevisions(a: Revision, b: Revision): number {
  return a.epoch - b.epoch || a.revision - b.revision;
}
