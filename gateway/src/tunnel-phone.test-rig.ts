import { randomBytes } from 'node:crypto';
import {
  type CommandMessage,
  encodeGatewayMessage,
  gatewayTopic,
  parseGatewayMessage,
  type TunnelMessage,
} from '@latchwork/contract';
import {
  encodeEnroll,
  type Grant,
  type LockAnswer,
  type LockLink,
  type OperationAnswer,
  openVisit,
  performUnlock,
  type ShownObjects,
  signGrant,
} from '@latchwork/lock-protocol';
import { connectAsync } from 'mqtt';
import { decodeBase64url, encodeBase64url } from './base64url.js';
import { address, crypto, type GatewayRig } from './gateway.test-rig.js';
import type { MemoryLock } from './memory-central.test-rig.js';

type OpenCommand = Extract<CommandMessage, { type: 'tunnel-open' }>;

/** A phone whose frames a test's portal carries through the broker, as they are. */
export interface TunnelPhone extends AsyncDisposable {
  /** Everything the gateway said of tunnels, in order. */
  readonly words: readonly TunnelMessage[];
  /** Asks for a tunnel, for 10 seconds unless told otherwise. */
  open(lock: MemoryLock, o?: Partial<OpenCommand>): Promise<void>;
  send(message: CommandMessage): Promise<void>;
  /** Resolves with the first word of that kind. */
  word<Type extends TunnelMessage['type']>(type: Type): Promise<Extract<TunnelMessage, { type: Type }>>;
  /** The link through the tunnel, once it is open. */
  link(): Promise<LockLink>;
  /** Runs the lock's protocol to its end, with a grant of the phone's own key. */
  unlock(lock: MemoryLock, commandId?: Uint8Array): Promise<LockAnswer>;
  /** Has the lock wait for a card. */
  readCard(lock: MemoryLock, seconds: number): Promise<OperationAnswer>;
}

/** The attempt that the phone's tunnel is for. */
export const attemptId = 'att_01jd0000000000000000000001' as OpenCommand['attemptId'];

/** Connects the phone's portal to the rig's broker. */
export async function startTunnelPhone(rig: GatewayRig): Promise<TunnelPhone> {
  const client = await connectAsync(rig.broker.url, { reconnectPeriod: 0 });
  const words: TunnelMessage[] = [];
  const looks = new Set<() => void>();
  client.on('message', (_topic, payload) => {
    words.push(parseGatewayMessage('tunnel', payload.toString()));
    for (const look of looks) look();
  });
  await client.subscribeAsync(gatewayTopic(address, 'tunnel'), { qos: 0 });
  const keys = crypto.x25519KeyPair();
  const grantFor = (lock: MemoryLock, rights: Grant['rights']) => {
    const { secret, certificate } = rig.property.signer('grant');
    const seconds = Math.floor(rig.clock.now() / 1000);
    const grant = signGrant(crypto, secret, {
      holderPublicKey: keys.publicKey,
      role: 'holder',
      rights,
      locks: [lock.tagBytes],
      notBefore: seconds,
      expires: seconds + 3_600,
      issuedAt: seconds,
      grantId: crypto.randomBytes(8),
      epoch: rig.property.trust.epoch,
    });
    return { grant, certificate } satisfies ShownObjects;
  };
  const send = async (message: CommandMessage): Promise<void> => {
    await client.publishAsync(gatewayTopic(address, 'cmd'), encodeGatewayMessage('cmd', message), { qos: 0 });
  };
  const found = <Type extends TunnelMessage['type']>(type: Type) =>
    words.find((word): word is Extract<TunnelMessage, { type: Type }> => word.type === type);
  const phone: TunnelPhone = {
    words,
    send,
    async open(lock, o) {
      const [deadline, sentAt] = [rig.clock.now() + 10_000, rig.clock.now()];
      const asked = { attemptId, tag: lock.tag, deadline, ttlMs: 10_000, sentAt };
      await send({ v: 1, type: 'tunnel-open', ...asked, ...o });
    },
    word: async (type) =>
      await new Promise((resolve) => {
        const look = () => {
          const word = found(type);
          if (word === undefined) return;
          looks.delete(look);
          resolve(word);
        };
        looks.add(look);
        look();
      }),
    async link() {
      const { info, mtu } = await phone.word('opened');
      let sent = 0;
      let heard = 0;
      const closed = phone.word('closed');
      return {
        mtu,
        readInfo: async () => decodeBase64url(info),
        write: async (frame, { withResponse }) => {
          sent += 1;
          const frames = [{ frame: encodeBase64url(frame), withResponse }];
          await send({ v: 1, type: 'tunnel-frames', attemptId, from: sent - 1, frames });
        },
        onFrame: (listener) => {
          const look = () => {
            for (const word of words.slice(heard)) {
              if (word.type === 'frames') for (const frame of word.frames) listener(decodeBase64url(frame));
            }
            heard = words.length;
          };
          looks.add(look);
          look();
        },
        closed,
      };
    },
    async unlock(lock, commandId = new Uint8Array(randomBytes(8))) {
      return await performUnlock({
        crypto,
        link: await phone.link(),
        lockPublicKey: lock.publicKey,
        caller: keys,
        command: { commandId, action: 'unlock', ttlMs: 10_000, intent: 'tap', via: 'remote' },
        authority: async () => ({ kind: 'grant', ...grantFor(lock, ['unlock', 'local', 'remote']) }),
        now: () => rig.clock.monotonic(),
        startTimer: (delayMs, elapsed) => rig.clock.after(delayMs, elapsed),
      });
    },
    async readCard(lock, seconds) {
      const visit = await openVisit({
        ...{ crypto, link: await phone.link(), lockPublicKey: lock.publicKey, caller: keys },
        now: () => rig.clock.monotonic(),
        startTimer: (delayMs, elapsed) => rig.clock.after(delayMs, elapsed),
      });
      return await visit.ask({ name: 'enroll', body: encodeEnroll(seconds) }, grantFor(lock, ['enroll']));
    },
    async [Symbol.asyncDispose]() {
      await client.endAsync(true);
    },
  };
  return phone;
}
