import type { BoltState, LockAction } from '../caller/lock-link.js';
import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { acceptFrame, emptyReassembly, splitMessage } from '../encoding/frame.js';
import { encodeInfo, suites } from '../encoding/gatt.js';
import { encodeLogEntry } from '../log/lock-log.js';
import { type CommandRequest, encodeRequest } from '../message.js';
import { createXkInitiator, readMessage, split, writeMessage } from '../noise/noise.js';
import { openRecord, sealRecord } from '../noise/noise-symmetric.js';
import { sessionPrologue } from '../noise/session-prologue.js';
import type { Grant } from '../objects/grant.js';
import { createProperty, epochSeconds, withSeed } from '../session.test-rig.js';
import { lockStep, startLock } from './lock-machine.js';
import { emptyMemory, memoryUnder, rememberCertificate } from './lock-memory.js';
import type { LinkEvent, LockContext, LockReadings } from './lock-state.js';

/** What the caller of a session has to make its requests of. */
interface Asker {
  grant(change: Partial<Grant>): Uint8Array;
  /** A command from the door, with an id that is told apart by its number, and the nonce of the last answer. */
  command(change: Partial<CommandRequest> & { readonly number: number }): CommandRequest;
}

/** A session of SPEC §9 and §10: what it shows, and the payloads of its requests, each once the one before is answered. */
export interface AskedSession {
  readonly what: string;
  readonly seed: number;
  readonly requests: (asker: Asker) => readonly (() => Uint8Array)[];
}

const boltAfter = { unlock: 'unlocked', lock: 'locked', 'hold-open': 'held-open' } as const satisfies Record<
  LockAction,
  BoltState
>;
const status = { name: 'status', body: new Uint8Array(0) } as const;

/** Sessions by grant at a lock that holds the certificate. */
export const askedSessions: Readonly<Record<string, AskedSession>> = {
  grant: {
    what: 'a grant unlocks, and locks with a later request that leaves it out',
    seed: 6,
    requests: ({ grant, command }) => {
      const shown = grant({});
      return [
        () => encodeRequest({ grant: shown, command: command({ number: 1 }) }),
        () => encodeRequest({ command: command({ number: 2, action: 'lock' }) }),
      ];
    },
  },
  refused: {
    what: 'no right to hold open, no nonce of the last answer, token and grant at once: each has its entry; then an unlock',
    seed: 7,
    requests: ({ grant, command }) => {
      const shown = grant({ rights: ['unlock', 'local'] });
      return [
        () => encodeRequest({ grant: shown, command: command({ number: 1, action: 'hold-open' }) }),
        () => encodeRequest({ command: command({ number: 2, nonce: new Uint8Array(8) }) }),
        () => encodeRequest({ token: shown, grant: shown, command: command({ number: 3 }) }),
        () => encodeRequest({ command: command({ number: 4 }) }),
      ];
    },
  },
  repeated: {
    what: 'a one-shot grant: a command, the same command again, and another one',
    seed: 8,
    requests: ({ grant, command }) => {
      const shown = grant({ flags: ['one-shot'] });
      return [
        () => encodeRequest({ grant: shown, command: command({ number: 1 }) }),
        () => encodeRequest({ command: command({ number: 1 }) }),
        () => encodeRequest({ command: command({ number: 2 }) }),
      ];
    },
  },
  status: {
    what: 'the status, a command that quotes its nonce, and the status by a grant that has no right to it: without an entry',
    seed: 9,
    requests: ({ grant, command }) => {
      const shown = grant({ rights: ['unlock', 'local', 'status'] });
      const other = grant({});
      return [
        () => encodeRequest({ grant: shown, operation: status }),
        () => encodeRequest({ command: command({ number: 1 }) }),
        () => encodeRequest({ operation: status }),
        () => encodeRequest({ grant: other, operation: status }),
      ];
    },
  },
};

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Such a session with every secret in it, in one moment and in turn, as data that another implementation can run. */
export function makeRequestVector(crypto: CryptoProvider, { what, seed, requests }: AskedSession) {
  const seeded = withSeed(crypto, seed);
  const property = createProperty(seeded);
  const { trust, certificates } = property;
  const identity = seeded.x25519KeyPair();
  const ephemeral = seeded.x25519KeyPair();
  const caller = seeded.x25519KeyPair();
  const callerEphemeral = seeded.x25519KeyPair();
  const [tag, challenge] = [seeded.randomBytes(8), seeded.randomBytes(8)];
  const info = encodeInfo({ versions: 1, suites: 1, maxMessageSizeBytes: 4096, tag, nonce: challenge });
  const prologue = sessionPrologue(crypto, info, suites.x25519ChaChaPoly);
  const context: LockContext = { crypto, identity };
  let state = startLock(rememberCertificate(memoryUnder(emptyMemory, trust), certificates.grant));
  let readings: LockReadings = {
    ...{ utcSeconds: epochSeconds, clockQuality: 'good', bolt: 'locked', batteryPercent: 50, privacy: false },
  };
  const resultNonces: string[] = [];
  const logEntries: string[] = [];
  const moves: number[] = [];
  const messages: { readonly from: 'caller' | 'lock'; readonly message: string; readonly payload: string }[] = [];
  let [counter, reassembly] = [0, emptyReassembly];
  /** What the lock draws for its next answer. */
  let nonce = challenge;

  const meet = (event: LinkEvent): Uint8Array | undefined => {
    const step = lockStep(context, state, event);
    state = step.state;
    let heard: Uint8Array | undefined;
    for (const effect of step.effects) {
      if (effect.type === 'log') logEntries.push(hex(encodeLogEntry(effect.entry)));
      if (effect.type === 'notify') {
        for (const frame of effect.frames) {
          const accepted = acceptFrame(reassembly, { frame, at: 0 });
          reassembly = accepted.reassembly;
          heard = accepted.message ?? heard;
        }
      }
      if (effect.type !== 'actuate') continue;
      const bolt = boltAfter[effect.action];
      moves.push(Object.keys(boltAfter).indexOf(effect.action) + 1);
      readings = { ...readings, bolt };
      const actuation = { outcome: 'executed', bolt } as const;
      heard = meet({ type: 'actuated', at: 0, readings, trust, nonce, actuation });
    }
    return heard;
  };
  const say = (message: Uint8Array, payload: Uint8Array): Uint8Array => {
    const { frames, nextCounter } = splitMessage(message, { mtu: 517, firstCounter: counter });
    counter = nextCounter;
    messages.push({ from: 'caller', message: hex(message), payload: hex(payload) });
    const heard = frames.map((frame) => meet({ type: 'frame', at: 0, readings, trust, frame, nonce })).at(-1);
    if (!heard) throw new Error('The lock did not answer.');
    return heard;
  };
  const hear = (message: Uint8Array, payload: Uint8Array) => {
    messages.push({ from: 'lock', message: hex(message), payload: hex(payload) });
  };

  const commandId = (number: number): Uint8Array => crypto.sha256(Uint8Array.of(seed, number)).slice(0, 8);
  let quoted: Uint8Array | undefined;
  const asked = requests({
    grant: (change) => property.grant({ locks: [tag], holderPublicKey: caller.publicKey, ...change }),
    command: ({ number, ...change }) => ({
      ...{ action: 'unlock', commandId: commandId(number), ttlMs: 4000, intent: 'tap', via: 'local' },
      ...(quoted ? { nonce: quoted } : {}),
      ...change,
    }),
  });

  meet({ type: 'connected', at: 0, readings, mtu: 517, info, ephemeral });
  const staticKeyPair = caller;
  const initiator = createXkInitiator({
    ...{ crypto, prologue, staticKeyPair, remoteStatic: identity.publicKey, ephemeral: callerEphemeral },
  });
  const none = new Uint8Array(0);
  const first = writeMessage(initiator, none);
  const second = say(first.message, none);
  const greeted = readMessage(first.state, second);
  hear(second, greeted.payload);
  let transport: ReturnType<typeof split> | undefined;
  for (const request of asked) {
    nonce = seeded.randomBytes(8);
    resultNonces.push(hex(nonce));
    const payload = request();
    let message: Uint8Array;
    if (transport === undefined) {
      const third = writeMessage(greeted.state, payload);
      transport = split(third.state);
      message = third.message;
    } else {
      const { cipher, record } = sealRecord(transport.send, payload);
      transport = { ...transport, send: cipher };
      message = record;
    }
    const record = say(message, payload);
    const { cipher, plaintext } = openRecord(transport.receive, record);
    transport = { ...transport, receive: cipher };
    hear(record, plaintext);
    quoted = nonce;
  }
  return {
    what,
    trust: { rootPublicKey: hex(trust.rootPublicKey), property: hex(trust.property), epoch: trust.epoch },
    utcSeconds: epochSeconds,
    lock: {
      ...{ secret: hex(identity.secret), publicKey: hex(identity.publicKey), ephemeralSecret: hex(ephemeral.secret) },
      ...{ holdsCertificate: true, resultNonces, logEntries, moves },
    },
    caller: {
      ...{ secret: hex(caller.secret), publicKey: hex(caller.publicKey) },
      ...{ ephemeralSecret: hex(callerEphemeral.secret), certificate: hex(certificates.grant) },
    },
    info: hex(info),
    prologue: hex(prologue),
    handshakeHash: hex(transport?.handshakeHash ?? none),
    messages,
  };
}
