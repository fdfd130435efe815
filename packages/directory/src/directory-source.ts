import type { CompletenessEvidence, DirectoryKind, DirectorySnapshot, DirectoryUser } from '@latchwork/core/directory';
import type { KnownRecords } from './fingerprints.js';

/** How far a reading has come; numbers only. */
export interface ReadProgress {
  readonly pages: number;
  readonly users: number;
  /** What the directory counts, once it is known. */
  readonly counted: number | null;
}

/** What a reading may take at most; whatever exceeds it ends the reading with `too-large`. */
export interface ReadLimits {
  readonly maxPages: number;
  readonly maxPageBytes: number;
  readonly maxUsers: number;
  readonly timeoutMs: number;
}

/** How one reading goes. */
export interface ReadOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ReadProgress) => void;
  readonly limits?: Partial<ReadLimits>;
  /**
   * Ids of users who were there last time and are linked. Whoever of them is on no page of a list of everybody is asked for
   * alone, and missing only if there is no such user.
   */
  readonly expected?: Iterable<string>;
  /** Whether groups and who is in them are read as well (S23): questions of their own, one or more for each group. */
  readonly groups?: boolean;
  /** What is known already: whoever has not changed since is not parsed, and comes as one of `unchangedIds`. */
  readonly known?: KnownRecords;
}

/** What was read, before anybody decides what it means. */
export interface ReadSnapshot extends DirectorySnapshot {
  readonly users: readonly DirectoryUser[];
  readonly evidence: CompletenessEvidence;
  /** Names of the groups that users' `groupIds` speak of. */
  readonly groupNames: ReadonlyMap<string, string>;
  /** Where a later reading of changes can go on from; `null` where the directory has none. */
  readonly deltaToken: string | null;
}

/** One tenant's directory, whatever its make. */
export interface DirectorySource {
  readonly kind: DirectoryKind;
  /**
   * Asks for as little as shows that the credentials work, and says which tenant it is.
   *
   * @throws DirectoryError
   */
  probe(options?: ReadOptions): Promise<{ readonly tenantId: string }>;
  /**
   * Reads everybody. A reading that could not be completed is returned as incomplete only where the directory itself
   * said less than it counts; whatever else goes wrong is thrown, and there is no snapshot (S16).
   *
   * @throws DirectoryError
   */
  readAll(options?: ReadOptions): Promise<ReadSnapshot>;
  /**
   * Reads what changed since a token of an earlier reading; absent where the directory cannot say.
   *
   * @throws DirectoryError `token-expired` when a reading of everybody has to come first.
   */
  readChanges?(deltaToken: string, options?: ReadOptions): Promise<ReadSnapshot>;
}
