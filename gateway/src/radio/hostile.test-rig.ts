import { type GattConnection, l2capChannel } from '@latchwork/testing';

/** Bytes that no honest lock sends, and what the guard calls them. */
export interface Attack {
  readonly name: string;
  readonly because: string;
  readonly strike: (connection: GattConnection) => void;
}

/** Sends an ATT PDU of these octets. */
export const att =
  (...octets: number[]) =>
  (connection: GattConnection) =>
    connection.sendPdu(l2capChannel.att, Uint8Array.from(octets));

/** What a peripheral may send at any moment, without having been asked. */
export const unasked: readonly Attack[] = [
  { name: 'fault 28: a notification of one byte', because: 'att-length', strike: att(0x1b) },
  { name: 'fault 28: a notification of two bytes', because: 'att-length', strike: att(0x1b, 10) },
  { name: 'fault 28: an indication of one byte', because: 'att-length', strike: att(0x1d) },
  {
    name: 'fault 29: an ACL packet of two bytes',
    because: 'l2cap-truncated',
    strike: (connection) => connection.sendAcl(Uint8Array.of(1, 0)),
  },
  {
    name: 'fault 29: an L2CAP PDU longer than its packet says, twice begun',
    because: 'l2cap-truncated',
    strike(connection) {
      connection.sendAcl(Uint8Array.of(9, 0, 4, 0, 0x1b));
      connection.sendAcl(Uint8Array.of(9, 0, 4, 0, 0x1b));
    },
  },
  {
    name: 'fault 29: an L2CAP PDU of 65,535 bytes',
    because: 'l2cap-too-long',
    strike: (connection) => connection.sendAcl(Uint8Array.of(0xff, 0xff, 4, 0, 0x1b)),
  },
  {
    name: 'fault 29: an L2CAP PDU shorter than its packet',
    because: 'l2cap-overrun',
    strike: (connection) => connection.sendAcl(Uint8Array.of(1, 0, 4, 0, 0x1b, 10, 0)),
  },
  {
    name: 'fault 30: a signaling PDU of one byte',
    because: 'signaling-malformed',
    strike: (connection) => connection.sendPdu(l2capChannel.signaling, Uint8Array.of(0x12)),
  },
  {
    name: 'fault 31: an empty SMP PDU',
    because: 'security-malformed',
    strike: (connection) => connection.sendPdu(l2capChannel.security, new Uint8Array()),
  },
  { name: 'fault 31: an empty ATT PDU', because: 'att-empty', strike: att() },
  { name: 'fault 36: an answer to a read that nobody asked for', because: 'att-unsolicited', strike: att(0x0b, 1) },
  { name: 'fault 36: an error of two bytes', because: 'att-length', strike: att(0x01, 0x12) },
];
