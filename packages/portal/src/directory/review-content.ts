import { randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { DirectoryReviewRow } from '@latchwork/contract';
import type { MemberId, ReviewId } from '@latchwork/core';
import {
  type DirectorySnapshot,
  type DirectoryUser,
  type FieldChange,
  mergeSightings,
  type SyncPlan,
} from '@latchwork/core/directory';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { createSealer, type Sealer } from '../access/sealer.js';
import { Secret } from '../secret.js';

/** One user of a review, as it is kept: what was found, and what the directory said. */
export interface ReviewEntry {
  readonly rowId: string;
  readonly status: DirectoryReviewRow['status'];
  /** `null` exactly for a new one. */
  readonly because: string | null;
  readonly memberId: MemberId | null;
  readonly needs: readonly string[];
  readonly changes: readonly FieldChange[];
  /** `null` for whom the directory said nothing about. */
  readonly user: DirectoryUser | null;
}

/** What a review keeps besides its users: what shows that they are all. */
export interface ReviewBasis extends Omit<DirectorySnapshot, 'users' | 'unchangedIds'> {
  readonly groupNames: Readonly<Record<string, string>>;
}

/** In which order users stand: by status, and within one by id. */
export const entryStatuses = [
  'new',
  'updated',
  'removed',
  'conflict',
  'skipped',
] as const satisfies readonly DirectoryReviewRow['status'][];

/** How many users stand in one piece. */
export const entriesPerChunk = 500;
const idsPerChunk = 20_000;

/** Makes the entries of a review from its plan: whoever differs in nothing has none. */
export function entriesOf(plan: SyncPlan, users: Iterable<DirectoryUser>): readonly ReviewEntry[] {
  const said = mergeSightings(users);
  const basis = { needs: [], changes: [] };
  const rows = plan.rows.map((row): ReviewEntry => {
    const { rowId, status, needs } = row;
    const user = row.status === 'removed' ? (said.get(rowId) ?? null) : row.user;
    const found = {
      memberId: row.status === 'new' ? null : row.memberId,
      because: row.status === 'new' ? null : row.because,
    };
    return { rowId, status, needs, user, ...found, changes: row.status === 'updated' ? row.changes : [] };
  });
  const conflicts = plan.conflicts.map(
    ({ rowId, because, memberId, user }): ReviewEntry => ({
      ...{ rowId, because, memberId, ...basis },
      status: 'conflict',
      user: user ?? said.get(rowId) ?? null,
    }),
  );
  const skipped = plan.skipped.map(
    ({ rowId, because, user }): ReviewEntry => ({
      ...{ rowId, because, user, memberId: null, ...basis },
      status: 'skipped',
    }),
  );
  const rank = (entry: ReviewEntry) => entryStatuses.indexOf(entry.status);
  return [...rows, ...conflicts, ...skipped].sort(
    (a, b) => rank(a) - rank(b) || (a.rowId < b.rowId ? -1 : a.rowId > b.rowId ? 1 : 0),
  );
}

/** Cuts a review into its pieces: the basis, the users, the ids of whoever differs in nothing. */
export function piecesOf(content: {
  readonly basis: ReviewBasis;
  readonly entries: readonly ReviewEntry[];
  readonly unchangedIds: readonly string[];
}): { readonly pieces: readonly unknown[]; readonly rowChunks: number; readonly idChunks: number } {
  const rows = cut(content.entries, entriesPerChunk);
  const ids = cut(content.unchangedIds, idsPerChunk);
  return { pieces: [content.basis, ...rows, ...ids], rowChunks: rows.length, idChunks: ids.length };
}

function cut<Item>(items: readonly Item[], atOnce: number): readonly (readonly Item[])[] {
  const pieces: (readonly Item[])[] = [];
  for (let at = 0; at < items.length; at += atOnce) pieces.push(items.slice(at, at + atOnce));
  return pieces;
}

/** Makes a review's pieces unreadable without its own data key, and readable with it. */
export interface ChunkSealer {
  seal(position: number, piece: unknown): string;
  /** @throws PortalError `sealed-data-unreadable` */
  open(position: number, sealed: string): unknown;
}

/** Makes the data key of a new review, sealed by the installation. */
export function makeDataKey(sealer: Sealer, reviewId: ReviewId): string {
  return sealer.seal(randomBytes(32), dataKeyContext(reviewId));
}

/** Opens the data key of a review. */
export function chunkSealerOf(sealer: Sealer, reviewId: ReviewId, dataKeySealed: string): ChunkSealer {
  const dataKey = Buffer.from(sealer.open(dataKeySealed, dataKeyContext(reviewId))).toString('hex');
  const own = createSealer(createNodeCrypto(), new Secret(dataKey));
  const contextOf = (position: number) => `directory_review/${reviewId}/${position}`;
  return {
    seal: (position, piece) => own.seal(deflateRawSync(JSON.stringify(piece)), contextOf(position)),
    open: (position, sealed) => JSON.parse(inflateRawSync(own.open(sealed, contextOf(position))).toString()),
  };
}

function dataKeyContext(reviewId: ReviewId): string {
  return `directory_review/${reviewId}/data_key`;
}
