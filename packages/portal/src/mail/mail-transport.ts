import type { MailId } from '@latchwork/core';
import type { MailKind } from '../store/schema/delivery.js';

/** One rendered mail to one person. */
export interface OutgoingMail {
  readonly id: MailId;
  readonly kind: MailKind;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The same at every attempt. */
  readonly date: Date;
}

/** What became of handing a mail over. */
export type HandOverOutcome =
  /** It is the receiver's now. */
  | { readonly kind: 'sent' }
  /** The receiver said no to the whole mail, for now or for good; nobody gets it. */
  | { readonly kind: 'refused'; readonly forGood: boolean; readonly fault: string }
  /** The receiver never had the whole mail. */
  | { readonly kind: 'not-handed-over'; readonly fault: string }
  /** The receiver was given the end of the mail and did not answer: nobody can know. */
  | { readonly kind: 'uncertain'; readonly fault: string };

/** What a transport is told along with a mail. */
export interface HandOver {
  /**
   * Awaited once, right before the receiver gets the end of the mail, which is what makes it the receiver's. With `false`
   * the end is not given.
   */
  readonly beforeEnd: () => Promise<boolean>;
  /** When it fires, a mail whose end is not given yet is given up. */
  readonly signal: AbortSignal;
}

/** Hands mails over to what brings them to people. Faults in outcomes are codes; never an address or a link. */
export interface MailTransport {
  send(mail: OutgoingMail, handOver: HandOver): Promise<HandOverOutcome>;
}
