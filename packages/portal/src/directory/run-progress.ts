import type { ReadProgress } from '@latchwork/directory';
import type { Ledger } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';

/** Tells how far a reading has come: each time that it has come a good deal further, and never while the last word is under way. */
export function progressTeller(tell: (progress: ReadProgress) => Promise<void>): (progress: ReadProgress) => void {
  let told = 0;
  let telling = false;
  return (progress) => {
    const { users } = progress;
    if (telling || users < told + 100 + told / 10) return;
    telling = true;
    told = users;
    // Whatever stands in its way stands in the way of the reading too, which says so.
    tell(progress)
      .catch(() => undefined)
      .finally(() => {
        telling = false;
      });
  };
}

/** Tells on the organization's feed how far a run has come, in numbers alone. */
export async function tellRunProgress(
  { projection, ledger }: { readonly projection: Projection; readonly ledger: Pick<Ledger, 'write'> },
  { id: syncRunId, integrationId, organizationId, actor }: Row<'syncRun'>,
  { pages, users }: ReadProgress,
): Promise<void> {
  await ledger.write((draft) => {
    if (projection.syncRuns.get(syncRunId)?.state !== 'reading') return;
    const at = { occurredAt: timestampOf(draft.now), organizationId, actor };
    draft.event({ type: 'sync_run.progressed', ...at, integrationId, syncRunId, pages, users });
  });
}
