import type { AppScope } from '@latchwork/contract';
import type { AppGrantId, AppId, Instant } from '@latchwork/core';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import { InvalidGrant } from 'oidc-provider/lib/helpers/errors.js';
import { Provider } from 'oidc-provider/lib/provider.js';
import { tokenHash } from '../access/bearer-token.js';
import type { Sealer } from '../access/sealer.js';
import type { Clock } from '../clock.js';
import type { Draft, Ledger } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { Row, Store } from '../store/store.js';
import { revokeGrant, stands } from './grant-record.js';

/** What the authorization server's storage stands on. */
export interface OauthAdapterParts {
  readonly projection: Projection;
  readonly store: Pick<Store, 'oauthRecord' | 'oauthRecordByUid'>;
  readonly ledger: Ledger;
  readonly sealer: Sealer;
  readonly clock: Clock;
}

/**
 * Keeps what the authorization server makes, in the portal's own store: apps and grants are rows that the portal writes
 * itself, access tokens are in memory for the API, and all else is looked up when it comes back. No id is kept, only its
 * hash; no content is readable without the sealing key.
 */
export function createOauthAdapter(parts: OauthAdapterParts): (kind: string) => Adapter {
  return (kind) => {
    switch (kind) {
      case 'Client':
        return { ...nothing, find: async (id) => clientOf(parts.projection.apps.get(id as AppId)) };
      case 'Grant':
        return grants(parts);
      case 'AccessToken':
        return accessTokens(parts);
      default:
        return records(parts, kind);
    }
  };
}

const nothing: Adapter = {
  upsert: async () => undefined,
  find: async () => undefined,
  findByUserCode: async () => undefined,
  findByUid: async () => undefined,
  consume: async () => undefined,
  destroy: async () => undefined,
  revokeByGrantId: async () => undefined,
};

/** An app as the authorization server knows it. The secret is the hash: what a caller shows is hashed before it is compared. */
function clientOf(app: Row<'app'> | undefined): AdapterPayload | undefined {
  if (app === undefined || app.removedAt !== null) return undefined;
  return {
    client_id: app.id,
    client_name: app.name,
    ...(app.secretHash === null ? {} : { client_secret: app.secretHash }),
    token_endpoint_auth_method: app.secretHash === null ? 'none' : 'client_secret_basic',
    // Takes https, http on the loopback interface and private-use schemes, and never gives a code without asking.
    application_type: 'native',
    redirect_uris: [...app.redirectUris],
    response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token'],
    scope: app.scopes.join(' '),
  };
}

/** The portal writes grants when a member agrees; the authorization server only reads them and ends them. */
function grants({ projection, ledger, clock }: OauthAdapterParts): Adapter {
  const revoke = revoker({ projection, ledger });
  return {
    ...nothing,
    find: async (id) => {
      const grant = projection.appGrants.get(id as AppGrantId);
      if (grant === undefined || !stands(grant, clock.now())) return undefined;
      return {
        jti: grant.id,
        kind: 'Grant',
        accountId: grant.memberId,
        clientId: grant.appId,
        openid: { scope: grant.scopes.join(' ') },
        iat: seconds(grant.createdAt),
        exp: seconds(grant.expiresAt),
      };
    },
    destroy: revoke,
    revokeByGrantId: revoke,
  };
}

function accessTokens({ projection, ledger, sealer, clock }: OauthAdapterParts): Adapter {
  const contextOf = (id: string) => `app_token/${id}`;
  return {
    ...nothing,
    upsert: async (token, payload, expiresInSeconds = 0) => {
      const id = tokenHash(token);
      await ledger.write((draft) =>
        draft.insert('appToken', {
          id,
          grantId: payload.grantId as AppGrantId,
          scopes: (payload.scope ?? '').split(' ').filter((scope) => scope !== '') as AppScope[],
          expiresAt: (draft.now + expiresInSeconds * 1000) as Instant,
          payloadSealed: seal(sealer, payload, contextOf(id)),
        }),
      );
    },
    find: async (token) => {
      const row = projection.appTokens.get(tokenHash(token));
      if (row === undefined || row.expiresAt <= clock.now()) return undefined;
      return unseal(sealer, row.payloadSealed, contextOf(row.id), token);
    },
    destroy: async (token) => {
      await ledger.write((draft) => {
        const row = projection.appTokens.get(tokenHash(token));
        if (row !== undefined) draft.delete('appToken', row);
      });
    },
    revokeByGrantId: revoker({ projection, ledger }),
  };
}

function records({ projection, store, ledger, sealer, clock }: OauthAdapterParts, kind: string): Adapter {
  const revoke = revoker({ projection, ledger });
  const idOf = (id: string) => `${kind} ${tokenHash(id)}`;
  const contextOf = (id: string) => `oauth_record/${id}`;
  const put = async (row: Row<'oauthRecord'>) => {
    const known = await store.oauthRecord(row.id);
    const write = (draft: Draft) => draft[known === undefined ? 'insert' : 'update']('oauthRecord', row);
    await ledger.write(write);
  };
  const open = (row: Row<'oauthRecord'> | undefined, id?: string): AdapterPayload | undefined => {
    if (row === undefined || row.expiresAt <= clock.now()) return undefined;
    const payload = unseal(sealer, row.payloadSealed, contextOf(row.id), id);
    return row.consumedAt === null ? payload : { ...payload, consumed: seconds(row.consumedAt) };
  };
  return {
    ...nothing,
    upsert: async (id, payload, expiresInSeconds = 0) => {
      const rowId = idOf(id);
      await put({
        id: rowId,
        uidHash: kind === 'Session' && payload.uid !== undefined ? tokenHash(payload.uid) : null,
        // A session is found by its other name too, and then its first one is needed again.
        payloadSealed: seal(sealer, kind === 'Session' ? { ...payload, jti: id } : payload, contextOf(rowId)),
        expiresAt: (clock.now() + expiresInSeconds * 1000) as Instant,
        consumedAt: null,
      });
    },
    find: async (id) => open(await store.oauthRecord(idOf(id)), id),
    findByUid: async (uid) => open(await store.oauthRecordByUid(tokenHash(uid))),
    consume: async (id) => {
      const row = await store.oauthRecord(idOf(id));
      if (row === undefined || !(await useOnce({ store, ledger }, row))) {
        // Whoever came second has stolen it, or was stolen from.
        const grantId = row && open(row, id)?.grantId;
        if (grantId !== undefined) await revoke(grantId);
        throw new InvalidGrant('used already');
      }
    },
    destroy: async (id) => {
      const row = await store.oauthRecord(idOf(id));
      if (row !== undefined) await ledger.write((draft) => draft.delete('oauthRecord', row));
    },
    revokeByGrantId: revoke,
  };
}

/**
 * Marks a code or refresh token as used; false when it was already. Of several who come with it at once, whichever process
 * they reach, one gets on: the mark is a row of its own, and there can be only one.
 */
async function useOnce(
  { store, ledger }: Pick<OauthAdapterParts, 'store' | 'ledger'>,
  row: Row<'oauthRecord'>,
): Promise<boolean> {
  const mark = { ...row, id: `used ${row.id}`, uidHash: null, payloadSealed: '' };
  try {
    await ledger.write((draft) => {
      draft.insert('oauthRecord', mark);
      draft.update('oauthRecord', { ...row, consumedAt: draft.now });
    });
    return true;
  } catch (error) {
    if ((await store.oauthRecord(mark.id)) === undefined) throw error;
    return false;
  }
}

/** Ends a grant because its app asked for it, or because a used code or refresh token came back. */
function revoker({ projection, ledger }: Pick<OauthAdapterParts, 'projection' | 'ledger'>) {
  return async (grantId: string): Promise<void> => {
    const route = Provider.ctx?.oidc.route;
    await ledger.write((draft) => {
      const grant = projection.appGrants.get(grantId as AppGrantId);
      if (grant === undefined) return;
      const { appId, memberId } = grant;
      if (route === 'revocation') {
        const actor = { kind: 'app', appId, memberId, channel: 'integrated_app' } as const;
        revokeGrant(draft, projection, grant, { actor, because: 'revoked_by_app' });
      } else {
        revokeGrant(draft, projection, grant, { actor: { kind: 'system' }, because: 'token_reused' });
      }
    });
  };
}

function seal(sealer: Sealer, payload: AdapterPayload, context: string): string {
  // The id is the token: what is kept must not tell it, except where it is asked for by another name.
  const kept = payload.kind === 'Session' ? payload : { ...payload, jti: undefined };
  return sealer.seal(Buffer.from(JSON.stringify(kept)), context);
}

function unseal(sealer: Sealer, sealed: string, context: string, id: string | undefined): AdapterPayload {
  const payload = JSON.parse(Buffer.from(sealer.open(sealed, context)).toString()) as AdapterPayload;
  return id === undefined ? payload : { ...payload, jti: id };
}

function seconds(at: Instant): number {
  return Math.floor(at / 1000);
}
