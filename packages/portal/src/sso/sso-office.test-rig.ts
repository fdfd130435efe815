import { createHash, randomBytes } from 'node:crypto';
import type { Client } from '@latchwork/client';
import type { Session, SsoProvider } from '@latchwork/contract';
import type { SignInMethod } from '@latchwork/core';
import {
  type ProviderPerson,
  startTestGoogle,
  startTestMicrosoft,
  type TestIdentityProvider,
} from '../harness/identity-provider.test-rig.js';
import { buildSampleOffice, type SampleOffice } from '../harness/sample-office.test-rig.js';
import {
  type BrowserPlace,
  openTestBrowser,
  portalOrigin,
  type TestBrowser,
} from '../harness/test-browser.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

/** Where sample apps are sent back to. */
export const returnTo = 'https://desk.example/signed-in?tab=1';

/** An office on the Pro plan whose portal is registered with both providers. */
export interface SsoOffice extends AsyncDisposable {
  readonly test: TestPortal;
  readonly office: SampleOffice;
  readonly google: TestIdentityProvider;
  readonly microsoft: TestIdentityProvider;
  /** Invites somebody to sign in with a provider, and tells the token of the mail's link. */
  invite(name: string, signInMethod: SignInMethod): Promise<{ readonly email: string; readonly token: string }>;
  /** Opens a set-up link as its page does, and follows the provider to where it ends. */
  setUp(token: string, options?: { readonly browser?: TestBrowser }): Promise<BrowserPlace>;
  /** Invites somebody and lets them accept as the person who is signed in at the provider. */
  join(name: string, signInMethod: SignInMethod): Promise<{ readonly email: string }>;
  /** An app that signs somebody in, up to where the browser ends. */
  begin(provider: SsoProvider, options?: SsoAttempt): Promise<BegunSignOn>;
  /** {@link begin}, and the session for what came back. */
  signIn(provider: SsoProvider, options?: SsoAttempt): Promise<Client>;
}

/** How an app signs somebody in. */
export interface SsoAttempt {
  readonly channel?: Session['channel'];
  readonly browser?: TestBrowser;
  readonly organizationId?: string;
}

/** A sign-on of an app after its way through the browser. */
export interface BegunSignOn {
  readonly place: BrowserPlace;
  /** `null` when nobody was signed in. */
  readonly code: string | null;
  readonly codeVerifier: string;
}

/** Somebody at Google. */
export function googlePerson(sub: string): ProviderPerson {
  return { sub, name: 'Gina' };
}

/** Somebody of a tenant of Microsoft. */
export function microsoftPerson(oid: string, tid: string): ProviderPerson {
  // Microsoft's `sub` is another one for each program; nothing may depend on it.
  return { sub: randomBytes(6).toString('hex'), name: 'Mia', oid, tid };
}

/** Starts the office. */
export async function startSsoOffice(): Promise<SsoOffice> {
  const redirectUri = `${portalOrigin}/sso/callback`;
  const google = await startTestGoogle(redirectUri);
  const microsoft = await startTestMicrosoft(redirectUri);
  const providers = { google: google.registration, microsoft_365: microsoft.registration };
  const signInConfig = { trustedProxies: [], returnUrls: ['https://desk.example'], providers };
  const test = await startTestPortal({ config: { signIn: signInConfig } });
  const office = await buildSampleOffice(test);
  const { client: admin } = office.people.admin;

  const invite: SsoOffice['invite'] = async (name, signInMethod) => {
    const email = office.address(name);
    await admin.users.invite({ organizationId: office.organizationId, rows: [{ email, name, signInMethod }] });
    const { token } = await test.mails.lastTo(email);
    return { email, token };
  };
  const setUp: SsoOffice['setUp'] = async (token, { browser = openTestBrowser(test) } = {}) => {
    const response = await browser.post('/sso/setup', { token });
    if (!response.ok) throw new Error(`The set-up was refused: ${await response.text()}`);
    const { url } = (await response.json()) as { readonly url: string };
    return await browser.open(url);
  };
  const begin: SsoOffice['begin'] = async (provider, attempt = {}) => {
    const { channel = 'mobile_app', browser = openTestBrowser(test) } = attempt;
    const codeVerifier = randomBytes(32).toString('base64url');
    const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url');
    const { url } = await test.client().sso.start({ provider, channel, returnTo, codeChallenge });
    const place = await browser.open(url);
    const isBack = place.url.origin === new URL(returnTo).origin;
    return { place, code: isBack ? place.url.searchParams.get('code') : null, codeVerifier };
  };
  return {
    ...{ test, office, google, microsoft, invite, setUp, begin },
    join: async (name, signInMethod) => {
      const { email, token } = await invite(name, signInMethod);
      const place = await setUp(token);
      if (place.status !== 200) throw new Error(`The set-up failed: ${place.text}`);
      return { email };
    },
    signIn: async (provider, attempt = {}) => {
      const { code, codeVerifier, place } = await begin(provider, attempt);
      if (code === null) throw new Error(`Nobody came back: ${place.status} ${place.text}`);
      const { organizationId } = attempt;
      const chosen = organizationId === undefined ? {} : { organizationId };
      const { token } = await test.client().sso.complete({ code, codeVerifier, ...chosen });
      return test.client(token);
    },
    [Symbol.asyncDispose]: async () => {
      await test[Symbol.asyncDispose]();
      await google[Symbol.asyncDispose]();
      await microsoft[Symbol.asyncDispose]();
    },
  };
}
