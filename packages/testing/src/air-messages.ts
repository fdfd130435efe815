import type { BoltState } from '@latchwork/lock-protocol';

/** How an air process is set up: its one argument, as JSON. */
export interface AirProcessConfig {
  /** Unix socket of the adapters. */
  readonly socketPath: string;
  /** Number of simulated locks. */
  readonly locks: number;
  /** Device addresses of the adapters by index. Default: one adapter. */
  readonly addresses?: readonly string[];
  /** Folder of the locks' flash; absent: nothing survives the process. */
  readonly storagePath?: string;
  readonly seed?: number;
  readonly advertisingIntervalMs?: number;
  readonly relockMs?: number;
  /** As in `serveAir`. */
  readonly whenHostLeaves?: 'reset' | 'keep';
}

/** What a simulated lock in another process tells of itself; byte strings are lower-case hex. */
export interface RemoteLockIdentity {
  readonly address: string;
  readonly tag: string;
  readonly publicKey: string;
  readonly identityPublicKey: string;
}

/** What has become of one lock. */
export interface RemoteLockStats {
  readonly tag: string;
  readonly boltMoves: number;
  readonly bolt: BoltState;
  /** Sequence number of its newest log entry; 0 when there is none. */
  readonly logSeq: number;
}

/** One line to an air process. `lock` is an index; absent, all locks are meant. */
export type AirRequest = { readonly id: number } & (
  | {
      readonly type: 'commission';
      readonly rootPublicKey: string;
      readonly property: string;
      readonly epoch: number;
      readonly lock?: number;
    }
  | { readonly type: 'stats' }
  | { readonly type: 'set-unheard'; readonly unheard: boolean; readonly lock?: number }
  | { readonly type: 'lose-links' }
  | { readonly type: 'stop' }
);

/** One line from an air process. */
export type AirReply =
  | { readonly type: 'ready'; readonly locks: readonly RemoteLockIdentity[] }
  | { readonly type: 'done'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly message: string }
  | { readonly type: 'stats'; readonly id: number; readonly locks: readonly RemoteLockStats[] }
  | {
      readonly type: 'bolt';
      readonly tag: string;
      readonly bolt: BoltState;
      readonly at: number;
      readonly commandId?: string;
    };
