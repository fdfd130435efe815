import type { Instant, SignInMethod } from '@latchwork/core';
import type { LinkMailKind } from '../store/schema/delivery.js';
import { type Letter, type MailText, oneLine, type Paragraph, writeLetter } from './letter.js';

/** What a mail with a link tells. */
export interface MailFacts {
  readonly kind: LinkMailKind;
  readonly organizationName: string;
  readonly signInMethod: SignInMethod;
  /** The roles in words, as the set-up page names them. */
  readonly offers: readonly string[];
  /** Opens the account set-up, once. */
  readonly setupLink: string;
  readonly linkEndsAt: Instant;
  /** Where the mobile booking app is to be had (S13). */
  readonly appDownloadUrl: string;
}

/**
 * Writes a mail with a link: onboarding with set-up instructions and the app's link (S13), the account set-up link (G18), or a
 * password to set or an account to connect (S40). Names no person: a name is the inviter's words and would be put into our mouth.
 */
export function renderMail(facts: MailFacts): MailText {
  return writeLetter(letterOf(facts));
}

const providers = {
  sso_google: 'Google',
  sso_microsoft_365: 'Microsoft 365',
} as const satisfies Record<Exclude<SignInMethod, 'email_password'>, string>;

function letterOf({ kind, signInMethod, setupLink, linkEndsAt, appDownloadUrl, ...facts }: MailFacts): Letter {
  const organization = oneLine(facts.organizationName);
  const offers = facts.offers.map(oneLine).join(', ');
  const offered: readonly Paragraph[] = offers === '' ? [] : [{ says: `You will be: ${offers}.` }];
  const lifetime = `The link works once, until ${dayAndTime(linkEndsAt)}.`;
  const setUp: Paragraph = {
    says:
      signInMethod === 'email_password'
        ? `Open this link to set up your account and choose a password. ${lifetime}`
        : `Open this link to set up your account with your ${providers[signInMethod]} account. ${lifetime}`,
    link: setupLink,
  };
  const unexpected = { says: 'If you did not expect this mail, you can ignore it: without the link nothing happens.' };
  switch (kind) {
    case 'onboarding':
      return {
        subject: `Welcome to ${organization}: set up your account`,
        opening: [
          { says: `You have been invited to book desks and rooms at ${organization}.` },
          ...offered,
          { says: 'Three steps to begin:' },
        ],
        steps: [
          setUp,
          { says: 'Get the mobile booking app:', link: appDownloadUrl },
          {
            says:
              signInMethod === 'email_password'
                ? 'Sign in to the app with this e-mail address and the password you chose.'
                : `Sign in to the app with your ${providers[signInMethod]} account.`,
          },
        ],
        closing: [unexpected],
      };
    case 'account_setup':
      return {
        subject: `Set up your account at ${organization}`,
        opening: [{ says: `You have been invited to the team of ${organization}.` }, ...offered, setUp],
        steps: [],
        closing: [unexpected],
      };
    case 'set_password':
      return {
        subject:
          signInMethod === 'email_password'
            ? `Choose a password for ${organization}`
            : `Sign in to ${organization} with ${providers[signInMethod]}`,
        opening: [
          {
            says:
              signInMethod === 'email_password'
                ? `Open this link to choose the password you sign in to ${organization} with. ${lifetime}`
                : `From now on you sign in to ${organization} with ${providers[signInMethod]}. Open this link to show with which account. ${lifetime}`,
            link: setupLink,
          },
        ],
        steps: [],
        closing: [unexpected],
      };
  }
}

// Made once: making one takes longer than writing a mail with it.
const dayAndTimeFormat = new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });

function dayAndTime(at: Instant): string {
  return `${dayAndTimeFormat.format(at)} UTC`;
}
