import type { Actor } from '@latchwork/contract';
import type { Channel, Instant } from '@latchwork/core';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { tokenHash } from './bearer-token.js';

/** Who sends a request, proven by its bearer token. */
export type Principal = { readonly kind: 'operator'; readonly actor: Actor } | MemberPrincipal;

/** A member, by a session or by an API key that acts with the rights of its creator (P-19). */
export interface MemberPrincipal {
  readonly kind: 'session' | 'api-key';
  readonly member: Row<'member'>;
  /** How the request came in (G33). */
  readonly channel: Channel;
  readonly actor: Actor;
  readonly session: Row<'session'> | undefined;
  readonly apiKey: Row<'apiKey'> | undefined;
}

/** Tells who sends a request from its bearer token; `undefined` for any token that does not stand right now. */
export type Authenticate = (token: string, at: Instant) => Principal | undefined;

/** Creates the check. It asks memory only, and the membership on every request: removal takes effect at once (G41, P-19). */
export function createAuthenticate(projection: Projection, operatorKeyHash: string): Authenticate {
  return (token, at) => {
    const hash = tokenHash(token);
    if (token.startsWith('lws_')) {
      const session = projection.sessions.byUnique(hash);
      if (session === undefined || session.endedAt !== null || session.expiresAt <= at) return undefined;
      const member = activeMember(projection, session.memberId);
      if (member === undefined) return undefined;
      const { channel } = session;
      const actor: Actor = { kind: 'member', memberId: member.id, channel };
      return { kind: 'session', member, channel, actor, session, apiKey: undefined };
    }
    if (token.startsWith('lwk_')) {
      const apiKey = projection.apiKeys.byUnique(hash);
      if (apiKey === undefined || apiKey.revokedAt !== null) return undefined;
      const member = activeMember(projection, apiKey.creatorId);
      if (member === undefined) return undefined;
      const actor: Actor = { kind: 'api-key', apiKeyId: apiKey.id, memberId: member.id, channel: 'api' };
      return { kind: 'api-key', member, channel: 'api', actor, session: undefined, apiKey };
    }
    // Two hashes of 256 bits: how long their comparison takes tells nothing about the key.
    return hash === operatorKeyHash ? { kind: 'operator', actor: { kind: 'operator' } } : undefined;
  };
}

function activeMember(projection: Projection, id: Row<'member'>['id']): Row<'member'> | undefined {
  const member = projection.members.get(id);
  return member?.state === 'active' ? member : undefined;
}
