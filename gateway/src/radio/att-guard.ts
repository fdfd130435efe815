import { filterAdvertisingReports } from './advertising-filter.js';
import { type AttRequest, type AttViolation, decodeAttRequest, judgeAttPdu, mtuRange } from './att-pdu.js';
import {
  addressAt,
  encodeAcl,
  hciEvent,
  isReadableEvent,
  isWholePacket,
  leEvent,
  packetKind,
  uint16At,
} from './hci-packet.js';
import { createReassembly, l2capChannel, type Reassembled, type Reassembly } from './l2cap-reassembly.js';

/** Why a link is not to be trusted any further. */
export type GuardViolation =
  | AttViolation
  | Extract<Reassembled, { at: 'broken' }>['because']
  | 'signaling-malformed'
  | 'security-malformed';

/** What the guard sees that noble hides, forgets or gets wrong. `link` is the connection handle. */
export type GuardEvent =
  | { readonly type: 'connected'; readonly link: number; readonly address: string }
  | { readonly type: 'connect-failed'; readonly status: number }
  | { readonly type: 'disconnected'; readonly link: number; readonly reason: number }
  | {
      readonly type: 'att-error';
      readonly link: number;
      readonly request: number;
      readonly handle: number;
      readonly att: number;
    }
  /** The answer from which noble learns a descriptor's handle, which it keeps to itself. */
  | { readonly type: 'configuration-found'; readonly link: number; readonly handle: number }
  | { readonly type: 'violation'; readonly link: number; readonly because: GuardViolation }
  | { readonly type: 'command-sent'; readonly opcode: number; readonly parameter: number }
  | {
      readonly type: 'command-answered';
      readonly opcode: number;
      /** The first parameter of the command that this answers. */
      readonly parameter: number;
      readonly status: number;
    }
  | { readonly type: 'advertised'; readonly reports: number };

/** Where a guard sends and reports; see {@link createAttGuard}. */
export interface AttGuardOptions {
  /** Octets of the service UUID as they stand in advertising data. */
  readonly service: Uint8Array;
  /** How many distinct addresses may reach noble, which forgets none; adverts of further ones are dropped. */
  readonly addressLimit: number;
  /** Sends one packet to the controller. */
  readonly send: (packet: Uint8Array) => void;
  readonly report: (event: GuardEvent) => void;
}

/** The filter between an HCI socket and noble; see {@link createAttGuard}. */
export interface AttGuard {
  /** One packet from the controller: what noble may see of it, or `undefined`. */
  inbound(packet: Uint8Array): Uint8Array | undefined;
  /** One packet that noble is about to send. */
  outbound(packet: Uint8Array): void;
  /** How many distinct addresses have reached noble. */
  readonly addresses: number;
}

interface GuardedLink {
  readonly reassembly: Reassembly;
  request: AttRequest | undefined;
  /** Packets of the guard's own that the controller has not yet completed. */
  ownPackets: number;
  poisoned: boolean;
}

// A peer that asks faster than the controller completes our answers gets none: it may not fill the controller's buffers.
const ownPacketLimit = 4;

/**
 * A filter for everything that comes up from the controller: only whole packets, only adverts of locks, only
 * well-formed ATT that answers what was asked, nothing at all from a link that once broke the rules. It confirms
 * indications at once, clamps the MTU, rewrites the ATT errors at which noble stalls, and reports what noble swallows.
 * Any device in range can otherwise kill the process with one packet (docs: Bluetooth). Never throws on any bytes.
 */
export function createAttGuard(options: AttGuardOptions): AttGuard {
  const { report } = options;
  const links = new Map<number, GuardedLink>();
  const addresses = new Set<string>();
  const pendingCommands: { readonly opcode: number; readonly parameter: number }[] = [];

  function admit(address: string): boolean {
    if (addresses.has(address)) return true;
    if (addresses.size >= options.addressLimit) return false;
    addresses.add(address);
    return true;
  }

  function commandAnswered(opcode: number, status: number): void {
    const index = pendingCommands.findIndex((command) => command.opcode === opcode);
    const command = pendingCommands[index];
    // Answers to other programs' commands reach every raw socket; they answer nothing of ours.
    if (command === undefined) return;
    pendingCommands.splice(index, 1);
    report({ type: 'command-answered', opcode, parameter: command.parameter, status });
  }

  function connectionComplete(packet: Uint8Array): void {
    const status = packet[4] ?? 0xff;
    if (status !== 0) {
      report({ type: 'connect-failed', status });
      return;
    }
    const link = uint16At(packet, 5) & 0x0fff;
    links.set(link, {
      reassembly: createReassembly(mtuRange.max),
      request: undefined,
      ownPackets: 0,
      poisoned: false,
    });
    report({ type: 'connected', link, address: addressAt(packet, 9) });
  }

  function leMeta(packet: Uint8Array): Uint8Array | undefined {
    switch (packet[3]) {
      case leEvent.advertisingReport: {
        const filtered = filterAdvertisingReports(packet, options.service, admit);
        if (filtered.reports > 0) report({ type: 'advertised', reports: filtered.reports });
        return filtered.packet;
      }
      case leEvent.extendedAdvertisingReport:
        // Extended scanning is never switched on, and one fork parses these outside any try.
        return undefined;
      case leEvent.connectionComplete:
      case leEvent.enhancedConnectionComplete:
        connectionComplete(packet);
        return packet;
      default:
        return packet;
    }
  }

  // noble counts a link's free buffers by what it sent itself, so the guard's own packets are taken out of the count.
  function completedPackets(packet: Uint8Array): Uint8Array {
    let adjusted = packet;
    for (let at = 4; at + 3 < packet.length; at += 4) {
      const link = links.get(uint16At(packet, at) & 0x0fff);
      if (link === undefined || link.ownPackets === 0) continue;
      const completed = uint16At(packet, at + 2);
      const own = Math.min(link.ownPackets, completed);
      link.ownPackets -= own;
      if (adjusted === packet) adjusted = Buffer.from(packet);
      adjusted[at + 2] = (completed - own) & 0xff;
      adjusted[at + 3] = (completed - own) >> 8;
    }
    return adjusted;
  }

  function event(packet: Uint8Array): Uint8Array | undefined {
    if (!isReadableEvent(packet)) return undefined;
    switch (packet[1]) {
      case hciEvent.commandComplete:
        commandAnswered(uint16At(packet, 4), packet[6] ?? 0);
        return packet;
      case hciEvent.commandStatus: {
        const status = packet[3] ?? 0;
        commandAnswered(uint16At(packet, 5), status);
        return packet;
      }
      case hciEvent.disconnectionComplete: {
        if (packet[3] !== 0) return packet;
        const link = uint16At(packet, 4) & 0x0fff;
        links.delete(link);
        report({ type: 'disconnected', link, reason: packet[6] ?? 0 });
        return packet;
      }
      case hciEvent.completedPackets:
        return completedPackets(packet);
      case hciEvent.leMeta:
        return leMeta(packet);
      default:
        return packet;
    }
  }

  function violated(id: number, link: GuardedLink, because: GuardViolation): undefined {
    link.poisoned = true;
    report({ type: 'violation', link: id, because });
  }

  function att(id: number, link: GuardedLink, pdu: Uint8Array): Uint8Array | undefined {
    const verdict = judgeAttPdu(pdu, link.request);
    if (verdict.violation !== undefined) return violated(id, link, verdict.violation);
    if (verdict.answered) link.request = undefined;
    if (verdict.reply !== undefined && link.ownPackets < ownPacketLimit) {
      link.ownPackets += 1;
      options.send(encodeAcl(id, 0, l2capChannel.att, verdict.reply));
    }
    if (verdict.configuration !== undefined) {
      report({ type: 'configuration-found', link: id, handle: verdict.configuration });
    }
    if (verdict.error !== undefined) report({ type: 'att-error', link: id, ...verdict.error });
    return verdict.pass;
  }

  function acl(packet: Uint8Array): Uint8Array | undefined {
    const id = uint16At(packet, 1) & 0x0fff;
    const link = links.get(id);
    if (link === undefined || link.poisoned) return undefined;
    const reassembled = link.reassembly.push(packet);
    if (reassembled.at === 'waiting') return undefined;
    if (reassembled.at === 'broken') return violated(id, link, reassembled.because);
    const { channel, payload, unfragmented } = reassembled.pdu;
    switch (channel) {
      case l2capChannel.att: {
        const passed = att(id, link, payload);
        if (passed === undefined) return undefined;
        // noble reads a start only under flag 2.
        const asIs = unfragmented && passed === payload && (packet[2] ?? 0) >> 4 === 2;
        return asIs ? packet : encodeAcl(id, 2, channel, passed);
      }
      case l2capChannel.signaling:
        // The kernel negotiates connection parameters; nothing of this channel is noble's business.
        return payload.length >= 4 ? undefined : violated(id, link, 'signaling-malformed');
      case l2capChannel.security:
        // Nothing here pairs. A security request is ignored, as a central may.
        return payload.length >= 1 ? undefined : violated(id, link, 'security-malformed');
      default:
        return undefined;
    }
  }

  function outboundAcl(packet: Uint8Array): void {
    const boundary = (uint16At(packet, 1) >> 12) & 0b11;
    if (boundary === 0b01 || uint16At(packet, 7) !== l2capChannel.att) return;
    const link = links.get(uint16At(packet, 1) & 0x0fff);
    const request = decodeAttRequest(packet.subarray(9));
    if (link !== undefined && request !== undefined) link.request = request;
  }

  return {
    get addresses() {
      return addresses.size;
    },
    inbound(packet) {
      if (!isWholePacket(packet)) return undefined;
      if (packet[0] === packetKind.event) return event(packet);
      if (packet[0] === packetKind.acl) return acl(packet);
      // A command of another program on this adapter; noble would take it for a change of its own scanning.
      return undefined;
    },
    outbound(packet) {
      if (packet[0] === packetKind.acl) return outboundAcl(packet);
      if (packet[0] !== packetKind.command) return;
      const command = { opcode: uint16At(packet, 1), parameter: packet[4] ?? 0 };
      pendingCommands.push(command);
      report({ type: 'command-sent', ...command });
    },
  };
}
