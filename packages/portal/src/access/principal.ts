import type { Actor, ApiScope } from '@latchwork/contract';
import type { Channel, Instant } from '@latchwork/core';
import { stands } from '../oauth/grant-record.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { hasChecksum } from './api-key-token.js';
import { tokenHash } from './bearer-token.js';

/** Who sends a request, proven by its bearer token. */
export type Principal = { readonly kind: 'operator'; readonly actor: Actor } | MemberPrincipal;

/** A member: by a session, by an API key that acts with its creator's rights (P-19), or by an app the member lets act (C7). */
export interface MemberPrincipal {
  readonly kind: 'session' | 'api-key' | 'app';
  readonly member: Row<'member'>;
  /** How the request came in (G33). */
  readonly channel: Channel;
  readonly actor: Actor;
  /** What of the member's rights the token covers; `null`: all of them. */
  readonly scopes: readonly ApiScope[] | null;
  readonly session: Row<'session'> | undefined;
  readonly apiKey: Row<'apiKey'> | undefined;
  /** Set for an app: what it may, and on which one property. */
  readonly appGrant: Row<'appGrant'> | undefined;
}

/** Tells who sends a request from its bearer token; `undefined` for any token that does not stand right now. */
export type Authenticate = (token: string, at: Instant) => Principal | undefined;

/** Creates the check. It asks memory only, and the membership on every request: removal takes effect at once (G41, P-19). */
export function createAuthenticate(projection: Projection, operatorKeyHash: string): Authenticate {
  return (token, at) => {
    const hash = tokenHash(token);
    if (token.startsWith('lws_')) return ofSession(projection, hash, at);
    if (token.startsWith('lwk_')) return hasChecksum(token) ? ofApiKey(projection, hash, at) : undefined;
    // Two hashes of 256 bits: how long their comparison takes tells nothing about the key.
    if (hash === operatorKeyHash) return { kind: 'operator', actor: { kind: 'operator' } };
    return ofApp(projection, hash, at);
  };
}

function ofSession(projection: Projection, hash: string, at: Instant): MemberPrincipal | undefined {
  const session = projection.sessions.byUnique(hash);
  if (session === undefined || session.endedAt !== null || session.expiresAt <= at) return undefined;
  const member = activeMember(projection, session.memberId);
  if (member === undefined) return undefined;
  const { channel } = session;
  const actor: Actor = { kind: 'member', memberId: member.id, channel };
  return { kind: 'session', member, channel, actor, scopes: null, session, apiKey: undefined, appGrant: undefined };
}

function ofApiKey(projection: Projection, hash: string, at: Instant): MemberPrincipal | undefined {
  const apiKey = projection.apiKeys.byUnique(hash);
  if (apiKey === undefined || apiKey.revokedAt !== null) return undefined;
  if (apiKey.expiresAt !== null && apiKey.expiresAt <= at) return undefined;
  const member = activeMember(projection, apiKey.creatorId);
  if (member === undefined) return undefined;
  const actor: Actor = { kind: 'api-key', apiKeyId: apiKey.id, memberId: member.id, channel: 'api' };
  const { scopes } = apiKey;
  return { kind: 'api-key', member, channel: 'api', actor, scopes, session: undefined, apiKey, appGrant: undefined };
}

function ofApp(projection: Projection, hash: string, at: Instant): MemberPrincipal | undefined {
  const token = projection.appTokens.get(hash);
  if (token === undefined || token.expiresAt <= at) return undefined;
  const appGrant = projection.appGrants.get(token.grantId);
  if (appGrant === undefined || !stands(appGrant, at)) return undefined;
  if (projection.apps.get(appGrant.appId)?.removedAt !== null) return undefined;
  const member = activeMember(projection, appGrant.memberId);
  // Whoever signs in another way now has not let the app in that way.
  if (member === undefined || member.signInMethod !== appGrant.method) return undefined;
  const { appId } = appGrant;
  const actor: Actor = { kind: 'app', appId, memberId: member.id, channel: 'integrated_app' };
  const { scopes } = token;
  const channel = 'integrated_app';
  return { kind: 'app', member, channel, actor, scopes, session: undefined, apiKey: undefined, appGrant };
}

function activeMember(projection: Projection, id: Row<'member'>['id']): Row<'member'> | undefined {
  const member = projection.members.get(id);
  return member?.state === 'active' ? member : undefined;
}
