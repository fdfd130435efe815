import type { EventEmitter } from 'eventemitter3';

/**
 * Why the radio could not do what it was asked.
 *
 * - `TIMEOUT`: the operation took too long; the link it ran on has been dropped. A timed-out write has an unknown outcome.
 * - `LINK_LOST`: the link fell, or the radio process died, while the operation was under way.
 * - `ATT`: the lock answered with an ATT error; `att` is its code.
 * - `PROTOCOL`: the lock answered with bytes that no honest lock sends, or lacks the expected service.
 * - `TOO_LONG`: the value does not fit the link's MTU; nothing was sent.
 * - `BUSY`: another connect is under way and has not been given up; nothing was sent.
 * - `STUCK`: the controller no longer answers; the radio process restarts itself.
 * - `ADAPTER`: there is no usable Bluetooth adapter at present, or the radio is closed.
 */
export type RadioErrorCode = 'TIMEOUT' | 'LINK_LOST' | 'ATT' | 'PROTOCOL' | 'TOO_LONG' | 'BUSY' | 'STUCK' | 'ADAPTER';

/** What a {@link RadioError} says to a program: the closed code, and the ATT error code where the lock sent one. */
export interface RadioErrorInfo {
  readonly code: RadioErrorCode;
  /** ATT error code, 0x01..0xff; only with code `ATT`. */
  readonly att?: number;
}

/** The one error of the radio: every refused or failed operation on a {@link Central} or a {@link Link} rejects with it. */
export class RadioError extends Error {
  override readonly name = 'RadioError';
  readonly info: RadioErrorInfo;

  constructor(info: RadioErrorInfo, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.info = info;
  }
}

/** A lock was heard: one advertisement that carries the OLP service data. */
export interface Advert {
  /** The lock's tag, 16 lowercase hex digits. */
  readonly tag: string;
  /** Its current address on the air, `aa:bb:cc:dd:ee:ff`. */
  readonly address: string;
  /** Signal strength in dBm. */
  readonly rssi: number;
  /** The flags byte of the service data. */
  readonly flags: number;
  /** When it was heard, epoch milliseconds. */
  readonly at: number;
}

/** A lock in the map of what was heard of late. */
export interface HeardLock {
  readonly tag: string;
  readonly address: string;
  readonly rssi: number;
  /** The flags byte of the service data. */
  readonly flags: number;
  /** Epoch milliseconds. */
  readonly lastHeardAt: number;
}

/** Whether locks can be reached at present; `failed` is followed by `starting` once the radio process is started anew. */
export interface RadioState {
  readonly state: 'ready' | 'starting' | 'failed';
  readonly reason?: RadioErrorCode;
}

/** A peer broke the rules of the air and its link was dropped: a fault worth a log line, never a reason to stop. */
export interface Violation {
  /** Which rule, as a closed word of the guard. */
  readonly because: string;
  /** Address of the peer; empty when unknown. */
  readonly address: string;
}

/** What a {@link Central} tells of its own accord. */
export interface CentralEvents {
  readonly advert: (advert: Advert) => void;
  readonly state: (state: RadioState) => void;
  readonly violation: (violation: Violation) => void;
}

/** How long a connect may take, and how to give it up. */
export interface ConnectOptions {
  /** For the whole operation: hearing the lock, connecting, discovery, subscribing and reading INFO. */
  readonly timeoutMs: number;
  /** An abort rejects at once with `TIMEOUT` and drops whatever came up. */
  readonly signal?: AbortSignal;
}

/** The narrow view of one Bluetooth adapter in the central role; docs/contributor/bluetooth.md says what it hides. */
export interface Central extends AsyncDisposable {
  readonly events: EventEmitter<CentralEvents>;
  /**
   * Resolves when the adapter is powered and scanning; rejects `ADAPTER` after `timeoutMs`, or sooner with the reason
   * for which it has failed for good.
   */
  ready(timeoutMs: number): Promise<void>;
  /**
   * Connects to the lock of that tag, waiting to hear it first where needed, finds the OLP service, subscribes to TX and
   * reads INFO. One at a time: a second call before the first has settled rejects `BUSY`.
   */
  connect(tag: string, options: ConnectOptions): Promise<Link>;
  /** The locks heard of late, at most 2,000, the longest unheard forgotten first. */
  heard(): readonly HeardLock[];
}

/** Why a link ended: `closed` when this side closed it. */
export type LinkEnd = RadioErrorCode | 'closed';

/** One connection to one lock, ready for frames: TX is subscribed and INFO has been read. Used once, never reopened. */
export interface Link extends AsyncDisposable {
  /** ATT MTU, 23..256; a frame has at most `mtu - 3` bytes. */
  readonly mtu: number;
  /** The value of the INFO characteristic, read on this very connection. */
  readonly info: Uint8Array;
  /** When the link was complete, as times since {@link Central.connect} was called, in milliseconds. */
  readonly spansMs: LinkSpans;
  /**
   * Writes one frame to RX. With response: resolves at the lock's Write Response; without: when it was handed to the
   * controller, which says nothing of delivery. Frames leave in the order of the calls. A `TIMEOUT` drops the link and
   * leaves the outcome unknown.
   */
  write(data: Uint8Array, options: { readonly withResponse: boolean; readonly timeoutMs?: number }): Promise<void>;
  /** Sets the one listener of TX; frames that came before it are handed over at once, in order. */
  onNotify(listener: (frame: Uint8Array) => void): void;
  /** Resolves when the link is gone, never rejects. */
  readonly closed: Promise<LinkEnd>;
  /** Ends the link; resolves when it is gone. */
  close(): Promise<void>;
}

/** Where the time of one connect went, each since its call, in milliseconds. */
export interface LinkSpans {
  /** The lock had been heard and the connection was asked for. */
  readonly heard: number;
  /** The controller reported the connection. */
  readonly connected: number;
  /** The handles of INFO, RX and TX were known. */
  readonly discovered: number;
  /** TX was subscribed and INFO read. */
  readonly opened: number;
}
