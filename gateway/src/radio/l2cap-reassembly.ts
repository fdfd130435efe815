import { uint16At } from './hci-packet.js';

/** The fixed channels of an LE link that noble reads. */
export const l2capChannel = { att: 0x0004, signaling: 0x0005, security: 0x0006 } as const;

/** One whole L2CAP PDU. */
export interface L2capPdu {
  readonly channel: number;
  readonly payload: Uint8Array;
  /** True when one packet carried all of it, so that the packet may be passed on as it is. */
  readonly unfragmented: boolean;
}

/** What one ACL packet led to: a whole PDU, nothing yet, or a reason why the peer is not to be trusted any further. */
export type Reassembled =
  | { readonly at: 'whole'; readonly pdu: L2capPdu }
  | { readonly at: 'waiting' }
  | { readonly at: 'broken'; readonly because: 'l2cap-truncated' | 'l2cap-overrun' | 'l2cap-too-long' };

/** Puts the L2CAP PDUs of one link together again; see {@link createReassembly}. */
export interface Reassembly {
  /** Takes one whole ACL packet of the link. Never throws and never holds more than the limit. */
  push(packet: Uint8Array): Reassembled;
}

const waiting: Reassembled = { at: 'waiting' };

/**
 * Reassembles in the guard because noble does not check what it reassembles: a start of under four bytes throws, a
 * length that is never reached or is overrun is kept for ever. `limitBytes` bounds one PDU (the largest ATT MTU spoken).
 */
export function createReassembly(limitBytes: number): Reassembly {
  let channel = 0;
  let expected = 0;
  let held: Uint8Array[] = [];
  let heldBytes = 0;

  function forget(): void {
    held = [];
    heldBytes = 0;
    expected = 0;
  }

  function broken(because: 'l2cap-truncated' | 'l2cap-overrun' | 'l2cap-too-long'): Reassembled {
    forget();
    return { at: 'broken', because };
  }

  function start(packet: Uint8Array): Reassembled {
    // No LE controller splits the four-byte header: its smallest packet has 27 bytes.
    if (expected > 0 || packet.length < 9) return broken('l2cap-truncated');
    channel = uint16At(packet, 7);
    const length = uint16At(packet, 5);
    if (length > limitBytes) return broken('l2cap-too-long');
    const payload = packet.subarray(9);
    if (payload.length > length) return broken('l2cap-overrun');
    if (payload.length === length) return { at: 'whole', pdu: { channel, payload, unfragmented: true } };
    expected = length;
    held = [payload];
    heldBytes = payload.length;
    return waiting;
  }

  function proceed(packet: Uint8Array): Reassembled {
    if (expected === 0) return broken('l2cap-overrun');
    const part = packet.subarray(5);
    heldBytes += part.length;
    if (heldBytes > expected) return broken('l2cap-overrun');
    held.push(part);
    if (heldBytes < expected) {
      // Empty continuations would grow the list without ever growing the PDU.
      return part.length === 0 ? broken('l2cap-truncated') : waiting;
    }
    const payload = Buffer.concat(held);
    forget();
    return { at: 'whole', pdu: { channel, payload, unfragmented: false } };
  }

  return {
    push(packet) {
      const boundary = (uint16At(packet, 1) >> 12) & 0b11;
      if (boundary === 0b10 || boundary === 0b00) return start(packet);
      return boundary === 0b01 ? proceed(packet) : broken('l2cap-truncated');
    },
  };
}
