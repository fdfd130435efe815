import type { GattConnection } from './gatt-connection.js';

/** One request of a client, before it is executed. `characteristic` is set when its handle is a value or its descriptor. */
export interface GattRequest {
  readonly opcode: number;
  readonly pdu: Uint8Array;
  readonly handle?: number;
  readonly characteristic?: string;
}

/**
 * What goes wrong with one request:
 * `ignore` neither executes nor answers; `withhold` executes and never answers; `delay` answers later; `refuse` answers
 * an ATT error without executing; `reply` answers these raw PDUs instead, without executing; `drop` ends the link
 * before executing, after executing, or after answering, by Disconnect or (`lose`) by losing contact; `indicate-first`
 * sends an indication and goes on with the request only when it is confirmed.
 */
export type GattFault =
  | { readonly action: 'ignore' }
  | { readonly action: 'withhold' }
  | { readonly action: 'delay'; readonly delayMs: number }
  | { readonly action: 'refuse'; readonly error: number }
  | { readonly action: 'reply'; readonly pdus: readonly Uint8Array[] }
  | { readonly action: 'indicate-first'; readonly uuid: string; readonly value: Uint8Array }
  | { readonly action: 'drop'; readonly when: 'before' | 'executed' | 'answered'; readonly lose?: boolean };

/**
 * The faults of one GATT server. `onRequest` is asked for each PDU a client sends and decides what goes wrong with it;
 * it may also act on the connection, e.g. send an indication ahead of the answer.
 */
export interface GattFaults {
  onRequest: ((request: GattRequest, connection: GattConnection) => GattFault | undefined) | undefined;
}
