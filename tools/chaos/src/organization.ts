import type { MemberId, OrganizationId } from '@latchwork/core';
import {
  type DirectoryLink,
  type DirectoryState,
  linkChangesOf,
  type SyncPlan,
  type SyncRow,
} from '@latchwork/core/directory';
import { type MemberFacts, toEmailKey } from '@latchwork/core/people';

const weekMs = 7 * 24 * 60 * 60_000;

/** An organization of which everybody came from one directory, with as many licenses as it needs. */
export interface ModelOrganization {
  readonly state: DirectoryState;
  readonly links: ReadonlyMap<string, DirectoryLink>;
  member(directoryId: string): MemberFacts | undefined;
  /** Does what a plan says; new users accept their invitation at once. */
  apply(plan: SyncPlan, tenantId: string): void;
  /** Addresses that two living members have. */
  sharedAddresses(): readonly string[];
}

/** Begins with an Admin whom no directory brought. */
export function createOrganization(now: () => number): ModelOrganization {
  const organizationId = 'org_model' as OrganizationId;
  const members = new Map<MemberId, MemberFacts>();
  const links = new Map<string, DirectoryLink>();
  const removals: number[] = [];
  let bound: DirectoryState['bound'] = null;
  const living = () => [...members.values()].filter(({ state }) => state !== 'removed');

  function enroll(email: string, name: string | null, role: 'admin' | 'member'): MemberId {
    const memberId = `mem_${members.size}` as MemberId;
    members.set(memberId, {
      ...{ memberId, organizationId, state: 'active', organizationOwner: false, assignments: [] },
      ...{ workplace: { role, licensed: role === 'member' }, email, emailKey: toEmailKey(email), name },
      ...{ deskId: null, signInMethod: 'email_password', canSignIn: true },
    });
    return memberId;
  }

  function change(memberId: MemberId, edit: Partial<MemberFacts>): void {
    const member = members.get(memberId);
    if (member === undefined) throw new Error(`there is no member ${memberId}`);
    members.set(memberId, { ...member, ...edit });
  }

  function carryOut(row: SyncRow): MemberId | null {
    switch (row.status) {
      case 'new':
        return enroll(row.email, row.name, 'member');
      case 'removed':
        change(row.memberId, { state: row.ending });
        removals.push(now());
        return null;
      case 'updated': {
        if (row.act === 'replace-invitation') throw new Error('nobody here is only invited');
        change(row.memberId, {
          ...(row.email === null ? {} : { email: row.email, emailKey: toEmailKey(row.email) }),
          ...(row.name === null ? {} : { name: row.name }),
          ...(row.act === 'reactivate' ? { state: 'active' as const } : {}),
        });
        return null;
      }
    }
  }

  enroll('admin@model.example', 'Admin', 'admin');
  const state: DirectoryState = {
    people: {
      organization: {
        ...{ organizationId, kind: 'single_property', schemes: ['workplace'], plan: 'pro', licenses: 10_000 },
        ...{ subscriptionEndsAt: null, peerManagement: true },
      },
      hasProperty: () => false,
      properties: () => [],
      hasDesk: () => false,
      member: (memberId) => members.get(memberId),
      memberByEmail: (emailKey) => living().find((member) => member.emailKey === emailKey),
      members: living,
      invitationOf: () => undefined,
    },
    get bound() {
      return bound;
    },
    link: (directoryId) => links.get(directoryId),
    linkOf: (memberId) => [...links.values()].find((link) => link.memberId === memberId),
    links: () => links.values(),
    isLinkedElsewhere: () => false,
    get removedLately() {
      return removals.filter((at) => now() - at < weekMs).length;
    },
  };

  return {
    state,
    links,
    member(directoryId) {
      const link = links.get(directoryId);
      return link && members.get(link.memberId);
    },
    apply(plan, tenantId) {
      const changes = linkChangesOf(plan.rows, state);
      const made = new Map(plan.rows.map((row) => [row.rowId, carryOut(row)]));
      for (const { directoryId, ...what } of changes) {
        const before = links.get(directoryId);
        if (what.type === 'unlinked') links.delete(directoryId);
        else if (what.type === 'marked-removed' && before) links.set(directoryId, { ...before, removed: true });
        else if (what.type === 'linked') {
          const memberId = what.memberId ?? made.get(directoryId);
          if (!memberId) throw new Error(`nobody was made for ${directoryId}`);
          links.set(directoryId, { directoryId, memberId, profile: what.profile, removed: false });
        }
      }
      bound = { tenantId, scope: 'everybody' };
    },
    sharedAddresses() {
      const addresses = living().map(({ emailKey }) => emailKey);
      return addresses.filter((emailKey, at) => addresses.indexOf(emailKey) !== at);
    },
  };
}
