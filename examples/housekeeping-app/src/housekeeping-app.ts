import { type Client, createClient, LatchworkError } from '@latchwork/client';
import { createAppSignIn, createPkce, type OAuthTokens } from '@latchwork/client/oauth';
import { listenForReturn } from './return-listener.js';

/** What the app knows of itself and of the portal, from its registration. */
export interface AppRegistration {
  /** The portal's address. */
  readonly portalUrl: string;
  /** The app's id. It is a public app: installed with its users, it has no secret to keep. */
  readonly clientId: string;
}

/** A door that the housekeeper may open. */
export interface Door {
  readonly id: string;
  readonly name: string;
}

/** What became of a wish to open a door. */
export type Opened =
  | { readonly opened: true; readonly attemptId: string }
  | { readonly opened: false; readonly because: string; readonly explanation: string };

/** The app while somebody is signed in. */
export interface SignedInApp {
  readonly name: string;
  readonly tokens: OAuthTokens;
  /** The doors of the housekeeper's own Keys; others she does not even see. */
  doors(): Promise<readonly Door[]>;
  /** Opens a door and waits for what the lock itself says. */
  open(doorId: string): Promise<Opened>;
}

// #region sign-in
/**
 * Signs somebody in. The app opens the portal's page in the person's own browser, so it never sees a password; the browser
 * comes back to a port that the app listens on for as long as that takes (RFC 8252 §7.3).
 */
export async function signIn(app: AppRegistration, openBrowser: (url: string) => void): Promise<SignedInApp> {
  await using listener = await listenForReturn('/signed-in');
  const { portalUrl, clientId } = app;
  const oauth = createAppSignIn({ issuer: portalUrl, clientId, redirectUri: listener.redirectUri });
  const pkce = await createPkce();
  openBrowser((await oauth.authorizationUrl({ pkce, scopes: ['read', 'unlock'] })).href);
  const tokens = await oauth.exchangeCode({ callbackUrl: await listener.callbackUrl, pkce });
  // Refreshes by itself: access tokens live for ten minutes.
  return await signedIn(createClient({ baseUrl: portalUrl, token: oauth.tokenSource(tokens) }), tokens);
}
// #endregion

async function signedIn(client: Client, tokens: OAuthTokens): Promise<SignedInApp> {
  const { member, appGrant } = await client.me();
  // Every token is for one property, which the person chose while signing in.
  const propertyId = appGrant?.propertyId ?? '';
  return {
    name: member.name ?? member.email,
    tokens,
    doors: async () => {
      const doors: Door[] = [];
      for await (const { id, name } of client.entrances.listAll({ propertyId })) doors.push({ id, name });
      return doors;
    },
    open: async (doorId) => await open(client, doorId),
  };
}

// #region unlock
/** Accepted is not opened: only what the lock itself confirmed counts. A refusal says why in one sentence. */
async function open(client: Client, entranceId: string): Promise<Opened> {
  try {
    const attempt = await client.unlock({ entranceId, waitSeconds: 15 });
    if (attempt.state === 'confirmed') return { opened: true, attemptId: attempt.id };
    return { opened: false, because: attempt.code ?? attempt.state, explanation: `It ended ${attempt.state}.` };
  } catch (error) {
    if (!(error instanceof LatchworkError)) throw error;
    const { info } = error;
    switch (info.code) {
      case 'unlock-refused':
        return { opened: false, because: info.because, explanation: info.explanation };
      case 'unauthenticated':
        return { opened: false, because: info.code, explanation: 'You are signed out. Sign in again.' };
      default:
        throw error;
    }
  }
}
// #endregion
