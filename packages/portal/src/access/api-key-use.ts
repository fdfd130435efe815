import type { ApiKeyId, Instant } from '@latchwork/core';
import type { Ledger } from '../ledger.js';
import type { Projection } from '../store/projection.js';

/** Writes down when API keys were last used, as this process has seen it: seldom, for every call would be a commit. */
export async function recordApiKeyUse(parts: {
  readonly projection: Pick<Projection, 'apiKeys'>;
  readonly ledger: Pick<Ledger, 'write'>;
  readonly apiKeyUse: ReadonlyMap<ApiKeyId, Instant>;
}): Promise<void> {
  const { projection, ledger, apiKeyUse } = parts;
  await ledger.write((draft) => {
    for (const [id, lastUsedAt] of apiKeyUse) {
      const apiKey = projection.apiKeys.get(id);
      // Another process may have seen it later.
      const isNews = (apiKey?.lastUsedAt ?? 0) < lastUsedAt;
      if (apiKey !== undefined && isNews) draft.update('apiKey', { ...apiKey, lastUsedAt });
    }
  });
}
