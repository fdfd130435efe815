/** Why a message is not taken for an event of the portal's, told apart by `code`. */
export type WebhookErrorInfo =
  /** One of our own secrets is none: `whsec_` and base64. */
  | { readonly code: 'secret-malformed' }
  | { readonly code: 'headers-missing'; readonly headers: readonly string[] }
  | { readonly code: 'timestamp-malformed' }
  /** Sent longer ago, or further ahead, than is tolerated: an old message that somebody sends again, or a wrong clock. */
  | { readonly code: 'timestamp-out-of-tolerance'; readonly offSeconds: number }
  /** No signature is of any of the secrets. */
  | { readonly code: 'signature-wrong' }
  /** From the portal, and of a type that this version of the package does not know: answer as if it had been handled. */
  | { readonly code: 'event-unknown'; readonly type: string }
  /** From the portal, and no event. */
  | { readonly code: 'event-malformed' };

/** Every `code` a {@link WebhookError} can have. */
export type WebhookErrorCode = WebhookErrorInfo['code'];

/** The one error of webhook verification. `switch (error.info.code)` tells the causes apart. */
export class WebhookError extends Error {
  override readonly name = 'WebhookError';
  /** Why the message was not taken. */
  readonly info: WebhookErrorInfo;

  constructor(info: WebhookErrorInfo, cause?: unknown) {
    super(`The webhook was not taken: ${info.code}.`, { cause });
    this.info = info;
  }
}
