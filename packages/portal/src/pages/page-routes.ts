import { createProblem, type ProblemCode } from '@latchwork/contract';
import { type Context, Hono } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import * as z from 'zod/mini';
import type { Clock } from '../clock.js';
import { problemResponse } from '../http/problem-answer.js';
import { readBody } from '../http/request-body.js';
import { webRequest } from '../http/web-exchange.js';
import type { Ledger } from '../ledger.js';
import type { Log } from '../log.js';
import { type AccountSetups, setupTokenInvalid } from '../sign-in/account-setup.js';
import type { SignInDesk } from '../sign-in/sign-in-desk.js';
import { type EndedFlow, flowLifetimeMs, type SsoDesk } from '../sso/sso-desk.js';
import type { Projection } from '../store/projection.js';
import { type Page, renderPage } from './layout.js';
import { appPage, passwordResetPage, setupPage, troublePage } from './setup-page.js';
import { type SsoFailure, ssoDonePage, ssoFailurePage } from './sso-result-page.js';
import { startPage } from './start-page.js';

/** What the pages stand on. */
export interface PageParts {
  readonly projection: Projection;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
  readonly setups: AccountSetups;
  readonly sso: SsoDesk;
  readonly desk: SignInDesk;
  readonly addressOf: (context: Context) => string;
  readonly publicUrl: () => string;
  readonly appDownloadUrl: () => string;
}

/** Creates the pages that people open in a browser, and the browser's way through single sign-on. */
export function createPageRoutes(parts: PageParts): Hono {
  const app = new Hono();
  app.get('/', () => pageResponse(startPage));
  app.get('/setup', () => pageResponse(setupPage({ appDownloadUrl: parts.appDownloadUrl() })));
  app.get('/password-reset', () => pageResponse(passwordResetPage));
  app.get('/app', () => pageResponse(appPage));
  app.post('/sso/setup', async (context) => await beginSetup(parts, context));
  app.get('/sso/start', async (context) => await beginSession(parts, context));
  app.get('/sso/callback', async (context) => await endFlow(parts, context));
  app.onError((error) => {
    parts.log.error({ err: error }, 'page failed');
    return pageResponse(troublePage);
  });
  return app;
}

const setupRequest = z.strictObject({
  token: z.string().check(z.minLength(1), z.maxLength(200)),
  name: z.optional(z.string().check(z.trim(), z.minLength(1), z.maxLength(200), z.regex(/^[^\p{Cc}\p{Cs}]*$/u))),
});

/** Begins setting up with a provider what a link opens. Asked by the set-up page alone: its body is no form that another site could send. */
async function beginSetup(parts: PageParts, context: Context): Promise<Response> {
  const { clock, setups, sso, projection } = parts;
  const now = clock.now();
  await parts.ledger.fresh();
  const read = await readBody(webRequest(context.req.raw, parts.addressOf(context)));
  if ('problem' in read) return problemResponse(read);
  const parsed = setupRequest.safeParse(read.body);
  if (!parsed.success) return problemResponse({ problem: createProblem('invalid-request', { issues: [] }) });
  const { token, name } = parsed.data;
  const setup = setups.find(token, { address: parts.addressOf(context), at: now });
  if ('problem' in setup) return problemResponse(setup);
  const { member, link } = setup;
  if (member.signInMethod === 'email_password' || projection.members.get(member.id) === undefined) {
    return problemResponse(setupTokenInvalid);
  }
  const provider = providerOf[member.signInMethod];
  const purpose = { kind: 'setup', linkHash: link.tokenHash, name } as const;
  const flow = await sso.begin(provider, purpose, now, member.email);
  if (flow === undefined) return problemResponse({ problem: createProblem('sso-unavailable', {}) });
  keepFlow(parts, context, flow.cookie);
  return context.json({ url: flow.url });
}

const providerOf = { sso_google: 'google', sso_microsoft_365: 'microsoft_365' } as const;

/** Begins signing in where `startSso` said. */
async function beginSession(parts: PageParts, context: Context): Promise<Response> {
  const { sso, clock } = parts;
  const now = clock.now();
  const request = sso.openRequest(context.req.query('request') ?? '', now);
  if (request === undefined) return pageResponse(ssoFailurePage('no-flow', undefined));
  const { provider, purpose } = request;
  const flow = await sso.begin(provider, purpose, now);
  if (flow === undefined) {
    return pageResponse(ssoFailurePage('unreachable', provider, withResult(purpose.returnTo, failedResult)));
  }
  keepFlow(parts, context, flow.cookie);
  return context.redirect(flow.url, 303);
}

/** Ends a flow: the provider has sent the browser back. */
async function endFlow(parts: PageParts, context: Context): Promise<Response> {
  const { sso, clock, desk } = parts;
  const now = clock.now();
  await parts.ledger.fresh();
  const cookie = getCookie(context, cookieName(parts));
  forgetFlow(parts, context);
  const flow = await sso.end(new URL(context.req.url).searchParams, cookie, now);
  const isProven = flow?.result.kind === 'proven';
  // Whoever comes back with nothing is counted, for each such visit can make the portal ask the provider.
  const tooFast = isProven ? undefined : desk.throttle({ address: parts.addressOf(context) }, now);
  if (tooFast !== undefined) return problemResponse(tooFast);
  if (flow === undefined) return failed(context, 'no-flow');
  const back = flow.purpose.kind === 'session' ? withResult(flow.purpose.returnTo, failedResult) : undefined;
  if (flow.result.kind !== 'proven') {
    const { kind } = flow.result;
    return failed(context, kind === 'refused' ? 'sign-in-failed' : kind, flow, back);
  }
  if (flow.purpose.kind === 'setup') return await endSetup(parts, context, flow);
  const { returnTo } = flow.purpose;
  const code = await parts.ledger.write((draft) => sso.handOver(draft, flow));
  if (code === undefined) return failed(context, 'sign-in-failed', flow, back);
  return context.redirect(withResult(returnTo, { code }), 303);
}

async function endSetup(parts: PageParts, context: Context, flow: EndedFlow): Promise<Response> {
  const { ledger, setups, projection } = parts;
  const { purpose, result, provider } = flow;
  if (purpose.kind !== 'setup' || result.kind !== 'proven') return failed(context, 'no-flow', flow);
  const address = parts.addressOf(context);
  const { identity } = result;
  const { linkHash, name } = purpose;
  const done = await ledger.write((draft) => setups.completeByIdentity(draft, { linkHash, name, address, identity }));
  if ('refused' in done) return failed(context, done.refused.because, flow);
  if ('problem' in done) {
    return failed(context, goneCodes.has(done.problem.code) ? 'link-gone' : 'refused', flow);
  }
  const { row } = done.view;
  const page = ssoDonePage({
    provider,
    organizationName: projection.organizations.get(row.organizationId)?.name ?? '',
    workplace: row.workplaceRole !== null,
    appDownloadUrl: parts.appDownloadUrl(),
  });
  return withCookies(context, pageResponse(page));
}

const goneCodes: ReadonlySet<ProblemCode> = new Set(['setup-token-invalid', 'invitation-expired']);

function failed(context: Context, failure: SsoFailure, flow?: EndedFlow, back?: string): Response {
  return withCookies(context, pageResponse(ssoFailurePage(failure, flow?.provider, back)));
}

/** A response of our own does not carry the cookies that were set on the context. */
function withCookies(context: Context, response: Response): Response {
  for (const cookie of context.res.headers.getSetCookie()) response.headers.append('set-cookie', cookie);
  return response;
}

function pageResponse(page: Page): Response {
  const { status, headers, body } = renderPage(page);
  return new Response(body, { status, headers });
}

const failedResult = { error: 'sign-in-failed' } as const;

function withResult(returnTo: string, result: Readonly<Record<string, string>>): string {
  const url = new URL(returnTo);
  for (const [name, value] of Object.entries(result)) url.searchParams.set(name, value);
  return url.href;
}

function isSecure({ publicUrl }: PageParts): boolean {
  return publicUrl().startsWith('https:');
}

/** Over https the prefix keeps every other host, and plain http, from setting the cookie. */
function cookieName(parts: PageParts): string {
  return isSecure(parts) ? '__Host-latchwork-sso' : 'latchwork-sso';
}

// Lax: the provider sends the browser back from another site.
function cookieOptions(parts: PageParts) {
  return { path: '/', httpOnly: true, secure: isSecure(parts), sameSite: 'Lax' } as const;
}

function keepFlow(parts: PageParts, context: Context, cookie: string): void {
  setCookie(context, cookieName(parts), cookie, { ...cookieOptions(parts), maxAge: flowLifetimeMs / 1000 });
}

function forgetFlow(parts: PageParts, context: Context): void {
  deleteCookie(context, cookieName(parts), cookieOptions(parts));
}
