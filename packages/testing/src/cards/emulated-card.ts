/** What goes wrong with a card in the field of a reader. */
export interface CardFaults {
  /** The card leaves the field after it has answered so many commands; absent: it stays. */
  liftAfter?: number;
  /** The card does what it is told after so many commands, and leaves the field before it has answered; absent: it answers. */
  silentAfter?: number;
  /** The card says again what it said in an earlier exchange, as one does that was recorded. */
  replays: boolean;
  /** Another UID at every tap, of 4 bytes that begin with 08. */
  randomUid: boolean;
}

/** A card in TypeScript: what a reader's field would hold, down to the bytes of its commands and answers. */
export interface EmulatedCard {
  /** What the anticollision says, in ISO 14443-3 order; asked once per tap. */
  readonly uid: () => Uint8Array;
  /** Answers one command; rejects when it has left the field. Absent: it takes no commands of ISO 7816-4. */
  readonly transmit?: (apdu: Uint8Array) => Promise<Uint8Array>;
  /** A new tap begins: the card has power again, and has forgotten what was selected. */
  readonly enterField: () => void;
  readonly faults: CardFaults;
}

/** What a card does with one command. */
export type CardBrain = (apdu: Uint8Array) => Uint8Array;

/** Wraps what a card does in what goes wrong with it. */
export function emulateCard(
  uid: Uint8Array,
  o: { readonly drawBytes: (sizeBytes: number) => Uint8Array; readonly powerUp?: () => CardBrain },
): EmulatedCard {
  const faults: CardFaults = { replays: false, randomUid: false };
  const said: Uint8Array[] = [];
  let answered = 0;
  let brain = o.powerUp?.();
  const answer = (apdu: Uint8Array): Uint8Array => {
    const replayed = faults.replays ? said[answered] : undefined;
    const spoken = replayed ?? brain?.(apdu) ?? Uint8Array.of(0x6d, 0x00);
    said[answered] = spoken;
    answered += 1;
    return spoken;
  };
  return {
    faults,
    uid: () => (faults.randomUid ? Uint8Array.of(0x08, ...o.drawBytes(3)) : uid),
    enterField() {
      answered = 0;
      brain = o.powerUp?.();
    },
    ...(o.powerUp
      ? {
          async transmit(apdu: Uint8Array) {
            if (faults.liftAfter !== undefined && answered >= faults.liftAfter)
              throw new Error('The card has left the field.');
            const isSilent = faults.silentAfter !== undefined && answered >= faults.silentAfter;
            const said = answer(apdu);
            if (isSilent) {
              faults.liftAfter = 0;
              delete faults.silentAfter;
              throw new Error('The card has left the field.');
            }
            return said;
          },
        }
      : {}),
  };
}
