import type { GatewayAddress, ReportedMessage, TimeMessage } from '@latchwork/contract';
import { type DesiredMessage, encodeGatewayMessage, gatewayTopic, parseGatewayMessage } from '@latchwork/contract';
import {
  type CryptoProvider,
  decideStanding,
  planSetBoxes,
  type SetEntry,
  signBulletin,
  signSetManifest,
  verifyReceipt,
} from '@latchwork/lock-protocol';
import type { PropertyFixture } from '@latchwork/testing';
import { connectAsync } from 'mqtt';
import { vi } from 'vitest';
import { encodeBase64url } from './base64url.js';

/** What the rigs need to know of a lock. */
export interface KnownLock {
  readonly tag: string;
  readonly publicKey: Uint8Array;
  readonly signingPublicKey: Uint8Array;
}

/** The property's side of one lock's credentials: each call makes the next revision and the message that asks for it. */
export interface DesiredLock {
  readonly lock: KnownLock;
  /** The last message that was made. */
  readonly message: DesiredMessage;
  /** The lock shall have exactly these entries. */
  publish(entries: readonly SetEntry[]): DesiredMessage;
  /** These entries must not open any more: a bulletin first, and a set without them. */
  revoke(ids: readonly number[]): DesiredMessage;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

/** A door code, as an entry of a set. */
export function codeEntry(crypto: CryptoProvider, id: number, digits: string): SetEntry {
  return { id, credential: { kind: 'code', digits, salt: crypto.randomBytes(16) } };
}

/** Makes the part of a property that decides which credentials one lock has. */
export function createDesiredLock(o: {
  readonly crypto: CryptoProvider;
  readonly property: PropertyFixture;
  readonly lock: KnownLock;
  readonly now: () => number;
}): DesiredLock {
  const { crypto, property, lock } = o;
  const { epoch } = property.trust;
  const signer = property.signer('set');
  const certificate = encodeBase64url(signer.certificate);
  const tag = fromHex(lock.tag);
  let revision = 0;
  let before: readonly SetEntry[] = [];
  let message: DesiredMessage = {
    v: 1,
    deviceId: 'dev_01jd0000000000000000000000' as DesiredMessage['deviceId'],
    lock: { tag: lock.tag, publicKey: hex(lock.publicKey) },
    standing: { epoch, revision: 0 },
    proven: null,
  };
  const next = () => {
    revision += 1;
    return { lock: tag, issuedAt: Math.floor(o.now() / 1_000), epoch, revision };
  };

  function publish(entries: readonly SetEntry[], bulletin?: DesiredMessage['bulletin']): DesiredMessage {
    const plan = planSetBoxes(crypto, { lockPublicKey: lock.publicKey, tag, before, after: entries });
    const manifest = signSetManifest(crypto, signer.secret, { ...next(), digest: plan.digest, count: plan.count });
    before = entries;
    const { bulletin: _spent, ...rest } = message;
    message = {
      ...rest,
      standing: { epoch, revision },
      ...(bulletin === undefined ? {} : { bulletin }),
      set: {
        epoch,
        revision,
        manifest: encodeBase64url(manifest),
        certificate,
        summaryBefore: plan.summaryBefore.map(hex),
        delta: plan.delta.map(encodeBase64url),
        summary: plan.summary.map(hex),
        buckets: plan.buckets.map((boxes) => boxes.map(encodeBase64url)),
        clearances: plan.clearances.map(encodeBase64url),
      },
    };
    return message;
  }

  return {
    lock,
    get message() {
      return message;
    },
    publish: (entries) => publish(entries),
    revoke(ids) {
      const object = encodeBase64url(signBulletin(crypto, signer.secret, { ...next(), deniedEntries: ids }));
      return publish(
        before.filter(({ id }) => !ids.includes(id)),
        { object, certificate },
      );
    },
  };
}

/** Whether a report proves, by the lock's own signature, that it stands at what the message asks for. */
export function proves(crypto: CryptoProvider, report: ReportedMessage, desired: DesiredLock): boolean {
  return report.receipts.some((text) => {
    const signer = { tag: fromHex(desired.lock.tag), publicKey: desired.lock.signingPublicKey };
    const verified = verifyReceipt(crypto, new Uint8Array(Buffer.from(text, 'base64url')), signer);
    return verified.ok && decideStanding(verified.statement, desired.message.standing).ok;
  });
}

/** The portal's side of desired states: says them, hears reports, tells the time. */
export interface DesiredPortal extends AsyncDisposable {
  readonly reports: { readonly tag: string; readonly report: ReportedMessage }[];
  readonly timesAsked: TimeMessage[];
  /** What becomes of a question for the time. */
  answer: 'token' | 'refusal' | 'silence';
  /** Says what is desired of a lock; with `retain` the broker keeps it. */
  desire(message: DesiredMessage, o?: { readonly retain?: boolean }): Promise<void>;
  /** The lock is the gateway's no more. */
  release(tag: string): Promise<void>;
  /** Resolves with the first report that proves what is desired of that lock. */
  proof(desired: DesiredLock): Promise<ReportedMessage>;
}

/** Connects such a portal to a broker. */
export async function startDesiredPortal(o: {
  readonly url: string;
  readonly address: GatewayAddress;
  readonly crypto: CryptoProvider;
  readonly property: PropertyFixture;
}): Promise<DesiredPortal> {
  const { address, property } = o;
  const client = await connectAsync(o.url, { reconnectPeriod: 0 });
  const reports: DesiredPortal['reports'] = [];
  const timesAsked: TimeMessage[] = [];
  const portal: DesiredPortal = {
    reports,
    timesAsked,
    answer: 'token',
    async desire(message, { retain = false } = {}) {
      const topic = gatewayTopic(address, { desired: message.lock.tag });
      await client.publishAsync(topic, encodeGatewayMessage('desired', message), { qos: 1, retain });
    },
    async release(tag) {
      await client.publishAsync(gatewayTopic(address, { desired: tag }), '', { qos: 1, retain: true });
    },
    async proof(desired) {
      return await vi.waitFor(
        () => {
          const found = reports.find(
            ({ tag, report }) => tag === desired.lock.tag && proves(o.crypto, report, desired),
          );
          if (found === undefined) throw new Error(`no proof of ${desired.message.standing.revision} yet`);
          return found.report;
        },
        { timeout: 30_000, interval: 5 },
      );
    },
    async [Symbol.asyncDispose]() {
      await client.endAsync(true);
    },
  };
  client.on('message', (topic, payload) => {
    const text = payload.toString();
    if (topic.endsWith('/time')) {
      const asked = parseGatewayMessage('time', text);
      timesAsked.push(asked);
      if (portal.answer === 'silence') return;
      const { tag, challenge } = asked;
      const reply =
        portal.answer === 'refusal'
          ? ({ v: 1, type: 'time-refused', tag, challenge, code: 'unknown-lock' } as const)
          : ({
              ...({ v: 1, type: 'time-token', tag, challenge } as const),
              token: encodeBase64url(property.tellTime({ tag: fromHex(tag), challenge: fromHex(challenge) })),
              certificate: encodeBase64url(property.certificate),
            } as const);
      client.publish(gatewayTopic(address, 'cmd'), encodeGatewayMessage('cmd', reply), { qos: 0 });
    } else {
      reports.push({ tag: topic.slice(-16), report: parseGatewayMessage('reported', text) });
    }
  });
  await client.subscribeAsync([gatewayTopic(address, { reported: '+' }), gatewayTopic(address, 'time')], { qos: 1 });
  return portal;
}
