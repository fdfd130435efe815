import { setTimeout as wait } from 'node:timers/promises';
import { type CaughtMail, startMailCatcher } from '@latchwork/testing';
import { directoryDomain } from './directory.js';
import type { MemoryFile } from './memory.js';
import { CannotStart } from './preflight.js';
import type { Terminal } from './terminal.js';

/** The mail server of the demo: every mail of the portal ends here, in the terminal. */
export interface PostRoom extends AsyncDisposable {
  /** Where the portal hands its mails over. */
  readonly smtpUrl: string;
  /** The token of the set-up link in the newest mail to an address, once there is one. */
  setupToken(address: string): Promise<string>;
  /** Forgets the links that an address was mailed, before a new one is sent. */
  forget(address: string): void;
}

const giveUpAfterMs = 10_000;
const lookEveryMs = 50;

/** Starts the mail server. What it takes is printed, and its links are remembered before the portal hears that it was taken. */
export async function startPostRoom(terminal: Terminal, memory: MemoryFile): Promise<PostRoom> {
  const keep = (mail: CaughtMail): void => {
    const link = mail.links.find((each) => each.includes('#token='));
    const address = mail.recipients[0];
    if (link !== undefined && address !== undefined) {
      memory.merge({ setupLinks: { ...memory.read().setupLinks, [address]: link } });
    }
    print(terminal, mail);
  };
  const catcher = await startMailCatcher({ onMail: keep });
  return {
    smtpUrl: catcher.url,
    async setupToken(address) {
      for (let waitedMs = 0; waitedMs < giveUpAfterMs; waitedMs += lookEveryMs) {
        const link = memory.read().setupLinks?.[address];
        if (link !== undefined) return new URL(link).hash.replace('#token=', '');
        await wait(lookEveryMs);
      }
      throw new CannotStart(`the mail to ${address} was lost; remove the data folder to start anew.`);
    },
    forget(address) {
      const { [address]: _, ...others } = memory.read().setupLinks ?? {};
      memory.merge({ setupLinks: others });
    },
    [Symbol.asyncDispose]: () => catcher.close(),
  };
}

function print(terminal: Terminal, { sender, recipients, subject, text }: CaughtMail): void {
  // A whole directory is invited at once.
  if (recipients.every((address) => address.endsWith(`@${directoryDomain}`))) {
    terminal.row('mail', `to ${recipients.join(', ')}: ${subject}`);
    return;
  }
  terminal.title(`Mail to ${recipients.join(', ')}`);
  terminal.row('from', sender);
  terminal.row('subject', subject);
  for (const line of text.trimEnd().split('\n')) terminal.line(`| ${line}`.trimEnd());
}
