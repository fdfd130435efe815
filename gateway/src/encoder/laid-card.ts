/** A card that lies on a reader. */
export interface LaidCard {
  /** In ISO 14443-3 order. */
  readonly uid: Uint8Array;
  /** Sends one command of ISO 7816-4; rejects when the card has gone. */
  transmit(apdu: Uint8Array): Promise<Uint8Array>;
}
