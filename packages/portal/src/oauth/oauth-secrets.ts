import { generateKeyPairSync, type JsonWebKey, randomBytes } from 'node:crypto';
import type { Instant } from '@latchwork/core';
import type { Sealer } from '../access/sealer.js';
import type { Draft } from '../ledger.js';
import type { Projection } from '../store/projection.js';

/** What the authorization server signs with. */
export interface OauthSecrets {
  /** For the cookies of sign-ins under way. */
  readonly cookieSecret: string;
  /** ES256, private; what it published before is verified by others. */
  readonly signingJwk: JsonWebKey;
}

/** How long a generation of secrets is the one that signs. */
export const secretsLastMs = 90 * 24 * 60 * 60 * 1000;

/** How many generations are kept: the one that signs, and the one before, whose signatures still stand. */
const keptGenerations = 2;

/** The secrets that stand, newest first, unsealed. */
export function readOauthSecrets(projection: Projection, sealer: Sealer): readonly OauthSecrets[] {
  return projection.oauthSecrets
    .all()
    .map(({ generation, secretsSealed }) => {
      const opened = Buffer.from(sealer.open(secretsSealed, contextOf(generation))).toString();
      return JSON.parse(opened) as OauthSecrets;
    })
    .reverse();
}

/** Makes a new generation when there is none or the newest has signed for long enough, and forgets the oldest. */
export function renewOauthSecrets(draft: Draft, projection: Projection, sealer: Sealer): void {
  const known = projection.oauthSecrets.all();
  const newest = known.at(-1);
  if (newest !== undefined && draft.now - newest.createdAt < secretsLastMs) return;
  const generation = (newest?.generation ?? 0) + 1;
  const text = Buffer.from(JSON.stringify(makeSecrets(draft.now, generation)));
  const secretsSealed = sealer.seal(text, contextOf(generation));
  draft.insert('oauthSecret', { generation, secretsSealed, createdAt: draft.now });
  for (const old of known.slice(0, Math.max(0, known.length + 1 - keptGenerations))) draft.delete('oauthSecret', old);
}

function makeSecrets(now: Instant, generation: number): OauthSecrets {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = `${generation}-${new Date(now).toISOString().slice(0, 10)}`;
  const signingJwk = { ...privateKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' };
  return { cookieSecret: randomBytes(32).toString('base64url'), signingJwk };
}

function contextOf(generation: number): string {
  return `oauth_secret/${generation}`;
}
