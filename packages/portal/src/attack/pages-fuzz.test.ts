import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleHotel, type SampleHotel, samplePassword } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import {
  appRequest,
  registerApp,
  sendForm,
  type ThirdPartyApp,
  tokensFor,
  userBrowser,
} from '../harness/third-party-app.test-rig.js';
import { sendRaw } from './raw-socket.test-rig.js';

let test: TestPortal;
let hotel: SampleHotel;
let app: ThirdPartyApp;
let known: readonly string[];
let interaction: string;
const runs = 120;

beforeAll(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
  const owner = hotel.people.owner.client;
  const founder = hotel.people.organization_owner.client;
  app = await registerApp(founder, hotel.organization.id);
  await owner.integratedApps.allow({ propertyId: hotel.property.id, appId: app.id });
  const tokens = await tokensFor(test, hotel, app, hotel.people.housekeeping);
  const page = await userBrowser(test, app).open(appRequest(app).url);
  interaction = new URL(page.url).pathname;
  known = [
    app.id,
    app.redirectUri,
    tokens.accessToken,
    tokens.refreshToken,
    hotel.people.owner.token,
    hotel.property.id,
  ];
}, 60_000);
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

/** Every address that is no route of the contract. */
const paths = (): readonly string[] => [
  ...['/setup', '/password-reset', '/app', '/sso/setup', '/sso/start', '/sso/callback'],
  ...['/oauth', '/oauth/', '/oauth/authorize', '/oauth/token', '/oauth/revoke', '/oauth/introspect', '/oauth/jwks'],
  ...['/oauth/userinfo', '/oauth/par', '/oauth/session/end', '/oauth/.well-known/openid-configuration'],
  ...['/.well-known/oauth-authorization-server', '/.well-known/oauth-authorization-server/oauth'],
  ...[
    interaction,
    `${interaction}/sign-in`,
    `${interaction}/consent`,
    `${interaction}/cancel`,
    '/oauth/interactions/x',
  ],
  ...[
    '/openapi.json',
    '/healthz',
    '/readyz',
    '/metrics',
    '/',
    '/v1',
    '/v1/',
    '/v2/me',
    '/V1/ME',
    '/v1//me',
    '/favicon.ico',
  ],
  ...['/pages/style.css', '/assets/x', '/%2e%2e/%2e%2e/etc/passwd', '/v1/me/../../healthz', '/%00', '/%ff%fe', '/%'],
];

const challenge = createHash('sha256').update('verifier').digest('base64url');
const names = fc.constantFrom(
  ...[
    'client_id',
    'redirect_uri',
    'response_type',
    'scope',
    'state',
    'nonce',
    'code',
    'code_verifier',
    'code_challenge',
  ],
  ...['code_challenge_method', 'grant_type', 'refresh_token', 'token', 'token_type_hint', 'client_secret', 'prompt'],
  ...[
    'request',
    'request_uri',
    'resource',
    'claims',
    'max_age',
    'login_hint',
    'id_token_hint',
    'response_mode',
    'error',
  ],
  ...['email', 'password', 'property', 'name', 'iss', 'session_state', '__proto__', 'constructor', ''],
);
const texts = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(...known),
    fc.constantFrom(
      'code',
      'token',
      'read unlock',
      'openid',
      'S256',
      'plain',
      'authorization_code',
      'refresh_token',
      challenge,
    ),
    fc.constantFrom(
      '',
      ' ',
      '\u0000',
      '🗝️',
      '%',
      'a'.repeat(3_000),
      '-1',
      '9'.repeat(30),
      'javascript:alert(1)',
      '//x',
      '{}',
    ),
    fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replace(/\p{Surrogate}/gu, '\ufffd')),
  );
const pairs = () => fc.array(fc.tuple(names, texts()), { maxLength: 8 });
const latin = fc.string({
  unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
  maxLength: 40,
});
const headers = () =>
  fc.record(
    {
      'content-type': fc.constantFrom(
        'application/x-www-form-urlencoded',
        'application/json',
        'multipart/form-data',
        'x/y;;',
      ),
      authorization: fc.oneof(
        latin,
        fc.constantFrom(...known).map((token) => `Bearer ${token}`),
        fc.constantFrom('Basic Og==', 'Basic %', `Basic ${btoa('a:b')}`),
      ),
      cookie: fc.oneof(
        latin,
        fc.constantFrom('_interaction=x', '_session=x; _session.sig=y', 'lws=1', '__Host-sso=x; sso=y'),
      ),
      origin: fc.constantFrom('null', 'http://portal.test', 'https://evil.example'),
      accept: fc.constantFrom('text/html', 'application/json', '*/*', 'x'),
      'sec-fetch-site': fc.constantFrom('same-origin', 'cross-site', 'none'),
    },
    { requiredKeys: [] },
  );

interface PageRequest {
  readonly method: string;
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly form: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends it over a socket and gives the status; 0 for what cannot be written as a request. */
async function send({ method, path, query, form, headers }: PageRequest): Promise<number> {
  const encoded = (list: PageRequest['form']) =>
    new URLSearchParams(list.map(([name, value]) => [name, value])).toString();
  const isJson = headers['content-type'] === 'application/json';
  const body = isJson ? JSON.stringify(Object.fromEntries(form)) : encoded(form);
  const reply = await sendRaw(test.portal.httpUrl, {
    method,
    path: `${path}${query.length === 0 ? '' : `?${encoded(query)}`}`,
    headers: { host: 'portal.test', ...headers },
    ...(method === 'GET' || method === 'HEAD' ? {} : { body }),
  });
  return reply?.status ?? 0;
}

describe('bad input is never a 500 on the pages and at the authorization server either', () => {
  it.each(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH'])('%s of anything', async (method) => {
    const requests = fc.record({
      method: fc.constant(method),
      path: fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...paths()) }, fc.webPath()),
      query: pairs(),
      form: pairs(),
      headers: headers(),
    });
    await fc.assert(
      fc.asyncProperty(requests, async (one) => {
        expect(await send(one)).toBeLessThan(500);
      }),
      { numRuns: runs },
    );
    const failures = test.log.filter((line) => /request failed|"level":(?:50|60|"error")/.test(line));
    expect(failures).toEqual([]);
  });

  it.each(['before the sign-in', 'before the consent'])('forms of an authorization under way: %s', async (stage) => {
    const steps = fc.constantFrom('sign-in', 'consent', 'cancel');
    await fc.assert(
      fc.asyncProperty(steps, pairs(), async (step, form) => {
        // Wrong passwords are slowed down; the next try comes when that is over.
        test.clock.advance(3_600_000);
        const browser = userBrowser(test, app);
        let page = await browser.open(appRequest(app).url);
        const { email } = hotel.people.housekeeping;
        if (stage === 'before the consent') {
          page = await sendForm(browser, page, 'sign-in', { email, password: samplePassword });
        }
        const cookie = Object.entries(browser.cookies(page.url)).map(([name, value]) => `${name}=${value}`);
        const headers = { 'content-type': 'application/x-www-form-urlencoded', cookie: cookie.join('; ') };
        const path = `${new URL(page.url).pathname.replace(/\/(sign-in|consent|cancel)$/, '')}/${step}`;
        const usual: [string, string][] = [
          ...Object.entries({ email, password: samplePassword, property: hotel.property.id } as Record<string, string>),
        ];
        const spoiled = [...usual.filter(([name]) => form.every(([other]) => other !== name)), ...form];
        expect(await send({ method: 'POST', path, query: [], form: spoiled, headers })).toBeLessThan(500);
      }),
      { numRuns: 25 },
    );
    expect(test.log.filter((line) => line.includes('request failed'))).toEqual([]);
  });

  it('a whole authorization with one parameter of it wrong', async () => {
    const whole = () => [...new URL(appRequest(app).url).searchParams] as [string, string][];
    const spoiled = fc.tuple(fc.nat(6), texts(), fc.boolean()).map(([at, text, isTwice]) => {
      const list = whole();
      const spoiledPair: [string, string] = [list[at % list.length]?.[0] ?? '', text];
      return isTwice ? [...list, spoiledPair] : list.with(at % list.length, spoiledPair);
    });
    await fc.assert(
      fc.asyncProperty(spoiled, async (query) => {
        const status = await send({ method: 'GET', path: '/oauth/authorize', query, form: [], headers: {} });
        expect(status).toBeLessThan(500);
      }),
      { numRuns: runs },
    );
  });

  it('a whole token request with one parameter of it wrong', async () => {
    const spoiled = fc
      .tuple(fc.constantFrom('authorization_code', 'refresh_token'), names, texts())
      .map(([grant, name, text]) => {
        const list: [string, string][] = [
          ...([
            ['grant_type', grant],
            ['client_id', app.id],
            ['redirect_uri', app.redirectUri],
          ] as [string, string][]),
          ...([
            ['code', 'guessed'],
            ['code_verifier', 'v'.repeat(43)],
            ['refresh_token', 'guessed'],
          ] as [string, string][]),
        ];
        return [...list.filter(([other]) => other !== name), [name, text]] as [string, string][];
      });
    await fc.assert(
      fc.asyncProperty(spoiled, headers(), async (form, odd) => {
        const usual = { 'content-type': 'application/x-www-form-urlencoded' };
        for (const path of ['/oauth/token', '/oauth/revoke', '/oauth/introspect']) {
          const status = await send({ method: 'POST', path, query: [], form, headers: { ...odd, ...usual } });
          expect(status).toBeLessThan(500);
        }
      }),
      { numRuns: runs },
    );
  });
});
