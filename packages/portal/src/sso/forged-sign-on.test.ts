import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Claims, claimsIn, strangeKey, type TestIdentityProvider } from '../harness/identity-provider.test-rig.js';
import { openTestBrowser, portalOrigin, type TestBrowser } from '../harness/test-browser.test-rig.js';
import { googlePerson, microsoftPerson, returnTo, type SsoOffice, startSsoOffice } from './sso-office.test-rig.js';

let sso: SsoOffice;
const tenant = randomUUID();
const gina = googlePerson('gina');
const mia = microsoftPerson(randomUUID(), tenant);

beforeAll(async () => {
  sso = await startSsoOffice();
  sso.google.person = gina;
  await sso.join('gina', 'sso_google');
  sso.microsoft.person = mia;
  await sso.join('mia', 'sso_microsoft_365');
});
afterAll(async () => {
  await sso[Symbol.asyncDispose]();
});
beforeEach(() => {
  Object.assign(sso.google, { person: gina, forge: undefined, repeats: false });
  Object.assign(sso.microsoft, { person: mia, forge: undefined });
  // So that failures of one test do not slow the next one down.
  sso.test.clock.advance(120_000);
});

/** Lets the provider give another ID token than it made: claims changed, then signed as `how` says. */
async function forged(
  provider: 'google' | 'microsoft_365',
  change: (claims: Claims) => Claims,
  how: Parameters<TestIdentityProvider['sign']>[1] = {},
) {
  const rig = provider === 'google' ? sso.google : sso.microsoft;
  rig.forge = async (answer) => ({ ...answer, id_token: await rig.sign(change(claimsIn(answer)), how) });
  return await sso.begin(provider);
}

const refused = async (begun: ReturnType<SsoOffice['begin']>) => {
  const { place, code } = await begun;
  expect({ status: place.status, code }).toEqual({ status: 401, code: null });
  expect(place.text).toContain('You are not signed in');
};

describe('an ID token that proves nobody', () => {
  it('is let pass when nothing is forged: the same way, signed again', async () => {
    for (const provider of ['google', 'microsoft_365'] as const) {
      const { code } = await forged(provider, (claims) => claims);
      expect(code).toMatch(/^[\w-]{43}$/);
    }
  });

  it('`alg: none` is refused', async () => {
    sso.google.forge = async (answer) => ({ ...answer, id_token: new UnsecuredJWT({ ...claimsIn(answer) }).encode() });
    await refused(sso.begin('google'));
  });

  it('a token signed with the wrong key is refused, under the right name and a strange one', async () => {
    const key = strangeKey();
    await refused(forged('google', (claims) => claims, { key }));
    await refused(forged('google', (claims) => claims, { key, kid: 'another' }));
  });

  it('a changed token under its old signature is refused', async () => {
    sso.google.forge = async (answer) => {
      const [head, , signature] = answer.id_token.split('.');
      const body = Buffer.from(JSON.stringify({ ...claimsIn(answer), sub: 'somebody else' })).toString('base64url');
      return { ...answer, id_token: [head, body, signature].join('.') };
    };
    await refused(sso.begin('google'));
  });

  it('a token signed with the client secret, as a symmetric key, is refused', async () => {
    sso.google.forge = async (answer) => {
      const { SignJWT } = await import('jose');
      const secret = new TextEncoder().encode(sso.google.registration.clientSecret.reveal().padEnd(32, '='));
      return {
        ...answer,
        id_token: await new SignJWT({ ...claimsIn(answer) }).setProtectedHeader({ alg: 'HS256' }).sign(secret),
      };
    };
    await refused(sso.begin('google'));
  });

  it('a wrong or absent nonce is refused', async () => {
    await refused(forged('google', (claims) => ({ ...claims, nonce: randomBytes(32).toString('base64url') })));
    await refused(forged('google', ({ nonce: _, ...claims }) => claims));
  });

  it('a wrong issuer is refused', async () => {
    await refused(forged('google', (claims) => ({ ...claims, iss: 'https://accounts.evil.example' })));
    await refused(forged('google', (claims) => ({ ...claims, iss: `${String(claims['iss'])}/` })));
  });

  it('a wrong audience is refused', async () => {
    await refused(forged('google', (claims) => ({ ...claims, aud: 'another program' })));
    await refused(forged('google', (claims) => ({ ...claims, aud: ['latchwork', 'another'], azp: 'another' })));
  });

  it('an expired token is refused, and one without an end', async () => {
    await refused(forged('google', (claims) => ({ ...claims, exp: Math.floor(Date.now() / 1000) - 120 })));
    await refused(forged('google', ({ exp: _, ...claims }) => claims));
  });

  it('no token at all is refused', async () => {
    sso.google.forge = async ({ id_token: _, ...answer }) => answer as never;
    await refused(sso.begin('google'));
  });

  it('case 47, S12: a wrong, absent or malformed tenant is refused', async () => {
    // With an open invitation anybody who is proven would be let in: so nobody is.
    const { token } = await sso.invite('forged', 'sso_microsoft_365');
    sso.microsoft.person = microsoftPerson(randomUUID(), tenant);
    const at = (claims: Claims, place: string) => String(claims['iss']).replace(tenant, place);
    const forgeries: readonly ((claims: Claims) => Claims)[] = [
      // The issuer is the template with the tenant: one without the other is nobody's.
      (claims) => ({ ...claims, tid: randomUUID() }),
      (claims) => ({ ...claims, iss: at(claims, randomUUID()) }),
      ({ tid: _, ...claims }) => claims,
      (claims) => ({ ...claims, iss: at(claims, '{tenantid}'), tid: '{tenantid}' }),
      (claims) => ({ ...claims, iss: at(claims, 'organizations'), tid: 'organizations' }),
      ({ oid: _, ...claims }) => claims,
      (claims) => ({ ...claims, oid: 'mia@example.com' }),
    ];
    for (const forge of forgeries) {
      sso.microsoft.forge = async (answer) => ({
        ...answer,
        id_token: await sso.microsoft.sign(forge(claimsIn(answer))),
      });
      expect((await sso.setUp(token)).status).toBe(401);
    }
    sso.microsoft.forge = undefined;
    expect((await sso.setUp(token)).status).toBe(200);
  });

  it('S12: a private Microsoft account is none of Microsoft 365', async () => {
    const tid = '9188040d-6c67-4c5b-b112-36a304b66dad';
    sso.microsoft.person = microsoftPerson(randomUUID(), tid);
    const { token } = await sso.invite('private', 'sso_microsoft_365');
    expect((await sso.setUp(token)).status).toBe(401);
  });

  it('S12: the token of the other provider is refused', async () => {
    let ofGoogle: string | undefined;
    sso.google.forge = async (answer) => {
      ofGoogle = answer.id_token;
      return answer;
    };
    await sso.begin('google');
    sso.microsoft.forge = async (answer) => ({ ...answer, id_token: ofGoogle ?? '' });
    await refused(sso.begin('microsoft_365'));
  });

  it('reveals nothing of it in the log', async () => {
    const secret = 'sub-that-nobody-should-read';
    await refused(forged('google', (claims) => ({ ...claims, sub: secret, aud: secret })));
    const lines = sso.test.log.filter((line) => line.includes('proved nobody'));
    expect(lines.length).toBeGreaterThan(0);
    expect(sso.test.log.join('\n')).not.toContain(secret);
    for (const { id_token: token } of [{ id_token: sso.google.exchanged.at(-1)?.get('code') ?? 'none' }]) {
      expect(sso.test.log.join('\n')).not.toContain(token);
    }
  });
});

/** Goes to the provider and stops where the browser would come back. */
async function comeBack(browser: TestBrowser): Promise<{ readonly url: URL; readonly codeVerifier: string }> {
  const codeVerifier = randomBytes(32).toString('base64url');
  const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url');
  const asked = { provider: 'google', channel: 'mobile_app', returnTo, codeChallenge } as const;
  const { url } = await sso.test.client().sso.start(asked);
  const stop = openTestBrowser(sso.test);
  const back = await stop.open(url, { stopAt: `${portalOrigin}/sso/callback` });
  for (const [name, value] of stop.cookies('portal.test')) browser.cookies('portal.test').set(name, value);
  return { url: back.url, codeVerifier };
}

describe('a callback that is not the one begun', () => {
  it('a wrong or absent state is refused', async () => {
    for (const change of [
      (url: URL) => url.searchParams.set('state', randomBytes(32).toString('base64url')),
      (url: URL) => url.searchParams.delete('state'),
    ]) {
      const browser = openTestBrowser(sso.test);
      const { url } = await comeBack(browser);
      change(url);
      const exchanges = sso.google.exchanged.length;
      const place = await browser.open(url.href);
      expect(place.status).toBe(400);
      expect(sso.google.exchanged).toHaveLength(exchanges);
    }
  });

  it("another browser's callback is refused: it has not the cookie", async () => {
    const victim = openTestBrowser(sso.test);
    const { url } = await comeBack(openTestBrowser(sso.test));
    expect((await victim.open(url.href)).status).toBe(400);
    // Nor does the cookie of its own flow help.
    await comeBack(victim);
    expect((await victim.open(url.href)).status).toBe(400);
  });

  it('a cookie that was tampered with is refused', async () => {
    const browser = openTestBrowser(sso.test);
    const { url } = await comeBack(browser);
    const jar = browser.cookies('portal.test');
    for (const [name, value] of jar) jar.set(name, `${value.slice(0, -2)}AA`);
    expect((await browser.open(url.href)).status).toBe(400);
  });

  it('a flow that took too long is refused', async () => {
    const browser = openTestBrowser(sso.test);
    const { url } = await comeBack(browser);
    sso.test.clock.advance(10 * 60 * 1000);
    expect((await browser.open(url.href)).status).toBe(400);
  });

  it('a replayed callback is refused, with and without the cookie kept', async () => {
    const browser = openTestBrowser(sso.test);
    const { url } = await comeBack(browser);
    const kept = new Map(browser.cookies('portal.test'));
    expect((await browser.open(url.href)).url.origin).toBe('https://desk.example');
    expect(browser.cookies('portal.test').size).toBe(0);
    expect((await browser.open(url.href)).status).toBe(400);
    for (const [name, value] of kept) browser.cookies('portal.test').set(name, value);
    expect((await browser.open(url.href)).status).toBe(401);
    // Nor does it help when the provider gives the tokens of a code twice.
    for (const [name, value] of kept) browser.cookies('portal.test').set(name, value);
    sso.google.repeats = true;
    expect((await browser.open(url.href)).status).toBe(401);
    const handovers = sso.test.portal.projection.ssoHandovers.all().length;
    const other = await comeBack(browser);
    expect((await browser.open(other.url.href)).url.origin).toBe('https://desk.example');
    expect(sso.test.portal.projection.ssoHandovers.all()).toHaveLength(handovers + 1);
  });

  it('a code of another flow is refused, for its verifier is another one', async () => {
    const browser = openTestBrowser(sso.test);
    const other = await comeBack(openTestBrowser(sso.test));
    const { url } = await comeBack(browser);
    url.searchParams.set('code', other.url.searchParams.get('code') ?? '');
    expect((await browser.open(url.href)).status).toBe(401);
  });

  it('an answer that names another issuer is refused (mix-up)', async () => {
    const browser = openTestBrowser(sso.test);
    const { url } = await comeBack(browser);
    url.searchParams.set('iss', 'https://accounts.evil.example');
    const exchanges = sso.google.exchanged.length;
    expect((await browser.open(url.href)).status).toBe(401);
    expect(sso.google.exchanged).toHaveLength(exchanges);
  });

  it('whoever says no at the provider is not signed in', async () => {
    sso.google.person = undefined;
    const { place, code } = await sso.begin('google');
    expect({ status: place.status, code }).toEqual({ status: 401, code: null });
    expect(place.text).toContain('You ended signing in at Google');
  });
});

describe('the code that comes back to the app', () => {
  const complete = (code: string, codeVerifier: string) => sso.test.client().sso.complete({ code, codeVerifier });
  const failed = { info: { code: 'sign-in-failed' } };

  it('opens one session, once', async () => {
    const { code, codeVerifier } = await sso.begin('google');
    await complete(code ?? '', codeVerifier);
    await expect(complete(code ?? '', codeVerifier)).rejects.toMatchObject(failed);
  });

  it('is refused with a wrong verifier', async () => {
    const { code, codeVerifier } = await sso.begin('google');
    await expect(complete(code ?? '', randomBytes(32).toString('base64url'))).rejects.toMatchObject(failed);
    await complete(code ?? '', codeVerifier);
  });

  it('ends after five minutes', async () => {
    const { code, codeVerifier } = await sso.begin('google');
    sso.test.clock.advance(5 * 60 * 1000);
    await expect(complete(code ?? '', codeVerifier)).rejects.toMatchObject(failed);
    sso.test.clock.advance(5 * 60 * 1000);
    await sso.test.portal.maintain();
    expect(sso.test.portal.projection.ssoHandovers.all()).toEqual([]);
  });

  it('goes nowhere but where the operator says', async () => {
    const codeChallenge = randomBytes(32).toString('base64url');
    for (const place of ['https://evil.example/', 'https://desk.example.evil.example/', 'javascript:alert(1)']) {
      const asked = { provider: 'google', channel: 'mobile_app', returnTo: place, codeChallenge } as const;
      const start = sso.test.client().sso.start(asked);
      await expect(start).rejects.toMatchObject({ info: { code: 'return-url-not-allowed' } });
    }
    const place = await openTestBrowser(sso.test).open(`${portalOrigin}/sso/start?request=made-up`);
    expect(place.status).toBe(400);
  });
});

describe("the flow's cookie", () => {
  it('is out of reach of scripts and other sites, and over https of other hosts', async () => {
    const browser = openTestBrowser(sso.test);
    await comeBack(browser);
    await sso.begin('google', { browser });
    expect(browser.setCookies[0]).toMatch(/^latchwork-sso=[\w-]+; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(browser.setCookies.at(-1)).toMatch(/Max-Age=0/);
  });

  it('asks the provider for a code with PKCE, a state and a nonce, and for no e-mail address', async () => {
    await sso.begin('google');
    const { searchParams } = sso.google.asked.at(-1) ?? new URL('http://none');
    expect(Object.fromEntries(searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      scope: 'openid profile',
    });
  });
});
