import type { LockFacts } from '../world/property.js';

/** How the bench's air is made: simulated locks, and as many echo peripherals for bare noble, all at one interval. */
export interface AirConfig {
  readonly socketPath: string;
  readonly count: number;
  readonly intervalMs: number;
}

/** From the air to the bench. */
export type AirReply =
  | { readonly type: 'ready'; readonly locks: readonly LockFacts[]; readonly echoes: readonly string[] }
  | { readonly type: 'commissioned' }
  | { readonly type: 'moves'; readonly boltMoves: readonly number[] };

/** From the bench to the air. */
export type AirRequest =
  | { readonly type: 'commission'; readonly rootPublicKey: string; readonly property: string; readonly epoch: number }
  | { readonly type: 'moves' };

/** One connect with two round trips by bare noble, in milliseconds. */
export interface BareSpans {
  readonly connect: number;
  readonly discover: number;
  readonly subscribe: number;
  readonly roundTrips: number;
  readonly total: number;
}

/** From bare noble to the bench. */
export type BareReply = { readonly type: 'ready' } | ({ readonly type: 'done' } & BareSpans);

/** From the bench to bare noble. */
export interface BareRequest {
  readonly address: string;
}

/** The echo service: a write of any size is answered by one notification of the size in its first two bytes. */
export const echo = {
  service: '6563686f-0001-4a6b-9c1d-6c617463686b',
  input: '6563686f-0002-4a6b-9c1d-6c617463686b',
  output: '6563686f-0003-4a6b-9c1d-6c617463686b',
} as const;

/** Bytes of the two round trips of an unlock, frame headers included: message 1 and 2, message 3 and the result. */
export const roundTrips = [
  { write: 51, notify: 74 },
  { write: 224, notify: 61 },
] as const;
