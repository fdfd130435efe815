import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { decodeJwt, exportJWK, SignJWT } from 'jose';
import Provider, { type Configuration, interactionPolicy } from 'oidc-provider';
import type { SsoRegistration } from '../config.js';
import { Secret } from '../secret.js';

/** Somebody at an identity provider. */
export interface ProviderPerson {
  readonly sub: string;
  readonly name: string;
  /** Microsoft's tenant and object id. */
  readonly tid?: string;
  readonly oid?: string;
}

/** The answer of the token endpoint, as it travels. */
export type TokenAnswer = Readonly<Record<string, unknown>> & { readonly id_token: string };

/** The claims of an ID token. */
export type Claims = Readonly<Record<string, unknown>>;

/**
 * A certified OpenID provider on loopback that plays Google or Microsoft. What passes through is real; a test may say who
 * is signed in there, and stand between its token endpoint and the portal.
 */
export interface TestIdentityProvider extends AsyncDisposable {
  readonly registration: SsoRegistration;
  /** Who chooses an account there; `undefined`: whoever comes says no. */
  person: ProviderPerson | undefined;
  /** Changes the token endpoint's answer before the portal has it. */
  forge: ((answer: TokenAnswer) => Promise<TokenAnswer>) | undefined;
  /** Gives the tokens of a code as often as they are asked for, which no provider should. */
  repeats: boolean;
  /** Requests for authorization so far. */
  readonly asked: readonly URL[];
  /** Bodies of the requests for tokens so far. */
  readonly exchanged: readonly URLSearchParams[];
  /** Signs claims as the provider does, or with another key or header. */
  sign(claims: Claims, options?: { readonly key?: KeyObject; readonly kid?: string }): Promise<string>;
}

const clientId = 'latchwork';
const clientSecret = 'a secret between the two';
const keyId = 'the-providers-key';

/** A key that is not the provider's. */
export function strangeKey(): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
}

/** Starts a provider that plays Google: one issuer, and `sub` names the person. */
export async function startTestGoogle(redirectUri: string): Promise<TestIdentityProvider> {
  return await startProvider({
    redirectUri,
    path: '',
    issuerOf: (origin) => origin,
    metadataIssuer: (origin) => origin,
  });
}

/** Starts a provider that plays Microsoft: an issuer per tenant behind one address, and `tid` and `oid` name the person. */
export async function startTestMicrosoft(redirectUri: string): Promise<TestIdentityProvider> {
  return await startProvider({
    redirectUri,
    path: '/organizations/v2.0',
    issuerOf: (origin, { tid = 'no-tenant' }) => `${origin}/${tid}/v2.0`,
    metadataIssuer: (origin) => `${origin}/{tenantid}/v2.0`,
  });
}

interface Role {
  readonly redirectUri: string;
  readonly path: string;
  readonly issuerOf: (origin: string, person: Partial<ProviderPerson>) => string;
  readonly metadataIssuer: (origin: string) => string;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

async function startProvider(role: Role): Promise<TestIdentityProvider> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...(await exportJWK(privateKey)), kid: keyId, alg: 'RS256', use: 'sig' };
  const asked: URL[] = [];
  const exchanged: URLSearchParams[] = [];
  const people = new Map<string, ProviderPerson>();
  const answers = new Map<string, TokenAnswer>();
  const listeners = new Map<string, Listener>();
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  const origin = await listen(server);

  const listenerOf = (person: Partial<ProviderPerson>): Listener => {
    const issuer = role.issuerOf(origin, person);
    const known = listeners.get(issuer) ?? makeListener(issuer, { role, jwk, people, rig });
    listeners.set(issuer, known);
    return known;
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', origin);
    const path = url.pathname.replace(role.path, '');
    request.url = path + url.search;
    const listener = listenerOf(rig.person ?? {});
    if (path === '/.well-known/openid-configuration') {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(metadataOf(role, origin)));
      return;
    }
    if (path === '/auth') asked.push(url);
    if (path === '/token' && request.headers['x-pristine'] === undefined) {
      const body = await text(request);
      exchanged.push(new URLSearchParams(body));
      const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-pristine': '1' };
      const pristine = await fetch(`${origin}${role.path}/token`, { method: 'POST', headers, body });
      const code = new URLSearchParams(body).get('code') ?? '';
      const fresh = (await pristine.json()) as TokenAnswer;
      if (pristine.ok) answers.set(code, fresh);
      const given = rig.repeats ? (answers.get(code) ?? fresh) : fresh;
      const isGood = pristine.ok || given !== fresh;
      const sent = isGood && rig.forge !== undefined ? await rig.forge(given) : given;
      response.writeHead(isGood ? 200 : pristine.status, {
        'content-type': 'application/json',
        'cache-control': 'no-store',
      });
      response.end(JSON.stringify(sent));
      return;
    }
    await listener(request, response);
  };

  const rig: TestIdentityProvider = {
    registration: { clientId, clientSecret: new Secret(clientSecret), issuer: `${origin}${role.path}` },
    person: undefined,
    forge: undefined,
    repeats: false,
    asked,
    exchanged,
    sign: async (claims, { key = privateKey, kid = keyId } = {}) =>
      await new SignJWT({ ...claims }).setProtectedHeader({ alg: 'RS256', kid }).sign(key),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return rig;
}

/** The claims of a token that nobody has checked. */
export function claimsIn({ id_token: token }: TokenAnswer): Claims {
  return decodeJwt(token);
}

function metadataOf(role: Role, origin: string) {
  const at = (path: string) => `${origin}${role.path}${path}`;
  return {
    issuer: role.metadataIssuer(origin),
    authorization_endpoint: at('/auth'),
    token_endpoint: at('/token'),
    jwks_uri: at('/jwks'),
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
}

function makeListener(
  issuer: string,
  made: {
    readonly role: Role;
    readonly jwk: object;
    readonly people: Map<string, ProviderPerson>;
    readonly rig: TestIdentityProvider;
  },
): Listener {
  const { role, jwk, people, rig } = made;
  // Both providers let people choose an account when they are asked to.
  const policy = interactionPolicy.base();
  policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);
  const configuration: Configuration = {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [role.redirectUri],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    jwks: { keys: [jwk as never] },
    cookies: { keys: ['only for tests'] },
    pkce: { required: () => true },
    claims: { openid: ['sub', 'tid', 'oid'], profile: ['name'] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    interactions: { policy, url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, id) => ({ accountId: id, claims: async () => ({ ...people.get(id), sub: id }) }),
    loadExistingGrant: async ({ oidc }) => {
      const { client, session, provider } = oidc;
      const grant = new provider.Grant({ clientId: client?.clientId ?? '', accountId: session?.accountId ?? '' });
      grant.addOIDCScope('openid profile');
      await grant.save();
      return grant;
    },
    ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 60, IdToken: 60, Interaction: 60, Session: 60 },
  };
  const provider = new Provider(issuer, configuration);
  const callback = provider.callback();
  return async (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return await callback(request, response);
    const { person } = rig;
    if (person === undefined) {
      return await provider.interactionFinished(request, response, { error: 'access_denied' });
    }
    people.set(person.sub, person);
    return await provider.interactionFinished(request, response, {
      login: { accountId: person.sub },
      select_account: {},
    });
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
