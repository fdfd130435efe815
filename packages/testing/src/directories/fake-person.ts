/** The makes of directory that can be played. */
export type FakeDirectoryKind = 'microsoft_365' | 'google_workspace' | 'scim';

/** What an account is for. Rooms and programs are accounts too, and everybody lists them with the people. */
export type FakePersonKind = 'person' | 'guest' | 'room' | 'program';

/** Whether the account is open; `deleted` is a soft deletion that can be taken back. */
export type FakeStanding = 'enabled' | 'disabled' | 'deleted';

/** One account of a fake tenant, before a vendor's wire format is put on it. */
export interface FakePerson {
  /** The directory's id, of the make's own form; nobody else ever gets it. */
  readonly id: string;
  readonly kind: FakePersonKind;
  readonly standing: FakeStanding;
  readonly givenName: string | null;
  readonly familyName: string | null;
  readonly displayName: string | null;
  /** Microsoft `mail`, Google `primaryEmail`, SCIM the primary of `emails`. */
  readonly email: string | null;
  /** Microsoft `userPrincipalName`, SCIM `userName`; at Google it is the address. */
  readonly userName: string;
  readonly department: string | null;
  readonly title: string | null;
  /** Further addresses: `proxyAddresses`, `aliases`, further `emails`. */
  readonly aliases: readonly string[];
  /** Whether it may be impersonated to read the directory (Google). */
  readonly admin: boolean;
  /** A guest's answer to the invitation (Microsoft `externalUserState`). */
  readonly guestState: 'PendingAcceptance' | 'Accepted' | null;
  /** Google's second way of being closed. */
  readonly archived: boolean;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly deletedAt: number | null;
  /** What a restored account is again. */
  readonly standingBefore: 'enabled' | 'disabled';
  /** Grows with what changes no profile: a sign-in, a photo. */
  readonly visits: number;
  /** Put over the wire form as it stands, for whatever no honest directory would say. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** What can be said of a person who is added; the rest follows from it. */
export type PersonDraft = Partial<
  Omit<FakePerson, 'standing' | 'standingBefore' | 'deletedAt' | 'createdAt' | 'visits'>
>;

/** What of a person can be changed. */
export type PersonEdit = Partial<
  Omit<FakePerson, 'id' | 'standing' | 'standingBefore' | 'createdAt' | 'deletedAt' | 'visits'>
>;

/** A group of a fake tenant; its members are people and groups by id. */
export interface FakeGroup {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly memberIds: readonly string[];
  readonly raw: Readonly<Record<string, unknown>>;
}

/** What can be said of a group that is added. */
export type GroupDraft = Partial<Omit<FakeGroup, 'name'>> & Pick<FakeGroup, 'name'>;

/** One change of a tenant, in the order in which they happened. */
export interface TenantChange {
  /** 1 for the first change of the tenant. */
  readonly sequence: number;
  readonly at: number;
  readonly of: 'person' | 'group' | 'membership';
  /** The person's or the group's. */
  readonly id: string;
  /** Of a membership: whose. */
  readonly memberId?: string;
  readonly change: 'added' | 'changed' | 'soft-deleted' | 'restored' | 'removed';
  /** What of it changed. */
  readonly fields: readonly string[];
}
