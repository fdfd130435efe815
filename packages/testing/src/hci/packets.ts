import { h4, hciEvent } from './codes.js';

/** One HCI command taken out of its H4 packet. */
export interface HciCommandPacket {
  readonly opcode: number;
  readonly parameters: Buffer;
}

/** One HCI ACL data packet taken out of its H4 packet; `start` tells the first fragment of an L2CAP PDU. */
export interface HciAclPacket {
  readonly handle: number;
  readonly start: boolean;
  readonly data: Buffer;
}

/** Reads an H4 command packet; undefined when the bytes are no whole command. */
export function decodeCommandPacket(packet: Buffer): HciCommandPacket | undefined {
  if (packet.length < 4 || packet[0] !== h4.command || packet.length !== 4 + packet.readUInt8(3)) return undefined;
  return { opcode: packet.readUInt16LE(1), parameters: packet.subarray(4) };
}

/** Reads an H4 ACL packet; undefined when the bytes are no whole ACL packet. */
export function decodeAclPacket(packet: Buffer): HciAclPacket | undefined {
  if (packet.length < 5 || packet[0] !== h4.acl || packet.length !== 5 + packet.readUInt16LE(3)) return undefined;
  const header = packet.readUInt16LE(1);
  return { handle: header & 0x0fff, start: ((header >> 12) & 0x03) !== 0x01, data: packet.subarray(5) };
}

/** Writes an H4 command packet. */
export function encodeCommandPacket(opcode: number, parameters: Uint8Array = Buffer.alloc(0)): Buffer {
  const packet = Buffer.alloc(4 + parameters.length);
  packet.writeUInt8(h4.command, 0);
  packet.writeUInt16LE(opcode, 1);
  packet.writeUInt8(parameters.length, 3);
  packet.set(parameters, 4);
  return packet;
}

/**
 * Writes an H4 ACL packet. The packet boundary flag of a first fragment differs by direction: 0b00 from host to
 * controller, 0b10 from controller to host (Core 5.4, Vol 4, Part E, 5.4.2).
 */
export function encodeAclPacket(o: {
  readonly handle: number;
  readonly boundary: 'first-to-controller' | 'first-to-host' | 'continuing';
  readonly data: Uint8Array;
}): Buffer {
  const flag = o.boundary === 'first-to-controller' ? 0 : o.boundary === 'first-to-host' ? 2 : 1;
  const packet = Buffer.alloc(5 + o.data.length);
  packet.writeUInt8(h4.acl, 0);
  packet.writeUInt16LE(o.handle | (flag << 12), 1);
  packet.writeUInt16LE(o.data.length, 3);
  packet.set(o.data, 5);
  return packet;
}

/** Writes an H4 event packet. */
export function encodeEventPacket(code: number, parameters: Uint8Array): Buffer {
  const packet = Buffer.alloc(3 + parameters.length);
  packet.writeUInt8(h4.event, 0);
  packet.writeUInt8(code, 1);
  packet.writeUInt8(parameters.length, 2);
  packet.set(parameters, 3);
  return packet;
}

/** Command Complete for one opcode; one command may always be outstanding. */
export function encodeCommandComplete(opcode: number, returnParameters: Uint8Array): Buffer {
  return encodeEventPacket(
    hciEvent.commandComplete,
    Buffer.concat([Buffer.from([1, opcode & 0xff, opcode >> 8]), returnParameters]),
  );
}

/** Command Status for one opcode. */
export function encodeCommandStatus(opcode: number, status: number): Buffer {
  return encodeEventPacket(hciEvent.commandStatus, Buffer.from([status, 1, opcode & 0xff, opcode >> 8]));
}

/** An LE Meta event with its subevent code. */
export function encodeLeEvent(subevent: number, parameters: Uint8Array): Buffer {
  return encodeEventPacket(hciEvent.leMeta, Buffer.concat([Buffer.from([subevent]), parameters]));
}

/** A device address as HCI carries it: six bytes, least significant first. Throws on anything but `aa:bb:cc:dd:ee:ff`. */
export function encodeAddress(address: string): Buffer {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(address)) throw new RangeError(`not a device address: ${address}`);
  return Buffer.from(address.replaceAll(':', ''), 'hex').reverse();
}

/** The text of a device address in HCI byte order, lower case. */
export function decodeAddress(bytes: Uint8Array): string {
  return [...bytes]
    .reverse()
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join(':');
}
