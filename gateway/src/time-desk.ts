import type { TimeMessage, TimeTokenRefusal, TimeTokenReply } from '@latchwork/contract';
import type { CarriedObject } from '@latchwork/lock-protocol';
import { decodeBase64url } from './base64url.js';

/** The portal's answer to a question for the time, or why there will be none. */
export type TimeAnswer =
  | { readonly given: true; readonly token: CarriedObject }
  | { readonly given: false; readonly because: TimeTokenRefusal['code'] | 'portal-unreachable' };

type Question = Pick<TimeMessage, 'tag' | 'challenge'>;

/** Asks the portal for the signed time over the nonce of one connection (packages/lock-protocol/SPEC.md §10.12). */
export interface TimeDesk {
  /** Sends the question at once; resolves with the answer to exactly it, or never when none comes: race it. */
  request(question: Question): Promise<TimeAnswer>;
  /** Ends the wait for an answer. */
  forget(question: Question): void;
  /** Hands over what the portal sent; false when nobody waits for it (any more). */
  accept(message: TimeTokenReply | TimeTokenRefusal): boolean;
}

/** Wires a desk to the sender of questions, which tells whether the message could be sent at all. */
export function createTimeDesk(send: (question: TimeMessage) => Promise<boolean>): TimeDesk {
  const pending = new Map<string, (answer: TimeAnswer) => void>();
  const slot = (of: Question): string => `${of.tag} ${of.challenge}`;

  function settle(of: Question, answer: TimeAnswer): boolean {
    const resolve = pending.get(slot(of));
    pending.delete(slot(of));
    resolve?.(answer);
    return resolve !== undefined;
  }

  return {
    async request({ tag, challenge }) {
      const answer = new Promise<TimeAnswer>((resolve) => {
        pending.set(slot({ tag, challenge }), resolve);
      });
      const sent = await send({ v: 1, tag, challenge });
      if (!sent) settle({ tag, challenge }, { given: false, because: 'portal-unreachable' });
      return await answer;
    },
    forget(question) {
      pending.delete(slot(question));
    },
    accept(message) {
      return settle(
        message,
        message.type === 'time-refused'
          ? { given: false, because: message.code }
          : {
              given: true,
              token: { object: decodeBase64url(message.token), certificate: decodeBase64url(message.certificate) },
            },
      );
    },
  };
}
