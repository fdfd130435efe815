import type { AppScope } from '@latchwork/contract';
import * as oauth from 'oauth4webapi';
import type { TokenSource } from '../transport.js';
import { OAuthError } from './oauth-error.js';

/** A third-party app as it is registered with a portal. */
export interface OAuthApp {
  /** The portal's issuer; its discovery document (RFC 8414) names every other address. */
  readonly issuer: string;
  /** The app's id. */
  readonly clientId: string;
  /** The secret of a confidential app, which never leaves its server; absent for an app installed with its users. */
  readonly clientSecret?: string;
  /** Where the portal sends the person back to; one of those registered, character by character. */
  readonly redirectUri: string;
  /** The `fetch` to use; the platform's when absent. A server's handler does as well: `app.fetch`. */
  readonly fetch?: (request: Request) => Response | Promise<Response>;
  /** The most each exchange with the portal may take; 30 seconds when absent. */
  readonly timeoutMs?: number;
}

/** What stays with the app while the person is at the portal: keep it where only this person's browser or device has it. */
export interface Pkce {
  /** Shown only when the code is exchanged (RFC 7636). */
  readonly codeVerifier: string;
  /** Its hash, which goes with the person. */
  readonly codeChallenge: string;
  /** Ties the way back to this way there. */
  readonly state: string;
}

/** What the portal gave the app for one person on one property. */
export interface OAuthTokens {
  /** Short-lived; the bearer token of every call. */
  readonly accessToken: string;
  /** Gets the next one, once; `undefined` when the portal gave none. */
  readonly refreshToken: string | undefined;
  /** When the access token ends, in milliseconds since 1970; `undefined` when the portal did not say. */
  readonly expiresAt: number | undefined;
  /** What the person agreed to. */
  readonly scopes: readonly AppScope[];
}

/** Signs people in to a third-party app; see {@link createAppSignIn}. */
export interface AppSignIn {
  /** The address at the portal where the person signs in and agrees. */
  authorizationUrl(ask: { readonly pkce: Pkce; readonly scopes: readonly AppScope[] }): Promise<URL>;
  /** Exchanges what the person came back with, the whole address of the page, for tokens. A code works once. */
  exchangeCode(back: { readonly callbackUrl: string | URL; readonly pkce: Pkce }): Promise<OAuthTokens>;
  /** Gets new tokens; the refresh token that was used is void afterwards. */
  refresh(tokens: OAuthTokens): Promise<OAuthTokens>;
  /**
   * The `token` of `createClient`: refreshes before the access token ends and when the portal refuses it, once however
   * many calls ask. `onChange` gets each new set, to be kept in place of the old one.
   */
  tokenSource(tokens: OAuthTokens, onChange?: (tokens: OAuthTokens) => void | Promise<void>): TokenSource;
}

/** Makes what one attempt to sign in needs, by WebCrypto. */
export async function createPkce(): Promise<Pkce> {
  const codeVerifier = oauth.generateRandomCodeVerifier();
  const codeChallenge = await oauth.calculatePKCECodeChallenge(codeVerifier);
  return { codeVerifier, codeChallenge, state: oauth.generateRandomState() };
}

const earlyMs = 30_000;

/**
 * Signs people in to a third-party app by OAuth 2.1: authorization code with PKCE, so that the app never sees a password
 * and acts with what the person agreed to, on one property (C7). Nothing is sent before the first call.
 */
export function createAppSignIn(app: OAuthApp): AppSignIn {
  const client: oauth.Client = { client_id: app.clientId };
  const authenticate = app.clientSecret === undefined ? oauth.None() : oauth.ClientSecretBasic(app.clientSecret);
  const timeoutMs = app.timeoutMs ?? 30_000;
  const issuer = new URL(app.issuer);
  let discovered: Promise<oauth.AuthorizationServer> | undefined;

  const { fetch } = app;
  const http = () => ({
    // Plain http reaches only this machine: development and tests.
    [oauth.allowInsecureRequests]: isLoopback(issuer),
    signal: AbortSignal.timeout(timeoutMs),
    ...(fetch ? { [oauth.customFetch]: async (url: string, init: object) => fetch(new Request(url, init)) } : {}),
  });

  async function discover(): Promise<oauth.AuthorizationServer> {
    const response = await oauth.discoveryRequest(issuer, { ...http(), algorithm: 'oauth2' });
    return await oauth.processDiscoveryResponse(issuer, response);
  }

  function server(): Promise<oauth.AuthorizationServer> {
    discovered ??= discover().catch((error: unknown) => {
      discovered = undefined;
      throw error;
    });
    return discovered;
  }

  async function normalized<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw toOAuthError(error, timeoutMs);
    }
  }

  const refresh = (tokens: OAuthTokens) =>
    normalized(async () => {
      const as = await server();
      const { refreshToken = '' } = tokens;
      const response = await oauth.refreshTokenGrantRequest(as, client, authenticate, refreshToken, http());
      return toTokens(await oauth.processRefreshTokenResponse(as, client, response), tokens);
    });

  return {
    authorizationUrl: ({ pkce, scopes }) =>
      normalized(async () => {
        const { authorization_endpoint: endpoint } = await server();
        if (endpoint === undefined) throw new OAuthError({ code: 'invalid-response' });
        const url = new URL(endpoint);
        url.search = new URLSearchParams({
          response_type: 'code',
          client_id: app.clientId,
          redirect_uri: app.redirectUri,
          scope: scopes.join(' '),
          state: pkce.state,
          code_challenge: pkce.codeChallenge,
          code_challenge_method: 'S256',
        }).toString();
        return url;
      }),

    exchangeCode: ({ callbackUrl, pkce }) =>
      normalized(async () => {
        const as = await server();
        const parameters = oauth.validateAuthResponse(as, client, new URL(callbackUrl), pkce.state);
        const response = await oauth.authorizationCodeGrantRequest(
          as,
          client,
          authenticate,
          parameters,
          app.redirectUri,
          pkce.codeVerifier,
          http(),
        );
        return toTokens(await oauth.processAuthorizationCodeResponse(as, client, response), undefined);
      }),

    refresh,

    tokenSource(tokens, onChange) {
      let current = tokens;
      let refreshing: Promise<void> | undefined;
      const renew = async (): Promise<void> => {
        current = await refresh(current);
        await onChange?.(current);
      };
      return async ({ rejected }) => {
        const ends = current.expiresAt !== undefined && current.expiresAt - Date.now() < earlyMs;
        if (current.refreshToken !== undefined && (ends || rejected === current.accessToken)) {
          refreshing ??= renew().finally(() => {
            refreshing = undefined;
          });
          await refreshing;
        }
        return current.accessToken;
      };
    },
  };
}

function toTokens(reply: oauth.TokenEndpointResponse, before: OAuthTokens | undefined): OAuthTokens {
  return {
    accessToken: reply.access_token,
    refreshToken: reply.refresh_token ?? before?.refreshToken,
    expiresAt: reply.expires_in === undefined ? undefined : Date.now() + reply.expires_in * 1000,
    scopes: reply.scope === undefined ? (before?.scopes ?? []) : (reply.scope.split(' ') as AppScope[]),
  };
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
}

function toOAuthError(error: unknown, timeoutMs: number): OAuthError {
  if (error instanceof OAuthError) return error;
  if (error instanceof oauth.ResponseBodyError || error instanceof oauth.AuthorizationResponseError) {
    return new OAuthError({ code: 'refused', error: error.error, description: error.error_description }, error);
  }
  if (error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError) {
    return new OAuthError({ code: 'invalid-response' }, error);
  }
  if (error instanceof Error && error.name === 'TimeoutError')
    return new OAuthError({ code: 'timeout', timeoutMs }, error);
  return new OAuthError({ code: 'network' }, error);
}
