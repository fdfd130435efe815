import type { DeskId, MemberId } from '../identifiers.js';
import { isSubscriptionLapsed } from '../workplace/access.js';
import { refuseGrant } from './grant-check.js';
import { refuseLastOfRole } from './last-of-role.js';
import { licenseUsage } from './license-usage.js';
import { holdsLicense, noPlace, type PeopleStep } from './member-place.js';
import type { PeopleContext } from './people-command.js';
import type {
  AccessEnd,
  InvitationEnd,
  NewMember,
  PeopleChange,
  PeopleDecision,
  PeopleRefusal,
  PeopleWarning,
  RowRefusal,
} from './people-decision.js';
import type { OrganizationFacts, PeopleState } from './people-state.js';
import { featurePlans, planAllowsMethod } from './plan-gate.js';
import { effectsOf } from './step-effects.js';

/** What a command comes down to, before anything is judged. */
export interface PeopleWish {
  readonly steps: readonly PeopleStep[];
  /** Rows that could not even be read as steps. */
  readonly rows?: readonly RowRefusal[];
  readonly warnings?: readonly PeopleWarning[];
  readonly made?: readonly NewMember[];
  /** Why access ends, where it does. */
  readonly because?: AccessEnd;
  /** How invitations end that are not accepted. */
  readonly invitationsEndAs?: Exclude<InvitationEnd, 'accepted'>;
  /** Whether refusals are told by row. */
  readonly batch?: boolean;
  readonly organization?: Partial<Omit<OrganizationFacts, 'organizationId'>>;
  /** What else is done, last. */
  readonly more?: readonly PeopleChange[];
}

/** The decision that one refusal of the whole is. */
export function refuse(refusal: PeopleRefusal, warnings: readonly PeopleWarning[] = []): PeopleDecision {
  return { allow: false, refusal, rows: [], warnings };
}

/** Judges a wish by every rule there is, and tells what follows from it when nothing stands in its way. */
export function settle(state: PeopleState, context: PeopleContext, wish: PeopleWish): PeopleDecision {
  const { steps, batch = false, organization = {} } = wish;
  const warnings = [...(wish.warnings ?? []), ...lapseWarning(state, context, steps)];
  const after: OrganizationFacts = { ...state.organization, ...organization };
  const rows = [...(wish.rows ?? []), ...stepRefusals(state, steps, after)].sort((a, b) => a.row - b.row);
  const [first] = rows;
  if (first !== undefined) return { allow: false, refusal: first.refusal, rows: batch ? rows : [], warnings };
  const whole = refuseSeats(state, steps, after) ?? refuseLastOfRole(state, steps, after);
  if (whole !== null) return refuse(whole, warnings);
  return { allow: true, changes: changesOf(state, context, wish), warnings };
}

function stepRefusals(
  state: PeopleState,
  steps: readonly PeopleStep[],
  after: OrganizationFacts,
): readonly RowRefusal[] {
  const takenDesks = desksOfOthers(state, steps);
  return steps.flatMap((step) => {
    const refusal =
      refuseGrant(state, step) ?? step.objection ?? refusePlan(step, after) ?? refuseDesk(step, takenDesks);
    return refusal === null ? [] : [{ row: step.row, refusal }];
  });
}

function refusePlan({ before, after }: PeopleStep, { plan }: OrganizationFacts): PeopleRefusal | null {
  if (after.state !== 'inactive' && after.state !== 'active') return null;
  const chosen = before.signInMethod !== after.signInMethod || before.state !== after.state;
  if (!chosen || planAllowsMethod(plan, after.signInMethod)) return null;
  return { because: 'plan-required', required: featurePlans.sso, plan };
}

/** The desks of everybody whom the command does not touch; it grows with each step that takes one. */
function desksOfOthers(state: PeopleState, steps: readonly PeopleStep[]): Set<DeskId> {
  // Whoever keeps a desk takes none from others: no two have had it before.
  if (steps.every(({ before, after }) => after.deskId === null || after.deskId === before.deskId)) return new Set();
  const touched = new Set(steps.map((step) => step.memberId));
  const others = [...state.members()].filter((member) => !touched.has(member.memberId));
  return new Set(others.flatMap(({ deskId }) => (deskId === null ? [] : [deskId])));
}

function refuseDesk({ after: { deskId } }: PeopleStep, taken: Set<DeskId>): PeopleRefusal | null {
  if (deskId === null) return null;
  if (taken.has(deskId)) return { because: 'desk-taken', deskId };
  taken.add(deskId);
  return null;
}

/** Seats freed by the same command count as available; whoever holds one already never loses it to others (P-22). */
function refuseSeats(
  state: PeopleState,
  steps: readonly PeopleStep[],
  { licenses }: OrganizationFacts,
): PeopleRefusal | null {
  const needed = steps.filter((step) => holdsLicense(step.after) && !holdsLicense(step.before)).length;
  const freed = steps.filter((step) => holdsLicense(step.before) && !holdsLicense(step.after)).length;
  const fewer = licenses < state.organization.licenses;
  if (needed === 0 && !fewer) return null;
  const { assigned, reserved } = licenseUsage(state);
  const held = assigned + reserved - freed;
  if (fewer && held + needed > licenses)
    return { because: 'license-shortfall', needed: held + needed, available: licenses };
  const available = Math.max(licenses - held, 0);
  return needed > available ? { because: 'license-shortfall', needed, available } : null;
}

function lapseWarning(
  state: PeopleState,
  { at }: PeopleContext,
  steps: readonly PeopleStep[],
): readonly PeopleWarning[] {
  const endedAt = state.organization.subscriptionEndsAt;
  if (endedAt === null || !isSubscriptionLapsed(state.organization, at)) return [];
  const takes = steps.some((step) => holdsLicense(step.after) && !holdsLicense(step.before));
  return takes ? [{ code: 'subscription-lapsed', endedAt }] : [];
}

function changesOf(state: PeopleState, context: PeopleContext, wish: PeopleWish): readonly PeopleChange[] {
  const { steps, made = [], because = 'removed', more = [], organization } = wish;
  return [
    ...(organization === undefined ? [] : [{ type: 'organization-changed', change: organization } as const]),
    ...steps.flatMap((step) => stepChanges(state, context, step, because, wish.invitationsEndAs ?? 'removed')),
    ...made.map((member) => ({ type: 'member-created', member }) as const),
    ...more,
  ];
}

function stepChanges(
  state: PeopleState,
  context: PeopleContext,
  step: PeopleStep,
  because: AccessEnd,
  endedAs: InvitationEnd,
): readonly PeopleChange[] {
  const { memberId } = step;
  // Members to be made stand in the wish in full.
  if (memberId === null) return [];
  const changes = effectsOf(state, { ...step, memberId }, step.because ?? because);
  // Another name is no other offer.
  const offered = changes.length > 0 && step.person === undefined;
  const ends = step.invitationEndsAs ?? endedAs;
  return [...changes, ...invitationChanges(state, context, { ...step, memberId }, ends, offered)];
}

function invitationChanges(
  state: PeopleState,
  { actor }: PeopleContext,
  step: PeopleStep & { readonly memberId: MemberId },
  endedAs: InvitationEnd,
  changed: boolean,
): readonly PeopleChange[] {
  const { memberId, before, after } = step;
  if (before.state !== 'inactive' || state.invitationOf(memberId) === undefined) return [];
  if (after.state !== 'inactive') {
    return [{ type: 'invitation-ended', memberId, as: after.state === 'active' ? 'accepted' : endedAs }];
  }
  if (!changed) return [];
  // Whoever could not make all of the offer does not answer for parts of it that he may not even see.
  const covers = refuseGrant(state, { ...step, grant: { actor, from: noPlace } }) === null;
  return covers ? [{ type: 'invitation-granted', memberId }] : [];
}
