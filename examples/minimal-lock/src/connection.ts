import { createFrameReader, createFrameWriter, type FrameReader } from './frames.js';
import { createResponder, type Responder, type Transport } from './noise.js';
import type { ShownAuthority } from './request.js';
import { encodeInfo } from './result.js';

/** The one connection of a lock: what it drew for it, what was said, and when something is due. Times are monotonic. */
export interface Connection {
  readonly info: Uint8Array;
  readonly lockNonce: Uint8Array;
  readonly responder: Responder;
  readonly reader: FrameReader;
  readonly writeFrames: (message: Uint8Array) => readonly Uint8Array[];
  readonly connectedAtMs: number;
  stage: 'ready' | 'handshake' | 'session' | 'closing';
  /** When what is awaited must have come; while a message arrives, when its next frame must have. */
  dueMs: number;
  /** A message 1 that came when too many handshakes had failed. */
  waiting: Uint8Array | undefined;
  transport: Transport | undefined;
  callerPublicKey: Uint8Array;
  authority: ShownAuthority | undefined;
  /** When message 1 or the last result was there, from where a command's time counts. */
  askedAtMs: number;
  /** What the next request must quote; undefined before message 3. */
  resultNonce: Uint8Array | undefined;
}

/** The limits of SPEC §9.3, in milliseconds. */
export const limits = { message1: 2000, message3: 5000, frame: 2000, request: 10_000, connection: 60_000 } as const;

/** Draws what a connection needs: its nonce, then its ephemeral secret. */
export function createConnection(o: {
  readonly tag: Uint8Array;
  readonly secret: Uint8Array;
  readonly mtu: number;
  readonly nowMs: number;
  readonly randomBytes: (sizeBytes: number) => Uint8Array;
}): Connection {
  const lockNonce = o.randomBytes(8);
  const info = encodeInfo(o.tag, lockNonce);
  return {
    info,
    lockNonce,
    responder: createResponder({ secret: o.secret, ephemeralSecret: o.randomBytes(32), info }),
    reader: createFrameReader(4096),
    writeFrames: createFrameWriter(o.mtu),
    connectedAtMs: o.nowMs,
    stage: 'ready',
    dueMs: o.nowMs + limits.message1,
    waiting: undefined,
    transport: undefined,
    callerPublicKey: new Uint8Array(0),
    authority: undefined,
    askedAtMs: o.nowMs,
    resultNonce: undefined,
  };
}
