import { createHash, randomBytes } from 'node:crypto';
import { createPlainBrowser } from '@latchwork/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildSampleHotel, type SampleHotel, samplePassword } from '../harness/sample-hotel.test-rig.js';
import { portalOrigin } from '../harness/test-browser.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import {
  agreeInBrowser,
  appRequest,
  codeOf,
  exchangeCode,
  registerApp,
  sendForm,
  type ThirdPartyApp,
  tokenRequest,
  tokensFor,
  userBrowser,
} from '../harness/third-party-app.test-rig.js';

let test: TestPortal;
let hotel: SampleHotel;
let app: ThirdPartyApp;
/** Another app of the same organization, allowed on the same property. */
let rival: ThirdPartyApp;

beforeAll(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
  app = await registerApp(owner(), hotel.organization.id, { redirectUris: ['https://app.example/back'] });
  rival = await registerApp(owner(), hotel.organization.id, {
    name: 'Rival',
    kind: 'confidential',
    redirectUris: ['https://rival.example/back'],
  });
  for (const { id } of [app, rival]) await owner().integratedApps.allow({ propertyId: hotel.property.id, appId: id });
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});
beforeEach(() => {
  test.clock.advance(60_000);
});

const owner = () => hotel.people.organization_owner.client;
const person = () => hotel.people.housekeeping;
const refused = (error: string) => ({ status: 400, body: { error } });

async function code(of: ThirdPartyApp, request = appRequest(of)) {
  const page = await agreeInBrowser(test, of, request, { person: person(), propertyId: hotel.property.id });
  return { code: codeOf(page), verifier: request.verifier };
}

/** What the user's browser brings back to the app instead of a code. */
async function errorBack(overrides: Readonly<Record<string, string | undefined>>): Promise<string | null> {
  const page = await userBrowser(test, app).open(appRequest(app, overrides).url);
  expect(page.url).toMatch(/^https:\/\/app\.example\/back[?#]/);
  const { searchParams, hash } = new URL(page.url);
  return searchParams.get('error') ?? new URLSearchParams(hash.slice(1)).get('error');
}

async function listStatus(token: string): Promise<number> {
  return (await test.send('GET', '/v1/me/keys', { token })).status;
}

describe('C7: a code', () => {
  it('is exchanged with the verifier of its own request only, and a wrong try uses nothing up', async () => {
    const got = await code(app);
    for (const verifier of [randomBytes(32).toString('base64url'), `${got.verifier}A`, 'short']) {
      const { status } = await exchangeCode(test, app, got.code, verifier);
      expect(status, verifier).toBe(400);
    }
    const without = { grant_type: 'authorization_code', code: got.code, redirect_uri: app.redirectUri };
    expect((await tokenRequest(test, app, without)).status).toBe(400);
    expect((await exchangeCode(test, app, got.code, got.verifier)).status).toBe(200);
  });

  it('works once: a second use ends what the first gave', async () => {
    const got = await code(app);
    const { body } = await exchangeCode(test, app, got.code, got.verifier);
    const token = String(body['access_token']);
    expect(await listStatus(token)).toBe(200);
    expect(await exchangeCode(test, app, got.code, got.verifier)).toMatchObject(refused('invalid_grant'));
    expect(await listStatus(token)).toBe(401);
    const refresh = { grant_type: 'refresh_token', refresh_token: String(body['refresh_token']) };
    expect(await tokenRequest(test, app, refresh)).toMatchObject(refused('invalid_grant'));
  });

  it('works once, also for two who come with it at the same moment', async () => {
    const got = await code(app);
    // Both have seen the code unused before either uses it.
    const { store } = test.portal;
    const read = store.oauthRecord;
    let readers = 0;
    let release = (): void => undefined;
    const bothHaveRead = new Promise<void>((resolve) => {
      release = resolve;
    });
    store.oauthRecord = async (id) => {
      const row = await read(id);
      if (id.startsWith('AuthorizationCode')) {
        readers += 1;
        if (readers === 2) release();
        await bothHaveRead;
      }
      return row;
    };
    const answers = await Promise.all([1, 2].map(() => exchangeCode(test, app, got.code, got.verifier)));
    store.oauthRecord = read;
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    const given = answers.find(({ status }) => status === 200);
    expect(await listStatus(String(given?.body['access_token']))).toBe(401);
  });

  it('is of no use to another app, nor with another redirect address', async () => {
    const got = await code(app);
    expect(await exchangeCode(test, rival, got.code, got.verifier)).toMatchObject(refused('invalid_grant'));
    const elsewhere = { ...app, redirectUri: 'https://app.example/back/' };
    expect(await exchangeCode(test, elsewhere, got.code, got.verifier)).toMatchObject(refused('invalid_grant'));
    expect((await exchangeCode(test, app, got.code, got.verifier)).status).toBe(200);
  });

  it('is over after a minute', async () => {
    const got = await code(app);
    test.clock.advance(60_000);
    expect(await exchangeCode(test, app, got.code, got.verifier)).toMatchObject(refused('invalid_grant'));
  });

  it('of a confidential app needs its secret', async () => {
    const got = await code(rival);
    const wrong = { ...rival, clientSecret: `${rival.clientSecret?.slice(0, -1)}_` };
    expect(await exchangeCode(test, wrong, got.code, got.verifier)).toMatchObject({ status: 401 });
    const hash = createHash('sha256')
      .update(rival.clientSecret ?? '')
      .digest('base64url');
    expect(await exchangeCode(test, { ...rival, clientSecret: hash }, got.code, got.verifier)).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
    expect((await exchangeCode(test, { ...rival, clientSecret: null }, got.code, got.verifier)).status).toBe(401);
    expect((await exchangeCode(test, rival, got.code, got.verifier)).status).toBe(200);
  });
});

describe('C7: a request for a code', () => {
  it.each([
    'https://app.example/back/',
    'https://app.example/back?next=1',
    'https://app.example/BACK',
    'https://app.example:443/back',
    'http://app.example/back',
    'https://app.example.evil.example/back',
    'https://evil.example/back',
    'https://app.example/back/../steal',
    'javascript:alert(1)',
  ])('to %s goes nowhere: the browser stays at the portal', async (redirectUri) => {
    const browser = createPlainBrowser({ fetch: test.portal.fetch, stopsAt: (url) => !url.startsWith(portalOrigin) });
    const page = await browser.open(appRequest(app, { redirect_uri: redirectUri }).url);
    expect(page).toMatchObject({ status: 400, forms: [] });
    expect(page.url.startsWith(portalOrigin)).toBe(true);
    expect(page.text).not.toContain('evil.example');
  });

  it.each([
    ['without a challenge', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    ['with a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['for a token at once (implicit)', { response_type: 'token' }, 'unsupported_response_type'],
    ['for an id token', { response_type: 'code id_token', nonce: 'n' }, 'unsupported_response_type'],
    ['for OpenID', { scope: 'openid read' }, 'invalid_scope'],
    ['for a scope it is not registered for', { scope: 'read people' }, 'invalid_scope'],
    ['without asking anybody', { prompt: 'none' }, 'login_required'],
  ])('%s is refused back to the app', async (_, overrides, error) => {
    expect(await errorBack(overrides)).toBe(error);
  });

  it('for nothing, or for what does not exist, ends with nothing', async () => {
    for (const scope of [undefined, 'everything']) {
      const request = appRequest(app, { scope });
      const page = await agreeInBrowser(test, app, request, { person: person(), propertyId: hotel.property.id });
      expect(new URL(page.url).searchParams.get('error')).toBe('invalid_scope');
    }
  });

  it('that the member does not agree to ends with access_denied', async () => {
    const browser = userBrowser(test, app);
    const page = await browser.open(appRequest(app).url);
    const back = await sendForm(browser, page, 'cancel');
    expect(new URL(back.url).searchParams.get('error')).toBe('access_denied');
  });
});

describe('C7: the token endpoint', () => {
  it.each(['password', 'client_credentials', 'implicit', 'urn:ietf:params:oauth:grant-type:device_code'])(
    'knows no grant of type %s',
    async (type) => {
      const given = { grant_type: type, username: person().email, password: samplePassword, scope: 'read' };
      expect(await tokenRequest(test, rival, given)).toMatchObject(refused('unsupported_grant_type'));
    },
  );

  it('turns a refresh token over, and a used one ends everything that came of it', async () => {
    const tokens = await tokensFor(test, hotel, app, person());
    const refresh = async (token: string) =>
      await tokenRequest(test, app, { grant_type: 'refresh_token', refresh_token: token });
    const next = await refresh(tokens.refreshToken);
    expect(next.status).toBe(200);
    const [access, second] = [String(next.body['access_token']), String(next.body['refresh_token'])];
    expect(second).not.toBe(tokens.refreshToken);
    expect(await listStatus(access)).toBe(200);
    expect(await refresh(tokens.refreshToken)).toMatchObject(refused('invalid_grant'));
    expect(await listStatus(access)).toBe(401);
    expect(await refresh(second)).toMatchObject(refused('invalid_grant'));
    const { data } = await owner().audit.list({ organizationId: hotel.organization.id, limit: 200 });
    expect(data.some(({ subject }) => subject['because'] === 'token_reused')).toBe(true);
  });

  it('lets no refresh token be used by another app, or for more than was agreed to', async () => {
    const { refreshToken } = await tokensFor(test, hotel, app, person(), 'read');
    const asked = { grant_type: 'refresh_token', refresh_token: refreshToken };
    expect(await tokenRequest(test, rival, asked)).toMatchObject(refused('invalid_grant'));
    expect(await tokenRequest(test, app, { ...asked, scope: 'read unlock' })).toMatchObject(refused('invalid_scope'));
    const { body } = await tokenRequest(test, app, { ...asked, scope: 'read' });
    expect(body).toMatchObject({ scope: 'read' });
    const door = `/v1/entrances/${hotel.entrance.id}/unlock`;
    const headers = { 'idempotency-key': 'k' };
    const unlock = await test.send('POST', door, { token: String(body['access_token']), body: {}, headers });
    expect(unlock.status).toBe(403);
    expect(await unlock.json()).toMatchObject({ code: 'scope-missing', scope: 'unlock' });
  });

  it('lets no app end another’s tokens, and registers, introspects and tells about people nothing', async () => {
    const { accessToken } = await tokensFor(test, hotel, app, person());
    await tokenRequest(test, rival, { token: accessToken }, '/oauth/revoke');
    expect(await listStatus(accessToken)).toBe(200);
    for (const path of ['/oauth/token/introspection', '/oauth/reg', '/oauth/register', '/oauth/me', '/oauth/request']) {
      const response = await test.portal.fetch(
        new Request(`${portalOrigin}${path}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams({ token: accessToken, client_id: app.id }),
        }),
      );
      expect(response.status, path).toBe(404);
    }
  });
});

describe('C7: at the API', () => {
  it('no token that somebody made up is taken: unsigned, signed by the server’s own public key, or another kind', async () => {
    const { accessToken, refreshToken } = await tokensFor(test, hotel, app, person());
    const [grant] = (await person().client.appGrants.listMine()).data;
    const claims = {
      iss: portalOrigin,
      sub: person().id,
      client_id: app.id,
      grantId: grant?.id,
      scope: 'read unlock',
      exp: 4e9,
    };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const { keys } = (await (await test.portal.fetch(new Request(`${portalOrigin}/oauth/jwks`))).json()) as {
      readonly keys: readonly object[];
    };
    const forged = [
      `${part({ alg: 'none', typ: 'at+jwt' })}.${part(claims)}.`,
      `${part({ alg: 'HS256' })}.${part(claims)}.${createHash('sha256').update(JSON.stringify(keys)).digest('base64url')}`,
      refreshToken,
      grant?.id ?? '',
      createHash('sha256').update(accessToken).digest('base64url'),
      `${accessToken}x`,
      accessToken.toLowerCase(),
      'undefined',
    ];
    for (const token of forged) expect(await listStatus(token), token).toBe(401);
    expect(await listStatus(accessToken)).toBe(200);
  });

  it('nothing that works is in the store: only hashes of ids, and sealed contents', async () => {
    const tokens = await tokensFor(test, hotel, app, person());
    const rows = JSON.stringify([
      test.portal.projection.appTokens.all(),
      test.portal.projection.apps.all(),
      test.portal.projection.appGrants.all(),
    ]);
    for (const secret of [tokens.accessToken, tokens.refreshToken, rival.clientSecret ?? 'none']) {
      expect(rows).not.toContain(secret);
      expect(test.log.join('\n')).not.toContain(secret);
    }
  });
});

describe('C7: the pages', () => {
  it('belong to the browser that began: another one’s forms are refused', async () => {
    const victim = userBrowser(test, app);
    const page = await victim.open(appRequest(app).url);
    const attacker = userBrowser(test, app);
    const typed = { email: person().email, password: samplePassword };
    expect(await sendForm(attacker, page, 'sign-in', typed)).toMatchObject({ status: 400 });
    const other = await attacker.open(appRequest(app).url);
    const form = other.forms.find(({ action }) => action.endsWith('/sign-in'));
    const victims = page.forms.find(({ action }) => action.endsWith('/sign-in'));
    if (form === undefined || victims === undefined) throw new Error('no form');
    expect((await attacker.submit(victims, typed)).status).toBe(400);
    // Not even with a cookie, of a sign-in of one's own.
    const cookie = Object.entries(attacker.cookies(other.url)).map(([name, value]) => `${name}=${value}`);
    const forged = new Request(victims.action, {
      method: 'POST',
      headers: { cookie: cookie.join('; '), 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(typed),
    });
    expect((await test.portal.fetch(forged)).status).toBe(400);
    expect((await attacker.submit(form, typed)).text).toContain('On which property?');
  });

  it('take no form that another site sends', async () => {
    const fromElsewhere = async (request: Request) => {
      const headers = new Headers(request.headers);
      if (request.method === 'POST') headers.set('origin', 'https://evil.example');
      return await test.portal.fetch(new Request(request, { headers }));
    };
    const browser = createPlainBrowser({ fetch: fromElsewhere, stopsAt: (url) => url.startsWith(app.redirectUri) });
    const page = await browser.open(appRequest(app).url);
    const answered = await sendForm(browser, page, 'sign-in', { email: person().email, password: samplePassword });
    expect(answered).toMatchObject({ status: 405 });
  });

  it('keep the next person at a shared screen from acting as the one before', async () => {
    const browser = userBrowser(test, app);
    const first = await browser.open(appRequest(app).url);
    const consent = await sendForm(browser, first, 'sign-in', { email: person().email, password: samplePassword });
    expect(consent.text).toContain('You are signed in as');
    const second = await browser.open(appRequest(app).url);
    expect(second.text).not.toContain('You are signed in as');
    const { team } = hotel.people;
    const own = await sendForm(browser, second, 'sign-in', { email: team.email, password: samplePassword });
    const back = await sendForm(browser, own, 'consent', { property: hotel.property.id });
    expect(codeOf(back)).toMatch(/^[\w-]{43}$/);
    expect((await team.client.appGrants.listMine()).data).toHaveLength(1);
  });

  it('tell nobody whether an address has an account, slow guessing down, and never send a password back', async () => {
    const browser = userBrowser(test, app);
    let page = await browser.open(appRequest(app).url);
    const tryOnce = async (email: string) => {
      page = await sendForm(browser, page, 'sign-in', { email, password: 'guess-guess-guess' });
      return /role="alert"[^>]*>([^<]*)</.exec(page.text)?.[1];
    };
    const known = await tryOnce(person().email);
    expect(page.status).toBe(401);
    expect(await tryOnce('nobody@elsewhere.example')).toBe(known);
    expect(page.text).toContain('value="nobody@elsewhere.example"');
    expect(page.text).not.toContain('guess-guess-guess');
    const answers = [];
    for (let tries = 0; tries < 8; tries += 1) {
      await tryOnce(hotel.people.installer.email);
      answers.push(page.status);
    }
    expect(answers.at(-1)).toBe(429);
    expect(page.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it('say so where a form is far too long', async () => {
    const browser = userBrowser(test, app);
    const signIn = await browser.open(appRequest(app).url);
    const page = await sendForm(browser, signIn, 'sign-in', { email: 'x'.repeat(20_000_000), password: 'x' });
    expect([page.status, page.text]).toEqual([413, expect.stringContaining('That was too much.')]);
  });

  it('stand in no frame and let forms lead back to the app alone', async () => {
    const page = await userBrowser(test, app).open(appRequest(app).url);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("form-action 'self' https://app.example;");
    expect(page.headers.get('cache-control')).toBe('no-store');
  });

  it('begin only so many times a minute from one address', async () => {
    const statuses = [];
    for (let tries = 0; tries < 40; tries += 1)
      statuses.push((await userBrowser(test, app).open(appRequest(app).url)).status);
    expect(statuses).toContain(429);
    expect(statuses[0]).toBe(200);
  });
});
