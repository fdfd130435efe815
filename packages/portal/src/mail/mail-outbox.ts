import type { InvitationId, MailId } from '@latchwork/core';
import { tokenHash } from '../access/bearer-token.js';
import type { Sealer } from '../access/sealer.js';
import type { Identifiers } from '../identifiers.js';
import type { Draft } from '../ledger.js';
import type { LinkMailKind } from '../store/schema/delivery.js';
import type { Row } from '../store/store.js';
import type { DirectoryNotice } from './directory-notice.js';

/** A mail with a link, to send after the commit of the command that gives the reason for it (G17). */
export interface MailRequest {
  readonly kind: LinkMailKind;
  /** Whom it goes to. */
  readonly member: Pick<Row<'member'>, 'id' | 'organizationId' | 'email'>;
  /** The invitation it tells of; `null` for a password to set. */
  readonly invitationId: InvitationId | null;
  /** The token of the set-up link that the same command inserts; it goes nowhere but into the mail. */
  readonly token: string;
}

/** Takes mails in the command that gives the reason for them: a refused command queues none. */
export interface MailOutbox {
  /**
   * Writes the mail, sealed. Sent after the commit unless its set-up link has ended by then, so that nobody has to take
   * back the mail of an invitation that was removed, replaced or accepted.
   */
  queue(draft: Draft, request: MailRequest): MailId;
  /** Writes a notice, sealed. Sent after the commit to whom is an Admin then. */
  notify(draft: Draft, admin: MailRequest['member'], notice: DirectoryNotice): MailId;
}

/** What a queued mail holds besides its columns. */
export type MailContent = { readonly to: string } & ({ readonly token: string } | { readonly notice: DirectoryNotice });

/** Creates the outbox. */
export function createMailOutbox(parts: { readonly identifiers: Identifiers; readonly sealer: Sealer }): MailOutbox {
  const { identifiers, sealer } = parts;
  const write = (
    draft: Draft,
    {
      member,
      content,
      ...rest
    }: Pick<Row<'mail'>, 'kind' | 'invitationId' | 'linkHash'> & {
      readonly member: MailRequest['member'];
      readonly content: MailContent;
    },
  ): MailId => {
    const id = identifiers.next('mail', draft.now);
    draft.insert('mail', {
      ...rest,
      id,
      organizationId: member.organizationId,
      memberId: member.id,
      contentSealed: sealer.seal(Buffer.from(JSON.stringify(content)), sealContext(id)),
      state: 'queued',
      attempts: 0,
      nextAttemptAt: draft.now,
      lastFault: null,
      createdAt: draft.now,
      endedAt: null,
    });
    return id;
  };
  return {
    queue: (draft, { kind, member, invitationId, token }) => {
      const content = { to: member.email, token };
      return write(draft, { kind, member, invitationId, linkHash: tokenHash(token), content });
    },
    notify: (draft, member, notice) => {
      const content = { to: member.email, notice };
      return write(draft, { kind: 'directory_notice', member, invitationId: null, linkHash: null, content });
    },
  };
}

/**
 * Opens what a mail holds.
 *
 * @throws PortalError `sealed-data-unreadable`
 */
export function openMailContent(sealer: Sealer, { id, contentSealed }: Row<'mail'>): MailContent {
  return JSON.parse(Buffer.from(sealer.open(contentSealed, sealContext(id))).toString()) as MailContent;
}

function sealContext(id: MailId): string {
  return `mail/${id}`;
}
