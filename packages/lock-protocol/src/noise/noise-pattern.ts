import type { SuiteName } from '../encoding/gatt.js';
import { noiseSuites } from './noise-suite.js';

/** A token of a Noise handshake pattern (Noise Protocol Framework, revision 34, §7). */
export type NoiseToken = 'e' | 's' | 'ee' | 'es' | 'se' | 'psk';

/** One Noise handshake pattern: who must be known before, and the tokens of each message in turn. */
export interface NoisePattern {
  /** The pattern's part of the protocol name. */
  readonly name: string;
  /** True when the initiator knows the responder's static public key beforehand (`<- s` before the first message). */
  readonly responderKnown: boolean;
  /** True when the pattern mixes a pre-shared secret. */
  readonly usesPsk: boolean;
  /** Tokens of each message in turn; the initiator writes the first. */
  readonly messages: readonly (readonly NoiseToken[])[];
}

/**
 * The patterns of the protocol: XK carries every session (SPEC §9), XXpsk3 is for commissioning with the setup secret
 * of a lock's label, and N seals what only one lock may read and anybody may carry (SPEC §5.14).
 */
export const noisePatterns = {
  XK: {
    name: 'XK',
    responderKnown: true,
    usesPsk: false,
    messages: [
      ['e', 'es'],
      ['e', 'ee'],
      ['s', 'se'],
    ],
  },
  XXpsk3: {
    name: 'XXpsk3',
    responderKnown: false,
    usesPsk: true,
    messages: [['e'], ['e', 'ee', 's', 'es'], ['s', 'se', 'psk']],
  },
  N: {
    name: 'N',
    responderKnown: true,
    usesPsk: false,
    messages: [['e', 'es']],
  },
} as const satisfies Record<string, NoisePattern>;

/** Full name of a pattern with a suite's functions; hashed first, so that both sides run the same of either. */
export function protocolNameOf(pattern: NoisePattern, suite: SuiteName): string {
  return `Noise_${pattern.name}_${noiseSuites[suite].functions}`;
}
