import { createProblem } from '@latchwork/contract';
import { type ApiKeyId, decidePermission, type Instant } from '@latchwork/core';
import { explain } from '@latchwork/core/explain';
import { makeToken, tokenHash } from '../access/bearer-token.js';
import { hashPassword, verifyPassword } from '../access/password.js';
import type { SignInThrottle } from '../access/sign-in-throttle.js';
import type { Identifiers } from '../identifiers.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';
import { notFound } from './authorize.js';
import type { Handlers, ProblemAnswer } from './call.js';
import { pageOf } from './paging.js';
import { emailKeyOf } from './tenancy-handlers.js';
import { seesProperty } from './visibility.js';
import { apiKeyOf, appGrantOf, keyOf, memberOf, sessionOf } from './wire.js';

type SignInOperation = 'completeAccountSetup' | 'createSession' | 'deleteCurrentSession' | 'getMe' | 'listMyKeys';

// A dashboard stands open on a desk; an app is on its owner's own phone.
const sessionLifetimeMs = { dashboard: 12 * 60 * 60 * 1000, app: 30 * 24 * 60 * 60 * 1000 } as const;

const setupTokenInvalid: ProblemAnswer = { problem: createProblem('setup-token-invalid', {}) };
const signInFailed: ProblemAnswer = { problem: createProblem('sign-in-failed', {}) };

/** Creates the handlers of account set-up, sessions, API keys and of what concerns the caller. */
export function createSignInHandlers(parts: {
  readonly projection: Projection;
  readonly identifiers: Identifiers;
  readonly throttle: SignInThrottle;
  /** When each API key was last used, fresher than its row. */
  readonly apiKeyUse: ReadonlyMap<ApiKeyId, Instant>;
}): Pick<Handlers, SignInOperation> {
  const { projection, identifiers, throttle, apiKeyUse } = parts;
  const everything = () => true;
  const lastUse = (apiKey: Row<'apiKey'>) => apiKeyUse.get(apiKey.id) ?? apiKey.lastUsedAt;

  return {
    completeAccountSetup: async ({ request: { body }, now, write }) => {
      const hash = tokenHash(body.token);
      const open = (at: Instant) => {
        const setup = projection.setupLinks.get(hash);
        return setup !== undefined && setup.endedAt === null && setup.expiresAt > at ? setup : undefined;
      };
      // Hashing a password is expensive on purpose: not for strangers with made-up tokens.
      if (open(now) === undefined) return setupTokenInvalid;
      const passwordHash = await hashPassword(body.password);
      return await write((draft) => {
        const setup = open(draft.now);
        const member = setup === undefined ? undefined : projection.members.get(setup.memberId);
        if (setup === undefined || member?.state !== 'inactive') return setupTokenInvalid;
        const known = projection.accounts.byUnique(member.emailKey);
        const accountId = known?.id ?? identifiers.next('account', draft.now);
        if (known === undefined) {
          const { email, emailKey } = member;
          draft.insert('account', {
            id: accountId,
            email,
            emailKey,
            passwordHash,
            knownAddresses: [],
            createdAt: draft.now,
          });
        }
        const active: Row<'member'> = { ...member, accountId, state: 'active', activatedAt: draft.now };
        draft.update('setupLink', { ...setup, endedAt: draft.now, endedAs: 'used' });
        draft.update('member', active);
        const actor = { kind: 'member', memberId: member.id, channel: 'portal_app' } as const;
        for (const { propertyId } of projection.assignments.group(member.id)) {
          const occurredAt = timestampOf(draft.now);
          draft.event({ type: 'member.activated', occurredAt, propertyId, actor, memberId: member.id });
        }
        draft.audit(member.organizationId, { action: 'member.activated', actor, subject: { memberId: member.id } });
        return { status: 200, body: { member: memberOf(projection, active, everything) } };
      });
    },

    createSession: async ({ request: { body }, now, address, write }) => {
      const emailKey = emailKeyOf(body.email);
      const waitMs = throttle.waitMs({ address, emailKey }, now);
      if (waitMs > 0) {
        const seconds = String(Math.ceil(waitMs / 1000));
        return { problem: createProblem('rate-limited', {}), headers: { 'retry-after': seconds } };
      }
      const account = projection.accounts.byUnique(emailKey);
      const right = await verifyPassword(account?.passwordHash, body.password);
      const known = account && projection.members.group(account.id).find(({ state }) => state === 'active');
      if (!right || known === undefined) return signInFailed;
      throttle.succeeded({ address, emailKey }, now);
      return await write((draft) => {
        const member = projection.members.get(known.id);
        if (member?.state !== 'active') return signInFailed;
        const refusal = body.channel === 'dashboard' ? refuseDashboard(projection, member) : undefined;
        if (refusal !== undefined) return refusal;
        const token = makeToken('session');
        const lifetimeMs = body.channel === 'dashboard' ? sessionLifetimeMs.dashboard : sessionLifetimeMs.app;
        const session: Row<'session'> = {
          id: identifiers.next('session', draft.now),
          tokenHash: tokenHash(token),
          memberId: member.id,
          channel: body.channel,
          method: 'email_password',
          createdAt: draft.now,
          expiresAt: (draft.now + lifetimeMs) as Instant,
          endedAt: null,
          endedBecause: null,
        };
        draft.insert('session', session);
        draft.audit(member.organizationId, {
          action: 'session.created',
          actor: { kind: 'member', memberId: member.id, channel: body.channel },
          subject: { sessionId: session.id },
        });
        const shown = memberOf(projection, member, everything);
        return { status: 201, body: { token, session: sessionOf(session), member: shown } };
      });
    },

    deleteCurrentSession: async ({ caller, write }) =>
      await write((draft) => {
        const session = caller.session && projection.sessions.get(caller.session.id);
        if (session?.endedAt === null) {
          draft.update('session', { ...session, endedAt: draft.now, endedBecause: 'signed_out' });
          const subject = { sessionId: session.id };
          draft.audit(caller.member.organizationId, { action: 'session.ended', actor: caller.actor, subject });
        }
        return { status: 204, body: undefined };
      }),

    getMe: async ({ caller, caller: { member, session, apiKey, appGrant } }) => ({
      status: 200,
      body: {
        member: memberOf(
          projection,
          member,
          appGrant === undefined ? everything : (id) => seesProperty(projection, caller, id),
        ),
        session: session === undefined ? null : sessionOf(session),
        apiKey: apiKey === undefined ? null : apiKeyOf(apiKey, lastUse(apiKey)),
        appGrant: appGrant === undefined ? null : appGrantOf(appGrant, projection.apps.get(appGrant.appId)?.name ?? ''),
      },
    }),

    listMyKeys: async ({ request: { query }, caller }) => ({
      status: 200,
      body: pageOf(projection.accessKeys.group(caller.member.id), {
        query,
        idOf: (row) => row.id,
        isVisible: (row) => seesProperty(projection, caller, row.propertyId),
        toWire: keyOf,
      }),
    }),
  };
}

/** The dashboard is for those whom at least one of their roles lets in; Housekeeping and Installers use the app (G32, ★5). */
function refuseDashboard(projection: Projection, member: Row<'member'>): ProblemAnswer | undefined {
  if (member.organizationOwner) return undefined;
  const decisions = projection.assignments
    .group(member.id)
    .map(({ propertyId }) =>
      decidePermission(projection.permissions, { memberId: member.id, action: 'dashboard.sign_in', propertyId }),
    );
  if (decisions.some((decision) => decision.allow)) return undefined;
  const denied = decisions.find((decision) => !decision.allow);
  const explanation = denied?.allow === false ? `${explain(denied)} Sign in with the Portal app.` : undefined;
  return { problem: createProblem('channel-not-allowed', { explanation }) };
}
