import { type SignInMethod, signInMethods, toInstant } from '@latchwork/core';
import PostalMime from 'postal-mime';
import { describe, expect, it } from 'vitest';
import { composeMessage } from './mail-message.js';
import { type MailFacts, renderMail } from './mail-text.js';
import type { OutgoingMail } from './mail-transport.js';

const facts: MailFacts = {
  kind: 'onboarding',
  organizationName: 'Hotel Aurora',
  signInMethod: 'email_password',
  offers: ['Team at Aurora North', 'Member in the workplace'],
  setupLink: 'https://portal.example/setup#token=lwi_secret',
  linkEndsAt: toInstant(Date.UTC(2026, 5, 12, 10, 0)),
  appDownloadUrl: 'https://portal.example/app?a=1&b=2',
};

async function read(from: Partial<MailFacts>, to = 'bob@guest.example') {
  const rendered = renderMail({ ...facts, ...from });
  const mail = { id: 'mail_1', kind: 'onboarding', to, date: new Date(0), ...rendered } as OutgoingMail;
  const bytes = await composeMessage(mail, 'Aurora <mail@portal.example>');
  return { ...rendered, bytes: bytes.toString(), parsed: await PostalMime.parse(bytes) };
}

const sso = signInMethods.filter(
  (method): method is Exclude<SignInMethod, 'email_password'> => method !== 'email_password',
);

describe('the text of a mail', () => {
  it('S13: onboarding holds set-up instructions and a link to the mobile booking app', async () => {
    const { parsed } = await read({});
    expect(parsed.text).toMatch(/1\. Open this link to set up your account and choose a password/);
    expect(parsed.text).toContain(facts.setupLink);
    expect(parsed.text).toMatch(/2\. Get the mobile booking app:\s+https:\/\/portal\.example\/app\?a=1&b=2/);
    expect(parsed.text).toMatch(/3\. Sign in to the app with this e-mail address and the password/);
    expect(parsed.text).toContain('until June 12, 2026');
  });

  it.each(sso)('S13: for %s nothing is said of a password', async (signInMethod) => {
    const { parsed } = await read({ signInMethod });
    const provider = signInMethod === 'sso_google' ? 'Google' : 'Microsoft 365';
    for (const text of [parsed.subject, parsed.text, parsed.html]) expect(text).not.toMatch(/password/i);
    expect(parsed.text).toContain(`with your ${provider} account`);
    expect(parsed.text).toContain(facts.setupLink);
  });

  it('G18: the team is mailed the account set-up link, not the app', async () => {
    const { parsed } = await read({ kind: 'account_setup' });
    expect(parsed.text).toContain(facts.setupLink);
    expect(parsed.text).not.toContain(facts.appDownloadUrl);
    expect(parsed.text).toContain('You will be: Team at Aurora North, Member in the workplace.');
  });

  it.each(sso)('S40: whoever is switched to %s is mailed a link, and nothing of a password', async (signInMethod) => {
    const { parsed } = await read({ kind: 'set_password', signInMethod });
    expect(parsed.text).toMatch(/From now on you sign in to Hotel Aurora with (Google|Microsoft 365)\./);
    expect(parsed.text).toContain(facts.setupLink);
    for (const text of [parsed.subject, parsed.text, parsed.html]) expect(text).not.toMatch(/password/i);
  });

  it('S40: a set-password mail carries its link', async () => {
    const { parsed } = await read({ kind: 'set_password' });
    expect(parsed.subject).toBe('Choose a password for Hotel Aurora');
    expect(parsed.text).toContain(facts.setupLink);
  });

  it('both bodies say the same, and a link can be read before it is followed', async () => {
    const { parsed } = await read({});
    const html = parsed.html ?? '';
    for (const url of [facts.setupLink, facts.appDownloadUrl]) {
      const escaped = url.replaceAll('&', '&amp;');
      expect(html).toContain(`<a href="${escaped}">${escaped}</a>`);
    }
    const words = (text: string) =>
      text
        .replace(/\d\.|\s+/g, ' ')
        .replace(/\s+/g, ' ')
        .trim();
    const shown = html
      .replace(/<head>.*<\/head>/s, ' ')
      .replace(/<[^>]*>/g, ' ')
      .replaceAll('&amp;', '&');
    expect(words(shown)).toBe(words(parsed.text ?? ''));
    expect(html).toMatch(/<html lang="en">/);
  });

  it('no subject holds a token', async () => {
    for (const kind of ['onboarding', 'account_setup', 'set_password'] as const) {
      expect((await read({ kind })).parsed.subject).not.toMatch(/lwi_|http/);
    }
  });
});

describe('what a name cannot do to a mail', () => {
  const hostile = 'Evil\r\nBcc: all@victims.example\r\n\r\n<script>alert(1)</script> "&\u202e\u0000\u2028';

  it('adds no header, no body and no markup', async () => {
    const { parsed, bytes } = await read({ organizationName: hostile, kind: 'account_setup' });
    const names = parsed.headers.map(({ key }) => key);
    expect(names).not.toContain('bcc');
    expect(new Set(names).size).toBe(names.length);
    expect(parsed.html).not.toContain('<script');
    expect(parsed.html).toContain('&lt;script&gt;');
    expect(parsed.subject).toBe('Set up your account at Evil Bcc: all@victims.example <script>alert(1)</script> "&');
    expect(bytes).not.toMatch(/^bcc:/im);
  });

  it('an address stays one address', async () => {
    const to = 'a@x.example, b@y.example\r\nBcc: c@z.example';
    const { parsed, bytes } = await read({}, to);
    expect(parsed.to).toHaveLength(1);
    expect(bytes).not.toMatch(/^bcc:/im);
  });
});

describe('the message', () => {
  it('is an alternative of text and HTML, sent by a machine, the same mail at every attempt', async () => {
    const { parsed } = await read({});
    const header = (name: string) => parsed.headers.find(({ key }) => key === name)?.value;
    expect(header('content-type')).toMatch(/^multipart\/alternative/);
    expect(header('auto-submitted')).toBe('auto-generated');
    expect(header('message-id')).toBe('<mail_1@portal.example>');
    expect(header('date')).toBe('Thu, 01 Jan 1970 00:00:00 +0000');
    expect(parsed.from).toMatchObject({ name: 'Aurora', address: 'mail@portal.example' });
  });
});
