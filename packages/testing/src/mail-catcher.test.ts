import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type MailCatcher, startMailCatcher } from './mail-catcher.js';

let catcher: MailCatcher;
afterEach(async () => await catcher.close());

const message = [
  'From: Ann <ann@sender.example>',
  'To: bob@receiver.example',
  'Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=',
  '',
  'See https://portal.example/setup#token=abc',
  '..and a line that began with a dot',
].join('\r\n');

/** Speaks SMTP line by line; gives the code of each reply. */
async function speak(socket: Socket, lines: readonly string[]): Promise<number[]> {
  const codes: number[] = [];
  for (const line of lines) {
    if (line !== '') socket.write(`${line}\r\n`);
    const [reply] = await once(socket, 'data');
    codes.push(Number(String(reply).slice(0, 3)));
  }
  return codes;
}

const session = ['', 'HELO me', 'MAIL FROM:<ann@sender.example>', 'RCPT TO:<bob@receiver.example>', 'DATA'];

test('keeps a mail as its reader would have it', async () => {
  catcher = await startMailCatcher();
  const codes = await speak(connect(catcher.port, '127.0.0.1'), [...session, `${message}\r\n.`]);
  expect(codes).toEqual([220, 250, 250, 250, 354, 250]);
  const mail = await catcher.waitFor(({ recipients }) => recipients.includes('bob@receiver.example'));
  expect(mail).toMatchObject({ sender: 'ann@sender.example', subject: 'Grüße' });
  expect(mail.links).toEqual(['https://portal.example/setup#token=abc']);
  expect(mail.text).toContain('\n.and a line');
  expect(mail.headers.get('from')).toBe('Ann <ann@sender.example>');
});

test('keeps nothing of a mail whose end never came', async () => {
  catcher = await startMailCatcher();
  const socket = connect(catcher.port, '127.0.0.1');
  await speak(socket, session);
  const left = Promise.race([once(socket, 'close'), once(socket, 'end')]);
  socket.end(`${message}\r\n`);
  await left;
  await catcher.close();
  expect(catcher.mails).toEqual([]);
});

test('refuses at the moment it is told to', async () => {
  catcher = await startMailCatcher();
  catcher.onMoment = (moment) => (moment === 'end' ? { code: 451, message: 'later' } : undefined);
  const codes = await speak(connect(catcher.port, '127.0.0.1'), [...session, `${message}\r\n.`]);
  expect(codes.at(-1)).toBe(451);
  expect(catcher.mails).toEqual([]);
});

test('serves only its account', async () => {
  catcher = await startMailCatcher({ account: { user: 'ann', password: 's3cret' } });
  expect(catcher.url).toBe(`smtp://ann:s3cret@127.0.0.1:${catcher.port}`);
  const login = (password: string) => Buffer.from(`\0ann\0${password}`).toString('base64');
  const socket = connect(catcher.port, '127.0.0.1');
  const codes = await speak(socket, ['', 'HELO me', 'MAIL FROM:<a@b.example>', `AUTH PLAIN ${login('wrong')}`]);
  expect(codes).toEqual([220, 250, 530, 535]);
  expect(await speak(socket, [`AUTH PLAIN ${login('s3cret')}`, 'MAIL FROM:<a@b.example>'])).toEqual([235, 250]);
});
