/** What {@link PhoneKeyError} is about, told apart by `code`. */
export type PhoneKeyErrorInfo =
  /** The storage already holds a phone's key: each credential has a storage of its own. */
  | { readonly code: 'already-activated' }
  /** Nothing to renew: no code was used yet. */
  | { readonly code: 'not-activated' }
  /** To carry for locks a phone needs a storage for its bag. */
  | { readonly code: 'no-bag' }
  /** What the storage holds is no phone's key, or no courier's bag. */
  | { readonly code: 'storage-damaged' };

/** The one error of this package's own. Refusals by a lock or the portal are results; failing calls of the portal are `LatchworkError`. */
export class PhoneKeyError extends Error {
  override readonly name = 'PhoneKeyError';
  /** What went wrong. */
  readonly info: PhoneKeyErrorInfo;

  constructor(info: PhoneKeyErrorInfo, message: string) {
    super(message);
    this.info = info;
  }
}
