import type { Instant, MailId } from '@latchwork/core';
import type { Sealer } from '../access/sealer.js';
import type { Clock } from '../clock.js';
import type { EventDraft, Ledger } from '../ledger.js';
import type { Log } from '../log.js';
import { offerWords } from '../people/offer-words.js';
import type { Lease } from '../store/lease.js';
import type { Projection } from '../store/projection.js';
import type { MailState } from '../store/schema/delivery.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';
import { renderDirectoryNotice } from './directory-notice.js';
import type { MailText } from './letter.js';
import { type MailContent, openMailContent } from './mail-outbox.js';
import { renderMail } from './mail-text.js';
import type { HandOverOutcome, MailTransport, OutgoingMail } from './mail-transport.js';

/** Sends what the outbox holds, in one process at a time. */
export interface MailSender extends AsyncDisposable {
  /** Tries every mail that is due and resolves when all of them are done with; a call while one runs waits for it and goes on. */
  deliver(): Promise<void>;
  /** Forgets mails that ended a month ago, except those that an open invitation still shows. */
  forget(): Promise<void>;
}

/** What the sender stands on. */
export interface MailSenderParts {
  readonly projection: Projection;
  readonly ledger: Pick<Ledger, 'write'>;
  readonly lease: Pick<Lease, 'isHeld'>;
  readonly transport: MailTransport;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly log: Log;
  /** Where people reach the portal. */
  readonly publicUrl: () => string;
  /** Where the mobile booking app is to be had; by default a page of the portal. */
  readonly appDownloadUrl: string | undefined;
}

const atOnce = 4;
/** Waits after the first, second, … failed attempt; the last one repeats. */
const backOffMs = [30_000, 120_000, 600_000, 1_800_000, 3_600_000] as const;
/** After this a mail that cannot be handed over is given up. */
const giveUpAfterMs = 3 * 24 * 60 * 60 * 1000;

const keptMs = 30 * 24 * 60 * 60 * 1000;
const forgottenAtOnce = 500;

/**
 * Creates the sender. A mail is `handing_over`, committed, before its receiver can have all of it: a process that dies
 * earlier leaves it `queued` and it is sent again, one that dies later leaves `handing_over` and it is never sent again.
 */
export function createMailSender(parts: MailSenderParts): MailSender {
  const { projection, ledger, lease, transport, sealer, clock, log } = parts;
  const stopping = new AbortController();
  /** Those this process hands over right now; any other `handing_over` was left by one that died. */
  const inHand = new Set<MailId>();
  let running: Promise<void> | undefined;
  let again = false;
  const maySend = (): boolean => !stopping.signal.aborted && lease.isHeld();

  /** Changes a mail if it is still in the state it was last seen in; nobody else changes it, but the store decides. */
  const change = async (
    id: MailId,
    from: MailState,
    decide: (now: Instant, mail: Row<'mail'>) => Partial<Row<'mail'>>,
  ) =>
    await ledger.write((draft) => {
      const mail = projection.mails.get(id);
      if (mail?.state !== from) return undefined;
      const next: Row<'mail'> = { ...mail, ...decide(draft.now, mail) };
      draft.update('mail', next);
      if (next.state === 'failed' || next.state === 'uncertain') draft.event(eventOf(next, next.state, draft.now));
      return next;
    });

  const beforeEnd = async (id: MailId): Promise<boolean> => {
    const changed = await change(id, 'queued', (now, mail) =>
      isWanted(projection, mail, now) ? { state: 'handing_over' } : ended('cancelled', now),
    );
    return changed?.state === 'handing_over';
  };

  const settle = async (id: MailId, outcome: HandOverOutcome): Promise<void> => {
    const from = projection.mails.get(id)?.state;
    // Cancelled before its end was given.
    if (from !== 'queued' && from !== 'handing_over') return;
    const fault = outcome.kind === 'sent' ? null : outcome.fault;
    await change(id, from, (now, mail) => {
      const attempts = mail.attempts + 1;
      const tried = { attempts, lastFault: fault };
      if (outcome.kind === 'sent') return { ...tried, ...ended('sent', now) };
      if (outcome.kind === 'uncertain') return { ...tried, ...ended('uncertain', now) };
      const isGivenUp = (outcome.kind === 'refused' && outcome.forGood) || now >= mail.createdAt + giveUpAfterMs;
      if (isGivenUp) return { ...tried, ...ended('failed', now) };
      const waitMs = backOffMs[Math.min(attempts, backOffMs.length) - 1] ?? 0;
      return { ...tried, state: 'queued', nextAttemptAt: (now + waitMs) as Instant };
    });
    if (outcome.kind === 'sent') log.info({ mailId: id }, 'mail sent');
    else log.warn({ mailId: id, outcome: outcome.kind, fault }, 'mail not sent');
  };

  const sendOne = async (mail: Row<'mail'>): Promise<void> => {
    inHand.add(mail.id);
    try {
      const outgoing = outgoingOf(parts, sealer, mail, clock.now());
      if (outgoing === undefined) {
        await change(mail.id, 'queued', (now) => ended('cancelled', now));
        return;
      }
      const { signal } = stopping;
      const outcome = await transport.send(outgoing, { beforeEnd: async () => await beforeEnd(mail.id), signal });
      // A mail given up because the process stops is as if it had never been tried.
      if (outcome.kind === 'not-handed-over' && signal.aborted && projection.mails.get(mail.id)?.state === 'queued')
        return;
      await settle(mail.id, outcome);
    } catch (error) {
      log.error({ err: error, mailId: mail.id }, 'mail failed');
      // One whose end may have been given is found by the next round.
      if (projection.mails.get(mail.id)?.state === 'queued') {
        await settle(mail.id, { kind: 'not-handed-over', fault: 'internal' });
      }
    } finally {
      inHand.delete(mail.id);
    }
  };

  const round = async (): Promise<void> => {
    const now = clock.now();
    const open = projection.mails.group('open');
    for (const mail of open) {
      if (mail.state === 'handing_over' && !inHand.has(mail.id)) {
        await change(mail.id, 'handing_over', (at) => ({ lastFault: 'portal-stopped', ...ended('uncertain', at) }));
        log.warn({ mailId: mail.id }, 'mail was being handed over when a portal stopped');
      }
    }
    const due = open.filter((mail) => mail.state === 'queued' && mail.nextAttemptAt <= now);
    const waiting = [...due];
    const work = async (): Promise<void> => {
      for (let mail = waiting.shift(); mail !== undefined && maySend(); mail = waiting.shift()) {
        await sendOne(mail);
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, due.length) }, work));
  };

  const deliver = async (): Promise<void> => {
    // Another portal sends; what it leaves is found when the lease comes here.
    if (!maySend()) return;
    again = true;
    running ??= (async () => {
      try {
        while (again && maySend()) {
          again = false;
          await round();
        }
      } finally {
        running = undefined;
      }
    })();
    await running;
  };

  const forget = async (): Promise<void> => {
    if (!maySend()) return;
    await ledger.write((draft) => {
      const isShown = ({ invitationId }: Row<'mail'>) =>
        invitationId !== null && projection.invitations.get(invitationId)?.endedAt === null;
      const isOld = ({ endedAt }: Row<'mail'>) => endedAt !== null && endedAt <= draft.now - keptMs;
      const forgettable = projection.mails.all().filter((mail) => isOld(mail) && !isShown(mail));
      for (const mail of forgettable.slice(0, forgottenAtOnce)) draft.delete('mail', mail);
    });
  };

  return {
    deliver,
    forget,
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await running?.catch(() => undefined);
    },
  };
}

function eventOf(mail: Row<'mail'>, state: 'failed' | 'uncertain', now: Instant): EventDraft {
  const { organizationId, memberId, invitationId } = mail;
  const actor = { kind: 'system' } as const;
  return { type: `mail.${state}`, occurredAt: timestampOf(now), organizationId, memberId, invitationId, actor };
}

function ended(state: Exclude<MailState, 'queued' | 'handing_over'>, now: Instant) {
  return { state, endedAt: now, contentSealed: '' } as const;
}

/** Whether a mail still says what is true, to somebody whom it concerns. */
function isWanted(projection: Projection, mail: Row<'mail'>, now: Instant): boolean {
  if (mail.kind !== 'directory_notice') return linkOf(projection, mail, now) !== undefined;
  const member = projection.members.get(mail.memberId);
  return member?.state === 'active' && member.workplaceRole === 'admin';
}

/** The link a mail carries, while it opens something. */
function linkOf(projection: Projection, mail: Row<'mail'>, now: Instant): Row<'setupLink'> | undefined {
  const link = mail.linkHash === null ? undefined : projection.setupLinks.get(mail.linkHash);
  return link === undefined || link.endedAt !== null || link.expiresAt <= now ? undefined : link;
}

function outgoingOf(parts: MailSenderParts, sealer: Sealer, mail: Row<'mail'>, now: Instant): OutgoingMail | undefined {
  if (!isWanted(parts.projection, mail, now)) return undefined;
  const content = openMailContent(sealer, mail);
  const text = textOf(parts, mail, content);
  return text && { id: mail.id, kind: mail.kind, to: content.to, ...text, date: new Date(mail.createdAt) };
}

function textOf(parts: MailSenderParts, mail: Row<'mail'>, content: MailContent): MailText | undefined {
  const { projection, publicUrl } = parts;
  const organization = projection.organizations.get(mail.organizationId);
  if (organization === undefined) return undefined;
  if ('notice' in content) return renderDirectoryNotice(organization.name, content.notice);
  const member = projection.members.get(mail.memberId);
  const link = mail.linkHash === null ? undefined : projection.setupLinks.get(mail.linkHash);
  if (member === undefined || link === undefined || mail.kind === 'directory_notice') return undefined;
  return renderMail({
    kind: mail.kind,
    organizationName: organization.name,
    signInMethod: member.signInMethod,
    offers: offerWords(projection, member),
    // In the fragment: no server on the way, nor its log, sees the token.
    setupLink: `${publicUrl()}/setup#token=${content.token}`,
    linkEndsAt: link.expiresAt,
    appDownloadUrl: parts.appDownloadUrl ?? `${publicUrl()}/app`,
  });
}
