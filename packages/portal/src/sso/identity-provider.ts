import type { SsoProvider } from '@latchwork/contract';
import { decodeJwt } from 'jose';
import * as oauth from 'oauth4webapi';
import * as z from 'zod/mini';
import type { SsoRegistration } from '../config.js';
import type { Log } from '../log.js';
import type { ProvenIdentity } from '../sign-in/identity-decision.js';

/** What the portal keeps of a flow from its beginning to its callback, in the browser and sealed. */
export interface FlowSecrets {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** Who came back from the provider, or why nobody did; the log has more. */
export type IdentityResult =
  | { readonly kind: 'proven'; readonly identity: ProvenIdentity }
  /** The person said no at the provider. */
  | { readonly kind: 'cancelled' }
  /** What came back proves nothing. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'unreachable' };

/** One identity provider, by OpenID Connect: authorization code, PKCE, state and nonce. */
export interface IdentityProvider {
  /** Where to send the browser; `undefined` when the provider cannot be reached. */
  authorizationUrl(
    flow: FlowSecrets & { readonly redirectUri: string; readonly loginHint?: string },
  ): Promise<string | undefined>;
  /** Reads what the browser brought back to the redirect URI. */
  identify(callback: URLSearchParams, flow: FlowSecrets & { readonly redirectUri: string }): Promise<IdentityResult>;
}

const requestTimeoutMs = 10_000;
const metadataLifetimeMs = 24 * 60 * 60 * 1000;
/** Both providers sign with it; anything else, `none` above all, is not from them. */
const signatureAlgorithm = 'RS256';

const metadata = z.looseObject({
  issuer: z.string(),
  authorization_endpoint: z.string(),
  token_endpoint: z.string(),
  jwks_uri: z.string(),
});

/** Creates a provider; nothing is asked of it before somebody wants to sign in. */
export function createIdentityProvider(
  provider: SsoProvider,
  registration: SsoRegistration,
  { log, now }: { readonly log: Log; readonly now: () => number },
): IdentityProvider {
  const { clientId, clientSecret, issuer } = registration;
  const kind = identityKinds[provider];
  const client: oauth.Client = { client_id: clientId, id_token_signed_response_alg: signatureAlgorithm };
  const authentication = oauth.ClientSecretPost(clientSecret.reveal());
  const signingKeys: oauth.JWKSCacheInput = {};
  // Plain http is taken from the configuration only for a loopback address.
  const insecure = issuer.startsWith('http:');
  const options = () => ({
    signal: AbortSignal.timeout(requestTimeoutMs),
    ...(insecure ? { [oauth.allowInsecureRequests]: true } : {}),
  });
  let known: { readonly server: oauth.AuthorizationServer; readonly at: number } | undefined;

  const discover = async (): Promise<oauth.AuthorizationServer> => {
    if (known !== undefined && now() - known.at < metadataLifetimeMs) return known.server;
    const response = await oauth.discoveryRequest(new URL(issuer), options());
    if (response.status !== 200) throw new Error(`The provider's metadata answered with status ${response.status}.`);
    const server = metadata.parse(await response.json());
    if (server.issuer !== kind.metadataIssuer(issuer)) throw new Error("The provider's metadata is of another issuer.");
    known = { server: server as oauth.AuthorizationServer, at: now() };
    return known.server;
  };

  const server = async (): Promise<oauth.AuthorizationServer | undefined> => {
    try {
      return await discover();
    } catch (error) {
      log.warn({ err: error, provider }, 'identity provider cannot be reached');
      return undefined;
    }
  };

  const exchange = async (
    found: oauth.AuthorizationServer,
    callback: URLSearchParams,
    flow: FlowSecrets & { readonly redirectUri: string },
  ): Promise<ProvenIdentity> => {
    const answering = { ...found, issuer: kind.issuerOfAnswer(found.issuer, callback.get('iss')) };
    const parameters = oauth.validateAuthResponse(answering, client, callback, flow.state);
    const response = await oauth.authorizationCodeGrantRequest(
      answering,
      client,
      authentication,
      parameters,
      flow.redirectUri,
      flow.codeVerifier,
      options(),
    );
    const issued = { ...found, issuer: kind.issuerOfToken(found.issuer, await unverifiedClaims(response.clone())) };
    const checks = { expectedNonce: flow.nonce, requireIdToken: true };
    const result = await oauth.processAuthorizationCodeResponse(issued, client, response, checks);
    const keys = { ...options(), [oauth.jwksCache]: signingKeys };
    await oauth.validateApplicationLevelSignature(issued, response, keys);
    const claims = oauth.getValidatedIdTokenClaims(result);
    if (claims === undefined) throw new Error('The provider gave no ID token.');
    return { provider: kind.method, issuer: claims.iss, subject: kind.subjectOf(claims) };
  };

  return {
    authorizationUrl: async ({ state, nonce, codeVerifier, redirectUri, loginHint }) => {
      const endpoint = (await server())?.authorization_endpoint;
      if (endpoint === undefined) return undefined;
      const url = new URL(endpoint);
      const parameters = {
        client_id: clientId,
        redirect_uri: redirectUri,
        response_type: 'code',
        // No e-mail is asked for: it proves nothing. `profile` is what Microsoft's object id comes with.
        scope: 'openid profile',
        ...{ state, nonce },
        code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
        prompt: 'select_account',
        ...(loginHint === undefined ? {} : { login_hint: loginHint }),
      };
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
      return url.href;
    },

    identify: async (callback, flow) => {
      const found = await server();
      if (found === undefined) return { kind: 'unreachable' };
      try {
        return { kind: 'proven', identity: await exchange(found, callback, flow) };
      } catch (error) {
        if (error instanceof oauth.AuthorizationResponseError && error.error === 'access_denied') {
          return { kind: 'cancelled' };
        }
        if (isUnreachable(error)) {
          log.warn({ err: error, provider }, 'identity provider cannot be reached');
          return { kind: 'unreachable' };
        }
        // Neither its message nor its cause: they can hold what the provider, or whoever plays it, wrote.
        log.info({ provider, fault: faultOf(error) }, 'identity provider proved nobody');
        return { kind: 'refused' };
      }
    },
  };
}

interface IdentityKind {
  readonly method: ProvenIdentity['provider'];
  /** The issuer that the metadata found at the configured issuer has to name. */
  metadataIssuer(configured: string): string;
  /** The issuer that an authorization response has to name, if it names one. */
  issuerOfAnswer(named: string, given: string | null): string;
  /** The issuer that a token with these claims, not verified yet, has to have. */
  issuerOfToken(named: string, claims: Readonly<Record<string, unknown>>): string;
  subjectOf(claims: oauth.IDToken): string;
}

const tenantPlace = '{tenantid}';
const tenantId = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** The tenant that Microsoft puts private accounts in, which are no Microsoft 365 accounts (S12). */
const privateTenant = '9188040d-6c67-4c5b-b112-36a304b66dad';

const identityKinds: Readonly<Record<SsoProvider, IdentityKind>> = {
  google: {
    method: 'sso_google',
    metadataIssuer: (configured) => configured,
    issuerOfAnswer: (named) => named,
    issuerOfToken: (named) => named,
    subjectOf: ({ sub }) => sub,
  },
  microsoft_365: {
    method: 'sso_microsoft_365',
    // The endpoint for every organization's accounts names its issuers by a template; one tenant's names itself.
    metadataIssuer: (configured) => configured.replace(/\/(organizations|common)(?=\/|$)/, `/${tenantPlace}`),
    issuerOfAnswer: (named, given) => {
      const [before = '', after] = named.split(tenantPlace);
      if (given === null || after === undefined) return named;
      const tenant = given.slice(before.length, after === '' ? undefined : -after.length);
      return tenantId.test(tenant) ? named.replace(tenantPlace, tenant) : named;
    },
    issuerOfToken: (named, { tid }) => {
      if (typeof tid !== 'string' || !tenantId.test(tid) || tid === privateTenant) {
        throw new Error('The token is of no tenant of Microsoft 365.');
      }
      return named.replace(tenantPlace, tid);
    },
    // The object id is the same for every program of the tenant; `sub` is another one for each.
    subjectOf: ({ oid }) => {
      if (typeof oid !== 'string' || !tenantId.test(oid)) throw new Error('The token names no user of Microsoft 365.');
      return oid;
    },
  },
};

/** What a token says of itself, only to know which tenant it has to be checked against. */
async function unverifiedClaims(response: Response): Promise<Readonly<Record<string, unknown>>> {
  try {
    const { id_token: token } = (await response.json()) as { readonly id_token?: unknown };
    return typeof token === 'string' ? decodeJwt(token) : {};
  } catch {
    return {};
  }
}

function isUnreachable(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError');
}

function faultOf(error: unknown): string {
  if (error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError) {
    return error.code ?? error.name;
  }
  return error instanceof Error ? error.name : 'unknown';
}
