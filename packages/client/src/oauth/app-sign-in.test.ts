import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAppSignIn, createPkce, type OAuthApp, type OAuthTokens } from './app-sign-in.js';
import { OAuthError, type OAuthErrorInfo } from './oauth-error.js';

const redirectUri = 'http://127.0.0.1:9/back';
const clientSecret = 'a-secret-of-the-apps-server';
let server: Server;
let issuer: string;

/** A certified authorization server on loopback, with its own development pages for signing in and agreeing. */
beforeAll(async () => {
  server = createServer((request, response) => handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const app = { redirect_uris: [redirectUri], grant_types: ['authorization_code', 'refresh_token'] };
  const provider = new Provider(issuer, {
    clients: [
      { ...app, client_id: 'public', token_endpoint_auth_method: 'none', application_type: 'native' },
      { ...app, client_id: 'server', client_secret: clientSecret, application_type: 'native' },
    ],
    scopes: ['unlock', 'read'],
    issueRefreshToken: () => true,
    rotateRefreshToken: () => true,
    ttl: { AccessToken: 600, Grant: 3600, Session: 3600, Interaction: 600, RefreshToken: 3600, AuthorizationCode: 60 },
  });
  const handle = provider.callback();
});

afterAll(() => new Promise((resolve) => server.close(resolve)));

function signIn(more: Partial<OAuthApp> = {}) {
  return createAppSignIn({ issuer, clientId: 'public', redirectUri, ...more });
}

/** A person in a browser: follows redirects with cookies, signs in, and agrees or does not. */
async function visit(address: URL, answer: 'agree' | 'refuse' = 'agree'): Promise<string> {
  const cookies = new Map<string, string>();
  let next = address.href;
  let body: URLSearchParams | undefined;
  for (;;) {
    const response = await fetch(next, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(body ? { method: 'POST', body } : {}),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    body = undefined;
    const location = response.headers.get('location');
    const page = await response.text();
    if (location !== null) {
      next = new URL(location, next).href;
      if (next.startsWith(redirectUri)) return next;
      continue;
    }
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
    if (prompt === undefined) throw new Error(`no form at ${next}: ${page.slice(0, 200)}`);
    if (answer === 'refuse') next = `${next}/abort`;
    else body = new URLSearchParams({ prompt, login: 'ana', password: 'any' });
  }
}

async function infoOf(work: Promise<unknown>): Promise<OAuthErrorInfo> {
  const error = await work.then(
    () => expect.fail('it worked'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof OAuthError)) throw error;
  return error.info;
}

describe('C7: an app gets tokens for a person', () => {
  it.each([
    ['installed with its users', {}],
    ['with a secret on its server', { clientId: 'server', clientSecret }],
  ])('%s', async (_, more) => {
    const app = signIn(more);
    const pkce = await createPkce();
    const address = await app.authorizationUrl({ pkce, scopes: ['unlock', 'read'] });
    expect(Object.fromEntries(address.searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      scope: 'unlock read',
    });
    expect(address.href).not.toContain(pkce.codeVerifier);
    const tokens = await app.exchangeCode({ callbackUrl: await visit(address), pkce });
    expect(tokens.scopes).toStrictEqual(['unlock', 'read']);
    expect((tokens.expiresAt ?? 0) - Date.now()).toBeGreaterThan(500_000);
    const next = await app.refresh(tokens);
    expect(next.accessToken).not.toBe(tokens.accessToken);
    expect(next.refreshToken).not.toBe(tokens.refreshToken);
    expect(next.scopes).toStrictEqual(['unlock', 'read']);
  });

  it('not when the person refuses', async () => {
    const pkce = await createPkce();
    const address = await signIn().authorizationUrl({ pkce, scopes: ['unlock'] });
    const callbackUrl = await visit(address, 'refuse');
    expect(await infoOf(signIn().exchangeCode({ callbackUrl, pkce }))).toMatchObject({
      code: 'refused',
      error: 'access_denied',
    });
  });

  it('not with a code of another sign-in, another verifier, or twice', async () => {
    const app = signIn();
    const pkce = await createPkce();
    const callbackUrl = await visit(await app.authorizationUrl({ pkce, scopes: ['unlock'] }));
    expect(await infoOf(app.exchangeCode({ callbackUrl, pkce: await createPkce() }))).toStrictEqual({
      code: 'invalid-response',
    });
    const { codeVerifier } = await createPkce();
    expect(await infoOf(app.exchangeCode({ callbackUrl, pkce: { ...pkce, codeVerifier } }))).toMatchObject({
      code: 'refused',
      error: 'invalid_grant',
    });
    const again = await visit(await app.authorizationUrl({ pkce, scopes: ['unlock'] }));
    await app.exchangeCode({ callbackUrl: again, pkce });
    expect(await infoOf(app.exchangeCode({ callbackUrl: again, pkce }))).toMatchObject({ error: 'invalid_grant' });
  });

  it('not from a code that another issuer sent (RFC 9207)', async () => {
    const pkce = await createPkce();
    const callbackUrl = new URL(await visit(await signIn().authorizationUrl({ pkce, scopes: ['unlock'] })));
    callbackUrl.searchParams.set('iss', 'https://attacker.example');
    expect((await infoOf(signIn().exchangeCode({ callbackUrl, pkce }))).code).toBe('invalid-response');
  });

  it('not from a portal that is away, silent, something else, or asked over plain http', async () => {
    const ask = async (more: Partial<OAuthApp>) =>
      await infoOf(signIn(more).authorizationUrl({ pkce: await createPkce(), scopes: ['unlock'] }));
    expect((await ask({ issuer: 'http://127.0.0.1:1' })).code).toBe('network');
    expect((await ask({ fetch: () => new Response('<html>') })).code).toBe('invalid-response');
    expect((await ask({ issuer: 'http://portal.example' })).code).toBe('invalid-response');
    const never = ({ signal }: Request) =>
      new Promise<Response>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    expect(await ask({ fetch: never, timeoutMs: 20 })).toStrictEqual({ code: 'timeout', timeoutMs: 20 });
  });

  it('asks for the discovery document once, and again after it could not be had', async () => {
    const asked: string[] = [];
    const app = signIn({
      fetch: (request) => {
        asked.push(new URL(request.url).pathname);
        return asked.length === 1 ? new Response('starting', { status: 503 }) : fetch(request);
      },
    });
    const pkce = await createPkce();
    await infoOf(app.authorizationUrl({ pkce, scopes: ['unlock'] }));
    await app.authorizationUrl({ pkce, scopes: ['unlock'] });
    await app.authorizationUrl({ pkce, scopes: ['unlock'] });
    expect(asked).toStrictEqual(Array(2).fill('/.well-known/oauth-authorization-server'));
  });
});

describe('the token source', () => {
  async function tokensOf(): Promise<OAuthTokens> {
    const pkce = await createPkce();
    const callbackUrl = await visit(await signIn().authorizationUrl({ pkce, scopes: ['unlock'] }));
    return await signIn().exchangeCode({ callbackUrl, pkce });
  }

  it('gives the access token as long as it lasts and is not refused', async () => {
    const tokens = await tokensOf();
    const source = signIn().tokenSource(tokens);
    expect(await source({ rejected: undefined })).toBe(tokens.accessToken);
    expect(await source({ rejected: 'another' })).toBe(tokens.accessToken);
  });

  it('refreshes once for all who ask, before the end and after a refusal, and hands each set out to be kept', async () => {
    const tokens = await tokensOf();
    const kept: OAuthTokens[] = [];
    const source = signIn().tokenSource({ ...tokens, expiresAt: Date.now() + 1000 }, (next) => void kept.push(next));
    const asked = await Promise.all([1, 2, 3].map(() => source({ rejected: undefined })));
    expect(new Set(asked)).toStrictEqual(new Set([kept[0]?.accessToken]));
    const renewed = await source({ rejected: kept[0]?.accessToken });
    expect(kept.map((next) => next.accessToken)).toStrictEqual([asked[0], renewed]);
    expect(new Set([tokens.accessToken, ...asked, renewed]).size).toBe(3);
  });

  it('fails with the reason when the portal will not refresh, and gives what it has without a refresh token', async () => {
    const tokens = await tokensOf();
    const source = signIn().tokenSource({ ...tokens, refreshToken: 'void' });
    expect(await infoOf(Promise.resolve(source({ rejected: tokens.accessToken })))).toMatchObject({
      code: 'refused',
      error: 'invalid_grant',
    });
    const bare = signIn().tokenSource({ ...tokens, refreshToken: undefined });
    expect(await bare({ rejected: tokens.accessToken })).toBe(tokens.accessToken);
  });
});
