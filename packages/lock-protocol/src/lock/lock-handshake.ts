import { orderMarkSizeBytes } from '../commissioning/commission-order.js';
import { isSomebodyPresent } from '../commissioning/lock-reset.js';
import { setupPsk } from '../commissioning/setup-label.js';
import type { KeyPair } from '../crypto/crypto-provider.js';
import { equalBytes } from '../encoding/byte-strings.js';
import { decodeInfo, type SuiteName, suites } from '../encoding/gatt.js';
import { capabilities, encodeHello } from '../message.js';
import { createHandshake, createXkResponder, type NoiseHandshake, readMessage, writeMessage } from '../noise/noise.js';
import { noisePatterns } from '../noise/noise-pattern.js';
import { noiseSuites, noiseTagSizeBytes, offersSuite, suiteOfFirstMessage } from '../noise/noise-suite.js';
import { sessionPrologue } from '../noise/session-prologue.js';
import { LockProtocolError } from '../protocol-error.js';
import type { LockContext, LockMoment, LockState, SessionPeer } from './lock-state.js';

type Ready = Extract<LockState, { at: 'ready' }>;

/** Size of an installer's message 1: its payload makes it longer than that of a caller of any suite (SPEC §9.8). */
const installerFirstSizeBytes =
  noiseSuites.x25519ChaChaPoly.publicKeySizeBytes + orderMarkSizeBytes + noiseTagSizeBytes;

/** Who is at the other end of a handshake: a caller, or an installer with the secret of the lock's label. */
export function peerOf({ pattern }: NoiseHandshake): SessionPeer {
  return pattern.usesPsk ? 'installer' : 'caller';
}

/**
 * The lock's side of the handshake that a message 1 of this size begins: its size tells the suite, and its tag verifies
 * in no other (SPEC §9.1). An installer's is taken only while somebody inside has shown to be there (SPEC §9.8).
 *
 * @throws LockProtocolError `handshake`/`length` for a size of no suite, or of one that the lock does not offer now.
 */
export function startLockHandshake(
  context: LockContext,
  ready: Ready,
  { sizeBytes, moment }: { readonly sizeBytes: number; readonly moment: LockMoment },
): NoiseHandshake {
  const { crypto, setupSecret } = context;
  const { info } = ready.connection;
  const isOpen = setupSecret !== undefined && isSomebodyPresent(ready.awake, moment.at);
  if (sizeBytes === installerFirstSizeBytes && isOpen) {
    const { x25519ChaChaPoly: pairs } = pairsOf(context, ready);
    const prologue = sessionPrologue(crypto, info, suites.x25519ChaChaPoly);
    const psk = setupPsk(crypto, setupSecret);
    return createHandshake({ crypto, role: 'responder', pattern: noisePatterns.XXpsk3, prologue, psk, ...pairs });
  }
  const suite = suiteOfFirstMessage(sizeBytes);
  const pairs = suite && offersSuite(decodeInfo(info).suites, suite) ? pairsOf(context, ready)[suite] : undefined;
  if (suite === undefined || pairs === undefined)
    return refuse(`A message 1 of ${sizeBytes} bytes is of no suite that this lock offers.`);
  return createXkResponder({ crypto, prologue: sessionPrologue(crypto, info, suites[suite]), ...pairs });
}

/**
 * Reads message 1 and writes message 2 with the lock's hello.
 *
 * @throws LockProtocolError `handshake` for a message 1 that does not verify, or an installer who is not let in.
 */
export function answerFirstMessage(
  ready: Ready,
  o: { readonly noise: NoiseHandshake; readonly message: Uint8Array; readonly moment: LockMoment },
): { readonly noise: NoiseHandshake; readonly message: Uint8Array } {
  const { state, payload } = readMessage(o.noise, o.message);
  requireAdmission(ready, { noise: state, payload, moment: o.moment });
  const hello = encodeHello({
    nonce: decodeInfo(ready.connection.info).nonce,
    clockQuality: o.moment.readings.clockQuality,
    capabilities: capabilities.unlock | capabilities.lock | capabilities.holdOpen,
  });
  const second = writeMessage(state, hello);
  return { noise: second.state, message: second.message };
}

/**
 * A lock that obeys somebody lets an installer in only to bring the same order again, as the payload of its message 1 says.
 *
 * @throws LockProtocolError `handshake`/`order` for any other.
 */
function requireAdmission(
  { memory }: Ready,
  read: { readonly noise: NoiseHandshake; readonly payload: Uint8Array; readonly moment: LockMoment },
): void {
  if (peerOf(read.noise) === 'caller') return;
  if (read.moment.trust === undefined && memory.trust === undefined) return;
  const obeyed = memory.trust?.orderHash.slice(0, orderMarkSizeBytes);
  if (obeyed === undefined || !equalBytes(obeyed, read.payload)) {
    throw new LockProtocolError({ code: 'handshake', reason: 'order' }, 'The lock obeys another order.');
  }
}

interface SuitePairs {
  readonly staticKeyPair: KeyPair;
  readonly ephemeral: KeyPair;
}

function pairsOf(context: LockContext, ready: Ready) {
  const { p256Identity } = context;
  const { p256Ephemeral } = ready;
  return {
    x25519ChaChaPoly: { staticKeyPair: context.identity, ephemeral: ready.ephemeral },
    p256AesGcm: p256Identity && p256Ephemeral ? { staticKeyPair: p256Identity, ephemeral: p256Ephemeral } : undefined,
  } as const satisfies Readonly<Record<SuiteName, SuitePairs | undefined>>;
}

function refuse(message: string): never {
  throw new LockProtocolError({ code: 'handshake', reason: 'length' }, message);
}
