import { type CardEncoding, cardEncoding, type KeyCard, keyCard, operationPath, operations } from '@latchwork/contract';
import type * as z from 'zod/mini';
import type { EncoderConfig } from './encoder-config.js';

/** Why the portal did not do what it was asked: its own code, or `unreachable`. */
export class PortalRefusal extends Error {
  override readonly name = 'PortalRefusal';
  readonly code: string;

  constructor(code: string, options?: { readonly cause?: unknown }) {
    super(`The portal said ${code}.`, options);
    this.code = code;
  }
}

/** What an encoder asks the portal. */
export interface PortalCalls {
  begin(uid: Uint8Array): Promise<CardEncoding>;
  answer(keyCardId: string, o: { readonly dialogue: string; readonly answer: Uint8Array }): Promise<CardEncoding>;
  enroll(card: {
    readonly uid: Uint8Array;
    readonly chip: 'ntag-424' | 'desfire';
    readonly label: string;
  }): Promise<KeyCard>;
}

/** A card lies on the reader and somebody waits. */
const patienceMs = 10_000;

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** Creates them over `fetch`. */
export function createPortalCalls({ portalUrl, apiKey, propertyId }: EncoderConfig): PortalCalls {
  const post = async <Reply>(path: string, body: object, reply: z.ZodMiniType<Reply>): Promise<Reply> => {
    let response: Response;
    let json: unknown;
    try {
      response = await fetch(`${portalUrl}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey.reveal()}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(patienceMs),
      });
      json = await response.json();
    } catch (cause) {
      throw new PortalRefusal('unreachable', { cause });
    }
    if (!response.ok) throw new PortalRefusal(codeOf(json));
    const parsed = reply.safeParse(json);
    if (!parsed.success) throw new PortalRefusal('not-understood', { cause: parsed.error });
    return parsed.data;
  };
  return {
    begin: async (uid) =>
      await post(
        operationPath(operations.beginCardEncoding, { propertyId }),
        { identity: hexOf(uid) },
        cardEncoding as z.ZodMiniType<CardEncoding>,
      ),
    answer: async (keyCardId, { dialogue, answer }) =>
      await post(
        operationPath(operations.answerCardEncoding, { keyCardId }),
        { dialogue, answer: hexOf(answer) },
        cardEncoding as z.ZodMiniType<CardEncoding>,
      ),
    enroll: async ({ uid, chip, label }) =>
      await post(
        operationPath(operations.enrollKeyCard, { propertyId }),
        { technology: 'aes', chip, label, identity: hexOf(uid) },
        keyCard as z.ZodMiniType<KeyCard>,
      ),
  };
}

function codeOf(json: unknown): string {
  const code = typeof json === 'object' && json !== null && 'code' in json ? json.code : undefined;
  return typeof code === 'string' && /^[a-z-]{1,60}$/.test(code) ? code : 'not-understood';
}
