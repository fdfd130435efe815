import type { Visit } from './caller/open-visit.js';
import type { CryptoProvider, KeyPair } from './crypto/crypto-provider.js';
import { fullFlood } from './lock/handshake-flood.js';
import { decodeLockMemory, emptyMemory, encodeLockMemory, type LockMemory } from './lock/lock-memory.js';
import type { LockContext } from './lock/lock-state.js';
import type { OperationAnswer, OperationRequest } from './lock/operation-message.js';
import { decideRequest, type RequestContext } from './lock/request-decision.js';
import { encodeRequest, type ShownObjects } from './message.js';
import type { LockTrust } from './objects/lock-trust.js';
import { epochSeconds } from './session.test-rig.js';
import { openHeldSet } from './sets/held-set.js';
import { type SetCapacity, writeSetImage } from './sets/set-bank.js';

/** A lock without a radio: requests go straight to its decision, as fast as a test of many histories needs. */
export interface BareLock {
  readonly tag: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly signingPublicKey: Uint8Array;
  readonly memory: () => LockMemory;
  /** A session of its own, as far as what was shown in it goes; sessions may be mixed at will. */
  visit(): Pick<Visit, 'ask' | 'challenge'>;
  /** The power fails and comes back: only what was written is left. */
  restart(): void;
}

export function createBareLock(
  crypto: CryptoProvider,
  o: {
    readonly trust: LockTrust;
    readonly capacity: SetCapacity;
    readonly identity: KeyPair;
    readonly tag: Uint8Array;
  },
): BareLock {
  const { identity, tag, trust, capacity } = o;
  const signingSecret = crypto.sha256(identity.secret);
  const lock: LockContext = { crypto, identity, signingSecret, setCapacity: capacity };
  const image = new Map<number, Uint8Array>();
  const challenge = crypto.randomBytes(8);
  const nonce = new Uint8Array(8);
  let memory: LockMemory = emptyMemory;
  return {
    tag,
    publicKey: identity.publicKey,
    signingPublicKey: crypto.ed25519KeyPair(signingSecret).publicKey,
    memory: () => memory,
    visit() {
      let shown: RequestContext['shown'] = {};
      const answer = (operation: OperationRequest, objects: ShownObjects): OperationAnswer => {
        const decision = decideRequest({
          ...{ crypto, tag, challenge, callerPublicKey: identity.publicKey, shown, memory, lock, trust },
          ...{ payload: encodeRequest({ ...objects, operation }), handshakeHash: nonce, awake: { flood: fullFlood } },
          ...{ at: 0, ageMs: 0, connectionAgeMs: 0, peer: 'caller' },
          readings: {
            ...{ utcSeconds: epochSeconds, clockQuality: 'good', bolt: 'locked' },
            ...{ batteryPercent: 80, privacy: false },
          },
        });
        if (decision.verdict !== 'operation') throw new Error('An operation moves no bolt.');
        const { code, body, effects = [] } = decision;
        shown = decision.shown;
        // As a driver does it: what the memory points at comes first.
        for (const effect of effects) if (effect.type === 'write-set') writeSetImage(image, effect.writes, capacity);
        memory = decision.memory;
        return { code, body, nonce };
      };
      return {
        challenge,
        async ask(operation, { certificate, ...objects } = {}) {
          const answered = answer(operation, objects);
          const isAsked = answered.code === 'certificate-unknown' && certificate !== undefined;
          return isAsked ? answer(operation, { ...objects, certificate }) : answered;
        },
      };
    },
    restart() {
      const kept = decodeLockMemory(encodeLockMemory(memory));
      // The log's own flash is of no concern here.
      memory = { ...kept, log: memory.log, set: openHeldSet(crypto, kept.set, [image.get(0), image.get(1)]) };
    },
  };
}
