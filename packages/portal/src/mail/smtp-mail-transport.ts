import { Readable } from 'node:stream';
import SMTPConnection, { type SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';
import type { Secret } from '../secret.js';
import { addressOf, composeMessage } from './mail-message.js';
import type { HandOver, HandOverOutcome, MailTransport } from './mail-transport.js';

/** How a mail server is reached. */
export interface SmtpServer {
  /** `smtp://` or `smtps://`, with user and password where the server wants them. */
  readonly url: Secret;
  /** Address or `Name <address>` that mails come from. */
  readonly from: string;
}

const connectWithinMs = 20_000;
/** RFC 5321 §4.5.3.2 lets a server take this long to answer the end of a mail. */
const answerWithinMs = 10 * 60_000;
/** How long a stopping portal still waits for that answer. */
const answerWhenStoppingMs = 3_000;

/**
 * Hands mails to an SMTP server, one connection per mail. Everything but the end of the mail is sent first; the end
 * follows once `beforeEnd` is done, and from then on only the server's answer tells what became of it.
 */
export function createSmtpMailTransport({ url, from }: SmtpServer): MailTransport {
  const { options, credentials } = readUrl(url);
  return {
    send: async (mail, { beforeEnd, signal }) => {
      const message = await composeMessage(mail, from);
      const connection = new SMTPConnection(options);
      const broken = new Promise<never>((_, reject) => {
        connection.on('error', reject);
        connection.once('end', () => reject(new Error('closed')));
      });
      // A connection that breaks while nothing waits for it is noticed by the next step.
      broken.catch(() => undefined);
      const step = async (begin: (done: (error?: Error | null) => void) => void): Promise<void> => {
        const done = new Promise<void>((resolve, reject) => {
          begin((error) => (error ? reject(error) : resolve()));
        });
        await Promise.race([done, broken]);
      };

      const end: EndOfMail = { isGiven: false };
      const stop = (): void => {
        if (end.isGiven) setTimeout(() => connection.close(), answerWhenStoppingMs).unref();
        else connection.close();
      };
      signal.addEventListener('abort', stop);
      try {
        signal.throwIfAborted();
        await step((done) => connection.connect(done));
        if (credentials !== undefined) await step((done) => connection.login({ credentials }, done));
        const body = Readable.from(withEndHeldBack(message, { beforeEnd, end }));
        await step((done) => connection.send({ from: addressOf(from), to: [mail.to] }, body, done));
        connection.quit();
        return { kind: 'sent' };
      } catch (error) {
        connection.close();
        return outcomeOf(error, end);
      } finally {
        signal.removeEventListener('abort', stop);
      }
    },
  };
}

interface EndOfMail {
  isGiven: boolean;
}

/** The message; its stream ends, which is what makes the server take it, only after `beforeEnd`. */
async function* withEndHeldBack(
  message: Buffer,
  { beforeEnd, end }: Pick<HandOver, 'beforeEnd'> & { readonly end: EndOfMail },
): AsyncGenerator<Buffer, void, undefined> {
  yield message;
  if (!(await beforeEnd())) throw new Error('withdrawn');
  end.isGiven = true;
}

/** What nodemailer's errors carry. */
interface SmtpFault {
  readonly code?: unknown;
  readonly command?: unknown;
  readonly response?: unknown;
  readonly responseCode?: unknown;
}

function outcomeOf(error: unknown, end: EndOfMail): HandOverOutcome {
  const { code, command, response, responseCode } = error as SmtpFault;
  if (typeof responseCode === 'number') {
    // Only these speak of the mail itself; a refused greeting or password is for the operator to put right.
    const isAboutMail = command === 'RCPT TO' || command === 'DATA';
    return { kind: 'refused', forGood: responseCode >= 500 && isAboutMail, fault: replyCode(responseCode, response) };
  }
  const fault = typeof code === 'string' ? code.toLowerCase() : 'connection';
  return { kind: end.isGiven ? 'uncertain' : 'not-handed-over', fault };
}

/** The codes of a reply without its text, which may repeat the address. */
function replyCode(code: number, response: unknown): string {
  const enhanced = typeof response === 'string' ? /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1] : undefined;
  return enhanced === undefined ? `smtp ${code}` : `smtp ${code} ${enhanced}`;
}

interface SmtpAccess {
  readonly options: SMTPConnectionOptions;
  readonly credentials: { readonly user: string; readonly pass: string } | undefined;
}

function readUrl(secret: Secret): SmtpAccess {
  const url = new URL(secret.reveal());
  const secure = url.protocol === 'smtps:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // Set-up links open accounts: on a network they travel only by TLS. A server on this machine is reached without.
  const isLocal = ['localhost', '127.0.0.1', '::1'].includes(host);
  return {
    options: {
      host,
      port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
      secure,
      requireTLS: !secure && !isLocal,
      ignoreTLS: isLocal,
      connectionTimeout: connectWithinMs,
      greetingTimeout: connectWithinMs,
      socketTimeout: answerWithinMs,
    },
    credentials:
      url.username === ''
        ? undefined
        : { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) },
  };
}
