/** What a frame did to the message it belongs to: `fault` ends the session (SPEC §8). */
export type Collected =
  | { readonly kind: 'more' }
  | { readonly kind: 'message'; readonly message: Uint8Array }
  | { readonly kind: 'fault' };

/** Puts messages together from the frames of one direction of one connection. */
export interface FrameReader {
  /** Whether a message has begun and has not ended. */
  readonly collecting: boolean;
  collect(frame: Uint8Array): Collected;
}

/** Begins to read a connection; `maxBytes` is the longest message that INFO offers. */
export function createFrameReader(maxBytes: number, firstCounter = 0): FrameReader {
  let counter = firstCounter;
  let pending: { readonly totalBytes: number; content: Uint8Array } | undefined;
  const fault: Collected = { kind: 'fault' };
  return {
    get collecting() {
      return pending !== undefined;
    },
    collect(frame) {
      const first = frame[0] ?? 0;
      const starts = (first & 0x80) !== 0;
      const ends = (first & 0x40) !== 0;
      const content = frame.subarray(starts ? 3 : 1);
      if (frame.length > 514 || content.length === 0 || (first & 63) !== counter) return fault;
      if (starts !== (pending === undefined)) return fault;
      counter = (counter + 1) % 64;
      if (starts) {
        const totalBytes = ((frame[1] ?? 0) << 8) | (frame[2] ?? 0);
        if (totalBytes === 0 || totalBytes > maxBytes) return fault;
        pending = { totalBytes, content: new Uint8Array(0) };
      }
      if (pending === undefined || pending.content.length + content.length > pending.totalBytes) return fault;
      pending.content = Buffer.concat([pending.content, content]);
      if (ends !== (pending.content.length === pending.totalBytes)) return fault;
      if (!ends) return { kind: 'more' };
      const message = pending.content;
      pending = undefined;
      return { kind: 'message', message };
    },
  };
}

/** Cuts messages into frames for one MTU; counts on from `firstCounter` over all messages of the connection. */
export function createFrameWriter(mtu: number, firstCounter = 0): (message: Uint8Array) => readonly Uint8Array[] {
  const frameBytes = Math.min(mtu - 3, 514);
  let counter = firstCounter;
  return (message) => {
    const frames: Uint8Array[] = [];
    for (let at = 0; at < message.length; ) {
      const prefix = at === 0 ? [message.length >> 8, message.length & 255] : [];
      const content = message.subarray(at, at + frameBytes - 1 - prefix.length);
      const flags = (at === 0 ? 0x80 : 0) | (at + content.length === message.length ? 0x40 : 0);
      frames.push(Buffer.concat([Uint8Array.of(flags | counter, ...prefix), content]));
      counter = (counter + 1) % 64;
      at += content.length;
    }
    return frames;
  };
}
