/** The first byte of an H4 packet. */
export const packetKind = { command: 0x01, acl: 0x02, event: 0x04 } as const;

/** Opcodes of the HCI commands that the guard and the adapter look at (Core Specification vol 4 part E §7). */
export const hciOpcode = {
  disconnect: 0x0406,
  reset: 0x0c03,
  readLocalVersion: 0x1001,
  readBufferSize: 0x1005,
  readAddress: 0x1009,
  readRssi: 0x1405,
  readLeHostSupported: 0x0c6c,
  leReadBufferSize: 0x2002,
  leSetScanEnable: 0x200c,
  leCreateConnection: 0x200d,
  leCancelConnection: 0x200e,
} as const;

/** Event codes, and the sub-events of LE Meta (§7.7). */
export const hciEvent = {
  disconnectionComplete: 0x05,
  encryptionChange: 0x08,
  commandComplete: 0x0e,
  commandStatus: 0x0f,
  completedPackets: 0x13,
  leMeta: 0x3e,
} as const;

/** Sub-event codes of the LE Meta event (§7.7.65). */
export const leEvent = {
  connectionComplete: 0x01,
  advertisingReport: 0x02,
  connectionUpdate: 0x03,
  enhancedConnectionComplete: 0x0a,
  extendedAdvertisingReport: 0x0d,
} as const;

/** Two little-endian octets at `offset`; 0 beyond the end, so that reading can never throw. */
export function uint16At(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8);
}

/** `aa:bb:cc:dd:ee:ff` from six little-endian octets. */
export function addressAt(bytes: Uint8Array, offset: number): string {
  const octets = [...bytes.subarray(offset, offset + 6)].reverse();
  return octets.map((octet) => octet.toString(16).padStart(2, '0')).join(':');
}

/** True when the packet is of a known kind and exactly as long as its own header says. */
export function isWholePacket(packet: Uint8Array): boolean {
  switch (packet[0]) {
    case packetKind.command:
      return packet.length >= 4 && packet.length === 4 + (packet[3] ?? 0);
    case packetKind.acl:
      return packet.length >= 5 && packet.length === 5 + uint16At(packet, 3);
    case packetKind.event:
      return packet.length >= 3 && packet.length === 3 + (packet[2] ?? 0);
    default:
      return false;
  }
}

// What both forks read of a command's return parameters without looking at their length first.
const returnSizeBytes: ReadonlyMap<number, number> = new Map([
  [hciOpcode.readLocalVersion, 8],
  [hciOpcode.readBufferSize, 7],
  [hciOpcode.readAddress, 6],
  [hciOpcode.readRssi, 3],
]);

// The same, read only when the status says success.
const successSizeBytes: ReadonlyMap<number, number> = new Map([
  [hciOpcode.readLeHostSupported, 2],
  [hciOpcode.leReadBufferSize, 3],
]);

const leEventSizeBytes: ReadonlyMap<number, number> = new Map([
  [leEvent.connectionComplete, 19],
  [leEvent.connectionUpdate, 10],
  [leEvent.enhancedConnectionComplete, 31],
]);

/**
 * True when an event packet carries every parameter that noble reads of it. noble reads by offset and throws out of its
 * socket handler on a short one; a refused Read Local Version, which has a status and nothing else, is enough.
 */
export function isReadableEvent(packet: Uint8Array): boolean {
  const size = packet.length - 3;
  switch (packet[1]) {
    case hciEvent.disconnectionComplete:
    case hciEvent.encryptionChange:
    case hciEvent.commandStatus:
      return size >= 4;
    case hciEvent.commandComplete: {
      const opcode = uint16At(packet, 4);
      const needed = returnSizeBytes.get(opcode) ?? (packet[6] === 0 ? successSizeBytes.get(opcode) : 0) ?? 0;
      return size >= 4 + needed;
    }
    case hciEvent.completedPackets:
      return size >= 1 && size >= 1 + 4 * (packet[3] ?? 0);
    case hciEvent.leMeta:
      return size >= (leEventSizeBytes.get(packet[3] ?? 0) ?? 2);
    default:
      return true;
  }
}

/** One ACL packet with one whole L2CAP PDU in it; `boundary` 0 is what a host sends, 2 what a controller hands up. */
export function encodeAcl(link: number, boundary: 0 | 2, channel: number, pdu: Uint8Array): Uint8Array {
  const packet = Buffer.allocUnsafe(9 + pdu.length);
  packet.writeUInt8(packetKind.acl, 0);
  packet.writeUInt16LE((link & 0x0fff) | (boundary << 12), 1);
  packet.writeUInt16LE(pdu.length + 4, 3);
  packet.writeUInt16LE(pdu.length, 5);
  packet.writeUInt16LE(channel, 7);
  packet.set(pdu, 9);
  return packet;
}
