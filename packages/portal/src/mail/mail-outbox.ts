import type { InvitationId, MailId } from '@latchwork/core';
import { tokenHash } from '../access/bearer-token.js';
import type { Sealer } from '../access/sealer.js';
import type { Identifiers } from '../identifiers.js';
import type { Draft } from '../ledger.js';
import type { MailKind } from '../store/schema/delivery.js';
import type { Row } from '../store/store.js';

/** A mail to send after the commit of the command that gives the reason for it (G17). */
export interface MailRequest {
  readonly kind: MailKind;
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
}

/** What a queued mail holds besides its columns. */
export interface MailContent {
  readonly to: string;
  readonly token: string;
}

/** Creates the outbox. */
export function createMailOutbox(parts: { readonly identifiers: Identifiers; readonly sealer: Sealer }): MailOutbox {
  const { identifiers, sealer } = parts;
  return {
    queue: (draft, { kind, member, invitationId, token }) => {
      const id = identifiers.next('mail', draft.now);
      const content: MailContent = { to: member.email, token };
      draft.insert('mail', {
        id,
        organizationId: member.organizationId,
        memberId: member.id,
        invitationId,
        kind,
        linkHash: tokenHash(token),
        contentSealed: sealer.seal(Buffer.from(JSON.stringify(content)), sealContext(id)),
        state: 'queued',
        attempts: 0,
        nextAttemptAt: draft.now,
        lastFault: null,
        createdAt: draft.now,
        endedAt: null,
      });
      return id;
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
