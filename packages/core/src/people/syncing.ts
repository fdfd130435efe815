import { isEmailKey, toEmailKey } from './email-address.js';
import { emailInUse, endOfInvitation, isInvitationOver } from './inviting.js';
import { endedPlace, type MemberPlace, noPlace, type PeopleStep, placeOf, restingPlace } from './member-place.js';
import type { PeopleCommand, PeopleContext } from './people-command.js';
import type { MemberChange, NewMember, PeopleDecision, PeopleRefusal, RowRefusal } from './people-decision.js';
import { actingMember, refuseUserAction } from './people-rights.js';
import type { MemberFacts, PeopleState } from './people-state.js';
import { refuse, settle } from './people-wish.js';
import type { SyncStep } from './sync-step.js';

type StepOf<Type extends SyncStep['type']> = Extract<SyncStep, { readonly type: Type }>;

/** Who acts, whoever asked: an Admin's own rights would reach further, or less far, than Directory Sync's (requirement 4.6). */
const directorySync = { kind: 'directory_sync' } as const;

/** The address of somebody who has none any more. */
const noAddress = '';

/** What the steps read so far come to. */
interface Reading {
  readonly state: PeopleState;
  readonly context: PeopleContext;
  readonly steps: PeopleStep[];
  readonly made: NewMember[];
  readonly rows: RowRefusal[];
  /** Which step each address goes to. */
  readonly taken: Map<string, number>;
  /** Members whom a step is about, with the address they have after it. */
  readonly touched: Map<string, string>;
}

/**
 * Decides on what a sync of a directory does (S17, S18, S25–S27, S31): invites as members, brings names and addresses over,
 * deactivates, and reactivates whoever it had deactivated. All of it or nothing, by the rules for everything else.
 */
export function syncUsers(
  state: PeopleState,
  context: PeopleContext,
  { steps: wanted }: Extract<PeopleCommand, { readonly type: 'sync-users' }>,
): PeopleDecision {
  const refusal = refuseSyncing(state, context);
  if (refusal !== null) return refuse(refusal);
  const { organization } = state;
  if (!organization.schemes.includes('workplace')) return refuse({ because: 'scheme-not-in-use', scheme: 'workplace' });
  const reading: Reading = { state, context, steps: [], made: [], rows: [], taken: new Map(), touched: new Map() };
  wanted.forEach((step, row) => {
    const objection = step.type === 'invite' ? readInvitation(reading, step, row) : readStep(reading, step, row);
    if (objection !== null) reading.rows.push({ row, refusal: objection });
  });
  for (const [emailKey, row] of reading.taken) freeAddress(reading, emailKey, row);
  const { steps, made, rows } = reading;
  return settle(state, context, { batch: true, steps, made, rows });
}

function refuseSyncing(state: PeopleState, { actor }: PeopleContext): PeopleRefusal | null {
  if (actor.kind !== 'member') return null;
  const self = actingMember(state, actor);
  return refuseUserAction(state, self && placeOf(self), 'directory.sync');
}

/** Takes an address for a step; no two steps get the same. */
function takeAddress({ taken }: Reading, emailKey: string, row: number): PeopleRefusal | null {
  if (!isEmailKey(emailKey)) return { because: 'email-invalid' };
  const firstRow = taken.get(emailKey);
  if (firstRow !== undefined) return { because: 'email-repeated', firstRow };
  taken.set(emailKey, row);
  return null;
}

/** An address is free when nobody has it, or whoever has it gives it up by the same command, or was never to accept. */
function freeAddress({ state, context, steps, rows, touched }: Reading, emailKey: string, row: number): void {
  const holder = state.memberByEmail(emailKey);
  if (holder === undefined || (touched.get(holder.memberId) ?? emailKey) !== emailKey) return;
  if (!touched.has(holder.memberId) && isInvitationOver(state, context, holder)) {
    steps.unshift({ ...endOfInvitation(row, holder), invitationEndsAs: 'replaced' });
  } else rows.push({ row, refusal: emailInUse(state, context, holder) });
}

function readInvitation(reading: Reading, step: StepOf<'invite'>, row: number): PeopleRefusal | null {
  const emailKey = toEmailKey(step.email);
  const refusal = takeAddress(reading, emailKey, row);
  if (refusal !== null) return refusal;
  const { name, signInMethod } = step;
  const workplace = { role: 'member', licensed: true } as const;
  const after: MemberPlace = { ...noPlace, state: 'inactive', workplace, signInMethod };
  reading.steps.push(newStep(row, after, { actor: directorySync, from: noPlace }));
  reading.made.push(newMember(after, { row, email: step.email.trim(), emailKey, name, grantor: directorySync }));
  return null;
}

function newStep(row: number, after: MemberPlace, grant: PeopleStep['grant']): PeopleStep {
  return { row, memberId: null, before: noPlace, after, grant, objection: null };
}

function newMember(
  { organizationOwner, assignments, workplace, deskId, signInMethod }: MemberPlace,
  made: Pick<NewMember, 'row' | 'email' | 'emailKey' | 'name' | 'grantor'> & Partial<Pick<NewMember, 'replaces'>>,
): NewMember {
  const mail = workplace === null ? 'account_setup' : 'onboarding';
  return { organizationOwner, assignments, workplace, deskId, signInMethod, mail, replaces: null, ...made };
}

const fittingStates: Readonly<Record<Exclude<SyncStep['type'], 'invite'>, readonly MemberFacts['state'][]>> = {
  update: ['active', 'inactive', 'deactivated'],
  'replace-invitation': ['inactive'],
  reactivate: ['deactivated'],
  deactivate: ['active'],
  remove: ['inactive', 'active', 'deactivated'],
};

function readStep(reading: Reading, step: Exclude<SyncStep, StepOf<'invite'>>, row: number): PeopleRefusal | null {
  const member = reading.state.member(step.memberId);
  if (member === undefined) return { because: 'member-not-found' };
  const { memberId, state } = member;
  if (reading.touched.has(memberId) || !fittingStates[step.type].includes(state)) {
    return { because: 'state-not-fitting', state };
  }
  switch (step.type) {
    case 'remove':
    case 'deactivate':
      return readEnd(reading, member, { type: step.type, row });
    case 'replace-invitation':
      return readReplacement(reading, step, { member, row });
    default:
      return readChange(reading, step, { member, row });
  }
}

interface Addressed {
  readonly member: MemberFacts;
  readonly row: number;
}

/** A step about somebody whom the directory brought. */
function linkedStep({ member, row }: Addressed, after: MemberPlace): PeopleStep {
  const before = placeOf(member);
  const grant = { actor: directorySync, from: before, linked: true };
  return { row, memberId: member.memberId, before, after, grant, objection: null };
}

function readEnd(
  { steps, touched }: Reading,
  member: MemberFacts,
  { type, row }: { readonly type: 'remove' | 'deactivate'; readonly row: number },
): PeopleRefusal | null {
  const before = placeOf(member);
  if (type === 'remove') {
    touched.set(member.memberId, noAddress);
    steps.push({ ...linkedStep({ member, row }, endedPlace(before)), because: 'removed' });
    return null;
  }
  if (before.workplace === null) return { because: 'not-a-user' };
  touched.set(member.memberId, member.emailKey);
  steps.push({ ...linkedStep({ member, row }, restingPlace(before, before.workplace.role)), because: 'deactivated' });
  return null;
}

/** The same offer to another address; whoever answered for it still does (P-21). */
function readReplacement(
  reading: Reading,
  step: StepOf<'replace-invitation'>,
  { member, row }: Addressed,
): PeopleRefusal | null {
  const { state, steps, made, touched } = reading;
  const emailKey = toEmailKey(step.email);
  const refusal = takeAddress(reading, emailKey, row);
  if (refusal !== null) return refusal;
  const before = placeOf(member);
  touched.set(member.memberId, noAddress);
  const end = linkedStep({ member, row }, endedPlace(before));
  steps.push({ ...end, invitationEndsAs: 'replaced' }, newStep(row, before, null));
  const grantor = state.invitationOf(member.memberId)?.grantor ?? directorySync;
  const person = { email: step.email.trim(), emailKey, name: step.name ?? member.name };
  made.push(newMember(before, { row, ...person, grantor, replaces: member.memberId }));
  return null;
}

function readChange(
  reading: Reading,
  step: StepOf<'update' | 'reactivate'>,
  { member, row }: Addressed,
): PeopleRefusal | null {
  const { steps, touched } = reading;
  const emailKey = step.email === undefined ? member.emailKey : toEmailKey(step.email);
  const moved = emailKey !== member.emailKey;
  // The address of an invitation never changes; another invitation takes its place (G19).
  if (moved && member.state === 'inactive') return { because: 'state-not-fitting', state: member.state };
  const refusal = moved ? takeAddress(reading, emailKey, row) : null;
  if (refusal !== null) return refusal;
  touched.set(member.memberId, emailKey);
  const before = placeOf(member);
  const person: MemberChange = {
    ...(step.email === undefined ? {} : { email: step.email.trim() }),
    ...(moved ? { emailKey } : {}),
    ...(step.name === undefined ? {} : { name: step.name }),
  };
  if (step.type === 'update') {
    // Nothing of the place changes, so there is nothing to grant.
    steps.push({ ...linkedStep({ member, row }, before), grant: null, person });
    return null;
  }
  if (before.workplace === null) return { because: 'not-a-user' };
  const after: MemberPlace = { ...before, state: 'active', workplace: { role: before.workplace.role, licensed: true } };
  steps.push({ ...linkedStep({ member, row }, after), person });
  return null;
}
