import { inventGroupId, inventPersonId } from './directory-ids.js';
import type { FakeDirectoryKind, FakeGroup, FakePerson, PersonDraft, TenantChange } from './fake-person.js';

/** What a make's API reads: the accounts and groups as they stand, and everything that ever happened to them. */
export interface FakeTenant {
  readonly kind: FakeDirectoryKind;
  readonly id: string;
  readonly domain: string;
  readonly random: () => number;
  readonly now: () => number;
  readonly people: Map<string, FakePerson>;
  readonly groups: Map<string, FakeGroup>;
  /** Everything that happened, oldest first. */
  readonly changes: TenantChange[];
  /** A number that was not given before, so that no two page tokens are the same text. */
  mint(): number;
  record(change: Omit<TenantChange, 'sequence' | 'at'>): void;
  /** Ids of everybody who was not removed for good, soft-deleted ones too, in the order the make lists them in. */
  listedIds(): readonly string[];
}

/** Makes an empty tenant. */
export function createTenant(options: {
  readonly kind: FakeDirectoryKind;
  readonly id: string;
  readonly domain: string;
  readonly random: () => number;
  readonly now: () => number;
}): FakeTenant {
  const people = new Map<string, FakePerson>();
  const changes: TenantChange[] = [];
  let listed: { readonly size: number; readonly length: number; readonly ids: readonly string[] } | undefined;
  let minted = 0;
  return {
    ...options,
    people,
    groups: new Map(),
    changes,
    mint() {
      minted += 1;
      return minted;
    },
    record(change) {
      changes.push({ ...change, sequence: changes.length + 1, at: options.now() });
      if (change.of === 'person' && (change.change === 'added' || change.change === 'removed')) listed = undefined;
    },
    listedIds() {
      // A SCIM list is in the order of creation, which is what makes index paging drift; the others walk by id.
      const ids = (): string[] => (options.kind === 'scim' ? [...people.keys()] : [...people.keys()].sort());
      listed ??= { size: people.size, length: changes.length, ids: ids() };
      return listed.ids;
    },
  };
}

/** A whole person out of what was said of one. */
export function completePerson(tenant: FakeTenant, draft: PersonDraft): FakePerson {
  const { kind, random, domain } = tenant;
  const id = draft.id ?? inventPersonId(kind, random);
  const givenName = draft.givenName ?? null;
  const familyName = draft.familyName ?? null;
  const fullName = [givenName, familyName].filter((name) => name !== null).join(' ');
  const guest = draft.kind === 'guest';
  const email = draft.email === undefined ? `someone.${id.slice(0, 8)}@${domain}` : draft.email;
  const guestName = `${(email ?? id).replace('@', '_')}#EXT#@${domain}`;
  return {
    id,
    kind: draft.kind ?? 'person',
    standing: 'enabled',
    givenName,
    familyName,
    displayName: draft.displayName === undefined ? fullName || null : draft.displayName,
    email,
    userName: draft.userName ?? (guest && kind === 'microsoft_365' ? guestName : (email ?? `${id}@${domain}`)),
    department: draft.department ?? null,
    title: draft.title ?? null,
    aliases: draft.aliases ?? [],
    admin: draft.admin ?? false,
    guestState: draft.guestState ?? (guest ? 'Accepted' : null),
    archived: draft.archived ?? false,
    createdAt: tenant.now(),
    deletedAt: null,
    standingBefore: 'enabled',
    visits: 0,
    raw: draft.raw ?? {},
  };
}

/** Adds a group's record. */
export function completeGroup(tenant: FakeTenant, draft: Partial<FakeGroup> & Pick<FakeGroup, 'name'>): FakeGroup {
  const plain = draft.name
    .normalize('NFD')
    .replace(/[^A-Za-z0-9]/g, '')
    .toLowerCase();
  return {
    id: draft.id ?? inventGroupId(tenant.kind, tenant.random),
    name: draft.name,
    email: draft.email === undefined ? `${plain}@${tenant.domain}` : draft.email,
    memberIds: draft.memberIds ?? [],
    raw: draft.raw ?? {},
  };
}
