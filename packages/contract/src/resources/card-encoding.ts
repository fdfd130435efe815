import * as z from 'zod/mini';
import { keyCardId } from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';

/**
 * Why a card was not written. `foreign`: it holds none of the secrets with which it could be changed, so it is another house's.
 * `unlike`: it holds a secret that was never written into it here. `lost`: it said what no such card says.
 */
export const cardEncodingFaults = ['foreign', 'unlike', 'lost'] as const;

/**
 * How the writing of one card goes on. The portal talks with the card itself, end to end: whoever is in between passes `ask` on
 * to the card that lies on the reader and the card's answer back, and learns no secret.
 */
export const cardEncoding = z.object({
  keyCardId,
  /** What is printed on the card. */
  label: z.string(),
  /** `asking`: the card is to be asked. `written`: it holds what it shall, and has proven that. `failed`: see `fault`. */
  state: z.enum(['asking', 'written', 'failed']),
  fault: z.nullable(z.enum(cardEncodingFaults)),
  /** How many of the card's secrets were changed; 0 until the end. */
  changed: z.int(),
  /** What the card is asked next; `null`: nothing more. */
  ask: z.nullable(
    z.object({
      /** One command of ISO 7816-4, as hex. */
      command: z.string(),
      /** To be given back with the card's answer, as it is. */
      dialogue: z.string(),
    }),
  ),
});
/** {@link cardEncoding} as data. */
export type CardEncoding = ReadonlyData<z.output<typeof cardEncoding>>;
