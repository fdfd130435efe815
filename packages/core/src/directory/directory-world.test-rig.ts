import { createHash } from 'node:crypto';
import type { MemberId } from '../identifiers.js';
import type { Instant } from '../instant.js';
import type { PeopleActor } from '../people/people-command.js';
import type { PeopleChange } from '../people/people-decision.js';
import type { MemberFacts, OrganizationFacts } from '../people/people-state.js';
import {
  createSamplePeople,
  directorySync,
  now,
  type SamplePeople,
  type SamplePerson,
} from '../people/sample-people.test-rig.js';
import type { DirectorySnapshot } from './directory-snapshot.js';
import type { DirectoryLink, DirectoryProfile, DirectoryState } from './directory-state.js';
import type { DirectoryUser } from './directory-user.js';
import { planSync } from './plan-sync.js';
import type { SyncPlan, SyncRow } from './sync-plan.js';
import type { SyncDecision, SyncPolicy } from './sync-policy.js';
import { linkChangesOf, syncStepsOf } from './sync-steps.js';

/** A digest that tells texts apart. */
export const digest = (text: string) => createHash('sha256').update(text).digest('hex');

/** What a directory says of somebody, as far as it is not an open account of a person. */
export function directoryUser(directoryId: string, more: Partial<DirectoryUser> = {}): DirectoryUser {
  const email = `${directoryId}@hotel.example`;
  return { directoryId, email, displayName: `Name of ${directoryId}`, standing: 'enabled', kind: 'person', ...more };
}

/** What is seen of a directory, whole unless a test says otherwise. */
export function snapshotOf(
  users: readonly DirectoryUser[],
  more: Partial<Omit<DirectorySnapshot, 'evidence'>> & {
    readonly evidence?: Partial<DirectorySnapshot['evidence']>;
  } = {},
): DirectorySnapshot {
  const { evidence, ...rest } = more;
  const distinct = users.length + [...(more.unchangedIds ?? [])].length;
  return {
    ...{
      kind: 'microsoft_365',
      tenantId: 'tenant',
      scope: 'everybody',
      coverage: 'everybody',
      users,
      unchangedIds: [],
    },
    ...rest,
    evidence: { pages: 1, sawLastPage: true, counted: null, distinct, malformed: 0, ...evidence },
  };
}

/** An organization in memory, one directory, and what links them. */
export interface DirectoryWorld {
  readonly people: SamplePeople;
  readonly state: DirectoryState;
  readonly links: ReadonlyMap<string, DirectoryLink>;
  /** How many users syncs have removed so far. */
  removedLately: number;
  bound: DirectoryState['bound'];
  /** Makes somebody whom the directory brought; `email` is the one of {@link directoryUser}. */
  linked(directoryId: string, person?: SamplePerson, link?: Partial<DirectoryLink>): MemberId;
  /** Makes somebody whom nobody's directory brought. */
  manual(email: string, person?: SamplePerson): MemberId;
  elsewhere(memberId: MemberId): void;
  plan(users: readonly DirectoryUser[] | DirectorySnapshot, policy?: PolicyChange): SyncPlan;
  /** Does what a plan says, which has to be allowed. */
  apply(plan: SyncPlan, actor?: PeopleActor | MemberId): readonly PeopleChange[];
  memberOf(directoryId: string): MemberFacts;
}

/** A policy, as far as it differs from the sample's. */
export interface PolicyChange extends Partial<Omit<SyncPolicy, 'decisions'>> {
  readonly decisions?: Readonly<Record<string, SyncDecision>>;
  readonly acting?: MemberId;
  readonly at?: Instant;
}

/** Makes a workplace of fifty licenses with one Admin whom no directory brought; one linked directory, still empty. */
export function createDirectoryWorld(facts: Partial<OrganizationFacts> = {}): DirectoryWorld {
  const people = createSamplePeople({ licenses: 50, ...facts });
  people.add({ user: { role: 'admin', licensed: false }, organizationOwner: true });
  const links = new Map<string, DirectoryLink>();
  const others = new Set<MemberId>();
  const world: DirectoryWorld = {
    ...{ people, links, removedLately: 0, bound: { tenantId: 'tenant', scope: 'everybody' } },
    state: {
      people: people.state,
      get bound() {
        return world.bound;
      },
      link: (directoryId) => links.get(directoryId),
      linkOf: (memberId) => [...links.values()].find((link) => link.memberId === memberId),
      links: () => links.values(),
      isLinkedElsewhere: (memberId) => others.has(memberId),
      get removedLately() {
        return world.removedLately;
      },
    },
    linked(directoryId, person = {}, link = {}) {
      const { email = '', displayName = null } = directoryUser(directoryId);
      const address = { email: email ?? '', emailKey: email ?? '' };
      const memberId = people.add({ user: 'member', name: displayName, ...address, ...person });
      const none = { givenName: null, familyName: null, department: null, title: null };
      const profile: DirectoryProfile = {
        ...none,
        email: people.get(memberId).email,
        displayName: people.get(memberId).name,
      };
      links.set(directoryId, { directoryId, memberId, profile, removed: false, ...link });
      return memberId;
    },
    manual: (email, person = {}) => people.add({ user: 'member', email, emailKey: email.toLowerCase(), ...person }),
    elsewhere: (memberId) => others.add(memberId),
    plan(seen, { decisions = {}, acting, at = now, ...change } = {}) {
      const policy: SyncPolicy = {
        ...{ guests: 'skip', signInMethod: 'email_password', ownDomains: ['hotel.example'], ...change },
        decisions: new Map(Object.entries(decisions)),
      };
      const snapshot = 'users' in seen ? seen : snapshotOf(seen);
      return planSync({ snapshot, state: world.state, policy, at, digest, acting });
    },
    apply(plan, actor = directorySync) {
      const steps = syncStepsOf(plan);
      const changes = linkChangesOf(plan.rows, world.state);
      const before = new Set(people.everybody.keys());
      const done = people.must(actor, { type: 'sync-users', steps });
      const made = [...people.everybody.keys()].filter((memberId) => !before.has(memberId));
      const madeFor = new Map<string, MemberId>();
      for (const change of done) {
        const memberId = change.type === 'member-created' ? made.shift() : undefined;
        const step = change.type === 'member-created' ? steps[change.member.row] : undefined;
        if (memberId !== undefined && step !== undefined) madeFor.set(step.rowId, memberId);
      }
      for (const change of changes) {
        const { directoryId } = change;
        const link = links.get(directoryId);
        if (change.type === 'unlinked') links.delete(directoryId);
        else if (change.type === 'marked-removed') {
          if (link !== undefined) links.set(directoryId, { ...link, removed: true });
        } else {
          const memberId = change.memberId ?? madeFor.get(directoryId);
          if (memberId === undefined) throw new Error(`nobody was made for ${directoryId}`);
          links.set(directoryId, { directoryId, memberId, profile: change.profile, removed: false });
        }
      }
      world.removedLately += plan.rows.filter(({ status }) => status === 'removed').length;
      return done;
    },
    memberOf(directoryId) {
      const link = links.get(directoryId);
      if (link === undefined) throw new Error(`${directoryId} is not linked`);
      return people.get(link.memberId);
    },
  };
  return world;
}

/** A plan in few words: each row by its id, with what becomes of it. */
export function told({ rows, conflicts, skipped }: SyncPlan): Readonly<Record<string, string>> {
  const word = (row: SyncRow) => (row.status === 'new' ? 'new' : `${row.status}: ${row.because}`);
  return Object.fromEntries([
    ...rows.map((row) => [row.rowId, word(row)]),
    ...conflicts.map(({ rowId, because }) => [rowId, `conflict: ${because}`]),
    ...skipped.map(({ rowId, because }) => [rowId, `skipped: ${because}`]),
  ]);
}

/** The needs of each row that has some. */
export function needsIn({ rows }: SyncPlan): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(rows.filter(({ needs }) => needs.length > 0).map(({ rowId, needs }) => [rowId, needs]));
}
