import { setTimeout as wait } from 'node:timers/promises';
import { type Client, LatchworkError } from '@latchwork/client';
import type {
  DirectoryIntegration,
  DirectoryReview,
  DirectoryReviewRow,
  RouteInput,
  Routes,
  SyncRun,
  SyncSummary,
} from '@latchwork/contract';

/** With what the portal may read a directory. */
export type DirectoryCredentials = RouteInput<Routes['createDirectoryIntegration']>['body']['credentials'];

/** Connects an organization to its directory, and sees that the directory lets the portal in. */
export async function connectDirectory(
  client: Client,
  organizationId: string,
  credentials: DirectoryCredentials,
): Promise<DirectoryIntegration> {
  // #region connect
  const { id: integrationId } = await client.directoryIntegrations.create({ organizationId, credentials });
  return await client.directoryIntegrations.authorize({ integrationId });
  // #endregion
}

/** Lists a directory's users for review, and says when the list is there. Nobody becomes a user by it. */
export async function reviewDirectory(client: Client, integrationId: string): Promise<DirectoryReview> {
  // #region review
  let review = await client.directoryReviews.start({ integrationId });
  while (review.state === 'reading') {
    await wait(250);
    review = await client.directoryReviews.get({ reviewId: review.id });
  }
  if (review.state === 'failed') throw new Error(`The directory could not be read: ${review.fault}.`);
  return review;
  // #endregion
}

/** The users of a review of whom the choice says yes, by the directory's ids. */
export async function chooseRows(
  client: Client,
  reviewId: string,
  choice: (row: DirectoryReviewRow) => boolean,
): Promise<readonly string[]> {
  // #region choose
  const rowIds: string[] = [];
  for await (const row of client.directoryReviews.listRowsAll({ reviewId })) {
    if (choice(row)) rowIds.push(row.rowId);
  }
  return rowIds;
  // #endregion
}

/** What somebody is shown before they say yes (S30). */
export function describeSummary({ counts, licenses, signInMethod, held }: SyncSummary): readonly string[] {
  return [
    `${counts.new} new, ${counts.updated} updated, ${counts.removed} removed`,
    `${licenses.needed} licenses needed, ${licenses.available + licenses.freed} there; sign-in: ${signInMethod}`,
    ...(licenses.short > 0 ? [`${licenses.short} licenses are missing: nobody would be synced`] : []),
    ...held.map(({ because }) => `looks wrong: ${because}`),
  ];
}

/** Syncs exactly whom the summary was about. `confirm` is asked where the plan is held: it gives the typed number of removals. */
export async function carryOut(
  client: Client,
  { planId, reviewId, held }: SyncSummary,
  confirm: () => Promise<number>,
): Promise<SyncRun | { readonly again: string }> {
  // #region sync
  const confirmRemovals = held.length > 0 ? { confirmRemovals: await confirm() } : {};
  try {
    return await client.directoryReviews.sync({ reviewId, planId, ...confirmRemovals });
  } catch (error) {
    if (!(error instanceof LatchworkError)) throw error;
    switch (error.info.code) {
      case 'plan-stale':
        return { again: 'Something has changed meanwhile; plan again and look once more.' };
      case 'license-shortfall':
        return { again: `${error.info.needed} licenses are needed, ${error.info.available} are there.` };
      case 'plan-held':
        return { again: `Type the number of people to remove: it is ${error.info.removals}.` };
      default:
        throw error;
    }
  }
  // #endregion
}

/** Switches automatic sync on, with everybody of a list that was just looked at (S33–S36). */
export async function switchOn(
  client: Client,
  integrationId: string,
  agrees: (summary: SyncSummary) => boolean,
): Promise<DirectoryIntegration | undefined> {
  // #region automatic
  const { id: reviewId } = await reviewDirectory(client, integrationId);
  const summary = await client.directoryReviews.plan({ reviewId, select: { rows: 'all' } });
  if (!agrees(summary)) return undefined;
  const { planId } = summary;
  return await client.directoryIntegrations.changeAutomaticSync({ integrationId, enabled: true, reviewId, planId });
  // #endregion
}
