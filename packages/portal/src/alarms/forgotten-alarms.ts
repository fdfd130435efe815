import type { Instant } from '@latchwork/core';
import type { Ledger } from '../ledger.js';
import type { Projection } from '../store/projection.js';

/** For so long an alarm that is over is listed; the feed and the webhooks have told of it for good. */
const keptMs = 90 * 24 * 60 * 60 * 1000;

/** Forgets alarms that were over long ago: each is held in memory. */
export async function forgetAlarms(parts: {
  readonly projection: Projection;
  readonly ledger: Pick<Ledger, 'write'>;
  readonly now: Instant;
}): Promise<void> {
  const { projection, ledger, now } = parts;
  const old = () => projection.alarms.all().filter(({ clearedAt }) => clearedAt !== null && now - clearedAt > keptMs);
  if (old().length === 0) return;
  await ledger.write((draft) => {
    for (const row of old()) draft.delete('alarm', row);
  });
}
