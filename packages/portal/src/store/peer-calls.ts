import { randomUUID } from 'node:crypto';
import type { ReadonlyData } from '@latchwork/contract';
import * as z from 'zod/mini';
import type { Log } from '../log.js';
import type { Peers } from './peers.js';

/** Questions that processes on the same database ask each other. */
export interface PeerCalls {
  /** Names this process. */
  readonly self: string;
  /**
   * Asks another process. `undefined`: it is not there, did not answer in time, could not, or `signal` ended the wait.
   * @throws what the database's connection throws
   */
  ask(
    to: string,
    question: PeerQuestion,
    o: { readonly waitMs: number; readonly signal: AbortSignal },
  ): Promise<unknown>;
  /** Answers questions of a name from now on; its signal says that nobody waits any more. */
  answer(name: string, answerer: (body: unknown, signal: AbortSignal) => Promise<unknown>): void;
  /** Ends what is asked and answered: the portal is about to stop. */
  stop(): void;
}

/** What is asked; the body has a form in JSON. */
export interface PeerQuestion {
  readonly name: string;
  readonly body: unknown;
}

const peerWord = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('ask'),
    id: z.string(),
    from: z.string(),
    name: z.string(),
    body: z.optional(z.unknown()),
  }),
  z.object({ type: z.literal('answer'), id: z.string(), body: z.optional(z.unknown()) }),
  /** Whoever asked waits no more, or whoever was asked cannot answer. */
  z.object({ type: z.literal('drop'), id: z.string() }),
]);
type PeerWord = ReadonlyData<z.output<typeof peerWord>>;

/** Creates them. */
export function createPeerCalls(parts: { readonly peers: Pick<Peers, 'self' | 'post'>; readonly log: Log }): PeerCalls {
  const { log } = parts;
  const { self, post } = parts.peers;
  const answerers = new Map<string, Parameters<PeerCalls['answer']>[1]>();
  const asked = new Map<string, (body: unknown) => void>();
  const answering = new Map<string, AbortController>();
  const stopping = new AbortController();

  const say = async (to: string, word: PeerWord): Promise<boolean> => await post.send(to, JSON.stringify(word));

  const answer = async ({ id, from, name, body }: Extract<PeerWord, { type: 'ask' }>): Promise<void> => {
    const dropped = new AbortController();
    answering.set(id, dropped);
    let word: PeerWord = { type: 'drop', id };
    try {
      const answerer = answerers.get(name);
      if (answerer === undefined) throw new Error('Nobody here answers this.');
      word = { type: 'answer', id, body: await answerer(body, AbortSignal.any([dropped.signal, stopping.signal])) };
    } catch (error) {
      log.warn({ err: error, name }, 'question of another process not answered');
    }
    answering.delete(id);
    if (dropped.signal.aborted) return;
    await say(from, word).catch((error: unknown) => {
      log.warn({ err: error, name }, 'answer to another process not sent');
    });
  };

  /** Nobody waits any more, for either side. */
  const drop = (id: string): void => {
    answering.get(id)?.abort();
    asked.get(id)?.(undefined);
  };

  const stopHearing = post.onWord((text) => {
    const word = readWord(text);
    if (word === undefined) log.warn({}, 'word of another process not understood');
    else if (word.type === 'ask') void answer(word);
    else if (word.type === 'drop') drop(word.id);
    else asked.get(word.id)?.(word.body);
  });

  return {
    self,

    ask: async (to, { name, body }, { waitMs, signal }) => {
      if (to === self || signal.aborted || stopping.signal.aborted) return undefined;
      const id = randomUUID();
      return await new Promise<unknown>((resolve, reject) => {
        const finish = (answered?: unknown): void => {
          clearTimeout(timer);
          for (const each of [signal, stopping.signal]) each.removeEventListener('abort', giveUp);
          asked.delete(id);
          resolve(answered);
        };
        const fail = (error: unknown): void => {
          reject(error);
          finish();
        };
        const giveUp = (): void => {
          finish();
          say(to, { type: 'drop', id }).catch((error: unknown) => {
            // It ends by itself there, only later.
            log.debug({ err: error, name }, 'another process not told that nobody waits');
          });
        };
        const timer = setTimeout(giveUp, waitMs);
        for (const each of [signal, stopping.signal]) each.addEventListener('abort', giveUp, { once: true });
        asked.set(id, finish);
        say(to, { type: 'ask', id, from: self, name, body }).then((isSent) => (isSent ? undefined : finish()), fail);
      });
    },

    answer: (name, answerer) => {
      answerers.set(name, answerer);
    },

    stop: () => {
      stopHearing();
      stopping.abort();
    },
  };
}

function readWord(text: string): PeerWord | undefined {
  try {
    return peerWord.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
