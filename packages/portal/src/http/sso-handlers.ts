import { createProblem } from '@latchwork/contract';
import { type SignInDesk, signInFailed } from '../sign-in/sign-in-desk.js';
import { readReturnUrl } from '../sso/return-url.js';
import { flowLifetimeMs, type SsoDesk } from '../sso/sso-desk.js';
import type { Projection } from '../store/projection.js';
import type { Handlers } from './call.js';
import { memberOf, sessionOf } from './wire.js';

type SsoOperation = 'startSso' | 'completeSso';

/** Creates the handlers of single sign-on; what the browser sees of it is among the pages. */
export function createSsoHandlers(parts: {
  readonly projection: Projection;
  readonly sso: SsoDesk;
  readonly desk: SignInDesk;
  /** Where browsers may be sent. */
  readonly returnUrls: readonly string[];
  readonly publicUrl: () => string;
}): Pick<Handlers, SsoOperation> {
  const { projection, sso, desk, returnUrls, publicUrl } = parts;
  return {
    startSso: async ({ request: { body }, now }) => {
      const { provider, channel, codeChallenge } = body;
      const returnTo = readReturnUrl(body.returnTo, returnUrls)?.href;
      if (returnTo === undefined) return { problem: createProblem('return-url-not-allowed', {}) };
      if (!sso.isAvailable(provider)) return { problem: createProblem('sso-unavailable', {}) };
      const purpose = { kind: 'session', channel, returnTo, codeChallenge } as const;
      const request = sso.sealRequest({ provider, purpose, expiresAt: now + flowLifetimeMs });
      return { status: 201, body: { url: `${publicUrl()}/sso/start?request=${request}` } };
    },

    completeSso: async ({ request: { body }, now, address, write }) => {
      const { code, codeVerifier, organizationId } = body;
      if (sso.find(code, codeVerifier, now) === undefined) return desk.throttle({ address }, now) ?? signInFailed;
      return await write((draft) => {
        const handover = sso.find(code, codeVerifier, draft.now);
        const account = handover && projection.accounts.get(handover.accountId);
        if (handover === undefined || account === undefined) return signInFailed;
        const { provider: method } = handover;
        // Apps sign people in by OAuth, never by a code of this kind.
        const channel = handover.channel === 'integrated_app' ? undefined : handover.channel;
        if (channel === undefined) return signInFailed;
        const chosen = desk.choose(account.id, { method, channel, organizationId }, draft.now);
        if ('problem' in chosen) return chosen;
        const { member } = chosen;
        sso.use(draft, handover);
        const { token, session } = desk.openSession(draft, { memberId: member.id, channel, method });
        const shown = memberOf(projection, member, () => true);
        return { status: 201, body: { token, session: sessionOf(session), member: shown } };
      });
    },
  };
}
