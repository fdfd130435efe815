import type { HandOverOutcome, MailTransport, OutgoingMail } from '../mail/mail-transport.js';

/** A mail as its reader has it. */
export interface CollectedMail extends OutgoingMail {
  /** The set-up link that stands in the text. */
  readonly link: string;
  /** The token in that link. */
  readonly token: string;
}

/** The mails of a test portal, rendered and handed over as those of any other. */
export interface CollectedMails {
  readonly transport: MailTransport;
  /** Every mail so far, oldest first, once the outbox has nothing left to send. */
  all(): Promise<readonly CollectedMail[]>;
  /** The newest mail to an address; throws when there is none. */
  lastTo(address: string): Promise<CollectedMail>;
  /** Answers instead of taking a mail; `undefined` takes all. */
  refuse: ((mail: OutgoingMail) => HandOverOutcome | undefined) | undefined;
}

/** Creates the collection. `deliver` empties the outbox of the portal that it serves. */
export function createCollectedMails(deliver: () => Promise<void>): CollectedMails {
  const taken: CollectedMail[] = [];
  const mails: CollectedMails = {
    refuse: undefined,
    transport: {
      send: async (mail, { beforeEnd }) => {
        const answer = mails.refuse?.(mail);
        if (answer !== undefined) return answer;
        if (!(await beforeEnd())) return { kind: 'not-handed-over', fault: 'withdrawn' };
        const [link = '', token = ''] = /\bhttps?:\S+#token=(\S+)/.exec(mail.text) ?? [];
        taken.push({ ...mail, link, token });
        return { kind: 'sent' };
      },
    },
    all: async () => {
      await deliver();
      return taken;
    },
    lastTo: async (address) => {
      await deliver();
      const found = taken.findLast((mail) => mail.to === address);
      if (found === undefined) throw new Error(`No mail to ${address}.`);
      return found;
    },
  };
  return mails;
}
