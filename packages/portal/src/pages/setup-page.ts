import { html } from './html.js';
import type { Page } from './layout.js';

/** The page that the link of a mail opens. Its script asks what the token in the fragment opens, and shows just that. */
export function setupPage({ appDownloadUrl }: { readonly appDownloadUrl: string }): Page {
  return {
    status: 200,
    title: 'Set up your account',
    script: 'setup.js',
    main: html`
<noscript><p>This page needs JavaScript. Switch it on, or open the link in another browser.</p></noscript>
<p id="loading" hidden role="status">Looking at your link…</p>
<form id="form" hidden method="post" novalidate>
<div id="invited" hidden>
<p>You have been invited to <strong data-organization></strong>.</p>
<div id="places" hidden>
<p id="places-label">You will be:</p>
<ul id="properties" aria-labelledby="places-label"></ul>
</div>
</div>
<p id="returning" hidden>This sets how you sign in to <strong data-organization></strong>.</p>
<label for="email">E-mail address</label>
<input id="email" type="email" autocomplete="username" readonly tabindex="-1">
<div id="name-field" hidden>
<label for="name">Your name</label>
<input id="name" type="text" autocomplete="name" maxlength="200" aria-describedby="error">
</div>
<div id="password-field" hidden>
<label for="password">Password</label>
<input id="password" type="password" maxlength="256" aria-describedby="password-new password-existing error">
<p id="password-new" class="quiet" hidden>8 characters or more, any characters. Several words are easy to remember and hard to guess.</p>
<p id="password-existing" class="quiet" hidden>Your address has an account on this portal already: give its password. <a href="password-reset">Forgot it?</a></p>
<label class="quiet"><input id="show-password" type="checkbox"> Show the password</label>
</div>
<p id="provider-hint" class="apart" hidden>You sign in here with your <span data-provider></span> account and need no other password. Continue to <span data-provider></span> and choose the account you work with.</p>
<p id="error" class="error" role="alert" hidden></p>
<button id="submit" type="submit">Set up account</button>
</form>
<div id="done" hidden>
<p>You sign in to <strong id="done-organization"></strong> with <strong id="done-email"></strong>.</p>
<p id="done-team" hidden>Next: open the Portal app or the dashboard and sign in. You can close this page.</p>
<div id="done-workplace" hidden>
<p>Next: get the booking app on your phone and sign in, or sign in to the web reservation portal.</p>
<a class="button" href="${appDownloadUrl}">Get the booking app</a>
</div>
</div>
<div id="failed" hidden>
<p id="failed-gone">It has been used, replaced or withdrawn, or it has expired: such a link works once and for a limited time. Ask whoever invited you for a new invitation, or, if your account is set up, <a href="password-reset">ask for a link to set a new password</a>.</p>
<p id="failed-other">Please try again later. <span id="failed-detail"></span></p>
</div>`,
  };
}

/** The page on which somebody asks for a link that sets a new password. */
export const passwordResetPage: Page = {
  status: 200,
  title: 'Forgot your password?',
  script: 'password-reset.js',
  main: html`
<noscript><p>This page needs JavaScript. Switch it on, or open it in another browser.</p></noscript>
<form id="form" hidden method="post" novalidate>
<p>Type the e-mail address you sign in with, and we mail you a link to set a new password.</p>
<label for="email">E-mail address</label>
<input id="email" type="email" autocomplete="username" maxlength="254" aria-describedby="error">
<p id="error" class="error" role="alert" hidden></p>
<button id="submit" type="submit">Mail me a link</button>
</form>
<div id="done" hidden>
<p>If an account with this address signs in with a password, a mail with a link is on its way. The link works once, for an hour.</p>
<p class="quiet">Nothing comes? Look among unwanted mail, and check the address. Whoever signs in with Google or Microsoft 365 has no password here.</p>
</div>`,
};

/** The page at which the booking app is to be had, for a portal whose operator has not said where. */
export const appPage: Page = {
  status: 200,
  title: 'The booking app',
  main: html`<p>Ask whoever invited you where to get the mobile booking app: this portal has not been told.</p>`,
};

/** The page for a fault of the portal itself. */
export const troublePage: Page = {
  status: 503,
  title: 'Please try again later',
  main: html`<p>The portal cannot do this just now. Nothing has changed; begin again in a few minutes.</p>`,
};
