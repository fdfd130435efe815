import { createHash, randomBytes } from 'node:crypto';
import type { SsoProvider } from '@latchwork/contract';
import type { AccountId, Instant, SignInMethod } from '@latchwork/core';
import type { Sealer } from '../access/sealer.js';
import type { Ledger } from '../ledger.js';
import { flowLifetimeMs, type SsoDesk } from '../sso/sso-desk.js';
import type { OtherWay } from './sign-in-pages.js';

/** Somebody whom a provider knows, on the way to let an app act. */
export interface ProvenByProvider {
  readonly accountId: AccountId;
  readonly method: SignInMethod;
}

/** Signing in with a provider, within the sign-in of an app. */
export interface SsoSignIn {
  /** Links that lead to the providers, and back to this sign-in. */
  ways(path: string, at: Instant): readonly OtherWay[];
  /** Who came back, once; `undefined` for nobody. */
  finish(path: string, query: URLSearchParams): Promise<ProvenByProvider | undefined>;
}

const providers: readonly (readonly [SsoProvider, string])[] = [
  ['google', 'Sign in with Google'],
  ['microsoft_365', 'Sign in with Microsoft 365'],
];

/**
 * Creates it over single sign-on's own desk. The verifier that ties the way back to the way there travels with the
 * browser, sealed for this one sign-in.
 */
export function createSsoSignIn(parts: {
  readonly sso: Pick<SsoDesk, 'isAvailable' | 'sealRequest' | 'find' | 'use'>;
  readonly sealer: Sealer;
  readonly ledger: Ledger;
  readonly publicUrl: string;
}): SsoSignIn {
  const { sso, sealer, ledger, publicUrl } = parts;
  const contextOf = (path: string) => `oauth_sso${path}`;
  const open = (sealed: string, path: string): string | undefined => {
    try {
      return Buffer.from(sealer.open(sealed, contextOf(path))).toString();
    } catch {
      return undefined;
    }
  };
  return {
    ways: (path, at) =>
      providers
        .filter(([provider]) => sso.isAvailable(provider))
        .map(([provider, label]) => {
          const verifier = randomBytes(32).toString('base64url');
          const codeChallenge = createHash('sha256').update(verifier).digest('base64url');
          const sealed = sealer.seal(Buffer.from(verifier), contextOf(path));
          const returnTo = `${publicUrl}${path}/sso?way=${sealed}`;
          const purpose = { kind: 'session', channel: 'integrated_app', returnTo, codeChallenge } as const;
          const request = sso.sealRequest({ provider, purpose, expiresAt: at + flowLifetimeMs });
          return { label, href: `${publicUrl}/sso/start?request=${request}` };
        }),

    finish: async (path, query) => {
      const verifier = open(query.get('way') ?? '', path);
      if (verifier === undefined) return undefined;
      return await ledger.write((draft) => {
        const handover = sso.find(query.get('code') ?? '', verifier, draft.now);
        if (handover === undefined || handover.channel !== 'integrated_app') return undefined;
        sso.use(draft, handover);
        return { accountId: handover.accountId, method: handover.provider };
      });
    },
  };
}
