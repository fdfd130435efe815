import { createHash, randomBytes } from 'node:crypto';
import type { SsoProvider } from '@latchwork/contract';
import type { AccountId, Instant } from '@latchwork/core';
import type { SignInChannel } from '@latchwork/core/people';
import * as z from 'zod/mini';
import { tokenHash } from '../access/bearer-token.js';
import type { Sealer } from '../access/sealer.js';
import type { Draft } from '../ledger.js';
import type { ProvenIdentity } from '../sign-in/identity-decision.js';
import type { Projection } from '../store/projection.js';
import { identityName } from '../store/row-indexes.js';
import type { Row } from '../store/store.js';
import type { IdentityProvider, IdentityResult } from './identity-provider.js';

/** What somebody wants to sign in for. */
export type SsoPurpose =
  /** A session, for whoever has the verifier of the challenge. */
  | {
      readonly kind: 'session';
      readonly channel: SignInChannel;
      readonly returnTo: string;
      readonly codeChallenge: string;
    }
  /** To set up what a link opens. */
  | { readonly kind: 'setup'; readonly linkHash: string; readonly name: string | undefined };

/** A flow that has begun: where the browser goes, and what it keeps meanwhile. */
export interface StartedFlow {
  readonly url: string;
  /** Sealed; only the browser that has it can end the flow. */
  readonly cookie: string;
}

/** A flow that has ended: what it was for, and who came back. */
export interface EndedFlow {
  readonly purpose: SsoPurpose;
  readonly provider: SsoProvider;
  readonly result: IdentityResult;
  /** Names this one flow; it can be handed over once. */
  readonly stateHash: string;
}

/** Single sign-on, from its beginning to a one-time code or to whoever set an account up. */
export interface SsoDesk {
  isAvailable(provider: SsoProvider): boolean;
  /** Seals a wish to sign in, so that a browser can carry it to where the flow begins. */
  sealRequest(request: SsoRequest): string;
  openRequest(sealed: string, at: Instant): SsoRequest | undefined;
  /** Begins a flow; `undefined` when the provider cannot be used or reached. */
  begin(provider: SsoProvider, purpose: SsoPurpose, at: Instant, loginHint?: string): Promise<StartedFlow | undefined>;
  /** Ends the flow that a browser holds the cookie of; `undefined` when it holds none, or of another flow. */
  end(callback: URLSearchParams, cookie: string | undefined, at: Instant): Promise<EndedFlow | undefined>;
  /** Makes the code by which a session is opened, once; `undefined` for an identity nobody bound, or a flow that ended before. */
  handOver(draft: Draft, flow: EndedFlow): string | undefined;
  /** What a code stands for, as long as it does, for whoever has the verifier. */
  find(code: string, codeVerifier: string, at: Instant): Row<'ssoHandover'> | undefined;
  /** Uses a code up. */
  use(draft: Draft, handover: Row<'ssoHandover'>): void;
  /** Forgets codes and flows of the past. */
  forget(draft: Draft): void;
}

/** A wish to sign in, on its way to the browser. */
export interface SsoRequest {
  readonly provider: SsoProvider;
  readonly purpose: Extract<SsoPurpose, { readonly kind: 'session' }>;
  readonly expiresAt: number;
}

/** How long a person may take at the provider. */
export const flowLifetimeMs = 10 * 60 * 1000;
/** How long a code can be used: whoever has to choose an organization needs a moment. */
const codeLifetimeMs = 5 * 60 * 1000;

const flowState = z.object({
  provider: z.enum(['google', 'microsoft_365']),
  purpose: z.custom<SsoPurpose>(),
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  expiresAt: z.number(),
});

/** Creates the desk. Nothing of a flow is kept here before it has ended: the browser carries it, sealed. */
export function createSsoDesk(parts: {
  readonly projection: Projection;
  readonly sealer: Sealer;
  readonly providers: ReadonlyMap<SsoProvider, IdentityProvider>;
  /** Where the provider sends the browser back to. */
  readonly redirectUri: () => string;
}): SsoDesk {
  const { projection, sealer, providers, redirectUri } = parts;

  const seal = (value: unknown, context: string) => sealer.seal(Buffer.from(JSON.stringify(value)), context);
  const open = (sealed: string, context: string): unknown => {
    try {
      return JSON.parse(Buffer.from(sealer.open(sealed, context)).toString());
    } catch {
      return undefined;
    }
  };

  return {
    isAvailable: (provider) => providers.has(provider),

    sealRequest: (request) => seal(request, requestContext),

    openRequest: (sealed, at) => {
      // Nobody but this portal can have made one that opens.
      const request = open(sealed, requestContext) as SsoRequest | undefined;
      return request !== undefined && request.expiresAt > at ? request : undefined;
    },

    begin: async (provider, purpose, at, loginHint) => {
      const secrets = { state: randomText(), nonce: randomText(), codeVerifier: randomText() };
      const hint = loginHint === undefined ? {} : { loginHint };
      const asked = { ...secrets, redirectUri: redirectUri(), ...hint };
      const url = await providers.get(provider)?.authorizationUrl(asked);
      if (url === undefined) return undefined;
      const cookie = seal({ provider, purpose, ...secrets, expiresAt: at + flowLifetimeMs }, flowContext);
      return { url, cookie };
    },

    end: async (callback, cookie, at) => {
      const parsed = flowState.safeParse(cookie === undefined ? undefined : open(cookie, flowContext));
      if (!parsed.success || parsed.data.expiresAt <= at) return undefined;
      const { provider, purpose, expiresAt: _, ...secrets } = parsed.data;
      if (callback.get('state') !== secrets.state) return undefined;
      const result = await providers.get(provider)?.identify(callback, { ...secrets, redirectUri: redirectUri() });
      return { purpose, provider, result: result ?? { kind: 'unreachable' }, stateHash: tokenHash(secrets.state) };
    },

    handOver: (draft, { purpose, result, stateHash }) => {
      if (purpose.kind !== 'session' || result.kind !== 'proven') return undefined;
      const accountId = accountOf(projection, result.identity);
      if (accountId === undefined || projection.ssoHandovers.get(stateHash) !== undefined) return undefined;
      const code = randomText();
      draft.insert('ssoHandover', {
        stateHash,
        codeHash: tokenHash(code),
        codeChallenge: purpose.codeChallenge,
        accountId,
        provider: result.identity.provider,
        channel: purpose.channel,
        // Remembered for as long as the flow's cookie could come back.
        expiresAt: (draft.now + flowLifetimeMs) as Instant,
        usedAt: null,
      });
      return code;
    },

    find: (code, codeVerifier, at) => {
      const handover = projection.ssoHandovers.byUnique(tokenHash(code));
      if (handover === undefined || handover.usedAt !== null) return undefined;
      if (handover.expiresAt - flowLifetimeMs + codeLifetimeMs <= at) return undefined;
      return challengeOf(codeVerifier) === handover.codeChallenge ? handover : undefined;
    },

    use: (draft, handover) => draft.update('ssoHandover', { ...handover, usedAt: draft.now }),

    forget: (draft) => {
      for (const handover of projection.ssoHandovers.all()) {
        if (handover.expiresAt <= draft.now) draft.delete('ssoHandover', handover);
      }
    },
  };
}

const requestContext = 'sso/request';
const flowContext = 'sso/flow';

function accountOf(projection: Projection, identity: ProvenIdentity): AccountId | undefined {
  return projection.identities.get(identityName(identity))?.accountId;
}

function randomText(): string {
  return randomBytes(32).toString('base64url');
}

function challengeOf(codeVerifier: string): string {
  return createHash('sha256').update(codeVerifier).digest('base64url');
}
