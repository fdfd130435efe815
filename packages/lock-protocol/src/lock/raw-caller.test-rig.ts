import type { LockLink } from '../caller/lock-link.js';
import type { CryptoProvider, KeyPair } from '../crypto/crypto-provider.js';
import { acceptFrame, emptyReassembly, splitMessage } from '../encoding/frame.js';
import { suites } from '../encoding/gatt.js';
import { decodeResult, type ResultRecord } from '../message.js';
import { createXkInitiator, readMessage, split, writeMessage } from '../noise/noise.js';
import { suiteOfPublicKey } from '../noise/noise-suite.js';
import { openRecord, sealRecord } from '../noise/noise-symmetric.js';
import { sessionPrologue } from '../noise/session-prologue.js';
import { decodeOperationAnswer, type OperationAnswer } from './operation-message.js';

/** A caller for tests that keeps to the handshake and sends whatever requests it is given. */
export interface RawCaller {
  /** Sends the payload as message 3, then as later requests; `undefined` when the lock ends the session instead. */
  request(payload: Uint8Array): Promise<ResultRecord | undefined>;
  /** The same for an operation. */
  ask(payload: Uint8Array): Promise<OperationAnswer | undefined>;
}

export async function openRawCaller(o: {
  readonly crypto: CryptoProvider;
  readonly link: LockLink;
  readonly lockPublicKey: Uint8Array;
  readonly caller?: KeyPair;
}): Promise<RawCaller> {
  const { crypto, link } = o;
  const inbox: Uint8Array[] = [];
  let reassembly = emptyReassembly;
  let counter = 0;
  link.onFrame((frame) => {
    const accepted = acceptFrame(reassembly, { frame, at: 0 });
    reassembly = accepted.reassembly;
    if (accepted.message) inbox.push(accepted.message);
  });
  const exchange = async (message: Uint8Array): Promise<Uint8Array | undefined> => {
    const { frames, nextCounter } = splitMessage(message, { mtu: link.mtu, firstCounter: counter });
    counter = nextCounter;
    for (const frame of frames) await link.write(frame, { withResponse: false });
    await new Promise<void>((resolve) => setImmediate(resolve));
    return inbox.shift();
  };
  const info = await link.readInfo();
  const staticKeyPair = o.caller ?? crypto.x25519KeyPair();
  const suite = suiteOfPublicKey(staticKeyPair.publicKey) ?? 'x25519ChaChaPoly';
  const first = writeMessage(
    createXkInitiator({
      crypto,
      prologue: sessionPrologue(crypto, info, suites[suite]),
      staticKeyPair,
      remoteStatic: o.lockPublicKey,
    }),
    new Uint8Array(0),
  );
  const second = await exchange(first.message);
  if (!second) throw new Error('The lock did not answer message 1.');
  const greeted = readMessage(first.state, second).state;
  let transport: ReturnType<typeof split> | undefined;
  const seal = (payload: Uint8Array): Uint8Array => {
    if (!transport) {
      const third = writeMessage(greeted, payload);
      transport = split(third.state);
      return third.message;
    }
    const { cipher, record } = sealRecord(transport.send, payload);
    transport = { ...transport, send: cipher };
    return record;
  };
  const answered = async (payload: Uint8Array): Promise<Uint8Array | undefined> => {
    const record = await exchange(seal(payload));
    if (!record || !transport) return undefined;
    const { cipher, plaintext } = openRecord(transport.receive, record);
    transport = { ...transport, receive: cipher };
    return plaintext;
  };
  return {
    async request(payload) {
      const plaintext = await answered(payload);
      return plaintext && decodeResult(plaintext);
    },
    async ask(payload) {
      const plaintext = await answered(payload);
      return plaintext && decodeOperationAnswer(plaintext);
    },
  };
}
