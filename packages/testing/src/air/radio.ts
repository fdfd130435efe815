import type { FaultSet } from './faults.js';
import type { Link, LinkEnd } from './link.js';

/** What a controller puts on the air while advertising is enabled. */
export interface AdvertisingState {
  enabled: boolean;
  intervalMs: number;
  connectable: boolean;
  scannable: boolean;
  ownAddressType: number;
  data: Buffer;
  scanResponse: Buffer;
}

/** How a controller listens. `reported` holds what a duplicate filter has let through since scanning was enabled. */
export interface ScanState {
  enabled: boolean;
  active: boolean;
  filterDuplicates: boolean;
  readonly reported: Set<string>;
}

/** A connection a controller is waiting to make. */
export interface InitiatingState {
  readonly peerAddress: string;
  readonly peerAddressType: number;
  readonly interval: number;
  readonly latency: number;
  readonly supervisionTimeout: number;
}

/** The radio side of a controller: what the air reads and what it calls. */
export interface Radio extends LinkEnd {
  readonly up: boolean;
  readonly faults: FaultSet;
  readonly rssi: number;
  readonly advertising: AdvertisingState;
  readonly scan: ScanState;
  initiating: InitiatingState | undefined;
  /** The address it advertises under now, and its type (0 public, 1 random). */
  advertisedAddress(): { readonly address: string; readonly addressType: number };
  report(o: {
    readonly type: number;
    readonly address: string;
    readonly addressType: number;
    readonly data: Buffer;
    readonly rssi: number;
  }): void;
  connected(o: {
    readonly link: Link;
    readonly role: 'central' | 'peripheral';
    readonly peerAddress: string;
    readonly peerAddressType: number;
  }): void;
}

/** What a controller asks of the air. */
export interface Medium {
  /** Advertising, scanning or initiating of some controller changed: decides anew who must advertise. */
  reconsider(): void;
  /** Makes the pending connection of this controller now if its peer can be heard, whatever the advertising phase. */
  connectNow(central: Radio): boolean;
}
