/** Why a directory could not be read; closed. `status` is the last HTTP status, `null` when there was no answer. */
export type DirectoryErrorInfo =
  /** The credentials are refused, have expired, or the consent was taken back: nobody is gone for that (S21). */
  | { readonly code: 'unauthorized'; readonly status: number | null }
  /** Signed in, but something that has to be granted is not. */
  | { readonly code: 'forbidden'; readonly status: number }
  /** The tenant, domain or group asked for is not there. */
  | { readonly code: 'not-found'; readonly status: number }
  /** Still throttled after every retry. */
  | { readonly code: 'throttled'; readonly status: number }
  | { readonly code: 'unreachable'; readonly status: number | null }
  /** The answer is not what the directory's API answers: cut off, a sign-in page, another shape. */
  | { readonly code: 'answer-malformed'; readonly status: number }
  /** A link to a page that was read before, or to another host. */
  | { readonly code: 'link-refused' }
  | { readonly code: 'too-large' }
  | { readonly code: 'token-expired' }
  | { readonly code: 'aborted' };

/** A directory could not be read. The message names the code alone: no address, no name, no token. */
export class DirectoryError extends Error {
  readonly info: DirectoryErrorInfo;

  constructor(info: DirectoryErrorInfo, options?: ErrorOptions) {
    super(`The directory could not be read: ${info.code}.`, options);
    this.name = 'DirectoryError';
    this.info = info;
  }
}
