import { createHash, randomBytes } from 'node:crypto';
import type { Client } from '@latchwork/client';
import { type BrowserPage, createPlainBrowser, type PlainBrowser } from '@latchwork/testing';
import type { Person, SampleHotel } from './sample-hotel.test-rig.js';
import { samplePassword } from './sample-hotel.test-rig.js';
import { portalOrigin } from './test-browser.test-rig.js';
import type { TestPortal } from './test-portal.test-rig.js';

/** A registered app as it knows itself. */
export interface ThirdPartyApp {
  readonly id: string;
  readonly clientSecret: string | null;
  readonly redirectUri: string;
}

/** What an app keeps while its user is at the portal. */
export interface AppRequest {
  readonly url: string;
  readonly verifier: string;
  readonly state: string;
}

/** Whatever answers requests as a portal. */
export interface AnsweringPortal {
  readonly portal: { readonly fetch: (request: Request) => Promise<Response> };
}

/** The body of a token answer, of either kind. */
export type TokenAnswer = Readonly<Record<string, string | number | undefined>>;

/** Registers an app with the sample hotel's organization; it is allowed nowhere yet. */
export async function registerApp(
  owner: Client,
  organizationId: string,
  options: Partial<Parameters<Client['apps']['create']>[0]> = {},
): Promise<ThirdPartyApp> {
  const redirectUri = options.redirectUris?.[0] ?? 'com.example.doors:/signed-in';
  const { app, clientSecret } = await owner.apps.create({
    organizationId,
    name: 'Doors & More',
    kind: 'public',
    redirectUris: [redirectUri],
    scopes: ['read', 'unlock'],
    ...options,
  });
  return { id: app.id, clientSecret, redirectUri };
}

/** Makes what an app sends its user to the portal with; `overrides` replace parameters, `undefined` leaves one out. */
export function appRequest(
  app: ThirdPartyApp,
  overrides: Readonly<Record<string, string | undefined>> = {},
): AppRequest {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(8).toString('base64url');
  const parameters: Record<string, string | undefined> = {
    response_type: 'code',
    client_id: app.id,
    redirect_uri: app.redirectUri,
    scope: 'read unlock',
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...overrides,
  };
  const url = new URL('/oauth/authorize', portalOrigin);
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value);
  return { url: url.href, verifier, state };
}

/** A browser that hands every address of the app back to it. */
export function userBrowser(test: TestPortal, app: ThirdPartyApp): PlainBrowser {
  return createPlainBrowser({
    stopsAt: (url) => url.startsWith(app.redirectUri) || !url.startsWith('http'),
    fetch: test.portal.fetch,
  });
}

/** Sends the form of a page whose action ends so. */
export async function sendForm(
  browser: PlainBrowser,
  page: BrowserPage,
  step: 'sign-in' | 'consent' | 'cancel',
  typed: Readonly<Record<string, string>> = {},
): Promise<BrowserPage> {
  const form = page.forms.find(({ action }) => action.endsWith(`/${step}`));
  if (form === undefined)
    throw new Error(`No form to ${step} at ${page.url} (${page.status}): ${page.text.split('<main>')[1]}`);
  return await browser.submit(form, typed);
}

/** Lets a person sign in and agree, as far as that goes; the page is the last one. */
export async function agreeInBrowser(
  test: TestPortal,
  app: ThirdPartyApp,
  request: AppRequest,
  who: { readonly person: Person; readonly propertyId: string },
): Promise<BrowserPage> {
  const browser = userBrowser(test, app);
  const signIn = await browser.open(request.url);
  const consent = await sendForm(browser, signIn, 'sign-in', { email: who.person.email, password: samplePassword });
  return await sendForm(browser, consent, 'consent', { property: who.propertyId });
}

/** The code that the user's browser brings back to the app. */
export function codeOf(page: BrowserPage): string {
  const code = new URL(page.url).searchParams.get('code');
  if (code === null) throw new Error(`No code came back: ${page.url} (${page.status}) ${page.text.split('<main>')[1]}`);
  return code;
}

/** Asks the token endpoint for anything at all. */
export async function tokenRequest(
  test: AnsweringPortal,
  app: Pick<ThirdPartyApp, 'id' | 'clientSecret'>,
  parameters: Readonly<Record<string, string>>,
  path = '/oauth/token',
): Promise<{ readonly status: number; readonly body: TokenAnswer }> {
  const basic = app.clientSecret === null ? undefined : `Basic ${btoa(`${app.id}:${app.clientSecret}`)}`;
  const request = new Request(`${portalOrigin}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(basic === undefined ? {} : { authorization: basic }),
    },
    body: new URLSearchParams({ ...(basic === undefined ? { client_id: app.id } : {}), ...parameters }),
  });
  const response = await test.portal.fetch(request);
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as TokenAnswer) };
}

/** Exchanges a code as the app that asked for it. */
export async function exchangeCode(test: AnsweringPortal, app: ThirdPartyApp, code: string, verifier: string) {
  return await tokenRequest(test, app, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: app.redirectUri,
    code_verifier: verifier,
  });
}

/** An app's tokens for a person on the sample hotel's property. */
export async function tokensFor(
  test: TestPortal,
  hotel: Pick<SampleHotel, 'property'>,
  app: ThirdPartyApp,
  person: Person,
  scope = 'read unlock',
): Promise<{ readonly accessToken: string; readonly refreshToken: string; readonly client: Client }> {
  const request = appRequest(app, { scope });
  const page = await agreeInBrowser(test, app, request, { person, propertyId: hotel.property.id });
  const { status, body } = await exchangeCode(test, app, codeOf(page), request.verifier);
  if (status !== 200) throw new Error(`No tokens: ${status} ${JSON.stringify(body)}`);
  const accessToken = String(body['access_token']);
  return { accessToken, refreshToken: String(body['refresh_token']), client: test.client(accessToken) };
}
