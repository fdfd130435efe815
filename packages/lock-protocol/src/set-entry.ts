import type { GrantSchedule } from './grant-schedule.js';

/** What somebody holds at the door to prove an entry of the set (SPEC §5.12). */
export type SetCredential =
  /** A card that can say no more than its number: anybody can copy it. */
  | { readonly kind: 'uid'; readonly uid: Uint8Array }
  /** A card that proves with AES-128 that it holds `secret` (16 bytes), which no other card and no other lock's slot has. */
  | { readonly kind: 'aes'; readonly uid: Uint8Array; readonly secret: Uint8Array }
  /** A card or phone that signs with P-256; 33 bytes, compressed. */
  | { readonly kind: 'public-key'; readonly publicKey: Uint8Array }
  /** A door code of 4 to 10 digits, with 16 random bytes that hide it in the entry's hash. */
  | { readonly kind: 'code'; readonly salt: Uint8Array; readonly digits: string };

/** What an entry's holder may do at the door besides opening it. */
export type SetEntryFlag = 'staff' | 'one-shot' | 'hold-open' | 'privacy-override' | 'no-clock-ok';

/** One credential that a lock knows, as the property's manifest has it. */
export interface SetEntry {
  /** 0..65,535; unique within the set. */
  readonly id: number;
  readonly credential: SetCredential;
  /** UTC seconds; absent: from ever. */
  readonly notBefore?: number;
  /** UTC seconds, not included; absent: for as long as the set has it. */
  readonly expires?: number;
  readonly schedule?: GrantSchedule;
  /** With `issue`: whose turn it is, as in a grant. */
  readonly slot?: number;
  readonly issue?: number;
  readonly flags?: readonly SetEntryFlag[];
}
