import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AppScope, appScopes } from '@latchwork/contract';
import type { AppId, Instant, MemberId, SignInMethod } from '@latchwork/core';
import type Provider from 'oidc-provider';
import type { Clock } from '../clock.js';
import { allowsApp } from '../http/authorize.js';
import type { ProblemAnswer } from '../http/call.js';
import type { Identifiers } from '../identifiers.js';
import type { Ledger } from '../ledger.js';
import { type Page, renderPage } from '../pages/layout.js';
import type { SignInDesk } from '../sign-in/sign-in-desk.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { standingOf } from '../unlock/unlock-state.js';
import { recordGrant } from './grant-record.js';
import { interactionPath, oauthLifetimes } from './oauth-settings.js';
import {
  brokenSignInPage,
  consentPage,
  nowhereAllowedPage,
  type PropertyChoice,
  type SignInUnderWay,
  signInPage,
} from './sign-in-pages.js';
import type { ProvenByProvider, SsoSignIn } from './sso-sign-in.js';

/** What the pages of a sign-in stand on. */
export interface InteractionParts {
  readonly provider: Provider;
  readonly projection: Projection;
  readonly ledger: Ledger;
  readonly identifiers: Identifiers;
  readonly clock: Clock;
  readonly signIn: Pick<SignInDesk, 'throttle' | 'prove' | 'choose' | 'remember'>;
  readonly sso: SsoSignIn;
  /** Where a request comes from. */
  readonly addressOf: (request: IncomingMessage) => string;
  /** Where browsers and apps reach the portal: its issuer. */
  readonly publicUrl: string;
}

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/** One sign-in, as far as it has come. */
interface Under {
  readonly details: Interaction;
  readonly app: Row<'app'>;
  readonly page: SignInUnderWay;
  readonly scopes: readonly AppScope[];
}

const mostFormBytes = 8192;

/** Answers the pages between an app's request and its code: signing in, choosing the property, agreeing. */
export function createInteractions(
  parts: InteractionParts,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { provider, projection } = parts;
  const ownOrigin = new URL(parts.publicUrl).origin;

  const find = async (request: IncomingMessage, response: ServerResponse, uid: string): Promise<Under | undefined> => {
    const details = await provider.interactionDetails(request, response).catch(() => undefined);
    const app = projection.apps.get((details?.params['client_id'] ?? '') as AppId);
    // The cookie says whose browser it is, the path which sign-in: they have to be of one.
    if (details === undefined || details.uid !== uid || app === undefined || app.removedAt !== null) return undefined;
    const asked = new Set(String(details.params['scope'] ?? '').split(' '));
    return {
      details,
      app,
      scopes: appScopes.filter((scope) => asked.has(scope) && app.scopes.includes(scope)),
      page: {
        path: `${interactionPath}${uid}`,
        appName: app.name,
        leadsTo: [leadOf(String(details.params['redirect_uri']))],
      },
    };
  };

  const answer = async (request: IncomingMessage, response: ServerResponse, outcome: Outcome): Promise<void> => {
    if ('title' in outcome) return sendPage(response, outcome);
    const { result, merge } = outcome;
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: merge });
  };

  return async (request, response) => {
    const [, uid = '', step] = /^([\w-]+)(?:\/([a-z-]+))?$/.exec(pathOf(request).slice(interactionPath.length)) ?? [];
    const under = await find(request, response, uid);
    if (under === undefined) return sendPage(response, over);
    const isOwnForm = (request.headers.origin ?? ownOrigin) === ownOrigin;
    if (request.method === 'GET' && step === undefined) return sendPage(response, pageOf(parts, under));
    if (request.method === 'GET' && step === 'sso' && under.details.prompt.name === 'login') {
      return await answer(request, response, await signInBySso(parts, under, queryOf(request)));
    }
    if (request.method !== 'POST' || !isOwnForm)
      return sendPage(response, brokenSignInPage(405, 'There is no such step.'));
    const form = await readForm(request);
    if (form === undefined) return sendPage(response, brokenSignInPage(413, 'That was too much.'));
    await answer(request, response, await takeStep(parts, { request, under, step, form }));
  };
}

const over = brokenSignInPage(400, 'This sign-in is over or was begun in another browser.');

type Outcome = Page | { readonly result: Parameters<Provider['interactionFinished']>[2]; readonly merge: boolean };

interface Step {
  readonly request: IncomingMessage;
  readonly under: Under;
  readonly step: string | undefined;
  readonly form: URLSearchParams;
}

async function takeStep(parts: InteractionParts, taken: Step): Promise<Outcome> {
  const { under, step, form } = taken;
  const prompt = under.details.prompt.name;
  if (step === 'cancel') {
    const error_description = 'The member did not agree.';
    return { result: { error: 'access_denied', error_description }, merge: false };
  }
  if (step === 'sign-in' && prompt === 'login') return await signIn(parts, taken);
  if (step === 'consent' && prompt === 'consent') return await agree(parts, under, form.get('property'));
  return pageOf(parts, under);
}

function pageOf(parts: InteractionParts, under: Under, error?: string): Page {
  if (under.details.prompt.name === 'login') return signInAgain(parts, under, {});
  const member = signedInMember(parts, under);
  if (member === undefined) return over;
  const properties = choicesOf(parts.projection, under.app, member);
  if (properties.length === 0) return nowhereAllowedPage(under.page);
  const memberName = member.name ?? member.email;
  const shown = { memberName, scopes: under.scopes, properties };
  return consentPage(under.page, error === undefined ? shown : { ...shown, error });
}

async function signIn(parts: InteractionParts, { request, under, form }: Step): Promise<Outcome> {
  const { signIn: desk, clock, ledger } = parts;
  const given = {
    email: form.get('email') ?? '',
    password: form.get('password') ?? '',
    address: parts.addressOf(request),
  };
  const proven = await desk.prove(given, clock.now());
  if ('problem' in proven) return signInAgain(parts, under, shownOf(proven, given.email));
  const chosen = choose(parts, under, { accountId: proven.account.id, method: 'email_password' });
  if ('problem' in chosen) return signInAgain(parts, under, shownOf(chosen, given.email));
  // The password may have changed while it was checked.
  const remembered = await ledger.write((draft) => desk.remember(draft, proven) !== undefined);
  if (!remembered) return signInAgain(parts, under, { email: given.email, error: 'Try again.', status: 401 });
  return signedIn(chosen.member, 'email_password');
}

async function signInBySso(parts: InteractionParts, under: Under, query: URLSearchParams): Promise<Outcome> {
  const proven = await parts.sso.finish(under.page.path, query);
  if (proven === undefined) return signInAgain(parts, under, { error: 'That did not work. Try again.', status: 401 });
  const chosen = choose(parts, under, proven);
  if ('problem' in chosen) return signInAgain(parts, under, shownOf(chosen));
  return signedIn(chosen.member, proven.method);
}

/** The app belongs to one organization, and so does whoever signs in with it. */
function choose({ signIn: desk, clock }: InteractionParts, under: Under, { accountId, method }: ProvenByProvider) {
  const wish = { method, channel: 'integrated_app', organizationId: under.app.organizationId } as const;
  return desk.choose(accountId, wish, clock.now());
}

function signedIn({ id: accountId }: Row<'member'>, method: SignInMethod): Outcome {
  return { result: { login: { accountId, remember: false, amr: [method] } }, merge: false };
}

function signInAgain(parts: InteractionParts, { page }: Under, shown: Parameters<typeof signInPage>[1]): Page {
  return signInPage(page, { ...shown, otherWays: parts.sso.ways(page.path, parts.clock.now()) });
}

function shownOf({ problem, headers = {} }: ProblemAnswer, email = ''): Parameters<typeof signInPage>[1] {
  const { status, detail, code } = problem;
  const waits = 'Too many attempts. Wait a little, then try again.';
  return { email, error: code === 'rate-limited' ? waits : detail, status, headers };
}

async function agree(parts: InteractionParts, under: Under, propertyId: string | null): Promise<Outcome> {
  const { projection, ledger, identifiers } = parts;
  if (under.scopes.length === 0) {
    const error_description = 'The app asks for nothing that it is registered for.';
    return { result: { error: 'invalid_scope', error_description }, merge: false };
  }
  const grant = await ledger.write((draft) => {
    const member = signedInMember(parts, under);
    const app = projection.apps.get(under.app.id);
    if (member === undefined || app === undefined || app.removedAt !== null) return undefined;
    const property = choicesOf(projection, app, member).find(({ id }) => id === propertyId);
    if (property === undefined) return undefined;
    const made: Row<'appGrant'> = {
      id: identifiers.next('appGrant', draft.now),
      appId: app.id,
      memberId: member.id,
      propertyId: property.id,
      scopes: under.scopes,
      method: member.signInMethod,
      createdAt: draft.now,
      expiresAt: (draft.now + oauthLifetimes.grant * 1000) as Instant,
      revokedAt: null,
    };
    const actor = { kind: 'member', memberId: member.id, channel: 'integrated_app' } as const;
    recordGrant(draft, projection, { op: 'insert', grant: made, actor, because: null });
    return made;
  });
  if (grant === undefined) return pageOf(parts, under, 'Choose one of these properties.');
  return { result: { consent: { grantId: grant.id } }, merge: true };
}

/** Who signed in, if that still stands: active, and signing in the same way as then. */
function signedInMember({ projection }: InteractionParts, { details }: Under): Row<'member'> | undefined {
  const { session } = details;
  const member = projection.members.get((session?.accountId ?? '') as MemberId);
  return member?.state === 'active' && session?.amr?.[0] === member.signInMethod ? member : undefined;
}

/** The properties of a member that have allowed the app: what is not assigned, nobody hears of here (G10). */
function choicesOf(projection: Projection, app: Row<'app'>, member: Row<'member'>): readonly PropertyChoice[] {
  return projection.properties
    .group(app.organizationId)
    .filter((property) => allowsApp(property, app.id) && standingOf(projection, member.id, property.id) !== null)
    .map(({ id, name }) => ({ id, name }));
}

/** How a form's policy names where a redirect address leads: its origin, or the scheme where there is none. */
function leadOf(redirectUri: string): string {
  const { origin, protocol } = new URL(redirectUri);
  return origin === 'null' ? protocol : origin;
}

function queryOf(request: IncomingMessage): URLSearchParams {
  return new URLSearchParams((request.url ?? '').split('?')[1] ?? '');
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?')[0] ?? '';
}

/** The fields of a form; undefined where it is too long, which is read to its end, so that its sender reads the answer. */
async function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes <= mostFormBytes) chunks.push(chunk);
  }
  return sizeBytes > mostFormBytes ? undefined : new URLSearchParams(Buffer.concat(chunks).toString());
}

/** Answers with a page. */
export function sendPage(response: ServerResponse, page: Page): void {
  const { status, headers, body } = renderPage(page);
  response.writeHead(status, headers).end(body);
}
