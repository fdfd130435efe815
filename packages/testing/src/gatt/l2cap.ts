/** A whole L2CAP PDU on a fixed channel. */
export interface L2capPdu {
  readonly channel: number;
  readonly payload: Buffer;
}

/** Puts ACL fragments of one link together again; gives a PDU with its last fragment. Broken sequences are dropped. */
export function createL2capAssembler(): (start: boolean, data: Buffer) => L2capPdu | undefined {
  let pending = Buffer.alloc(0);
  return (start, data) => {
    if (!start && pending.length === 0) return undefined;
    pending = start ? Buffer.from(data) : Buffer.concat([pending, data]);
    if (pending.length < 4) return undefined;
    const sizeBytes = 4 + pending.readUInt16LE(0);
    if (pending.length < sizeBytes) return undefined;
    const whole = pending;
    pending = Buffer.alloc(0);
    return whole.length === sizeBytes ? { channel: whole.readUInt16LE(2), payload: whole.subarray(4) } : undefined;
  };
}

/** An L2CAP PDU with its header. */
export function encodeL2cap(channel: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16LE(payload.length, 0);
  header.writeUInt16LE(channel, 2);
  return Buffer.concat([header, payload]);
}
