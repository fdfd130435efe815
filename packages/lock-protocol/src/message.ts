import { answerCodeOf, answerCodes } from './answer-code.js';
import type { BoltState, LockAction, LockAnswer, UnlockIntent } from './caller/lock-link.js';
import { type CborValue, decodeCbor, encodeCbor } from './encoding/cbor.js';
import { hasUnknownCriticalClaim } from './encoding/claim-reader.js';
import { maxMessageSizeBytes } from './encoding/gatt.js';
import { encodeOperation, type OperationRequest, readOperation } from './lock/operation-message.js';
import { type ClockQuality, clockQualities } from './log/lock-log.js';
import { LockProtocolError, type MessageFault } from './protocol-error.js';

/** Names in the order of their numbers on the wire (SPEC §9 and §10); new names are appended. */
const actions = ['unlock', 'lock', 'hold-open'] as const satisfies readonly LockAction[];
const intents = ['tap', 'biometric', 'staff'] as const satisfies readonly UnlockIntent[];
/** Names in the order of their numbers on the wire. */
export const boltStates = ['unknown', 'locked', 'unlocked', 'held-open'] as const satisfies readonly BoltState[];

const helloField = { nonce: 1, clockQuality: 2, capabilities: 3 } as const;
const requestField = { token: 2, grant: 4, certificate: 6, command: 8, operation: 10 } as const;
const commandField = { action: 2, commandId: 4, ttlMs: 6, intent: 8, remote: 10, nonce: 12 } as const;

function refuse(reason: MessageFault, message: string): never {
  throw new LockProtocolError({ code: 'message', reason }, message);
}

/** Payload of message 2: the lock echoes its nonce, so that an edited INFO is seen by the caller too. */
export interface LockHello {
  /** LN of this connection, as in INFO. */
  readonly nonce: Uint8Array;
  readonly clockQuality: ClockQuality;
  /** Bits of {@link capabilities}. */
  readonly capabilities: number;
}

/** Bits of the capability list in message 2. */
export const capabilities = { unlock: 1, lock: 2, holdOpen: 4 } as const;

/** Bytes of message 2's payload: always 23. */
export function encodeHello(hello: LockHello): Uint8Array {
  const list = new Uint8Array(8);
  new DataView(list.buffer).setUint32(4, hello.capabilities);
  return encodeCbor(
    new Map<number, CborValue>([
      [helloField.nonce, hello.nonce],
      [helloField.clockQuality, clockQualities.indexOf(hello.clockQuality)],
      [helloField.capabilities, list],
    ]),
  );
}

/**
 * Reads message 2's payload; unknown odd fields are ignored.
 * @throws LockProtocolError `message` for anything else that is not a hello.
 */
export function decodeHello(bytes: Uint8Array): LockHello {
  const map = decodeMap(bytes, 'hello');
  if (hasUnknownCriticalClaim(map, helloField)) refuse('hello', 'The hello needs a field this side does not know.');
  const nonce = map.get(helloField.nonce);
  const quality = map.get(helloField.clockQuality);
  const list = map.get(helloField.capabilities);
  const clockQuality = typeof quality === 'number' ? clockQualities[quality] : undefined;
  if (!isBytes(nonce, 8) || !isBytes(list, 8) || clockQuality === undefined)
    return refuse('hello', 'The hello is incomplete.');
  return { nonce, clockQuality, capabilities: new DataView(list.buffer, list.byteOffset, 8).getUint32(4) };
}

/** One command inside a request, as the lock reads it. */
export interface CommandRequest {
  readonly action: LockAction;
  /** 8 bytes. */
  readonly commandId: Uint8Array;
  /** The lock refuses the command when message 1, or the result quoted by `nonce`, is older than this. */
  readonly ttlMs: number;
  readonly intent: UnlockIntent;
  readonly via: 'local' | 'remote';
  /** Nonce of the last result; required in every request after message 3. */
  readonly nonce?: Uint8Array;
}

/** What a request shows, unless it was shown before in this session. */
export interface ShownObjects {
  readonly token?: Uint8Array;
  readonly grant?: Uint8Array;
  /** The signer's property certificate, when the lock may not hold it. */
  readonly certificate?: Uint8Array;
}

/** Payload of message 3 and of every later request: the authority, and a command of the bolt or another operation. */
export type LockRequest = ShownObjects &
  ({ readonly command: CommandRequest } | { readonly operation: OperationRequest });

/** Bytes of message 3's payload, or of a later request. */
export function encodeRequest(request: LockRequest): Uint8Array {
  const outer = new Map<number, CborValue>();
  if (request.token) outer.set(requestField.token, request.token);
  if (request.grant) outer.set(requestField.grant, request.grant);
  if (request.certificate) outer.set(requestField.certificate, request.certificate);
  if ('command' in request) outer.set(requestField.command, encodeCommand(request.command));
  else outer.set(requestField.operation, encodeOperation(request.operation));
  return encodeCbor(outer);
}

function encodeCommand(command: CommandRequest): CborValue {
  const map = new Map<number, CborValue>([
    [commandField.action, actions.indexOf(command.action) + 1],
    [commandField.commandId, command.commandId],
    [commandField.ttlMs, command.ttlMs],
    [commandField.intent, intents.indexOf(command.intent)],
  ]);
  if (command.via === 'remote') map.set(commandField.remote, true);
  if (command.nonce) map.set(commandField.nonce, command.nonce);
  return map;
}

/** A request, or the code with which the lock answers what it cannot read. */
export type DecodedRequest =
  | { readonly readable: true; readonly request: LockRequest }
  | { readonly readable: false; readonly code: 'bad-frame' | 'critical-field' | 'unsupported' };

/** Reads an authenticated request. Unknown odd fields are ignored, unknown even ones refuse the request. */
export function decodeRequest(bytes: Uint8Array): DecodedRequest {
  let map: ReadonlyMap<number, CborValue>;
  try {
    map = decodeMap(bytes, 'request');
  } catch (error) {
    if (error instanceof LockProtocolError) return { readable: false, code: 'bad-frame' };
    throw error;
  }
  if (hasUnknownCriticalClaim(map, requestField)) return { readable: false, code: 'critical-field' };
  const command = map.get(requestField.command);
  const operation = map.get(requestField.operation);
  const asked = command ?? operation;
  if (!(asked instanceof Map) || (command !== undefined && operation !== undefined)) {
    return { readable: false, code: 'bad-frame' };
  }
  const objects: { token?: Uint8Array; grant?: Uint8Array; certificate?: Uint8Array } = {};
  for (const name of ['token', 'grant', 'certificate'] as const) {
    const value = map.get(requestField[name]);
    if (value === undefined) continue;
    if (!(value instanceof Uint8Array)) return { readable: false, code: 'bad-frame' };
    objects[name] = value;
  }
  if (objects.token && objects.grant) return { readable: false, code: 'bad-frame' };
  const read = command === undefined ? readOperation(asked) : readCommand(asked);
  if (typeof read === 'string') return { readable: false, code: read };
  return { readable: true, request: { ...objects, ...('name' in read ? { operation: read } : { command: read }) } };
}

function readCommand(
  map: ReadonlyMap<number, CborValue>,
): CommandRequest | 'bad-frame' | 'critical-field' | 'unsupported' {
  if (hasUnknownCriticalClaim(map, commandField)) return 'critical-field';
  const number = map.get(commandField.action);
  const commandId = map.get(commandField.commandId);
  const ttlMs = map.get(commandField.ttlMs);
  const intent = map.get(commandField.intent);
  const remote = map.get(commandField.remote) ?? false;
  const nonce = map.get(commandField.nonce);
  if (typeof number !== 'number' || !isBytes(commandId, 8) || typeof ttlMs !== 'number' || ttlMs < 0)
    return 'bad-frame';
  if (typeof remote !== 'boolean' || typeof intent !== 'number') return 'bad-frame';
  if (nonce !== undefined && !isBytes(nonce, 8)) return 'bad-frame';
  const action = actions[number - 1];
  const named = intents[intent];
  if (action === undefined || named === undefined) return 'unsupported';
  const command = { action, commandId, ttlMs, intent: named, via: remote ? 'remote' : 'local' } as const;
  return nonce === undefined ? command : { ...command, nonce };
}

/** A lock's answer as it travels, with the nonce that a later request of the session must quote. */
export interface ResultRecord extends LockAnswer {
  /** 8 bytes. */
  readonly nonce: Uint8Array;
}

const resultKind = 1;
const resultSizeBytes = 33;
const repeatedFlag = 1;
const batteryUnknown = 255;

/** Bytes of a result record: 33, so that it fits three frames at the smallest MTU. */
export function encodeResult(result: ResultRecord): Uint8Array {
  const bytes = new Uint8Array(resultSizeBytes);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, resultKind);
  view.setUint8(1, answerCodes[result.code].number);
  view.setUint8(2, boltStates.indexOf(result.bolt));
  view.setUint8(3, result.repeated ? repeatedFlag : 0);
  view.setUint8(4, result.batteryPercent ?? batteryUnknown);
  view.setUint32(5, result.logSeq);
  bytes.set(result.nonce, 9);
  bytes.set(result.logHead.subarray(0, 16), 17);
  return bytes;
}

/**
 * Reads a result record; a longer one is cut, because later versions append fields.
 * @throws LockProtocolError `message` when it is short, of another kind, or says a code or state unknown here.
 */
export function decodeResult(bytes: Uint8Array): ResultRecord {
  if (bytes.length < resultSizeBytes || bytes.length > maxMessageSizeBytes)
    refuse('result', `A result has 33 bytes or more, not ${bytes.length}.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const code = answerCodeOf(view.getUint8(1));
  const bolt = boltStates[view.getUint8(2)];
  const battery = view.getUint8(4);
  if (view.getUint8(0) !== resultKind || code === undefined || bolt === undefined) {
    return refuse('result', 'The result is of a kind, code or state unknown here.');
  }
  if (battery > 100 && battery !== batteryUnknown)
    return refuse('result', `A battery has 0 to 100 percent, not ${battery}.`);
  return {
    code,
    bolt,
    batteryPercent: battery === batteryUnknown ? null : battery,
    logSeq: view.getUint32(5),
    logHead: bytes.slice(17, 33),
    repeated: (view.getUint8(3) & repeatedFlag) !== 0,
    nonce: bytes.slice(9, 17),
  };
}

function decodeMap(bytes: Uint8Array, message: 'hello' | 'request'): ReadonlyMap<number, CborValue> {
  const value = decodeCbor(bytes);
  if (!(value instanceof Map)) return refuse(message, `The ${message} is not a map.`);
  return value;
}

function isBytes(value: CborValue | undefined, sizeBytes: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length === sizeBytes;
}
