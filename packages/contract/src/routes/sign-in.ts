import * as z from 'zod/mini';
import { sessionId } from '../identifiers.js';
import {
  accountSetupInput,
  passwordChangeInput,
  passwordResetInput,
  sessionInput,
  setupTokenInput,
  ssoSessionInput,
  ssoStartInput,
} from '../inputs/sign-in.js';
import { pageQuery } from '../inputs/values.js';
import { operations } from '../operations.js';
import { route } from '../route.js';

/** Shows what a set-up link opens, and uses nothing up, so that scanners of mails may look (G18). */
export const previewAccountSetup = route(operations.previewAccountSetup, {
  summary: 'Read what a set-up link opens',
  body: setupTokenInput,
  statuses: [200],
  problems: ['setup-token-invalid', 'invitation-expired'],
  auth: 'none',
  action: null,
});

/**
 * Accepts an invitation, or sets a password: uses the token of the link up (G18). Who signs in with a provider accepts on
 * the page that the link opens, and gets `sso-required` here.
 */
export const completeAccountSetup = route(operations.completeAccountSetup, {
  summary: 'Set up an account with the token of its set-up link',
  body: accountSetupInput,
  statuses: [200],
  problems: [
    'setup-token-invalid',
    'password-too-common',
    'sign-in-failed',
    'sso-required',
    'invitation-expired',
    'invitation-not-covered',
    'plan-required',
    'conflict',
  ],
  auth: 'none',
  action: null,
});

/** Why a person who has proven who they are may still not sign in. */
const signInRefusals = [
  'sign-in-failed',
  'channel-not-allowed',
  'license-required',
  'plan-required',
  'organization-required-to-sign-in',
] as const;

/** Signs in; `token` is the bearer token of the session and is shown only here. */
export const createSession = route(operations.createSession, {
  summary: 'Sign in with e-mail address and password',
  body: sessionInput,
  statuses: [201],
  problems: [...signInRefusals],
  auth: 'none',
  action: null,
});

/**
 * Begins to sign in with Google or Microsoft 365: open `url` in the person's browser. It comes back to `returnTo` with
 * `code`, or with `error=sign-in-failed`.
 */
export const startSso = route(operations.startSso, {
  summary: 'Begin to sign in with Google or Microsoft 365',
  body: ssoStartInput,
  statuses: [201],
  problems: ['return-url-not-allowed', 'sso-unavailable'],
  auth: 'none',
  action: null,
});

/** Ends signing in with a provider: `code` works once, within five minutes, for who has the verifier of its challenge. */
export const completeSso = route(operations.completeSso, {
  summary: 'Sign in with the code that came back from Google or Microsoft 365',
  body: ssoSessionInput,
  statuses: [201],
  problems: [...signInRefusals],
  auth: 'none',
  action: null,
});

/** Lists the live sessions of the caller's account, in all of its organizations. */
export const listMySessions = route(operations.listMySessions, {
  summary: 'List the live sessions of whoever is signed in',
  query: pageQuery,
  statuses: [200],
  problems: [],
  auth: 'session',
  action: null,
});

/** Ends a session of the caller's account, such as that of a lost phone. */
export const endSession = route(operations.endSession, {
  summary: 'End a session of one’s own',
  params: z.strictObject({ sessionId }),
  statuses: [204],
  problems: ['not-found'],
  auth: 'session',
  action: null,
});

/** Changes the password of the caller's account and ends every other session that a password opened. */
export const changePassword = route(operations.changePassword, {
  summary: 'Change one’s password',
  body: passwordChangeInput,
  statuses: [204],
  problems: ['sign-in-failed', 'password-too-common', 'sso-required'],
  auth: 'session',
  action: null,
});

/** Asks for a mail with a link that sets a new password. Says the same, as fast, whether there is such an account or not. */
export const requestPasswordReset = route(operations.requestPasswordReset, {
  summary: 'Ask for a link to set a new password',
  body: passwordResetInput,
  statuses: [202],
  problems: [],
  auth: 'none',
  action: null,
});

/** Signs out. */
export const deleteCurrentSession = route(operations.deleteCurrentSession, {
  summary: 'Sign out',
  statuses: [204],
  problems: [],
  auth: 'session',
  action: null,
});

/** Tells who the bearer token stands for: a member by a session, or a member's API key. */
export const getMe = route(operations.getMe, {
  summary: 'Read who is signed in',
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: null,
});

/**
 * Lists the Keys the caller holds, on every property; open to every role (G32). `not-found`: the session is of a booking
 * channel, and its person has no place in the workplace any more (S39).
 */
export const listMyKeys = route(operations.listMyKeys, {
  summary: 'List the Keys of whoever is signed in',
  query: pageQuery,
  statuses: [200],
  problems: ['not-found'],
  auth: 'session-or-api-key',
  action: null,
});
