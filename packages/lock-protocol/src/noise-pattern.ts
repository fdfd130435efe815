/** A token of a Noise handshake pattern (Noise Protocol Framework, revision 34, §7). */
export type NoiseToken = 'e' | 's' | 'ee' | 'es' | 'se' | 'psk';

/** One Noise handshake pattern: who must be known before, and the tokens of each message in turn. */
export interface NoisePattern {
  /** Full protocol name; hashed first, so that both sides run the same suite. */
  readonly protocolName: string;
  /** True when the initiator knows the responder's static public key beforehand (`<- s` before the first message). */
  readonly responderKnown: boolean;
  /** True when the pattern mixes a pre-shared secret. */
  readonly usesPsk: boolean;
  /** Tokens of message 1, 2 and 3; the initiator writes the first. */
  readonly messages: readonly (readonly NoiseToken[])[];
}

/**
 * The patterns of the protocol: XK carries every session (SPEC §9), XXpsk3 is for commissioning with the setup secret
 * of a lock's label (SPEC §11, a later version).
 */
export const noisePatterns = {
  XK: {
    protocolName: 'Noise_XK_25519_ChaChaPoly_SHA256',
    responderKnown: true,
    usesPsk: false,
    messages: [
      ['e', 'es'],
      ['e', 'ee'],
      ['s', 'se'],
    ],
  },
  XXpsk3: {
    protocolName: 'Noise_XXpsk3_25519_ChaChaPoly_SHA256',
    responderKnown: false,
    usesPsk: true,
    messages: [['e'], ['e', 'ee', 's', 'es'], ['s', 'se', 'psk']],
  },
} as const satisfies Record<string, NoisePattern>;
