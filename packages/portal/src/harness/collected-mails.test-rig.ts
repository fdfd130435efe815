import type { MailTransport, OutgoingMail } from '../mail/mail-transport.js';

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
  /** Stands in for the taking of mails, as a troublesome server would; `undefined`: every mail is taken. */
  instead: MailTransport['send'] | undefined;
}

/** Creates the collection. `deliver` empties the outbox of the portal that it serves. */
export function createCollectedMails(deliver: () => Promise<void>): CollectedMails {
  const taken: CollectedMail[] = [];
  const mails: CollectedMails = {
    instead: undefined,
    transport: {
      send: async (mail, handOver) => {
        if (mails.instead !== undefined) return await mails.instead(mail, handOver);
        const { beforeEnd } = handOver;
        if (!(await beforeEnd())) return { kind: 'not-handed-over', fault: 'withdrawn' };
        taken.push({ ...mail, ...linkIn(mail) });
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

/** The set-up link of a mail and its token. */
export function linkIn({ text }: OutgoingMail): Pick<CollectedMail, 'link' | 'token'> {
  const [link = '', token = ''] = /\bhttps?:\S+#token=(\S+)/.exec(text) ?? [];
  return { link, token };
}
