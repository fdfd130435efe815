import type { ChallengeMessage, TokenRefusal, TokenReply } from '@latchwork/contract';
import type { Authority } from '@latchwork/lock-protocol';
import { decodeBase64url } from './base64url.js';

/** The portal's answer to a challenge, or why there will be none. */
export type TokenAnswer =
  | { readonly granted: true; readonly authority: Authority }
  | { readonly granted: false; readonly because: TokenRefusal['code'] | 'portal-unreachable' };

/** Asks the portal for a command token bound to one connection (packages/lock-protocol/SPEC.md §5.3). */
export interface TokenDesk {
  /** Sends the challenge at once; resolves with the answer to exactly it, or never when none comes: race it. */
  request(challenge: ChallengeMessage): Promise<TokenAnswer>;
  /** Ends the wait for a challenge's answer. */
  forget(challenge: Pick<ChallengeMessage, 'commandId' | 'challenge'>): void;
  /** Hands over what the portal sent; false when nobody waits for it (any more). */
  accept(message: TokenReply | TokenRefusal): boolean;
}

/** Wires a desk to the sender of challenges, which tells whether the message could be sent at all. */
export function createTokenDesk(send: (challenge: ChallengeMessage) => Promise<boolean>): TokenDesk {
  const pending = new Map<string, (answer: TokenAnswer) => void>();
  // A token for another connection of the same command is as useless as one for another command.
  const slot = (of: Pick<ChallengeMessage, 'commandId' | 'challenge'>): string => `${of.commandId} ${of.challenge}`;

  function settle(of: Pick<ChallengeMessage, 'commandId' | 'challenge'>, answer: TokenAnswer): boolean {
    const resolve = pending.get(slot(of));
    pending.delete(slot(of));
    resolve?.(answer);
    return resolve !== undefined;
  }

  return {
    async request(challenge) {
      const answer = new Promise<TokenAnswer>((resolve) => {
        pending.set(slot(challenge), resolve);
      });
      const sent = await send(challenge);
      if (!sent) {
        settle(challenge, { granted: false, because: 'portal-unreachable' });
      }
      return await answer;
    },
    forget(challenge) {
      pending.delete(slot(challenge));
    },
    accept(message) {
      return settle(
        message,
        message.type === 'token'
          ? {
              granted: true,
              authority: {
                kind: 'token',
                token: decodeBase64url(message.token),
                certificate: decodeBase64url(message.certificate),
              },
            }
          : { granted: false, because: message.code },
      );
    },
  };
}
