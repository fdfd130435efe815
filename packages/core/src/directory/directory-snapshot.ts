import type { DirectoryKind } from './directory-kind.js';
import type { DirectoryUser } from './directory-user.js';

/** What was seen of a directory, and what shows that it was all of it. */
export interface DirectorySnapshot {
  readonly kind: DirectoryKind;
  /** The directory's own name of the tenant. */
  readonly tenantId: string;
  /** What was asked for, as text that is equal for equal questions: domain, filter, groups. */
  readonly scope: string;
  /** `changes`: only what changed, or single users; then nobody is missing for not being there. */
  readonly coverage: 'everybody' | 'changes';
  /** Each directory id once; sightings are merged, in their order. */
  readonly users: Iterable<DirectoryUser>;
  /** Ids of users whose record is to the byte what it was when it was last applied. */
  readonly unchangedIds: Iterable<string>;
  readonly evidence: CompletenessEvidence;
}

/** What shows that a listing was read to its end. */
export interface CompletenessEvidence {
  readonly pages: number;
  /** Whether the last page said that no other follows. */
  readonly sawLastPage: boolean;
  /** How many users the directory counts by another question; `null` where it does not. */
  readonly counted: number | null;
  /** How many users who are there were seen, each id once; those whom the directory shows as deleted are not among them. */
  readonly distinct: number;
  /** How many records could not be read as users. */
  readonly malformed: number;
}
