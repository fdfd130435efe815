import type { Instant } from '@latchwork/core';
import type { Sealer } from '../access/sealer.js';
import type { Ledger } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { Store } from '../store/store.js';
import { renewOauthSecrets } from './oauth-secrets.js';

/** What is kept small, and what is renewed. */
export interface OauthMaintenanceParts {
  readonly projection: Projection;
  readonly ledger: Ledger;
  readonly store: Pick<Store, 'forgetOauthRecords'>;
  readonly sealer: Sealer;
}

/** How long an ended grant is still told apart from none; its tokens are refused either way. */
const endedGrantsKeptMs = 30 * 24 * 60 * 60 * 1000;

/** Makes the secrets of the authorization server where there are none that may sign. Done at every start. */
export async function prepareOauth({
  projection,
  ledger,
  sealer,
}: Omit<OauthMaintenanceParts, 'store'>): Promise<void> {
  await ledger.write((draft) => renewOauthSecrets(draft, projection, sealer));
}

/** Renews the secrets when it is time, and forgets what has expired. */
export async function maintainOauth(parts: OauthMaintenanceParts, now: Instant): Promise<void> {
  const { projection, ledger, store } = parts;
  await prepareOauth(parts);
  await ledger.write((draft) => {
    const forgettable = draft.now - endedGrantsKeptMs;
    for (const token of projection.appTokens.all()) {
      if (token.expiresAt <= draft.now) draft.delete('appToken', token);
    }
    for (const grant of projection.appGrants.all()) {
      if (Math.min(grant.expiresAt, grant.revokedAt ?? grant.expiresAt) < forgettable) draft.delete('appGrant', grant);
    }
  });
  await store.forgetOauthRecords(now);
}
