import type { AppScope } from '@latchwork/contract';
import type { PropertyId } from '@latchwork/core';
import { type Html, html } from '../pages/html.js';
import type { Page } from '../pages/layout.js';

/** What every page of one sign-in needs to know of it. */
export interface SignInUnderWay {
  /** Path of the sign-in, to which its forms are sent. */
  readonly path: string;
  readonly appName: string;
  /** Where the browser goes in the end, as a form's policy names it. */
  readonly leadsTo: readonly string[];
}

/** A further way to sign in: a link to another provider. */
export interface OtherWay {
  readonly label: string;
  readonly href: string;
}

/** The page on which a member signs in so that an app may ask. `error` is one sentence; the password is never sent back. */
export function signInPage(
  at: SignInUnderWay,
  shown: {
    readonly email?: string;
    readonly error?: string;
    readonly status?: number;
    readonly otherWays?: readonly OtherWay[];
    readonly headers?: Readonly<Record<string, string>>;
  },
): Page {
  const { email = '', error, status = 200, otherWays = [], headers = {} } = shown;
  return {
    status,
    headers,
    title: 'Sign in',
    leadsTo: at.leadsTo,
    main: html`<p>${at.appName} asks to act for you.</p>
${alert(error)}
<form method="post" action="${at.path}/sign-in">
<label for="email">E-mail address</label>
<input id="email" name="email" type="email" autocomplete="username" required maxlength="254" value="${email}"${faultOf(error)}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required maxlength="256"${faultOf(error)}>
<button type="submit">Sign in</button>
</form>
${otherWays.map(({ label, href }) => html`<a class="button second" href="${href}">${label}</a>\n`)}
${cancelForm(at)}`,
  };
}

/** A property on which a member could let the app act. */
export interface PropertyChoice {
  readonly id: PropertyId;
  readonly name: string;
}

/** The page on which a member chooses the property and agrees to what the app asks for. */
export function consentPage(
  at: SignInUnderWay,
  shown: {
    readonly memberName: string;
    readonly scopes: readonly AppScope[];
    readonly properties: readonly PropertyChoice[];
    readonly error?: string;
  },
): Page {
  const { memberName, scopes, properties, error } = shown;
  return {
    status: error === undefined ? 200 : 422,
    title: `Let ${at.appName} act for you?`,
    leadsTo: at.leadsTo,
    main: html`<p>You are signed in as ${memberName}.</p>
${alert(error)}
<p>${at.appName} could then, in your name and only as far as you may yourself:</p>
<ul>${scopes.map((scope) => html`<li>${scopeWords[scope]}</li>`)}</ul>
<form method="post" action="${at.path}/consent">
<fieldset>
<legend>On which property?</legend>
${properties.map(
  ({ id, name }, index) =>
    html`<label><input type="radio" name="property" value="${id}" required${properties.length === 1 ? checked : null}> ${name}</label>${index < properties.length - 1 ? html`\n` : null}`,
)}
</fieldset>
<button type="submit">Agree</button>
</form>
${cancelForm(at)}`,
  };
}

/** The page for a member none of whose properties has allowed the app. */
export function nowhereAllowedPage(at: SignInUnderWay): Page {
  return {
    status: 403,
    title: 'Not allowed yet',
    leadsTo: at.leadsTo,
    main: html`<p>None of your properties has allowed ${at.appName}. Ask an Owner or General Manager to allow it, then sign in again.</p>
${cancelForm(at)}`,
  };
}

/** The page for a sign-in that is over, was never begun, or cannot go back to its app. */
export function brokenSignInPage(status: number, reason: string): Page {
  return {
    status,
    title: 'This does not work',
    main: html`<p role="alert" class="error">${reason}</p>
<p>Go back to the app and begin again.</p>`,
  };
}

const checked = html` checked`;

/** What each scope means to whoever agrees to it. */
export const scopeWords: Readonly<Record<AppScope, string>> = {
  read: 'see doors, devices, Keys and what happened at them',
  unlock: 'open doors with your Keys',
  keys: 'give and revoke Keys, and put them on cards and codes',
  people: 'see and manage the people of the property',
  hardware: 'add and remove entrances, locks, gateways and key cards',
};

function alert(error: string | undefined): Html | null {
  return error === undefined ? null : html`<p id="error" role="alert" class="error">${error}</p>`;
}

/** Which fields an error is about, for whoever hears the page. */
function faultOf(error: string | undefined): Html | null {
  return error === undefined ? null : html` aria-invalid="true" aria-describedby="error"`;
}

function cancelForm({ path, appName }: SignInUnderWay): Html {
  return html`<form method="post" action="${path}/cancel"><button class="second" type="submit">Cancel and go back to ${appName}</button></form>`;
}
