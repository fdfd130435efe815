/** How long what the authorization server gives out lives, in seconds. */
export const oauthLifetimes = {
  /** From the redirect back to the app to its exchange. */
  code: 60,
  accessToken: 10 * 60,
  /** A refresh token that is not used is worth nothing after it. */
  refreshToken: 14 * 24 * 60 * 60,
  /** After it the member signs in again, however busy the app was. */
  grant: 90 * 24 * 60 * 60,
  /** For a member to sign in and agree. */
  signIn: 10 * 60,
} as const;

/** Path under which each sign-in has its own. */
export const interactionPath = '/oauth/interaction/';
