import type { MailId } from '@latchwork/core';
import { type MailCatcher, type MailMoment, type MailRefusal, startMailCatcher } from '@latchwork/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../secret.js';
import type { HandOver, OutgoingMail } from './mail-transport.js';
import { createSmtpMailTransport } from './smtp-mail-transport.js';

const mail: OutgoingMail = {
  id: 'mail_01' as MailId,
  kind: 'account_setup',
  to: 'bob@guest.example',
  subject: 'Set up your account',
  text: 'Hello,\n\n.a line that begins with a dot\n',
  html: '<p>Hello,</p>',
  date: new Date(0),
};

let catcher: MailCatcher;
let moments: string[];
beforeEach(async () => {
  moments = [];
  catcher = await startMailCatcher();
});
afterEach(async () => await catcher.close());

/** Hands the mail over; `beforeEnd` is seen among the server's own moments. */
async function send(options: Partial<HandOver> & { readonly url?: string } = {}) {
  const { url = catcher.url, signal = new AbortController().signal, beforeEnd = async () => true } = options;
  const transport = createSmtpMailTransport({ url: new Secret(url), from: 'Aurora <mail@portal.example>' });
  return await transport.send(mail, {
    signal,
    beforeEnd: async () => {
      moments.push('before the end');
      return await beforeEnd();
    },
  });
}

/** Lets the server refuse, cut or stall at one moment. */
function at(wanted: MailMoment, act: () => MailRefusal | undefined): void {
  catcher.onMoment = (moment) => {
    moments.push(moment);
    return moment === wanted ? act() : undefined;
  };
}

describe('handing a mail to an SMTP server', () => {
  it('gives the end last, and only after it was asked for', async () => {
    at('connected', () => undefined);
    expect(await send()).toEqual({ kind: 'sent' });
    expect(moments.slice(0, 3)).toEqual(['connected', 'sender', 'recipient']);
    expect(moments.indexOf('before the end')).toBeLessThan(moments.indexOf('end'));
    const [caught] = catcher.mails;
    expect(caught).toMatchObject({ sender: 'mail@portal.example', recipients: ['bob@guest.example'] });
    expect(caught?.text).toContain('\n.a line that begins with a dot');
  });

  it('holds the end back for as long as it takes', async () => {
    const { promise, resolve } = deferred<boolean>();
    const asked = deferred<void>();
    const sending = send({
      beforeEnd: () => {
        asked.resolve();
        return promise;
      },
    });
    await asked.promise;
    // A whole other mail passes through the same server meanwhile; of this one it has no end.
    expect(await send()).toEqual({ kind: 'sent' });
    expect(catcher.mails).toHaveLength(1);
    resolve(true);
    expect(await sending).toEqual({ kind: 'sent' });
    expect(catcher.mails).toHaveLength(2);
  });

  it.each([
    ['no is said before the end', async () => false],
    [
      'the commit before the end fails',
      async () => {
        throw new Error('the store is gone');
      },
    ],
  ])('gives no end when %s', async (_, beforeEnd) => {
    expect(await send({ beforeEnd })).toMatchObject({ kind: 'not-handed-over' });
    await catcher.close();
    expect(catcher.mails).toEqual([]);
  });

  it.each<[MailMoment, number, 'for now' | 'for good']>([
    ['connected', 421, 'for now'],
    ['connected', 554, 'for now'],
    ['sender', 451, 'for now'],
    ['recipient', 450, 'for now'],
    ['recipient', 550, 'for good'],
    ['end', 452, 'for now'],
    ['end', 554, 'for good'],
  ])('refused at %s with %i: %s, and nobody has the mail', async (moment, code, how) => {
    at(moment, () => ({ code, message: '5.1.1 <bob@guest.example> is not known here' }));
    const outcome = await send();
    expect(outcome).toMatchObject({ kind: 'refused', forGood: how === 'for good' });
    expect(outcome).toHaveProperty('fault', expect.stringMatching(new RegExp(`^smtp ${code}( \\d\\.\\d\\.\\d)?$`)));
    expect(catcher.mails).toEqual([]);
  });

  it.each<MailMoment>(['connected', 'sender', 'recipient'])('cut at %s: not handed over', async (moment) => {
    at(moment, () => void catcher.dropConnections());
    expect(await send()).toMatchObject({ kind: 'not-handed-over' });
    expect(moments).not.toContain('before the end');
  });

  it('cut after the end was given: nobody can know', async () => {
    at('end', () => void catcher.dropConnections());
    expect(await send()).toMatchObject({ kind: 'uncertain' });
    expect(catcher.mails).toHaveLength(1);
  });

  it('nobody listens: not handed over', async () => {
    const { url } = catcher;
    await catcher.close();
    expect(await send({ url })).toMatchObject({ kind: 'not-handed-over' });
  });

  it.each<MailMoment>(['connected', 'recipient'])('stopped at %s: not handed over', async (moment) => {
    const stopping = new AbortController();
    at(moment, () => void stopping.abort());
    expect(await send({ signal: stopping.signal })).toMatchObject({ kind: 'not-handed-over' });
    expect(moments).not.toContain('before the end');
  });

  it('stopped before it began: not handed over', async () => {
    expect(await send({ signal: AbortSignal.abort() })).toMatchObject({ kind: 'not-handed-over' });
  });

  it('says nothing of a mail to a server that offers no TLS, unless it is on this machine', async () => {
    // The same machine by a name that does not look like it.
    const url = catcher.url.replace('127.0.0.1', '[::ffff:127.0.0.1]');
    at('connected', () => undefined);
    const outcome = await send({ url });
    expect(outcome.kind).not.toBe('sent');
    expect(outcome).not.toMatchObject({ forGood: true });
    expect(moments).toEqual(['connected']);
  });

  it('signs in where the server wants it; a wrong password is never the mail’s fault', async () => {
    await catcher.close();
    catcher = await startMailCatcher({ account: { user: 'portal@x', password: 'p:w/d' } });
    expect(await send()).toEqual({ kind: 'sent' });
    const url = catcher.url.replace('p%3Aw%2Fd', 'other');
    expect(await send({ url })).toMatchObject({
      kind: 'refused',
      forGood: false,
      fault: expect.stringMatching(/^smtp 535/),
    });
  });
});

function deferred<Value>() {
  let resolve!: (value: Value) => void;
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
