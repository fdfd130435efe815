import { uint16At } from './hci-packet.js';

/** ATT opcodes (Core Specification vol 3 part F §3.4). */
export const attOpcode = {
  error: 0x01,
  mtuRequest: 0x02,
  findInformation: 0x04,
  readByType: 0x08,
  read: 0x0a,
  readBlob: 0x0c,
  readByGroup: 0x10,
  write: 0x12,
  prepareWrite: 0x16,
  executeWrite: 0x18,
  notification: 0x1b,
  indication: 0x1d,
  confirmation: 0x1e,
} as const;

/** ATT error codes that the radio reasons about. */
export const attError = {
  invalidPdu: 0x04,
  requestNotSupported: 0x06,
  attributeNotFound: 0x0a,
  unlikely: 0x0e,
} as const;

/** The largest and smallest MTU that noble may believe: it asks for 256, and below 23 its long writes never end. */
export const mtuRange = { min: 23, max: 256 } as const;

const characteristicType = 0x2803;
const clientConfigurationType = 0x2902;
const longestValueBytes = 512;

/** The one request that a link has open, as far as its answer can be checked against it. */
export interface AttRequest {
  readonly opcode: number;
  /** First and last handle of a range request; the one handle of any other. */
  readonly start: number;
  readonly end: number;
  /** 16-bit attribute type of Read By Type and Read By Group Type; 0 elsewhere. */
  readonly type: number;
  /** Offset of a Read Blob; 0 elsewhere. */
  readonly offset: number;
}

/** Why a peer is not to be trusted any further: no honest lock sends any of these. */
export type AttViolation =
  | 'att-empty'
  | 'att-length'
  | 'att-unsolicited'
  | 'att-not-advancing'
  | 'att-out-of-range'
  | 'att-value-too-long';

/** What becomes of one inbound ATT PDU. */
export interface AttVerdict {
  /** Handed on to noble, possibly rewritten. */
  readonly pass?: Uint8Array;
  /** Sent back to the peer at once. */
  readonly reply?: Uint8Array;
  /** The peer refused the open request with this error. */
  readonly error?: { readonly request: number; readonly handle: number; readonly att: number };
  readonly violation?: AttViolation;
  /** Handle of the client configuration descriptor that was asked for. */
  readonly configuration?: number;
  /** True when the open request has been answered. */
  readonly answered?: boolean;
}

/** The request in an outbound ATT PDU, or `undefined` for a command, a confirmation or an answer. */
export function decodeAttRequest(pdu: Uint8Array): AttRequest | undefined {
  const opcode = pdu[0] ?? 0;
  if (opcode % 2 === 1 || (opcode & 0x40) !== 0 || opcode === attOpcode.confirmation) return undefined;
  const start = uint16At(pdu, 1);
  const ranged =
    opcode === attOpcode.readByGroup || opcode === attOpcode.readByType || opcode === attOpcode.findInformation;
  return {
    opcode,
    start,
    end: ranged ? uint16At(pdu, 3) : start,
    type: ranged && pdu.length === 7 ? uint16At(pdu, 5) : 0,
    offset: opcode === attOpcode.readBlob ? uint16At(pdu, 3) : 0,
  };
}

const violate = (violation: AttViolation): AttVerdict => ({ violation });

// Handles must lie in the range that was asked for and rise, or noble asks for the same range for ever.
function judgeList(
  pdu: Uint8Array,
  request: AttRequest,
  headBytes: number,
  size: number,
  last: (offset: number, first: number) => number,
): AttVerdict {
  const body = pdu.length - headBytes;
  if (size < 2 || body < size || body % size !== 0) return violate('att-length');
  let floor = request.start;
  for (let offset = headBytes; offset < pdu.length; offset += size) {
    const first = uint16At(pdu, offset);
    const end = last(offset, first);
    if (first < floor || end < first) return violate('att-not-advancing');
    if (end > request.end) return violate('att-out-of-range');
    floor = end + 1;
  }
  return { pass: pdu, answered: true };
}

function judgeReadByType(pdu: Uint8Array, request: AttRequest): AttVerdict {
  const size = pdu[1] ?? 0;
  if (request.type === characteristicType) {
    if (size !== 7 && size !== 21) return violate('att-length');
    return judgeList(pdu, request, 2, size, (offset, first) => {
      const value = uint16At(pdu, offset + 3);
      return value > first ? value : 0;
    });
  }
  if (request.type === clientConfigurationType && size !== 4) return violate('att-length');
  const verdict = judgeList(pdu, request, 2, size, (_, first) => first);
  const found = verdict.answered && request.type === clientConfigurationType;
  return found ? { ...verdict, configuration: uint16At(pdu, 2) } : verdict;
}

function judgeAnswer(pdu: Uint8Array, request: AttRequest): AttVerdict {
  switch (request.opcode) {
    case attOpcode.mtuRequest: {
      if (pdu.length !== 3) return violate('att-length');
      const mtu = Math.min(mtuRange.max, Math.max(mtuRange.min, uint16At(pdu, 1)));
      return { pass: Buffer.from([attOpcode.mtuRequest + 1, mtu & 0xff, mtu >> 8]), answered: true };
    }
    case attOpcode.readByGroup: {
      const size = pdu[1] ?? 0;
      if (size !== 6 && size !== 20) return violate('att-length');
      return judgeList(pdu, request, 2, size, (offset) => uint16At(pdu, offset + 2));
    }
    case attOpcode.readByType:
      return judgeReadByType(pdu, request);
    case attOpcode.findInformation: {
      const size = pdu[1] === 1 ? 4 : pdu[1] === 2 ? 18 : 0;
      return judgeList(pdu, request, 2, size, (_, first) => first);
    }
    case attOpcode.read:
    case attOpcode.readBlob:
      if (request.offset + pdu.length - 1 > longestValueBytes) return violate('att-value-too-long');
      return { pass: pdu, answered: true };
    case attOpcode.write:
    case attOpcode.executeWrite:
      return pdu.length === 1 ? { pass: pdu, answered: true } : violate('att-length');
    case attOpcode.prepareWrite:
      return pdu.length >= 5 ? { pass: pdu, answered: true } : violate('att-length');
    default:
      return violate('att-unsolicited');
  }
}

// Both forks stop the link's queue for good at these: 0x04 is taken for a refused MTU, the others start a pairing that
// never ends.
const stalling: ReadonlySet<number> = new Set([attError.invalidPdu, 0x05, 0x08, 0x0f]);

function judgeError(pdu: Uint8Array, request: AttRequest | undefined): AttVerdict {
  if (pdu.length !== 5) return violate('att-length');
  if (request === undefined || pdu[1] !== request.opcode) return violate('att-unsolicited');
  const att = pdu[4] ?? 0;
  const error = { request: request.opcode, handle: uint16At(pdu, 2), att };
  if (!stalling.has(att)) return { pass: pdu, error, answered: true };
  const rewritten = Buffer.from(pdu);
  rewritten[4] = attError.unlikely;
  return { pass: rewritten, error, answered: true };
}

// A lock may act as a GATT client towards us. noble would answer too, but takes an MTU request equal to its own for an echo.
function judgeRequest(pdu: Uint8Array): AttVerdict {
  const opcode = pdu[0] ?? 0;
  if ((opcode & 0x40) !== 0 || opcode === attOpcode.confirmation) return {};
  if (opcode === attOpcode.mtuRequest) {
    if (pdu.length !== 3) return violate('att-length');
    return { reply: Buffer.from([attOpcode.mtuRequest + 1, mtuRange.max & 0xff, mtuRange.max >> 8]) };
  }
  return { reply: Buffer.from([attOpcode.error, opcode, 0, 0, attError.requestNotSupported]) };
}

/**
 * Decides what becomes of one inbound ATT PDU, given the request that is open on its link. Only well-formed answers to
 * that very request, and well-formed notifications, are passed on to noble.
 */
export function judgeAttPdu(pdu: Uint8Array, request: AttRequest | undefined): AttVerdict {
  const opcode = pdu[0];
  if (opcode === undefined) return violate('att-empty');
  if (opcode % 2 === 0) return judgeRequest(pdu);
  if (opcode === attOpcode.notification) return pdu.length >= 3 ? { pass: pdu } : violate('att-length');
  if (opcode === attOpcode.indication) {
    if (pdu.length < 3) return violate('att-length');
    // noble queues its confirmation behind the open request, whose answer the lock may hold back until it is confirmed.
    const notification = Buffer.from(pdu);
    notification[0] = attOpcode.notification;
    return { pass: notification, reply: Buffer.from([attOpcode.confirmation]) };
  }
  if (opcode === attOpcode.error) return judgeError(pdu, request);
  if (request === undefined || opcode !== request.opcode + 1) return violate('att-unsolicited');
  return judgeAnswer(pdu, request);
}
