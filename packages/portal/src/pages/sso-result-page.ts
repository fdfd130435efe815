import type { SsoProvider } from '@latchwork/contract';
import { html } from './html.js';
import type { Page } from './layout.js';

/** How single sign-on ended in the browser, when it does not go on elsewhere. */
export type SsoFailure =
  /** No flow that this browser began: another one's, an old one, or none. */
  | 'no-flow'
  | 'cancelled'
  | 'unreachable'
  /** Nothing is said of why: not whether the account is known, nor to whom. */
  | 'sign-in-failed'
  | 'link-gone'
  /** S12. */
  | 'method-differs'
  | 'identity-in-use'
  | 'another-identity'
  | 'refused';

const names: Readonly<Record<SsoProvider, string>> = { google: 'Google', microsoft_365: 'Microsoft 365' };

const failures: Readonly<
  Record<SsoFailure, { readonly status: number; readonly title: string; readonly says: (provider: string) => string }>
> = {
  'no-flow': {
    status: 400,
    title: 'Please begin again',
    says: () => 'Signing in began in another browser, too long ago, or ended already. Begin again where you came from.',
  },
  cancelled: {
    status: 401,
    title: 'You are not signed in',
    says: (provider) => `You ended signing in at ${provider}. Nothing has changed.`,
  },
  unreachable: {
    status: 503,
    title: 'Please try again later',
    says: (provider) => `${provider} cannot be reached from here just now, or this portal is not registered there.`,
  },
  'sign-in-failed': {
    status: 401,
    title: 'You are not signed in',
    says: (provider) =>
      `Signing in with this ${provider} account is not possible here. If you have an invitation, open the link in its mail first; if you have, choose the account you set up with.`,
  },
  'link-gone': {
    status: 410,
    title: 'This link does not work any more',
    says: () =>
      'It has been used, replaced or withdrawn, or it has expired. Ask whoever invited you for a new invitation.',
  },
  'method-differs': {
    status: 409,
    title: 'Not with this provider',
    says: () => 'You sign in to this organization in another way. Open the link in your mail again.',
  },
  'identity-in-use': {
    status: 409,
    title: 'This account is in use with another address',
    says: (provider) =>
      `The ${provider} account you chose signs in here with another e-mail address. Choose another account, or ask to be invited with that address.`,
  },
  'another-identity': {
    status: 409,
    title: 'You sign in with another account',
    says: (provider) =>
      `Your e-mail address signs in here with another ${provider} account already. Open the link again and choose that one.`,
  },
  refused: {
    status: 409,
    title: 'This invitation cannot be accepted',
    says: () => 'Ask whoever invited you: the invitation, or the plan of the organization, does not allow it any more.',
  },
};

/** The page of a failure, with a way back if there is one. */
export function ssoFailurePage(failure: SsoFailure, provider: SsoProvider | undefined, back?: string): Page {
  const { status, title, says } = failures[failure];
  const way = back === undefined ? null : html`<a class="button" href="${back}">Back</a>`;
  return { title, status, main: html`<p>${says(provider === undefined ? 'the provider' : names[provider])}</p>${way}` };
}

/** The page after an account was set up with a provider. */
export function ssoDonePage(o: {
  readonly provider: SsoProvider;
  readonly organizationName: string;
  readonly workplace: boolean;
  readonly appDownloadUrl: string;
}): Page {
  const { provider, organizationName, workplace, appDownloadUrl } = o;
  const next = workplace
    ? html`<p>Next: get the booking app on your phone and sign in with ${names[provider]}, or sign in to the web reservation portal.</p><a class="button" href="${appDownloadUrl}">Get the booking app</a>`
    : html`<p>Next: open the Portal app or the dashboard and sign in with ${names[provider]}. You can close this page.</p>`;
  return {
    status: 200,
    title: 'Your account is set up',
    main: html`<p>You sign in to <strong>${organizationName}</strong> with your ${names[provider]} account.</p>${next}`,
  };
}
