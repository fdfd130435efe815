import { randomInt } from 'node:crypto';
import { type EncodingEnd, encodeCard } from './encode-card.js';
import type { EncoderConfig } from './encoder-config.js';
import { openEncoderNotes } from './encoder-notes.js';
import { startPcscReaders } from './pcsc-reader.js';
import { createPortalCalls } from './portal-calls.js';

/** How the encoder is run. */
export interface EncoderOptions {
  /** Takes cards that are not in the stock into it, with labels that begin so; absent: it refuses them. */
  readonly enrollAs?: string;
  /** Gets one sentence for each thing that happens, for whoever stands at the reader. */
  readonly say: (sentence: string) => void;
}

/** A running encoder. */
export interface Encoder extends AsyncDisposable {
  /** Resolves when the readers cannot be used any more, with why. */
  readonly failed: Promise<Error>;
}

/**
 * Starts the encoder: writes every card that is laid on a reader, whatever it shall hold, and says what came of it. It has no secret
 * of any card, and does not decide what is written.
 *
 * @throws {@link GatewayError} `encoder` or `data-dir-unusable`.
 */
export async function startEncoder(config: EncoderConfig, { enrollAs, say }: EncoderOptions): Promise<Encoder> {
  const notes = await openEncoderNotes(config.dataDir);
  const portal = createPortalCalls(config);
  for (const label of await notes.unfinished())
    say(`The card "${label}" was not finished. Lay it on the reader again.`);
  const labelNew = enrollAs === undefined ? {} : { labelNew: () => `${enrollAs} ${randomInt(100_000, 1_000_000)}` };
  let fail: (error: Error) => void = () => undefined;
  const failed = new Promise<Error>((resolve) => {
    fail = resolve;
  });
  const readers = startPcscReaders(
    {
      found: (name) => say(`Reader "${name}" is ready.`),
      gone: (name) => say(`Reader "${name}" is gone.`),
      mute: () => say('The card was not understood. Lay it on the reader again.'),
      failed: fail,
      card: async (card) => {
        say('Do not move the card.');
        say(sentenceOf(await encodeCard({ portal, notes, ...labelNew }, card)));
      },
    },
    config.reader,
  );
  return { failed, [Symbol.asyncDispose]: async () => await readers[Symbol.asyncDispose]() };
}

const faults = {
  foreign: 'holds secrets of another house. It was not changed',
  unlike: 'holds a secret that was never written into it here. Retire it',
  lost: 'said what no such card says. Try another reader, or retire it',
} as const;

function sentenceOf(end: EncodingEnd): string {
  switch (end.outcome) {
    case 'written':
      if (end.isNew) return `Done: the card "${end.label}" is in the stock.`;
      return end.changed === 0 ? `Done: the card "${end.label}" was ready before.` : `Done: the card "${end.label}".`;
    case 'broken-off':
      return end.cause === 'card-gone'
        ? `The card "${end.label}" was lifted too early. Lay it on the reader again.`
        : `The portal cannot be reached. The card "${end.label}" is not finished; lay it on the reader again later.`;
    case 'failed':
      return `The card "${end.label}" ${faults[end.fault]}.`;
    case 'refused':
      return refusals[end.code] ?? `The portal did not take the card (${end.code}).`;
  }
}

const refusals: Readonly<Record<string, string>> = {
  unreachable: 'The portal cannot be reached. Nothing was written.',
  'key-card-unknown': 'This card is not in the stock. Start the encoder with --enroll to take it in.',
  'key-card-not-fitting': 'This card was reported lost. Return it to the stock first.',
  'card-not-fitting': 'This is no card that can be written: it must be an NTAG 424 DNA or a DESFire EV2 or EV3.',
  'card-not-genuine': 'The maker’s signature of this card is wrong. It was not taken in.',
  unauthenticated: 'The portal does not know the API key. Nothing was written.',
  forbidden: 'The API key may not do this: it needs the scope "keys", and "hardware" to take cards in.',
};
