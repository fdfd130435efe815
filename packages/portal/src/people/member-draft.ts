import type { Grantor, Instant, InvitationEnd, MemberId, PropertyAssignment, SignInMethod } from '@latchwork/core';
import type { AccessEnd, MemberChange, NewMember, PeopleActor, PeopleChange } from '@latchwork/core/people';
import { makeToken, tokenHash } from '../access/bearer-token.js';
import type { Identifiers } from '../identifiers.js';
import type { Steps } from '../in-steps.js';
import type { Draft } from '../ledger.js';
import type { MailOutbox } from '../mail/mail-outbox.js';
import type { Projection } from '../store/projection.js';
import type { LinkMailKind } from '../store/schema/delivery.js';
import type { SetupPurpose } from '../store/schema/sign-in.js';
import type { Row } from '../store/store.js';
import { isMove, moveAccounts, parkAddresses } from './address-moves.js';
import { type MemberView, memberViewOf } from './member-view.js';

/** How long the link of a mail can be used (G52). */
export const setupLinkLifetimeMs = 7 * 24 * 60 * 60 * 1000;

/** What a caller adds to the row of a command's member. */
export type MemberExtra = { readonly memberId: MemberId } & Partial<Pick<Row<'member'>, 'accountId' | 'name'>>;

/** One member before and after a command. */
export interface MemberStep {
  readonly before: MemberView;
  readonly after: MemberView;
  /** Why something ended; `null` when nothing did. */
  readonly because: AccessEnd | null;
  readonly invitationEnd: InvitationEnd | null;
}

/** The members that one command makes and changes; each row is written once, with one version more. */
export interface MemberDraft {
  create(made: NewMember): void;
  change(memberId: MemberId, change: MemberChange): void;
  endInvitation(memberId: MemberId, as: InvitationEnd): void;
  grantInvitation(memberId: MemberId): void;
  mailSignInLink(memberId: MemberId): void;
  erasePassword(memberId: MemberId): void;
  /** Remembers why something ended. */
  noteEnd(change: PeopleChange): void;
  viewOf(memberId: MemberId): MemberView | undefined;
  /** Writes the rows of members and assignments. */
  write(): Steps<{ readonly invited: readonly Invited[]; readonly changed: readonly MemberStep[] }>;
}

interface Invited {
  readonly row: number;
  readonly view: MemberView;
}

/** Creates the draft of one command. */
export function createMemberDraft(
  parts: { readonly projection: Projection; readonly identifiers: Identifiers; readonly mails: MailOutbox },
  draft: Draft,
  request: {
    readonly organization: Row<'organization'>;
    readonly by: PeopleActor;
    readonly extra?: MemberExtra;
  },
): MemberDraft {
  const { projection, identifiers, mails } = parts;
  const { organization, by, extra } = request;
  const grantor: Grantor = by;
  const invited: Invited[] = [];
  const made = new Map<MemberId, MemberView>();
  const steps = new Map<MemberId, MemberStep>();

  const stepOf = (memberId: MemberId): MemberStep => {
    const known = steps.get(memberId);
    if (known !== undefined) return known;
    const row = projection.members.get(memberId);
    if (row === undefined) throw new Error(`Member ${memberId} is to change and does not exist.`);
    const before = memberViewOf(projection, row);
    return { before, after: before, because: null, invitationEnd: null };
  };
  const amend = (memberId: MemberId, amended: (step: MemberStep) => Partial<MemberStep>): void => {
    const step = stepOf(memberId);
    steps.set(memberId, { ...step, ...amended(step) });
  };

  const mailLink = (
    member: Row<'member'>,
    link: {
      readonly kind: LinkMailKind;
      readonly purpose: SetupPurpose;
      readonly invitationId: Row<'invitation'>['id'] | null;
    },
  ): void => {
    const { kind, purpose, invitationId } = link;
    const token = makeToken('account-setup');
    draft.insert('setupLink', {
      tokenHash: tokenHash(token),
      memberId: member.id,
      purpose,
      invitationId,
      expiresAt: (draft.now + setupLinkLifetimeMs) as Instant,
      endedAt: null,
      endedAs: null,
    });
    mails.queue(draft, { kind, member, invitationId, token });
  };

  const writeAssignments = (memberId: MemberId, before: Assignments, after: Assignments): void => {
    for (const { propertyId, role } of after) {
      const old = projection.assignments.get(`${memberId}/${propertyId}`);
      if (old?.role === role) continue;
      if (old === undefined) draft.insert('assignment', { memberId, propertyId, role, createdAt: draft.now });
      else draft.update('assignment', { ...old, role });
    }
    for (const { propertyId } of before) {
      if (after.some((kept) => kept.propertyId === propertyId)) continue;
      const old = projection.assignments.get(`${memberId}/${propertyId}`);
      if (old !== undefined) draft.delete('assignment', old);
    }
  };

  return {
    create: (person) => {
      const id = identifiers.next('member', draft.now);
      const row = newMemberRow({ id, organizationId: organization.id, now: draft.now }, person);
      const invitationId = identifiers.next('invitation', draft.now);
      const invitation: Row<'invitation'> = {
        id: invitationId,
        organizationId: organization.id,
        memberId: id,
        grantor: person.grantor,
        expiresAt: (draft.now + setupLinkLifetimeMs) as Instant,
        createdAt: draft.now,
        endedAt: null,
        endedAs: null,
      };
      draft.insert('invitation', invitation);
      mailLink(row, { kind: person.mail, purpose: 'accept_invitation', invitationId });
      const view: MemberView = {
        row,
        assignments: person.assignments,
        invitation: { row: invitation, mail: 'queued' },
      };
      made.set(id, view);
      invited.push({ row: person.row, view });
    },

    change: (memberId, change) =>
      amend(memberId, ({ after }) => ({
        after: {
          ...after,
          row: changedRow(after.row, change, draft.now),
          assignments: change.assignments ?? after.assignments,
        },
      })),

    endInvitation: (memberId, as) => {
      const { invitation } = stepOf(memberId).after;
      if (invitation !== null) draft.update('invitation', { ...invitation.row, endedAt: draft.now, endedAs: as });
      amend(memberId, ({ after }) => ({ after: { ...after, invitation: null }, invitationEnd: as }));
    },

    grantInvitation: (memberId) => {
      const { invitation } = stepOf(memberId).after;
      if (invitation === null) return;
      const granted = { ...invitation.row, grantor };
      draft.update('invitation', granted);
      amend(memberId, ({ after }) => ({ after: { ...after, invitation: { ...invitation, row: granted } } }));
    },

    mailSignInLink: (memberId) =>
      mailLink(stepOf(memberId).after.row, { kind: 'set_password', purpose: 'set_password', invitationId: null }),

    erasePassword: (memberId) => {
      const { accountId } = stepOf(memberId).before.row;
      const account = accountId === null ? undefined : projection.accounts.get(accountId);
      if (account === undefined || account.passwordHash === null) return;
      // The same person may still sign in with it elsewhere; here the method alone refuses it.
      const elsewhere = projection.members
        .group(account.id)
        .some(({ id, state, signInMethod }) => id !== memberId && state !== 'removed' && needsPassword(signInMethod));
      if (!elsewhere) draft.update('account', { ...account, passwordHash: null });
    },

    noteEnd: (change) => {
      if (change.type === 'sessions-ended') amend(change.memberId, () => ({ because: change.because }));
    },

    viewOf: (memberId) => {
      const row = projection.members.get(memberId);
      return (
        steps.get(memberId)?.after ??
        made.get(memberId) ??
        (row === undefined ? undefined : memberViewOf(projection, row))
      );
    },

    write: function* () {
      if (extra !== undefined) {
        const { memberId, ...columns } = extra;
        amend(memberId, ({ after }) => ({ after: { ...after, row: { ...after.row, ...columns } } }));
      }
      const changed = [...steps].filter(([, { before, after }]) => after !== before);
      const rows = changed.map(([, { before, after }]) => ({ before: before.row, after: after.row }));
      const moves = rows.filter(isMove);
      parkAddresses(draft, moves);
      moveAccounts(draft, projection, moves);
      // Whoever goes for good leaves the address to somebody who changes, too.
      const isGone = ([, { after }]: (typeof changed)[number]) => after.row.state === 'removed';
      for (const [memberId, step] of [...changed.filter(isGone), ...changed.filter((one) => !isGone(one))]) {
        yield;
        const { before, after } = step;
        const former = new Set([...before.row.formerPropertyIds, ...before.assignments.map(propertyOf)]);
        for (const assigned of after.assignments) former.delete(assigned.propertyId);
        const row = { ...after.row, formerPropertyIds: [...former], version: before.row.version + 1 };
        steps.set(memberId, { ...step, after: { ...after, row } });
        draft.update('member', row);
        writeAssignments(memberId, before.assignments, after.assignments);
      }
      // After the changes: somebody who goes may leave the address to somebody who comes.
      for (const { view } of invited) {
        yield;
        draft.insert('member', view.row);
        writeAssignments(view.row.id, [], view.assignments);
      }
      return { invited, changed: [...steps.values()].filter(({ before, after }) => after !== before) };
    },
  };
}

type Assignments = readonly PropertyAssignment[];

function propertyOf({ propertyId }: PropertyAssignment) {
  return propertyId;
}

function needsPassword(method: SignInMethod): boolean {
  return method === 'email_password';
}

function newMemberRow(
  identity: { readonly id: MemberId; readonly organizationId: Row<'member'>['organizationId']; readonly now: Instant },
  person: NewMember,
): Row<'member'> {
  const { id, organizationId, now } = identity;
  const { email, emailKey, name, organizationOwner, workplace, deskId, signInMethod } = person;
  return {
    id,
    organizationId,
    accountId: null,
    name,
    email,
    emailKey,
    state: 'inactive',
    organizationOwner,
    workplaceRole: workplace?.role ?? null,
    licensed: workplace?.licensed ?? false,
    deskId,
    signInMethod,
    version: 1,
    createdAt: now,
    activatedAt: null,
    lastSeenAt: null,
    endedAt: null,
    formerPropertyIds: [],
    actionsUsed: [],
  };
}

function changedRow(row: Row<'member'>, change: MemberChange, now: Instant): Row<'member'> {
  const { state = row.state, workplace, organizationOwner, name, deskId, signInMethod } = change;
  const changed = {
    ...row,
    state,
    email: change.email ?? row.email,
    emailKey: change.emailKey ?? row.emailKey,
    organizationOwner: organizationOwner ?? row.organizationOwner,
    name: name === undefined ? row.name : name,
    deskId: deskId === undefined ? row.deskId : deskId,
    signInMethod: signInMethod ?? row.signInMethod,
    activatedAt: state === 'active' ? (row.activatedAt ?? now) : row.activatedAt,
    endedAt: state === row.state ? row.endedAt : state === 'removed' || state === 'deactivated' ? now : null,
  };
  if (workplace === undefined) return changed;
  return { ...changed, workplaceRole: workplace?.role ?? null, licensed: workplace?.licensed ?? false };
}
