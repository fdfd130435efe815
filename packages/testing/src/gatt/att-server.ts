import { attError, attOpcode, defaultMtu } from './att-codes.js';
import type { AttRefusal, Attribute, GattCharacteristic } from './attribute-table.js';
import type { GattConnection } from './gatt-connection.js';

/** What the attribute protocol remembers of one connection. */
export interface AttBearer {
  readonly connection: GattConnection;
  /** Largest MTU this server agrees to. */
  readonly maxMtu: number;
  mtu: number;
  /** Client characteristic configuration by value handle: bit 0 notify, bit 1 indicate. */
  readonly configurations: Map<number, number>;
  readonly onConfigured: (characteristic: GattCharacteristic, configuration: number) => void;
}

/** An Error Response. */
export function encodeAttError(opcode: number, handle: number, error: number): Buffer {
  return Buffer.from([attOpcode.errorResponse, opcode, handle & 0xff, handle >> 8, error]);
}

/**
 * Answers one ATT PDU of a client from the attributes (Core 5.4, Vol 3, Part F, 3.4); undefined when the PDU takes
 * no answer. Prepared writes are refused as not supported.
 */
export function answerAtt(attributes: readonly Attribute[], bearer: AttBearer, pdu: Buffer): Buffer | undefined {
  const opcode = pdu[0] ?? 0;
  const minimum = minimumLength[opcode];
  if (minimum !== undefined && pdu.length < minimum) {
    return opcode === attOpcode.writeCommand ? undefined : encodeAttError(opcode, 0, attError.invalidPdu);
  }
  switch (opcode) {
    case attOpcode.exchangeMtuRequest:
      return exchangeMtu(bearer, pdu);
    case attOpcode.findInformationRequest:
      return findInformation(attributes, bearer, pdu);
    case attOpcode.findByTypeValueRequest:
      return findByTypeValue(attributes, bearer, pdu);
    case attOpcode.readByTypeRequest:
      return readByType(attributes, bearer, pdu);
    case attOpcode.readByGroupTypeRequest:
      return readByGroupType(attributes, bearer, pdu);
    case attOpcode.readRequest:
      return read(attributes, bearer, pdu, 0, attOpcode.readResponse);
    case attOpcode.readBlobRequest:
      return read(attributes, bearer, pdu, pdu.readUInt16LE(3), attOpcode.readBlobResponse);
    case attOpcode.writeRequest: {
      const handle = pdu.readUInt16LE(1);
      const refusal = write(attributes, bearer, handle, pdu.subarray(3), true);
      return refusal === undefined
        ? Buffer.from([attOpcode.writeResponse])
        : encodeAttError(opcode, handle, refusal.error);
    }
    case attOpcode.writeCommand:
      write(attributes, bearer, pdu.readUInt16LE(1), pdu.subarray(3), false);
      return undefined;
    case attOpcode.confirmation:
      return undefined;
    default:
      // Bit 6 marks a command, and odd opcodes are a server's own: neither is ever answered.
      return (opcode & 0x40) !== 0 || opcode % 2 === 1
        ? undefined
        : encodeAttError(opcode, 0, attError.requestNotSupported);
  }
}

const minimumLength: Readonly<Record<number, number>> = {
  [attOpcode.exchangeMtuRequest]: 3,
  [attOpcode.findInformationRequest]: 5,
  [attOpcode.findByTypeValueRequest]: 7,
  [attOpcode.readByTypeRequest]: 7,
  [attOpcode.readByGroupTypeRequest]: 7,
  [attOpcode.readRequest]: 3,
  [attOpcode.readBlobRequest]: 5,
  [attOpcode.writeRequest]: 3,
  [attOpcode.writeCommand]: 3,
};

function exchangeMtu(bearer: AttBearer, pdu: Buffer): Buffer {
  bearer.mtu = Math.max(defaultMtu, Math.min(pdu.readUInt16LE(1), bearer.maxMtu));
  return Buffer.from([attOpcode.exchangeMtuResponse, bearer.maxMtu & 0xff, bearer.maxMtu >> 8]);
}

function inRange(attributes: readonly Attribute[], pdu: Buffer): readonly Attribute[] | 'invalid' {
  const start = pdu.readUInt16LE(1);
  const end = pdu.readUInt16LE(3);
  if (start === 0 || start > end) return 'invalid';
  return attributes.filter(({ handle }) => handle >= start && handle <= end);
}

function notFound(pdu: Buffer): Buffer {
  return encodeAttError(pdu.readUInt8(0), pdu.readUInt16LE(1), attError.attributeNotFound);
}

function badRange(pdu: Buffer): Buffer {
  return encodeAttError(pdu.readUInt8(0), pdu.readUInt16LE(1), attError.invalidHandle);
}

function handleBytes(handle: number): Buffer {
  return Buffer.from([handle & 0xff, handle >> 8]);
}

// Elements of one response have one length: the first decides, the list ends where another begins or the MTU is full.
function joinElements(elements: readonly Buffer[], room: number): Buffer {
  const length = elements[0]?.length ?? 0;
  const until = elements.findIndex((element, index) => element.length !== length || (index + 1) * length > room);
  return Buffer.concat(until === -1 ? elements : elements.slice(0, until));
}

function findInformation(attributes: readonly Attribute[], bearer: AttBearer, pdu: Buffer): Buffer {
  const range = inRange(attributes, pdu);
  if (range === 'invalid') return badRange(pdu);
  const first = range[0];
  if (first === undefined) return notFound(pdu);
  const elements = range.map(({ handle, type }) => Buffer.concat([handleBytes(handle), type]));
  const format = first.type.length === 2 ? 1 : 2;
  return Buffer.concat([
    Buffer.from([attOpcode.findInformationResponse, format]),
    joinElements(elements, bearer.mtu - 2),
  ]);
}

function findByTypeValue(attributes: readonly Attribute[], bearer: AttBearer, pdu: Buffer): Buffer {
  const range = inRange(attributes, pdu);
  if (range === 'invalid') return badRange(pdu);
  const elements = range.flatMap((attribute) =>
    attribute.kind === 'service' && attribute.type.equals(pdu.subarray(5, 7)) && attribute.value.equals(pdu.subarray(7))
      ? [Buffer.concat([handleBytes(attribute.handle), handleBytes(attribute.endHandle)])]
      : [],
  );
  if (elements.length === 0) return notFound(pdu);
  return Buffer.concat([Buffer.from([attOpcode.findByTypeValueResponse]), joinElements(elements, bearer.mtu - 1)]);
}

function readByGroupType(attributes: readonly Attribute[], bearer: AttBearer, pdu: Buffer): Buffer {
  const range = inRange(attributes, pdu);
  if (range === 'invalid') return badRange(pdu);
  const type = pdu.subarray(5);
  if (!type.equals(Buffer.from([0x00, 0x28]))) {
    return encodeAttError(pdu.readUInt8(0), pdu.readUInt16LE(1), attError.unsupportedGroupType);
  }
  const elements = range.flatMap((attribute) =>
    attribute.kind === 'service'
      ? [Buffer.concat([handleBytes(attribute.handle), handleBytes(attribute.endHandle), attribute.value])]
      : [],
  );
  const first = elements[0];
  if (first === undefined) return notFound(pdu);
  return Buffer.concat([
    Buffer.from([attOpcode.readByGroupTypeResponse, first.length]),
    joinElements(elements, bearer.mtu - 2),
  ]);
}

function readByType(attributes: readonly Attribute[], bearer: AttBearer, pdu: Buffer): Buffer {
  const range = inRange(attributes, pdu);
  if (range === 'invalid') return badRange(pdu);
  const type = pdu.subarray(5);
  const elements: Buffer[] = [];
  for (const attribute of range) {
    if (!attribute.type.equals(type)) continue;
    const value = readAttribute(attribute, bearer);
    if ('error' in value) {
      if (elements.length === 0) return encodeAttError(pdu.readUInt8(0), attribute.handle, value.error);
      break;
    }
    elements.push(Buffer.concat([handleBytes(attribute.handle), value.subarray(0, Math.min(bearer.mtu - 4, 253))]));
  }
  const first = elements[0];
  if (first === undefined) return notFound(pdu);
  return Buffer.concat([
    Buffer.from([attOpcode.readByTypeResponse, first.length]),
    joinElements(elements, bearer.mtu - 2),
  ]);
}

function read(
  attributes: readonly Attribute[],
  bearer: AttBearer,
  pdu: Buffer,
  offset: number,
  responseOpcode: number,
): Buffer {
  const opcode = pdu.readUInt8(0);
  const handle = pdu.readUInt16LE(1);
  const attribute = attributes.find((candidate) => candidate.handle === handle);
  if (attribute === undefined) return encodeAttError(opcode, handle, attError.invalidHandle);
  const value = readAttribute(attribute, bearer);
  if ('error' in value) return encodeAttError(opcode, handle, value.error);
  if (offset > value.length) return encodeAttError(opcode, handle, attError.invalidOffset);
  return Buffer.concat([Buffer.from([responseOpcode]), value.subarray(offset, offset + bearer.mtu - 1)]);
}

function readAttribute(attribute: Attribute, bearer: AttBearer): Buffer | AttRefusal {
  switch (attribute.kind) {
    case 'service':
    case 'declaration':
      return attribute.value;
    case 'configuration':
      return handleBytes(bearer.configurations.get(attribute.valueHandle) ?? 0);
    case 'value': {
      const { characteristic } = attribute;
      if (!characteristic.properties.includes('read') || characteristic.onRead === undefined) {
        return { error: attError.readNotPermitted };
      }
      const value = characteristic.onRead(bearer.connection);
      return 'error' in value ? value : Buffer.from(value);
    }
  }
}

function write(
  attributes: readonly Attribute[],
  bearer: AttBearer,
  handle: number,
  value: Buffer,
  withResponse: boolean,
): AttRefusal | undefined {
  const attribute = attributes.find((candidate) => candidate.handle === handle);
  if (attribute === undefined) return { error: attError.invalidHandle };
  if (attribute.kind === 'configuration') {
    if (value.length !== 2) return { error: attError.invalidAttributeLength };
    const configuration = value.readUInt16LE(0) & 3;
    bearer.configurations.set(attribute.valueHandle, configuration);
    bearer.onConfigured(attribute.characteristic, configuration);
    return undefined;
  }
  if (
    attribute.kind !== 'value' ||
    !attribute.characteristic.properties.includes(withResponse ? 'write' : 'write-without-response')
  ) {
    return { error: attError.writeNotPermitted };
  }
  return attribute.characteristic.onWrite?.(bearer.connection, Uint8Array.from(value), { withResponse });
}
