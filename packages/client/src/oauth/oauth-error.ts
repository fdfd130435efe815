/** Why an app has no token, told apart by `code`. */
export type OAuthErrorInfo =
  /** The portal or the person said no; `error` is the code of RFC 6749, such as `access_denied` or `invalid_grant`. */
  | { readonly code: 'refused'; readonly error: string; readonly description: string | undefined }
  /** An answer that must not be believed or understood: another `state` or issuer, no JSON, a missing member. */
  | { readonly code: 'invalid-response' }
  /** No end within the time. */
  | { readonly code: 'timeout'; readonly timeoutMs: number }
  /** No reply at all. */
  | { readonly code: 'network' };

/** The one error of signing in by OAuth. */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  /** What went wrong, told apart by `code`. */
  readonly info: OAuthErrorInfo;

  constructor(info: OAuthErrorInfo, cause?: unknown) {
    super(`No token for the app: ${describe(info)}`, { cause });
    this.info = info;
  }
}

function describe(info: OAuthErrorInfo): string {
  switch (info.code) {
    case 'refused':
      return `${info.error}${info.description === undefined ? '' : `, ${info.description}`}.`;
    case 'invalid-response':
      return 'the answer is not one to this request.';
    case 'timeout':
      return `no end within ${info.timeoutMs} ms.`;
    case 'network':
      return 'no reply from the portal.';
  }
}
