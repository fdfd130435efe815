import type { Actor } from '@latchwork/contract';
import type { Instant, MemberId } from '@latchwork/core';
import {
  decidePeople,
  type PeopleActor,
  type PeopleChange,
  type PeopleCommand,
  type PeopleDecision,
  type PeopleWarning,
} from '@latchwork/core/people';
import type { Identifiers } from '../identifiers.js';
import { atOnce, type Steps } from '../in-steps.js';
import type { Draft } from '../ledger.js';
import type { MailOutbox } from '../mail/mail-outbox.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import type { UnlockDesk } from '../unlock/unlock-desk.js';
import { cancelReservationsOf } from '../workplace/reservation-record.js';
import { type EndingParts, endAccess, endsOf, removeProperty } from './access-endings.js';
import { actionsOf } from './command-actions.js';
import { createMemberDraft, type MemberDraft, type MemberExtra } from './member-draft.js';
import { forgetRemoval } from './member-return.js';
import type { MemberUse } from './member-use.js';
import type { MemberView } from './member-view.js';
import { recordInvited, recordMemberChange, recordOrganization } from './people-record.js';
import { type JustMade, peopleStateOf } from './people-view.js';

/** Who asks, and where. */
export interface PeopleRequest {
  readonly organization: Row<'organization'>;
  /** Who decides, as core sees it. */
  readonly by: PeopleActor;
  /** Who it was, as events and the audit name it. */
  readonly actor: Actor;
  /** What the same command made before. */
  readonly made?: JustMade;
  /** What goes into the row of the command's member in the same write, such as the account at acceptance. */
  readonly extra?: MemberExtra;
}

/** What became of a command about people. Nothing of a refused one is written. */
export type PeopleOutcome =
  | {
      readonly allow: true;
      /** The new members in the order of the command's rows; a repeated address has one row (G14). */
      readonly invited: readonly { readonly row: number; readonly view: MemberView }[];
      /** The organization as the command leaves it. */
      readonly organization: Row<'organization'>;
      /** The member as the command leaves it; as it was, when the command changed nothing of it. */
      viewOf(memberId: MemberId): MemberView | undefined;
      readonly warnings: readonly PeopleWarning[];
    }
  | Extract<PeopleDecision, { readonly allow: false }>;

/** Decides commands about people and does what was decided, in the transaction that asks. */
export interface PeopleDesk {
  /** What would be decided; writes nothing (G51). */
  preview(command: PeopleCommand, request: PeopleRequest, at: Instant): PeopleDecision;
  /**
   * Decides on what is committed, then writes rows, mails, events and audit into the draft. Of several commands that one
   * edit comes down to, each is decided by itself, and all are done or none.
   */
  run(draft: Draft, command: PeopleCommand | readonly PeopleCommand[], request: PeopleRequest): PeopleOutcome;
  /** As `run`, of one command, in steps. */
  runInSteps(draft: Draft, command: PeopleCommand, request: PeopleRequest): Steps<PeopleOutcome>;
  /** Does changes that were decided elsewhere, with everything that follows from them. */
  apply(
    draft: Draft,
    changes: readonly PeopleChange[],
    request: PeopleRequest,
  ): Extract<PeopleOutcome, { allow: true }>;
}

/** What the desk stands on. */
export interface PeopleDeskParts {
  readonly projection: Projection;
  readonly identifiers: Identifiers;
  readonly mails: MailOutbox;
  readonly unlocks: Pick<UnlockDesk, 'cancel'>;
  /** Hears by which permissions commands were given. */
  readonly onUse: MemberUse['note'];
}

/** Creates the desk. */
export function createPeopleDesk(parts: PeopleDeskParts): PeopleDesk {
  const { projection } = parts;
  const decide: PeopleDesk['preview'] = (command, { organization, by, made }, at) =>
    decidePeople(peopleStateOf(projection, organization, made), command, { actor: by, at });

  const apply = function* (
    draft: Draft,
    changes: readonly PeopleChange[],
    request: PeopleRequest,
  ): Steps<Extract<PeopleOutcome, { allow: true }>> {
    const members = createMemberDraft(parts, draft, request);
    const organization = changeOrganization(draft, request, changes);
    const endings: EndingParts = { ...parts, ...request, draft, revoked: new Set(), ends: endsOf(changes) };
    const doing = { draft, members, request, endings };
    for (const change of changes) {
      doChange(doing, change);
      yield;
    }
    const written = yield* members.write();
    // A property goes after every assignment to it.
    for (const change of changes) if (change.type === 'property-removed') removeProperty(endings, change.propertyId);
    for (const invited of written.invited) {
      recordInvited(draft, request, invited.view);
      yield;
    }
    for (const changed of written.changed) {
      yield;
      recordMemberChange(draft, request, changed);
      forgetRemoval(draft, projection, changed);
      // Whoever has no place at a desk any more keeps none from others.
      if (!sitsAtDesks(changed.after))
        cancelReservationsOf(draft, projection, { ...request, member: changed.after.row });
    }
    return { allow: true, organization, invited: written.invited, viewOf: members.viewOf, warnings: [] };
  };

  const noteUse = (command: PeopleCommand, { by }: PeopleRequest, at: Instant): void => {
    if (by.kind !== 'member') return;
    const assignmentsOf = (memberId: MemberId) => projection.assignments.group(memberId);
    for (const used of actionsOf(command, assignmentsOf)) parts.onUse(by.memberId, at, used);
  };

  return {
    preview: decide,
    apply: (draft, changes, request) => atOnce(apply(draft, changes, request)),
    run: (draft, command, request) => {
      const changes: PeopleChange[] = [];
      const warnings: PeopleWarning[] = [];
      for (const one of [command].flat()) {
        const decision = decide(one, request, draft.now);
        if (!decision.allow) return decision;
        changes.push(...decision.changes);
        warnings.push(...decision.warnings);
        noteUse(one, request, draft.now);
      }
      return { ...atOnce(apply(draft, changes, request)), warnings };
    },
    runInSteps: function* (draft, command, request) {
      const decision = decide(command, request, draft.now);
      yield;
      if (!decision.allow) return decision;
      noteUse(command, request, draft.now);
      const { changes, warnings } = decision;
      return { ...(yield* apply(draft, changes, request)), warnings };
    },
  };
}

function sitsAtDesks({ row: { state, workplaceRole } }: MemberView): boolean {
  return state === 'active' && workplaceRole !== null;
}

interface Doing {
  readonly endings: EndingParts;
  readonly draft: Draft;
  readonly members: MemberDraft;
  readonly request: PeopleRequest;
}

function doChange(doing: Doing, change: PeopleChange): void {
  const { members } = doing;
  switch (change.type) {
    case 'member-created':
      members.create(change.member);
      return;
    case 'member-changed':
      members.change(change.memberId, change.change);
      return;
    case 'invitation-ended':
      members.endInvitation(change.memberId, change.as);
      return;
    case 'invitation-granted':
      members.grantInvitation(change.memberId);
      return;
    case 'sign-in-link-mailed':
      members.mailSignInLink(change.memberId);
      return;
    case 'password-erased':
      members.erasePassword(change.memberId);
      return;
    // Done by themselves: before everything, and after it.
    case 'organization-changed':
    case 'property-removed':
      return;
    default:
      members.noteEnd(change);
      endAccess(doing.endings, change);
  }
}

/** Writes what changes of the organization, and gives it as it then is. */
function changeOrganization(
  draft: Draft,
  { organization, actor }: PeopleRequest,
  changes: readonly PeopleChange[],
): Row<'organization'> {
  const change = Object.assign({}, ...changes.map((one) => (one.type === 'organization-changed' ? one.change : {})));
  if (Object.keys(change).length === 0) return organization;
  const changed = { ...organization, ...change, version: organization.version + 1 };
  recordOrganization(draft, { before: organization, after: changed, actor });
  return changed;
}
