import type { LockFacts } from '../world/property.js';

/** How the bench's air is made: simulated locks, and peripherals that say as much as the locks have said. */
export interface AirConfig {
  readonly socketPath: string;
  readonly locks: number;
  readonly echoes: number;
  readonly intervalMs: number;
}

/** What happened on one connection, in its order: sizes of writes and notifications, in bytes. */
export type Visit = readonly (readonly ['write' | 'notify', number])[];

/** From the air to the bench. */
export type AirReply =
  | { readonly type: 'ready'; readonly locks: readonly LockFacts[]; readonly echoes: readonly string[] }
  | { readonly type: 'commissioned' }
  /** Every connection since the last question, by lock. */
  | { readonly type: 'recorded'; readonly visits: readonly (readonly Visit[])[] }
  | { readonly type: 'rehearsed' };

/** From the bench to the air. */
export type AirRequest =
  | { readonly type: 'commission'; readonly rootPublicKey: string; readonly property: string; readonly epoch: number }
  | { readonly type: 'record' }
  /** The echo peripherals shall say what was said on these connections, each its own. */
  | { readonly type: 'rehearse'; readonly visits: readonly Visit[] };

/** From bare noble to the bench. */
export type BareReply = { readonly type: 'ready' } | { readonly type: 'done'; readonly totalMs: number };

/** From the bench to bare noble: all these connections, one after another. */
export interface BareRequest {
  readonly visits: readonly { readonly address: string; readonly visit: Visit }[];
}

/** The echo service: INFO to be read, frames in, frames out, as at a lock. */
export const echo = {
  service: '6563686f-0001-4a6b-9c1d-6c617463686b',
  info: '6563686f-0002-4a6b-9c1d-6c617463686b',
  input: '6563686f-0003-4a6b-9c1d-6c617463686b',
  output: '6563686f-0004-4a6b-9c1d-6c617463686b',
} as const;
