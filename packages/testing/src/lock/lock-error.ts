/** Why a simulated lock did not do something. */
export type SimulatedLockFault =
  /** Its power is off; nothing of it runs. */
  | { readonly code: 'power-lost' }
  /** The file is no flash of a lock; `record` is the JSON record of an earlier version, `metal` damage behind the flash. */
  | { readonly code: 'flash-file'; readonly path: string; readonly reason: 'foreign' | 'record' | 'size' | 'metal' }
  /** Another lock runs on the file, in the process of this id. */
  | { readonly code: 'flash-in-use'; readonly path: string; readonly pid: number }
  /** The lock was made, and what it must not forget cannot be read: it must not start. */
  | { readonly code: 'flash-damaged' }
  /** More bytes than the flash has room for. */
  | { readonly code: 'flash-full'; readonly sizeBytes: number; readonly roomBytes: number };

/** A fault of a simulated lock itself, told from what it refuses to its callers by this class. */
export class SimulatedLockError extends Error {
  readonly info: SimulatedLockFault;

  constructor(info: SimulatedLockFault, message: string) {
    super(message);
    this.name = 'SimulatedLockError';
    this.info = info;
  }
}
