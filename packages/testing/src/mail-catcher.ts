import type { AddressInfo } from 'node:net';
import PostalMime from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** One mail as the server took it over, read back from its bytes. */
export interface CaughtMail {
  /** The envelope's sender. */
  readonly sender: string;
  /** The envelope's recipients. */
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Every header field by its lower-case name, unfolded. */
  readonly headers: ReadonlyMap<string, string>;
  /** The addresses of links in the text, in their order. */
  readonly links: readonly string[];
  /** The message's own bytes, without what SMTP adds. */
  readonly raw: Uint8Array;
}

/** Where a session is: connected; asked to take a sender, a recipient, a first piece, the end; or done with a mail. */
export type MailMoment = 'connected' | 'sender' | 'recipient' | 'content' | 'end' | 'answered';

/** A reply of the server's that refuses what it is at. */
export interface MailRefusal {
  /** 4xx for now, 5xx for good. */
  readonly code: number;
  readonly message: string;
}

/** How a mail catcher is made. */
export interface MailCatcherOptions {
  /** Port on 127.0.0.1; default: a free one. Give the old one to bring a server back after an outage. */
  readonly port?: number;
  /** Whom alone it serves; default: everybody. */
  readonly account?: { readonly user: string; readonly password: string };
  /** Hears of each mail right after it was taken over. */
  readonly onMail?: (mail: CaughtMail) => void;
}

/** A real SMTP server that keeps what it is given and sends nothing on; it can also be a troublesome one. */
export interface MailCatcher extends AsyncDisposable {
  /** `smtp://127.0.0.1:port`, with the account where there is one. */
  readonly url: string;
  readonly port: number;
  /** Every mail it was given the end of and did not refuse, oldest first, whether or not its answer arrived. */
  readonly mails: readonly CaughtMail[];
  /**
   * Asked at every moment of every session and waited for: it may stall, and refuse. At `end` the server has the whole
   * mail, at `answered` it has answered.
   */
  onMoment: ((moment: MailMoment) => Promise<MailRefusal | undefined> | MailRefusal | undefined) | undefined;
  /** Resolves with the first mail, there already or still to come, that meets the condition. */
  waitFor(matches: (mail: CaughtMail) => boolean): Promise<CaughtMail>;
  /** Cuts every connection without a word; clients may connect again. */
  dropConnections(): void;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

/** Starts an SMTP server on a loopback port. */
export async function startMailCatcher(options: MailCatcherOptions = {}): Promise<MailCatcher> {
  const { account, onMail } = options;
  const mails: CaughtMail[] = [];
  const waiting = new Set<(mail: CaughtMail) => void>();
  let onMoment: MailCatcher['onMoment'];

  const ask = async (moment: MailMoment): Promise<void> => {
    const refusal = await onMoment?.(moment);
    if (refusal !== undefined) throw Object.assign(new Error(refusal.message), { responseCode: refusal.code });
  };
  const answer = (asked: Promise<void>, callback: (error?: Error | null) => void): void => {
    asked.then(() => callback(), callback);
  };

  const handlers: SMTPServerOptions = {
    onConnect: (_session, callback) => answer(ask('connected'), callback),
    onMailFrom: (_address, _session, callback) => answer(ask('sender'), callback),
    onRcptTo: (_address, _session, callback) => answer(ask('recipient'), callback),
    onAuth: ({ username, password }, _session, callback) => {
      const known = username === account?.user && password === account?.password;
      if (known) callback(null, { user: username });
      else callback(new Error('authentication failed'));
    },
    onData: (stream, { envelope }, callback) => {
      const take = async (): Promise<void> => {
        const pieces: Uint8Array[] = [];
        for await (const piece of stream as AsyncIterable<Uint8Array>) {
          if (pieces.length === 0) await ask('content');
          pieces.push(piece);
        }
        await ask('end');
        const sender = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        const recipients = envelope.rcptTo.map(({ address }) => address);
        const mail = await readMail(Buffer.concat(pieces), { sender, recipients });
        mails.push(mail);
        onMail?.(mail);
        for (const notice of [...waiting]) notice(mail);
      };
      const taken = take();
      answer(taken, callback);
      taken.then(() => ask('answered')).catch(() => undefined);
    },
  };
  const server = new SMTPServer({
    ...handlers,
    // A loopback port needs neither TLS nor the names of its callers.
    disabledCommands: account === undefined ? ['STARTTLS', 'AUTH'] : ['STARTTLS'],
    disableReverseLookup: true,
    authOptional: account === undefined,
    allowInsecureAuth: true,
    closeTimeout: 1_000,
  });
  // What a single connection suffers is that connection's matter.
  server.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', () => resolve());
  });
  const { port } = server.server.address() as AddressInfo;

  const dropConnections = (): void => {
    for (const connection of server.connections) connection._socket.destroy();
  };
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    dropConnections();
    await closed;
  };

  const login =
    account === undefined ? '' : `${encodeURIComponent(account.user)}:${encodeURIComponent(account.password)}@`;
  return {
    url: `smtp://${login}127.0.0.1:${port}`,
    port,
    mails,
    get onMoment() {
      return onMoment;
    },
    set onMoment(decide) {
      onMoment = decide;
    },
    waitFor: (matches) => {
      const found = mails.find(matches);
      if (found !== undefined) return Promise.resolve(found);
      return new Promise((resolve) => {
        const notice = (mail: CaughtMail): void => {
          if (!matches(mail)) return;
          waiting.delete(notice);
          resolve(mail);
        };
        waiting.add(notice);
      });
    },
    dropConnections,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function readMail(raw: Uint8Array, envelope: Pick<CaughtMail, 'sender' | 'recipients'>): Promise<CaughtMail> {
  const { subject = '', text = '', html = '', headers } = await PostalMime.parse(raw);
  return {
    ...envelope,
    subject,
    text,
    html,
    headers: new Map(headers.map(({ key, value }) => [key, value])),
    links: text.match(/\bhttps?:\/\/\S+/g) ?? [],
    raw,
  };
}
