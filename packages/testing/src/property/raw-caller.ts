import {
  type AnswerCode,
  answerCodeOf,
  type CborValue,
  type CryptoProvider,
  createXkInitiator,
  encodeCbor,
  type KeyPair,
  type LockAction,
  openRecord,
  readMessage,
  sealRecord,
  split,
  type UnlockIntent,
  writeMessage,
} from '@latchwork/lock-protocol';
import type { RadioLink } from './radio-link.js';
import type { VirtualTime } from './virtual-time.js';

/** A command as its sender words it; nothing keeps it from being a lie. */
export interface RawCommand {
  readonly commandId: Uint8Array;
  readonly action: LockAction;
  readonly intent: UnlockIntent;
  readonly via: 'local' | 'remote';
  readonly ttlMs: number;
  readonly nonce?: Uint8Array;
  readonly shown?: { readonly kind: 'token' | 'grant'; readonly bytes: Uint8Array };
  readonly certificate?: Uint8Array;
}

/** What a lock answered to a command. */
export interface RawAnswer {
  readonly code: AnswerCode | undefined;
  readonly repeated: boolean;
  readonly nonce: Uint8Array;
}

/** A caller that keeps to the handshake and to nothing else; written from SPEC §8 to §10, beside the machines. */
export interface RawCaller {
  /** Sends a command; `undefined` when no answer comes. */
  request(command: RawCommand): Promise<RawAnswer | undefined>;
}

const actions = { unlock: 1, lock: 2, 'hold-open': 3 } as const;
const intents = { tap: 0, biometric: 1, staff: 2 } as const;
const patienceMs = 8000;

/** Opens a session with any key; `undefined` when the lock does not answer message 1. */
export async function openRawCaller(o: {
  readonly crypto: CryptoProvider;
  readonly time: VirtualTime;
  readonly link: RadioLink;
  readonly lockPublicKey: Uint8Array;
  readonly caller: KeyPair;
}): Promise<RawCaller | undefined> {
  const { crypto, link, time } = o;
  let counter = 0;
  let partial: Uint8Array[] = [];
  let arrive: (message: Uint8Array | undefined) => void = () => undefined;
  link.onFrame((frame) => {
    const isStart = ((frame[0] ?? 0) & 0x80) !== 0;
    if (isStart) partial = [];
    partial.push(frame.subarray(isStart ? 3 : 1));
    if (((frame[0] ?? 0) & 0x40) !== 0) arrive(Buffer.concat(partial));
  });
  void link.closed.then(() => arrive(undefined));

  async function exchange(message: Uint8Array): Promise<Uint8Array | undefined> {
    const answered = new Promise<Uint8Array | undefined>((resolve) => {
      arrive = resolve;
      time.startTimer(patienceMs, () => resolve(undefined));
    });
    let rest = message;
    for (let isFirst = true; isFirst || rest.length > 0; isFirst = false) {
      if (!link.isOpen) return undefined;
      const room = link.mtu - 3 - (isFirst ? 3 : 1);
      const part = rest.subarray(0, room);
      rest = rest.subarray(room);
      const flags = (isFirst ? 0x80 : 0) | (rest.length === 0 ? 0x40 : 0);
      const header = isFirst ? [flags | counter, message.length >> 8, message.length & 0xff] : [flags | counter];
      counter = (counter + 1) % 64;
      await link.write(Uint8Array.from([...header, ...part]), { withResponse: false });
    }
    const answer = await answered;
    return answer && Uint8Array.from(answer);
  }

  const info = await link.readInfo();
  const prologue = Buffer.concat([Buffer.from('OLP/1'), crypto.sha256(info), Uint8Array.of(1)]);
  const start = createXkInitiator({ crypto, prologue, staticKeyPair: o.caller, remoteStatic: o.lockPublicKey });
  const first = writeMessage(start, new Uint8Array(0));
  const second = await exchange(first.message);
  if (second === undefined) return undefined;
  const greeted = readMessage(first.state, second).state;
  let transport: ReturnType<typeof split> | undefined;

  return {
    async request(command) {
      const payload = encodeRequest(command);
      let message: Uint8Array;
      if (transport === undefined) {
        const third = writeMessage(greeted, payload);
        transport = split(third.state);
        message = third.message;
      } else {
        const { cipher, record } = sealRecord(transport.send, payload);
        transport = { ...transport, send: cipher };
        message = record;
      }
      const answer = await exchange(message);
      if (answer === undefined) return undefined;
      const { cipher, plaintext } = openRecord(transport.receive, answer);
      transport = { ...transport, receive: cipher };
      const code = answerCodeOf(plaintext[1] ?? -1);
      return { code, repeated: ((plaintext[3] ?? 0) & 1) !== 0, nonce: plaintext.slice(9, 17) };
    },
  };
}

function encodeRequest({ commandId, action, intent, via, ttlMs, nonce, shown, certificate }: RawCommand): Uint8Array {
  const command = new Map<number, CborValue>([
    [2, actions[action]],
    [4, commandId],
    [6, ttlMs],
    [8, intents[intent]],
  ]);
  if (via === 'remote') command.set(10, true);
  if (nonce) command.set(12, nonce);
  const request = new Map<number, CborValue>([[8, command]]);
  if (shown) request.set(shown.kind === 'token' ? 2 : 4, shown.bytes);
  if (certificate) request.set(6, certificate);
  return encodeCbor(request);
}
