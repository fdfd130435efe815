import type { IncomingMessage, ServerResponse } from 'node:http';
import { appScopes } from '@latchwork/contract';
import type { AppGrantId, MemberId } from '@latchwork/core';
import type { Configuration } from 'oidc-provider';
import { Provider } from 'oidc-provider/lib/provider.js';
import { tokenHash } from '../access/bearer-token.js';
import { allowsApp } from '../http/authorize.js';
import type { Log } from '../log.js';
import { renderPage } from '../pages/layout.js';
import { PortalError } from '../portal-error.js';
import type { Projection } from '../store/projection.js';
import { createInteractions, type InteractionParts, sendPage } from './interactions.js';
import { createOauthAdapter, type OauthAdapterParts } from './oauth-adapter.js';
import { type OauthSecrets, readOauthSecrets } from './oauth-secrets.js';
import { interactionPath, oauthLifetimes } from './oauth-settings.js';
import { brokenSignInPage } from './sign-in-pages.js';
import { createSsoSignIn } from './sso-sign-in.js';

/** The OAuth 2.1 authorization server for third-party apps (C7), at the portal's own address. */
export interface AuthorizationServer {
  /** Whether a path is the authorization server's. */
  handles(path: string): boolean;
  /** Answers a request to one of its paths. */
  listener(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** What the authorization server stands on. */
export interface AuthorizationServerParts extends OauthAdapterParts, Omit<InteractionParts, 'provider' | 'sso'> {
  /** Single sign-on, where the portal is registered with a provider. */
  readonly sso: Parameters<typeof createSsoSignIn>[0]['sso'];
  readonly log: Log;
}

const discoveryPath = '/.well-known/oauth-authorization-server';
const authorizationPath = '/oauth/authorize';
const sessionCookie = 'latchwork_oauth';

/** Creates the authorization server over the portal's store; the protocol itself is a certified library's. */
export function createAuthorizationServer(parts: AuthorizationServerParts): AuthorizationServer {
  const { projection, sealer, publicUrl } = parts;
  const sso = createSsoSignIn(parts);
  const { host, protocol } = new URL(publicUrl);
  const generationNow = () => projection.oauthSecrets.all().at(-1)?.generation;
  const build = () => {
    const provider = createProvider(parts, readOauthSecrets(projection, sealer));
    const interactions = createInteractions({ ...parts, provider, sso });
    return { generation: generationNow(), callback: provider.callback(), interactions };
  };
  let built = build();

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    await parts.ledger.fresh();
    // Another process may have renewed the secrets; what was signed before still verifies.
    if (generationNow() !== built.generation) built = build();
    // Addresses are those of the public URL, whatever a caller says of itself.
    request.headers.host = host;
    request.headers['x-forwarded-host'] = host;
    request.headers['x-forwarded-proto'] = protocol.slice(0, -1);
    const path = pathOf(request);
    if (path === authorizationPath) {
      // Each request to begin is kept for a while, so nobody begins as many as they like.
      const tooFast = parts.signIn.throttle({ address: parts.addressOf(request) }, parts.clock.now());
      const tooMany = brokenSignInPage(429, 'Too many attempts from here. Wait a little.');
      if (tooFast !== undefined) return sendPage(response, { ...tooMany, headers: tooFast.headers ?? {} });
      forgetEarlierSignIn(request, response);
    }
    if (path.startsWith(interactionPath)) await built.interactions(request, response);
    else await built.callback(request, response);
  };

  return {
    handles: (path) => path.startsWith('/oauth/') || path === discoveryPath,

    listener: async (request, response) => {
      try {
        await answer(request, response);
      } catch (error) {
        // Who leaves in the middle of a form has asked for nothing.
        if (request.errored !== null) return;
        const isAway = error instanceof PortalError && error.info.code === 'store-unavailable';
        if (isAway) parts.log.warn({ err: error }, 'sign-in not served: the database does not answer');
        else parts.log.error({ err: error }, 'authorization server failed');
        const reason = isAway ? 'The portal cannot reach its database just now.' : 'A fault on our side.';
        if (!response.headersSent) sendPage(response, brokenSignInPage(isAway ? 503 : 500, reason));
        else response.destroy();
      }
    },
  };
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?')[0] ?? '';
}

/** Each authorization begins with nobody signed in: at a shared desk the next person must not act as the one before. */
function forgetEarlierSignIn(request: IncomingMessage, response: ServerResponse): void {
  const cookies = (request.headers.cookie ?? '').split(/;\s*/).filter((cookie) => !cookie.startsWith(sessionCookie));
  request.headers.cookie = cookies.join('; ');
  const names = [sessionCookie, `${sessionCookie}.sig`];
  const over = 'path=/oauth; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly; samesite=lax';
  response.setHeader(
    'set-cookie',
    names.map((name) => `${name}=; ${over}`),
  );
}

function createProvider(parts: AuthorizationServerParts, secrets: readonly OauthSecrets[]): Provider {
  const provider = new Provider(parts.publicUrl, configurationOf(parts, secrets));
  // The listener sets the headers that are trusted here.
  provider.proxy = true;
  // Only the hash of a secret is kept.
  provider.Client.prototype.compareClientSecret = function compareHash(given: string) {
    return this.clientSecret === tokenHash(given);
  };
  provider.on('server_error', (_, error) => parts.log.error({ err: error }, 'authorization server failed'));
  provider.on('grant.error', (_, error) => parts.log.info({ code: error.error }, 'token request refused'));
  return provider;
}

function configurationOf(parts: AuthorizationServerParts, secrets: readonly OauthSecrets[]): Configuration {
  const cookie = { httpOnly: true, sameSite: 'lax', signed: true, path: '/oauth' } as const;
  return {
    adapter: createOauthAdapter(parts),
    jwks: { keys: secrets.map(({ signingJwk }) => signingJwk) as never },
    cookies: {
      keys: secrets.map(({ cookieSecret }) => cookieSecret),
      names: { session: sessionCookie, interaction: 'latchwork_sign_in', resume: 'latchwork_resume' },
      long: cookie,
      short: { httpOnly: true, sameSite: 'lax', signed: true },
    },
    routes: {
      authorization: authorizationPath,
      token: '/oauth/token',
      revocation: '/oauth/revoke',
      jwks: '/oauth/jwks',
      end_session: '/oauth/end-session',
    },
    interactions: { url: (_, { uid }) => `${interactionPath}${uid}` },
    scopes: [...appScopes],
    claims: {},
    responseTypes: ['code'],
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post'],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    pkce: { required: () => true },
    allowOmittingSingleRegisteredRedirectUri: false,
    clockTolerance: 5,
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      introspection: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      registration: { enabled: false },
      resourceIndicators: { enabled: false },
      // Of an app's own tokens only.
      revocation: { enabled: true, allowedPolicy: (_, client, token) => token.clientId === client.clientId },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
    },
    ttl: {
      AccessToken: oauthLifetimes.accessToken,
      AuthorizationCode: oauthLifetimes.code,
      Grant: oauthLifetimes.grant,
      Interaction: oauthLifetimes.signIn,
      RefreshToken: oauthLifetimes.refreshToken,
      Session: oauthLifetimes.signIn,
    },
    // A page of a public app may ask for tokens from where its users come back to.
    clientBasedCORS: (_, origin, client) =>
      client.clientAuthMethod === 'none' && (client.redirectUris ?? []).some((uri) => new URL(uri).origin === origin),
    issueRefreshToken: () => true,
    rotateRefreshToken: () => true,
    expiresWithSession: () => false,
    revokeGrantPolicy: () => true,
    // What was agreed to in this very sign-in, and never an earlier grant: each is for one property.
    loadExistingGrant: async (ctx) => {
      const grantId = ctx.oidc.result?.consent?.grantId;
      return grantId === undefined ? undefined : await ctx.oidc.provider.Grant.find(grantId);
    },
    findAccount: async (_, sub, token) => {
      const grantId = token !== undefined && 'grantId' in token ? token.grantId : undefined;
      if (!mayHaveTokens(parts.projection, sub as MemberId, grantId as AppGrantId | undefined)) return undefined;
      return { accountId: sub, claims: () => ({ sub }) };
    },
    renderError: (ctx, { error, error_description: description }) => {
      const { status, headers, body } = renderPage(brokenSignInPage(ctx.status, description ?? error));
      ctx.status = status;
      ctx.set({ ...headers });
      ctx.body = body;
    },
  };
}

/** Whether tokens may be given out for a member, and under a grant, right now; the API asks again with each request. */
function mayHaveTokens(projection: Projection, memberId: MemberId, grantId: AppGrantId | undefined): boolean {
  const member = projection.members.get(memberId);
  if (member?.state !== 'active') return false;
  if (grantId === undefined) return true;
  const grant = projection.appGrants.get(grantId);
  if (grant?.method !== member.signInMethod) return false;
  const property = projection.properties.get(grant.propertyId);
  return property !== undefined && allowsApp(property, grant.appId);
}
