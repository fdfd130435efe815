import type { AccountId } from '@latchwork/core';
import type { SignInDesk } from '../sign-in/sign-in-desk.js';
import { signInFailed } from '../sign-in/sign-in-desk.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { notFound } from './authorize.js';
import type { Handlers } from './call.js';
import { pageOf } from './paging.js';
import { memberOf, sessionOf } from './wire.js';

type SessionOperation = 'createSession' | 'deleteCurrentSession' | 'listMySessions' | 'endSession';

/** Creates the handlers of sessions. */
export function createSessionHandlers(parts: {
  readonly projection: Projection;
  readonly desk: SignInDesk;
}): Pick<Handlers, SessionOperation> {
  const { projection, desk } = parts;

  const sessionsOf = (accountId: AccountId | null): readonly Row<'session'>[] => {
    if (accountId === null) return [];
    const sessions = projection.members.group(accountId).flatMap(({ id }) => projection.sessions.group(id));
    return sessions.sort((one, other) => (one.id < other.id ? -1 : 1));
  };

  return {
    createSession: async ({ request: { body }, now, address, write }) => {
      const { email, password, channel, organizationId } = body;
      const proven = await desk.prove({ email, password, address }, now);
      if ('problem' in proven) return proven;
      return await write((draft) => {
        const wish = { method: 'email_password', channel, organizationId } as const;
        const chosen = desk.choose(proven.account.id, wish, draft.now);
        if ('problem' in chosen) return chosen;
        const { member } = chosen;
        if (desk.remember(draft, proven) === undefined) return signInFailed;
        const { token, session } = desk.openSession(draft, { memberId: member.id, channel, method: wish.method });
        const shown = memberOf(projection, member, () => true);
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

    listMySessions: async ({ request: { query }, caller, now }) => ({
      status: 200,
      body: pageOf(sessionsOf(caller.member.accountId), {
        query,
        idOf: (row) => row.id,
        isVisible: (row) => row.endedAt === null && row.expiresAt > now,
        toWire: sessionOf,
      }),
    }),

    endSession: async ({ request: { params }, caller, write }) =>
      await write((draft) => {
        const session = projection.sessions.get(params.sessionId);
        const member = session && projection.members.get(session.memberId);
        // Another person's session is none that the caller may know of.
        if (session === undefined || member?.accountId == null || member.accountId !== caller.member.accountId) {
          return notFound;
        }
        if (session.endedAt === null) {
          draft.update('session', { ...session, endedAt: draft.now, endedBecause: 'signed_out' });
          const subject = { sessionId: session.id };
          draft.audit(member.organizationId, { action: 'session.ended', actor: caller.actor, subject });
        }
        return { status: 204, body: undefined };
      }),
  };
}
