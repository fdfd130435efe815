import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { splitMessage } from '../encoding/frame.js';
import { suites } from '../encoding/gatt.js';
import { encodeLogEntry } from '../log/lock-log.js';
import { readMessage, split } from '../noise/noise.js';
import { openRecord } from '../noise/noise-symmetric.js';
import { sessionPrologue } from '../noise/session-prologue.js';
import { withSeed } from '../session.test-rig.js';
import { type LivedCommandOptions, liveThroughCommand } from './lived-command.test-rig.js';
import { lockStep } from './lock-machine.js';

const none = new Uint8Array(0);
const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** One message of a session: who sent it, its bytes, and what was in it. */
interface VectorMessage {
  readonly from: 'caller' | 'lock';
  readonly message: string;
  readonly payload: string;
}

/** A whole session with every secret in it, as data that another implementation can run (SPEC §8 to §10). */
export function makeSessionVector(
  crypto: CryptoProvider,
  o: Pick<LivedCommandOptions, 'warm' | 'suite' | 'by'> & { readonly seed: number },
) {
  // At this MTU every message is one frame: three bytes of header, then the message.
  const lived = liveThroughCommand({ ...o, crypto: withSeed(crypto, o.seed), mtu: 517 });
  const messages: VectorMessage[] = [];
  const results: string[] = [];
  const entries: string[] = [];
  let hash = '';
  for (const { state, event } of lived.locks) {
    const { effects } = lockStep(lived.lockContext, state, event);
    for (const effect of effects) if (effect.type === 'log') entries.push(hex(encodeLogEntry(effect.entry)));
    if (event.type === 'actuated') results.push(hex(event.nonce));
    if (event.type !== 'frame') continue;
    if (state.at === 'handshake') hash = hex(split(readMessage(state.noise, event.frame.slice(3)).state).handshakeHash);
    if (effects.every(({ type }) => type !== 'actuate') && state.at !== 'ready') results.push(hex(event.nonce));
  }
  const exchanged = [
    ...lived.locks.flatMap(({ state, event }) =>
      event.type === 'frame' ? [{ from: 'caller' as const, state, frame: event.frame }] : [],
    ),
    ...lived.callers.flatMap(({ state, event }) =>
      event.type === 'frame' ? [{ from: 'lock' as const, state, frame: event.frame }] : [],
    ),
  ];
  for (const { from, state, frame } of exchanged) {
    const message = frame.slice(3);
    const payload =
      state.at === 'handshake' || state.at === 'greeting'
        ? readMessage(state.noise, message).payload
        : state.at === 'session'
          ? openRecord(state.session.transport.receive, message).plaintext
          : state.at === 'commanding'
            ? openRecord(state.transport.receive, message).plaintext
            : none;
    messages.push({ from, message: hex(message), payload: hex(payload) });
  }
  const { lockContext, callerContext, property, authority, info } = lived;
  const { suite = 'x25519ChaChaPoly' } = o;
  const identity = (suite === 'p256AesGcm' && lockContext.p256Identity) || lockContext.identity;
  const ephemeralOf = (type: 'connected' | 'started') => {
    const events = [...lived.locks, ...lived.callers].map(({ event }) => event);
    const found = events.find((event) => event.type === type);
    if (found?.type === 'connected' && suite === 'p256AesGcm') return hex(found.p256Ephemeral?.secret ?? none);
    return found && 'ephemeral' in found ? hex(found.ephemeral.secret) : '';
  };
  return {
    trust: {
      rootPublicKey: hex(property.trust.rootPublicKey),
      property: hex(property.trust.property),
      epoch: property.trust.epoch,
    },
    utcSeconds: lived.readings.utcSeconds,
    lock: {
      secret: hex(identity.secret),
      publicKey: hex(identity.publicKey),
      ephemeralSecret: ephemeralOf('connected'),
      holdsCertificate: o.warm,
      resultNonces: results,
      logEntries: entries,
    },
    caller: {
      secret: hex('secret' in callerContext.caller ? callerContext.caller.secret : none),
      publicKey: hex(callerContext.caller.publicKey),
      ephemeralSecret: ephemeralOf('started'),
      commandId: hex(callerContext.command.commandId),
      ttlMs: callerContext.command.ttlMs,
      ...(authority.kind === 'token' ? { token: hex(authority.token) } : { grant: hex(authority.grant) }),
      certificate: hex(authority.certificate),
    },
    info: hex(info),
    prologue: hex(sessionPrologue(crypto, info, suites[suite])),
    handshakeHash: hash,
    /** The caller's messages in order, then the lock's. */
    messages,
  };
}

/** Frames of the longest message of a session, at several MTUs. */
export function makeFrameVectors(message: Uint8Array) {
  return [23, 60, 185, 247, 517].map((mtu) => {
    const firstCounter = mtu === 60 ? 62 : 3;
    return { mtu, firstCounter, frames: splitMessage(message, { mtu, firstCounter }).frames.map(hex) };
  });
}
