import { createProblem } from '@latchwork/contract';
import type { Instant } from '@latchwork/core';
import { toEmailKey } from '@latchwork/core/people';
import { makeToken, tokenHash } from '../access/bearer-token.js';
import { hashPassword } from '../access/password.js';
import { findPasswordFault } from '../access/password-rule.js';
import type { Draft, Ledger } from '../ledger.js';
import type { Log } from '../log.js';
import type { MailOutbox } from '../mail/mail-outbox.js';
import { endPasswordAccess } from '../sign-in/password-endings.js';
import { type SignInDesk, signInFailed } from '../sign-in/sign-in-desk.js';
import type { Projection } from '../store/projection.js';
import type { Handlers } from './call.js';

type PasswordOperation = 'changePassword' | 'requestPasswordReset';

/** How long the link of a reset can be used. */
export const resetLinkLifetimeMs = 60 * 60 * 1000;
/** A second mail within this time would only flood the inbox: the first one's link is good for longer. */
const resetMailEveryMs = 5 * 60 * 1000;

/** Creates the handlers of passwords. */
export function createPasswordHandlers(parts: {
  readonly projection: Projection;
  readonly ledger: Ledger;
  readonly mails: MailOutbox;
  readonly desk: SignInDesk;
  readonly log: Log;
}): Pick<Handlers, PasswordOperation> {
  const { projection, ledger, mails, desk, log } = parts;

  /** Mails a link to the owner of an address, if there is a password to reset; deciding takes no longer if there is none. */
  const mailReset = (draft: Draft, emailKey: string): void => {
    const account = projection.accounts.byUnique(emailKey);
    const members = account === undefined ? [] : projection.members.group(account.id);
    const member = members.find(({ state, signInMethod }) => state === 'active' && signInMethod === 'email_password');
    if (member === undefined) return;
    const justMailed = members
      .flatMap(({ id }) => projection.setupLinks.group(id))
      .some(
        ({ purpose, endedAt, expiresAt }) =>
          purpose === 'set_password' &&
          endedAt === null &&
          expiresAt > draft.now + resetLinkLifetimeMs - resetMailEveryMs,
      );
    if (justMailed) return;
    const token = makeToken('account-setup');
    draft.insert('setupLink', {
      tokenHash: tokenHash(token),
      memberId: member.id,
      purpose: 'set_password',
      invitationId: null,
      expiresAt: (draft.now + resetLinkLifetimeMs) as Instant,
      endedAt: null,
      endedAs: null,
    });
    mails.queue(draft, { kind: 'set_password', member, invitationId: null, token });
    const actor = { kind: 'system' } as const;
    draft.audit(member.organizationId, { action: 'password.reset_requested', actor, subject: { memberId: member.id } });
  };

  return {
    requestPasswordReset: async ({ request: { body }, now, address }) => {
      const tooFast = desk.throttle({ address }, now);
      if (tooFast !== undefined) return tooFast;
      const emailKey = toEmailKey(body.email);
      // The answer does not wait for it, so that its time does not tell whether there is such an account.
      ledger
        .write((draft) => mailReset(draft, emailKey))
        .catch((error: unknown) => log.error({ err: error }, 'password reset failed'));
      return { status: 202, body: undefined };
    },

    changePassword: async ({ request: { body }, caller, now, address, write }) => {
      const { member } = caller;
      const account = member.accountId === null ? undefined : projection.accounts.get(member.accountId);
      if (member.signInMethod !== 'email_password' || account === undefined) {
        return { problem: createProblem('sso-required', { method: member.signInMethod }) };
      }
      const proven = await desk.prove({ email: account.email, password: body.currentPassword, address }, now);
      if ('problem' in proven) return proven;
      const organizationNames = projection.members
        .group(account.id)
        .flatMap(({ organizationId }) => projection.organizations.get(organizationId)?.name ?? []);
      const owner = { email: account.email, name: member.name, organizationNames };
      const because = findPasswordFault(body.newPassword, owner);
      if (because !== undefined) return { problem: createProblem('password-too-common', { because }) };
      const passwordHash = await hashPassword(body.newPassword);
      return await write((draft) => {
        const current = projection.accounts.get(account.id);
        if (current === undefined || current.passwordHash !== proven.account.passwordHash) return signInFailed;
        draft.update('account', desk.seenAt({ ...current, passwordHash }, address));
        endPasswordAccess(projection, draft, {
          accountId: account.id,
          spare: caller.session?.id,
          channel: caller.channel,
        });
        const subject = { memberId: member.id };
        draft.audit(member.organizationId, { action: 'password.changed', actor: caller.actor, subject });
        return { status: 204, body: undefined };
      });
    },
  };
}
