import { createProblem } from '@latchwork/contract';
import type { ApiKeyId, Instant } from '@latchwork/core';
import { makeApiKeyToken } from '../access/api-key-token.js';
import { tokenHash } from '../access/bearer-token.js';
import type { Identifiers } from '../identifiers.js';
import type { Draft } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { instantOf } from '../wire-time.js';
import { notFound } from './authorize.js';
import type { Handlers, ProblemAnswer } from './call.js';
import { pageOf } from './paging.js';
import { invalidField } from './problem-answer.js';
import { apiKeyOf } from './wire.js';

type ApiKeyOperation = 'createApiKey' | 'listApiKeys' | 'rotateApiKey' | 'revokeApiKey';

const ended: ProblemAnswer = {
  problem: createProblem('conflict', { detail: 'This API key has ended or another key has taken over from it.' }),
};

/** Creates the handlers of API keys: only signed-in members come here, so that no key ever makes another. */
export function createApiKeyHandlers(parts: {
  readonly projection: Projection;
  readonly identifiers: Identifiers;
  /** When each API key was last used, fresher than its row. */
  readonly apiKeyUse: ReadonlyMap<ApiKeyId, Instant>;
}): Pick<Handlers, ApiKeyOperation> {
  const { projection, identifiers, apiKeyUse } = parts;
  const lastUse = (apiKey: Row<'apiKey'>) => apiKeyUse.get(apiKey.id) ?? apiKey.lastUsedAt;

  const make = (
    draft: Draft,
    facts: Pick<Row<'apiKey'>, 'organizationId' | 'creatorId' | 'name' | 'scopes' | 'rotatedFromId' | 'expiresAt'>,
  ) => {
    const token = makeApiKeyToken();
    const apiKey: Row<'apiKey'> = {
      ...facts,
      id: identifiers.next('apiKey', draft.now),
      tokenHash: tokenHash(token),
      tokenHint: token.slice(-4),
      createdAt: draft.now,
      lastUsedAt: null,
      revokedAt: null,
    };
    draft.insert('apiKey', apiKey);
    return { apiKey, token };
  };

  return {
    createApiKey: async ({ request: { body }, place: { organization }, caller, write }) =>
      await write((draft) => {
        if (organization === undefined) return notFound;
        const expiresAt = body.expiresAt == null ? null : instantOf(body.expiresAt);
        if (expiresAt !== null && expiresAt <= draft.now) return invalidField('/expiresAt', 'This moment has passed.');
        const { apiKey, token } = make(draft, {
          organizationId: organization.id,
          creatorId: caller.member.id,
          name: body.name,
          scopes: body.scopes,
          rotatedFromId: null,
          expiresAt,
        });
        const subject = { apiKeyId: apiKey.id, scopes: body.scopes };
        draft.audit(organization.id, { action: 'api_key.created', actor: caller.actor, subject });
        return { status: 201, body: { apiKey: apiKeyOf(apiKey, null), token } };
      }),

    listApiKeys: async ({ request: { query }, place: { organization } }) =>
      organization === undefined
        ? notFound
        : {
            status: 200,
            body: pageOf(projection.apiKeys.group(organization.id), {
              query,
              idOf: (row) => row.id,
              toWire: (row) => apiKeyOf(row, lastUse(row)),
            }),
          },

    rotateApiKey: async ({ request: { body }, place, caller, write }) =>
      await write((draft) => {
        const old = place.apiKey && projection.apiKeys.get(place.apiKey.id);
        if (old === undefined) return notFound;
        const siblings = projection.apiKeys.group(old.organizationId);
        const isOver = old.revokedAt !== null || (old.expiresAt !== null && old.expiresAt <= draft.now);
        if (isOver || siblings.some(({ rotatedFromId }) => rotatedFromId === old.id)) return ended;
        const overlapEnd = (draft.now + body.overlapSeconds * 1000) as Instant;
        const { organizationId, name, scopes, expiresAt } = old;
        // Whoever holds the new token acts with its creator's rights, so its creator is who gets it.
        const { apiKey, token } = make(draft, {
          organizationId,
          creatorId: caller.member.id,
          name,
          scopes,
          rotatedFromId: old.id,
          expiresAt,
        });
        const endsAt = expiresAt === null ? overlapEnd : (Math.min(expiresAt, overlapEnd) as Instant);
        draft.update('apiKey', { ...old, lastUsedAt: lastUse(old), expiresAt: endsAt });
        const subject = { apiKeyId: apiKey.id, rotatedFromId: old.id, overlapSeconds: body.overlapSeconds };
        draft.audit(organizationId, { action: 'api_key.rotated', actor: caller.actor, subject });
        return { status: 201, body: { apiKey: apiKeyOf(apiKey, null), token } };
      }),

    revokeApiKey: async ({ place, caller, write }) =>
      await write((draft) => {
        const apiKey = place.apiKey && projection.apiKeys.get(place.apiKey.id);
        if (apiKey === undefined) return notFound;
        if (apiKey.revokedAt === null) {
          draft.update('apiKey', { ...apiKey, lastUsedAt: lastUse(apiKey), revokedAt: draft.now });
          const subject = { apiKeyId: apiKey.id };
          draft.audit(apiKey.organizationId, { action: 'api_key.revoked', actor: caller.actor, subject });
        }
        return { status: 204, body: undefined };
      }),
  };
}
