import type { CryptoProvider, KeyPair } from '../crypto/crypto-provider.js';
import { equalBytes } from '../encoding/byte-strings.js';
import { emptyReassembly } from '../encoding/frame.js';
import { decodeInfo, suites } from '../encoding/gatt.js';
import { decodeHello, type LockHello } from '../message.js';
import {
  createXkInitiator,
  type HeldStatic,
  type NoiseHandshake,
  type PreparedEphemeral,
  readMessage,
  writeMessage,
} from '../noise/noise.js';
import { offersSuite, suiteOfPublicKey } from '../noise/noise-suite.js';
import { sessionPrologue } from '../noise/session-prologue.js';
import { type CommandFault, LockProtocolError } from '../protocol-error.js';
import { sendMessage } from './caller-connection.js';
import type { CallerConnection } from './caller-state.js';

/** Bit 0 of INFO's list of versions: OLP/1. */
const firstVersion = 1;

/** A plain sentence for each way in which a caller's driver ends a session. */
export const commandSentences: Readonly<Record<CommandFault, string>> = {
  'link-closed': 'The link closed before the lock answered.',
  'read-failed': 'INFO could not be read.',
  'write-failed': 'A frame could not be written.',
  aborted: 'The caller aborted the command.',
  late: 'The deadline passed before the lock answered.',
  'authority-failed': 'No authority was given for this connection.',
  'not-permitted': 'The caller did not permit the command to be written.',
};

/** Who calls, and over what. */
interface CallingContext {
  readonly crypto: CryptoProvider;
  readonly lockPublicKey: Uint8Array;
  readonly caller: KeyPair | HeldStatic;
  readonly mtu: number;
}

/**
 * Message 1 of a session, in the suite of the caller's own key: INFO can only end the call, for a caller that chose by it
 * could be steered.
 *
 * @throws LockProtocolError `message`/`info` for a lock that offers another version or suite, or what INFO is not.
 */
export function startHandshake(
  context: CallingContext,
  o: { readonly info: Uint8Array; readonly ephemeral: KeyPair | PreparedEphemeral },
): {
  readonly connection: CallerConnection;
  readonly noise: NoiseHandshake;
  readonly effect: ReturnType<typeof sendMessage>['effect'];
} {
  const info = decodeInfo(o.info);
  const { crypto, lockPublicKey, caller } = context;
  const suite = suiteOfPublicKey(caller.publicKey);
  if (suite === undefined) {
    throw new LockProtocolError({ code: 'crypto', reason: 'size' }, 'The caller’s public key is of no suite.');
  }
  if ((info.versions & firstVersion) === 0 || !offersSuite(info.suites, suite)) {
    const wanted = `OLP/1 with suite ${suites[suite]}`;
    throw new LockProtocolError({ code: 'message', reason: 'info' }, `The lock does not offer ${wanted}.`);
  }
  const first = writeMessage(
    createXkInitiator({
      crypto,
      prologue: sessionPrologue(crypto, o.info, suites[suite]),
      staticKeyPair: caller,
      remoteStatic: lockPublicKey,
      ephemeral: o.ephemeral,
    }),
    new Uint8Array(0),
  );
  const { maxMessageSizeBytes, nonce } = info;
  const connection = { reassembly: emptyReassembly, sendCounter: 0, maxMessageSizeBytes, nonce };
  return { ...sendMessage(context, connection, first.message), noise: first.state };
}

/**
 * Reads message 2.
 *
 * @throws LockProtocolError `message`/`hello` for one of another connection, and what reading a handshake throws.
 */
export function readGreeting(
  { connection, noise }: { readonly connection: CallerConnection; readonly noise: NoiseHandshake },
  message: Uint8Array,
): { readonly noise: NoiseHandshake; readonly hello: LockHello } {
  const { state, payload } = readMessage(noise, message);
  const hello = decodeHello(payload);
  if (!equalBytes(hello.nonce, connection.nonce)) {
    throw new LockProtocolError({ code: 'message', reason: 'hello' }, 'The lock answers for another connection.');
  }
  return { noise: state, hello };
}
