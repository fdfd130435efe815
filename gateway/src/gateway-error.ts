/** Why the gateway cannot start or go on, with what a person needs to mend it. */
export type GatewayErrorInfo =
  /** The environment is wrong; every fault is one sentence. */
  | { readonly code: 'config'; readonly faults: readonly string[] }
  /** The data folder cannot be made, read or written. */
  | { readonly code: 'data-dir-unusable'; readonly path: string }
  /** Another gateway lives in this data folder. */
  | { readonly code: 'data-dir-in-use'; readonly path: string; readonly pid: number }
  /** A record before the journal's end is damaged; the file was left as it is. */
  | { readonly code: 'journal-corrupt'; readonly path: string; readonly line: number; readonly offset: number }
  /** The journal was written by a version of the gateway that this one does not know. */
  | { readonly code: 'journal-version'; readonly path: string }
  /** The disk refused a record; nothing that the record guards may happen, now or later. */
  | { readonly code: 'journal-write-failed'; readonly path: string }
  /** The journal was closed before the record was made durable. */
  | { readonly code: 'journal-closed'; readonly path: string }
  /** The file of the gateway's own key pair is damaged. */
  | { readonly code: 'keys-damaged'; readonly path: string }
  /** The readers of cards cannot be used on this machine. */
  | { readonly code: 'encoder' }
  /** The address for phones of the LAN is taken or not ours. */
  | { readonly code: 'lan-address'; readonly host: string; readonly port: number }
  /** What the gateway got when it enrolled is damaged. */
  | { readonly code: 'enrollment-damaged'; readonly path: string }
  /** The file is no backup, is damaged, or was sealed with another recovery key. */
  | { readonly code: 'backup-unreadable' }
  /** There is no gateway in the folder to back up. */
  | { readonly code: 'backup-nothing'; readonly path: string }
  /** Neither an enrollment nor the settings say who the gateway is. */
  | { readonly code: 'backup-nameless'; readonly missing: readonly string[] }
  /** The folder to restore into is another gateway's. */
  | { readonly code: 'restore-occupied'; readonly path: string }
  /** The portal gave no certificate: its problem's code, or how far it came. */
  | { readonly code: 'enrollment-failed'; readonly reason: string }
  /** The address for health and metrics is taken or not ours. */
  | { readonly code: 'http-address'; readonly host: string; readonly port: number };

/** The one error of the gateway's daemon; its message is one sentence for the operator. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly info: GatewayErrorInfo;

  constructor(info: GatewayErrorInfo, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.info = info;
  }
}
