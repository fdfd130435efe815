import { type FrameFault, LockProtocolError } from '../protocol-error.js';
import { concatBytes } from './byte-strings.js';
import { maxMessageSizeBytes } from './gatt.js';

/** Longest silence between two frames of one message. */
export const frameGapMs = 2000;

const startBit = 0x80;
const endBit = 0x40;
const counterMask = 0x3f;
const startHeaderSizeBytes = 3;
const headerSizeBytes = 1;
/** Opcode and handle of an ATT write or notification. */
const attHeaderSizeBytes = 3;
const smallestMtu = 23;
const largestMtu = 517;

function refuse(reason: FrameFault, message: string): never {
  throw new LockProtocolError({ code: 'frame', reason }, message);
}

/** The frames of one message, and the counter with which the sender's next message begins. */
export interface SplitMessage {
  readonly frames: readonly Uint8Array[];
  readonly nextCounter: number;
}

/**
 * Cuts a message into frames that fit one ATT write or notification each (SPEC §8).
 * The counter runs over all frames of one direction of one connection, modulo 64, and begins at 0.
 * @throws LockProtocolError `frame` when the message is empty or longer than 4096 bytes, or the MTU is outside 23..517.
 */
export function splitMessage(
  message: Uint8Array,
  o: { readonly mtu: number; readonly firstCounter: number },
): SplitMessage {
  if (message.length === 0 || message.length > maxMessageSizeBytes)
    refuse('length', `A message has 1 to 4096 bytes, not ${message.length}.`);
  if (!(o.mtu >= smallestMtu && o.mtu <= largestMtu)) refuse('mtu', `An MTU is 23 to 517, not ${o.mtu}.`);
  const frameSize = o.mtu - attHeaderSizeBytes;
  const frames: Uint8Array[] = [];
  let counter = o.firstCounter & counterMask;
  let sent = 0;
  while (sent < message.length) {
    const start = sent === 0;
    const header = start ? startHeaderSizeBytes : headerSizeBytes;
    const taken = Math.min(frameSize - header, message.length - sent);
    const end = sent + taken === message.length;
    const frame = new Uint8Array(header + taken);
    frame[0] = (start ? startBit : 0) | (end ? endBit : 0) | counter;
    if (start) new DataView(frame.buffer).setUint16(1, message.length);
    frame.set(message.subarray(sent, sent + taken), header);
    frames.push(frame);
    sent += taken;
    counter = (counter + 1) & counterMask;
  }
  return { frames, nextCounter: counter };
}

/** A message of which some frames have come. */
export interface PartialMessage {
  readonly sizeBytes: number;
  readonly receivedBytes: number;
  readonly parts: readonly Uint8Array[];
  /** Monotonic ms of the last frame. */
  readonly at: number;
}

/** What a receiver knows between two frames of one direction of one connection. */
export interface Reassembly {
  /** Counter the next frame must carry. */
  readonly counter: number;
  /** Present in the middle of a message. */
  readonly partial?: PartialMessage;
}

/** A receiver at the start of a connection. */
export const emptyReassembly: Reassembly = { counter: 0 };

/** Monotonic ms after which a silent sender has broken off its message; `undefined` between messages. */
export function frameDeadline(reassembly: Reassembly): number | undefined {
  return reassembly.partial && reassembly.partial.at + frameGapMs;
}

/**
 * Takes one frame; returns the message it completes. Keeps at most the announced length, and never more than
 * `limitBytes`.
 * @throws LockProtocolError `frame` at a gap, a repeat, an overrun, a message too long, an empty frame or a silence of
 * more than 2 s; the session is over then.
 */
export function acceptFrame(
  reassembly: Reassembly,
  received: { readonly frame: Uint8Array; readonly at: number },
  limitBytes: number = maxMessageSizeBytes,
): { readonly reassembly: Reassembly; readonly message?: Uint8Array } {
  const { frame, at } = received;
  const header = frame[0];
  if (header === undefined || frame.length > largestMtu - attHeaderSizeBytes)
    return refuse('size', `A frame has 1 to 514 bytes, not ${frame.length}.`);
  if ((header & counterMask) !== reassembly.counter) return refuse('counter', 'A frame is missing or repeated.');
  const start = (header & startBit) !== 0;
  const partial = start ? startMessage(reassembly, received, limitBytes) : reassembly.partial;
  if (!partial) return refuse('start', 'A message began without its first frame.');
  if (at - partial.at > frameGapMs) return refuse('silence', 'A message was broken off.');
  const part = frame.slice(start ? startHeaderSizeBytes : headerSizeBytes);
  const receivedBytes = partial.receivedBytes + part.length;
  if (part.length === 0 || receivedBytes > partial.sizeBytes)
    return refuse('length', 'A frame is empty or overruns its message.');
  const complete = receivedBytes === partial.sizeBytes;
  if (complete !== ((header & endBit) !== 0)) return refuse('end', 'A message did not end where it said.');
  const counter = (reassembly.counter + 1) & counterMask;
  const parts = [...partial.parts, part];
  if (!complete) return { reassembly: { counter, partial: { ...partial, receivedBytes, parts, at } } };
  return { reassembly: { counter }, message: concatBytes(...parts) };
}

function startMessage(
  reassembly: Reassembly,
  received: { readonly frame: Uint8Array; readonly at: number },
  limitBytes: number,
): PartialMessage {
  if (reassembly.partial) refuse('start', 'A message began inside another.');
  const { frame, at } = received;
  if (frame.length < startHeaderSizeBytes) refuse('size', 'A first frame carries the length of its message.');
  const sizeBytes = new DataView(frame.buffer, frame.byteOffset, frame.length).getUint16(1);
  if (sizeBytes === 0 || sizeBytes > limitBytes)
    refuse('length', `A message of ${sizeBytes} bytes was announced, outside 1 to ${limitBytes}.`);
  return { sizeBytes, receivedBytes: 0, parts: [], at };
}
