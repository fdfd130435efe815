import type { ReadProgress } from '@latchwork/directory';
import type { Ledger } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';

/**
 * Tells on the organization's feed how far a run has come, in numbers alone: each time that it has come a good deal
 * further, and never while the last word is under way.
 */
export function progressTeller(
  { projection, ledger }: { readonly projection: Projection; readonly ledger: Pick<Ledger, 'write'> },
  { id: syncRunId, integrationId, organizationId, actor }: Row<'syncRun'>,
): (progress: ReadProgress) => void {
  let told = 0;
  let telling = false;
  return ({ pages, users }) => {
    if (telling || users < told + 100 + told / 10) return;
    telling = true;
    told = users;
    const tell = ledger.write((draft) => {
      if (projection.syncRuns.get(syncRunId)?.state !== 'reading') return;
      const at = { occurredAt: timestampOf(draft.now), organizationId, actor };
      draft.event({ type: 'sync_run.progressed', ...at, integrationId, syncRunId, pages, users });
    });
    // Whatever stands in its way stands in the way of the run too, which says so.
    tell
      .catch(() => undefined)
      .finally(() => {
        telling = false;
      });
  };
}
