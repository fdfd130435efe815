import type { SsoProvider } from '@latchwork/contract';
import type { ApiKeyId, Instant } from '@latchwork/core';
import type { Context, Hono } from 'hono';
import type { Sealer } from '../access/sealer.js';
import { createSignInThrottle } from '../access/sign-in-throttle.js';
import type { Clock } from '../clock.js';
import type { SignInConfig } from '../config.js';
import { createAccountSetupHandlers } from '../http/account-setup-handlers.js';
import type { Handlers } from '../http/call.js';
import { createMeHandlers } from '../http/me-handlers.js';
import { createPasswordHandlers } from '../http/password-handlers.js';
import { createSessionHandlers } from '../http/session-handlers.js';
import { createSsoHandlers } from '../http/sso-handlers.js';
import type { Identifiers } from '../identifiers.js';
import type { Ledger } from '../ledger.js';
import type { Log } from '../log.js';
import type { MailOutbox } from '../mail/mail-outbox.js';
import { createPageRoutes } from '../pages/page-routes.js';
import type { PeopleDesk } from '../people/people-desk.js';
import type { Secret } from '../secret.js';
import { createIdentityProvider, type IdentityProvider } from '../sso/identity-provider.js';
import { createSsoDesk, type SsoDesk } from '../sso/sso-desk.js';
import type { Projection } from '../store/projection.js';
import { createAccountSetups } from './account-setup.js';
import { createSignInDesk, type SignInDesk } from './sign-in-desk.js';

/** What signing in stands on. */
export interface SignInParts {
  readonly config: SignInConfig;
  readonly projection: Projection;
  readonly ledger: Ledger;
  readonly identifiers: Identifiers;
  readonly sealer: Sealer;
  readonly sealingKey: Secret;
  readonly people: PeopleDesk;
  readonly mails: MailOutbox;
  readonly clock: Clock;
  readonly log: Log;
  /** When each API key was last used, fresher than its row. */
  readonly apiKeyUse: ReadonlyMap<ApiKeyId, Instant>;
  readonly addressOf: (context: Context) => string;
  readonly publicUrl: () => string;
  readonly appDownloadUrl: string | undefined;
}

type SignInOperation =
  | keyof ReturnType<typeof createAccountSetupHandlers>
  | keyof ReturnType<typeof createMeHandlers>
  | keyof ReturnType<typeof createPasswordHandlers>
  | keyof ReturnType<typeof createSessionHandlers>
  | keyof ReturnType<typeof createSsoHandlers>;

/** Everything by which people get in. */
export interface SignIn {
  readonly desk: SignInDesk;
  readonly sso: SsoDesk;
  readonly handlers: Pick<Handlers, SignInOperation>;
  readonly pages: Hono;
  /** Forgets flows of the past. */
  maintain(): Promise<void>;
}

/** Wires signing in: one desk behind the API's handlers, the pages and the authorization server. */
export function openSignIn(parts: SignInParts): SignIn {
  const { config, projection, ledger, identifiers, sealer, sealingKey, people, mails, clock, log, publicUrl } = parts;
  const desk = createSignInDesk({ projection, identifiers, throttle: createSignInThrottle(), sealingKey });
  const setups = createAccountSetups({ projection, identifiers, people, desk });
  const sso = createSsoDesk({
    projection,
    sealer,
    providers: providersOf(parts),
    redirectUri: () => `${publicUrl()}/sso/callback`,
  });
  return {
    desk,
    sso,
    handlers: {
      ...createAccountSetupHandlers({ projection, setups }),
      ...createMeHandlers({ projection, apiKeyUse: parts.apiKeyUse }),
      ...createPasswordHandlers({ projection, ledger, mails, desk, log }),
      ...createSessionHandlers({ projection, desk }),
      ...createSsoHandlers({ projection, sso, desk, returnUrls: config.returnUrls, publicUrl }),
    },
    pages: createPageRoutes({
      ...{ projection, ledger, clock, log, setups, sso, desk, publicUrl },
      addressOf: parts.addressOf,
      appDownloadUrl: () => parts.appDownloadUrl ?? `${publicUrl()}/app`,
    }),
    maintain: async () => await ledger.write((draft) => sso.forget(draft)),
  };
}

function providersOf({ config, clock, log }: SignInParts): ReadonlyMap<SsoProvider, IdentityProvider> {
  const providers = new Map<SsoProvider, IdentityProvider>();
  for (const name of ['google', 'microsoft_365'] as const) {
    const registration = config.providers[name];
    if (registration === undefined) continue;
    providers.set(name, createIdentityProvider(name, registration, { log, now: () => clock.now() }));
  }
  return providers;
}
