import { type DeskId, encodeId, type MemberId, type PropertyId } from '../identifiers.js';
import { type Instant, toInstant } from '../instant.js';
import type { Membership } from '../membership.js';
import { createPermissionModel, type PermissionModel } from '../permission-model.js';
import type { HospitalityRole, WorkplaceRole } from '../role.js';
import { organization as organizationId, sampleId } from '../sample-hotel.js';
import { decidePeople } from './decide-people.js';
import type { PeopleActor, PeopleCommand } from './people-command.js';
import type { NewMember, PeopleChange, PeopleDecision, PeopleRefusal } from './people-decision.js';
import type { InvitationFacts, MemberFacts, OrganizationFacts, PeopleState } from './people-state.js';

/** How long invitations of the sample organization are open. */
export const openForMs = 1_000_000;

/** When everything happens, unless a test says otherwise. */
export const now = toInstant(1_800_000_000_000);

/** Three properties of the sample organization, and one that nobody has. */
export const [north, south, east, nowhere] = [1, 2, 3, 99].map((n) => sampleId('property', n)) as [
  PropertyId,
  PropertyId,
  PropertyId,
  PropertyId,
];

/** Two desks, and one that is not there. */
export const [firstDesk, secondDesk, noDesk] = [1, 2, 99].map((n) => sampleId('desk', n)) as [DeskId, DeskId, DeskId];

/** The operator of the portal. */
export const operator: PeopleActor = { kind: 'operator' };

/** The system principal of Directory Sync. */
export const directorySync: PeopleActor = { kind: 'directory_sync' };

/** What a person of the sample is, as far as it differs from an active nobody with a password. */
export interface SamplePerson extends Partial<Omit<MemberFacts, 'assignments' | 'workplace'>> {
  readonly roles?: readonly (readonly [PropertyId, HospitalityRole])[];
  readonly user?: WorkplaceRole | { readonly role: WorkplaceRole; readonly licensed: boolean };
  /** Who answers for the open invitation of an inactive person; the operator when left out. */
  readonly grantor?: InvitationFacts['grantor'];
}

/** An organization in memory that does what decisions tell it to. */
export interface SamplePeople {
  readonly state: PeopleState;
  readonly organization: OrganizationFacts;
  /** Everybody ever, removed ones too. */
  readonly everybody: ReadonlyMap<MemberId, MemberFacts>;
  /** Every change done, in order. */
  readonly log: readonly PeopleChange[];
  add(person: SamplePerson): MemberId;
  get(memberId: MemberId): MemberFacts;
  invitation(memberId: MemberId): InvitationFacts | undefined;
  by(memberId: MemberId): PeopleActor;
  /** Decides, without doing it. */
  decide(actor: MemberId | PeopleActor, command: PeopleCommand, at?: Instant): PeopleDecision;
  /** Decides, and does what is allowed. */
  run(actor: MemberId | PeopleActor, command: PeopleCommand, at?: Instant): PeopleDecision;
  /** Does what has to be allowed, and tells the changes. */
  must(actor: MemberId | PeopleActor, command: PeopleCommand, at?: Instant): readonly PeopleChange[];
  /** The member made by the last command that made one. */
  newest(): MemberId;
  changeOrganization(change: Partial<OrganizationFacts>): void;
  /** Somebody signs in elsewhere for the first time, or forgets how. */
  setCanSignIn(memberId: MemberId, canSignIn: boolean): void;
  permissions(): PermissionModel;
}

/** The refusal of a decision, or `undefined`. */
export function refusalIn(decision: PeopleDecision): PeopleRefusal | undefined {
  return decision.allow ? undefined : decision.refusal;
}

/** The code a decision was refused with, or `allowed`. */
export function outcome(decision: PeopleDecision): string {
  return decision.allow ? 'allowed' : decision.refusal.because;
}

/** Makes an organization of both schemes on plan Pro with ten licenses and three properties; nobody is in it yet. */
export function createSamplePeople(facts: Partial<OrganizationFacts> = {}): SamplePeople {
  const members = new Map<MemberId, MemberFacts>();
  const invitations = new Map<MemberId, InvitationFacts>();
  const properties = new Set<PropertyId>([north, south, east]);
  const desks = new Set<DeskId>([firstDesk, secondDesk]);
  const log: PeopleChange[] = [];
  let organization: OrganizationFacts = {
    organizationId,
    kind: 'organization',
    schemes: ['hospitality', 'workplace'],
    plan: 'pro',
    licenses: 10,
    subscriptionEndsAt: null,
    peerManagement: true,
    ...facts,
  };
  if (organization.kind === 'single_property') for (const extra of [south, east]) properties.delete(extra);
  let count = 0;
  const nextId = <Kind extends 'member' | 'invitation'>(kind: Kind) => {
    count += 1;
    return encodeId(kind, now, new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, count >> 8, count & 255]));
  };

  const state: PeopleState = {
    get organization() {
      return organization;
    },
    hasProperty: (propertyId) => properties.has(propertyId),
    properties: () => properties,
    hasDesk: (deskId) => desks.has(deskId),
    member: (memberId) => members.get(memberId),
    memberByEmail: (emailKey) =>
      [...members.values()].find((one) => one.emailKey === emailKey && one.state !== 'removed'),
    members: () => [...members.values()].filter((one) => one.state !== 'removed'),
    invitationOf: (memberId) => invitations.get(memberId),
  };

  function invite(memberId: MemberId, grantor: InvitationFacts['grantor'], at: Instant): void {
    const expiresAt = toInstant(at + openForMs);
    invitations.set(memberId, { invitationId: nextId('invitation'), memberId, grantor, expiresAt });
  }

  function create(made: NewMember, at: Instant): void {
    const memberId = nextId('member');
    const { email, emailKey, name, organizationOwner, assignments, workplace, deskId, signInMethod } = made;
    members.set(memberId, {
      ...{ memberId, organizationId, state: 'inactive', email, emailKey, name, organizationOwner, assignments },
      ...{ deskId, signInMethod, canSignIn: false, ...(workplace === null ? {} : { workplace }) },
    });
    invite(memberId, made.grantor, at);
  }

  function apply(change: PeopleChange, actor: PeopleActor, at: Instant): void {
    log.push(change);
    switch (change.type) {
      case 'member-created':
        create(change.member, at);
        return;
      case 'member-changed': {
        const { workplace: was, ...rest } = get(change.memberId);
        const { workplace = was ?? null, ...others } = change.change;
        const canSignIn = others.state === 'active' || (rest.canSignIn && others.signInMethod === undefined);
        members.set(change.memberId, { ...rest, ...others, canSignIn, ...(workplace === null ? {} : { workplace }) });
        return;
      }
      case 'invitation-ended':
        invitations.delete(change.memberId);
        return;
      case 'invitation-granted': {
        const open = invitations.get(change.memberId);
        if (open !== undefined) invitations.set(change.memberId, { ...open, grantor: actor });
        return;
      }
      case 'organization-changed':
        organization = { ...organization, ...change.change };
        return;
      case 'property-removed':
        properties.delete(change.propertyId);
    }
  }

  function get(memberId: MemberId): MemberFacts {
    const member = members.get(memberId);
    if (member === undefined) throw new Error(`no member ${memberId}`);
    return member;
  }

  const by = (memberId: MemberId): PeopleActor => ({ kind: 'member', memberId });

  function decide(actor: MemberId | PeopleActor, command: PeopleCommand, at: Instant = now): PeopleDecision {
    return decidePeople(state, command, { actor: typeof actor === 'string' ? by(actor) : actor, at });
  }

  function run(actor: MemberId | PeopleActor, command: PeopleCommand, at: Instant = now): PeopleDecision {
    const decision = decide(actor, command, at);
    if (!decision.allow) return decision;
    for (const change of decision.changes) apply(change, typeof actor === 'string' ? by(actor) : actor, at);
    return decision;
  }

  return {
    state,
    everybody: members,
    log,
    get,
    by,
    decide,
    run,
    get organization() {
      return organization;
    },
    add(person) {
      const { roles = [], user, grantor = operator, ...rest } = person;
      const memberId = nextId('member');
      const email = `person-${count}@hotel.example`;
      const workplace = typeof user === 'string' ? { role: user, licensed: true } : user;
      members.set(memberId, {
        ...{ memberId, organizationId, state: 'active', email, emailKey: email, name: null, organizationOwner: false },
        ...{ assignments: roles.map(([propertyId, role]) => ({ propertyId, role })), deskId: null },
        ...{ signInMethod: 'email_password', canSignIn: rest.state === undefined || rest.state === 'active' },
        ...(workplace === undefined ? {} : { workplace }),
        ...rest,
      });
      if (rest.state === 'inactive') invite(memberId, grantor, now);
      return memberId;
    },
    invitation: (memberId) => invitations.get(memberId),
    must(actor, command, at) {
      const decision = run(actor, command, at);
      if (!decision.allow) throw new Error(`refused: ${JSON.stringify(decision.refusal)}`);
      return decision.changes;
    },
    newest() {
      const newest = [...members.keys()].at(-1);
      if (newest === undefined) throw new Error('nobody is here');
      return newest;
    },
    changeOrganization(change) {
      organization = { ...organization, ...change };
    },
    setCanSignIn(memberId, canSignIn) {
      members.set(memberId, { ...get(memberId), canSignIn });
    },
    permissions: () =>
      createPermissionModel({
        properties: [...properties].map((propertyId) => ({ propertyId, organizationId })),
        memberships: [...members.values()] as readonly Membership[],
      }),
  };
}
