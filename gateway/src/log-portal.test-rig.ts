import {
  encodeGatewayMessage,
  type GatewayAddress,
  gatewayTopic,
  type LogMessage,
  parseGatewayMessage,
  type ReadMessage,
} from '@latchwork/contract';
import {
  type CryptoProvider,
  type LogFinding,
  type LogReader,
  type LogRecord,
  type Right,
  readLogReport,
  signGrant,
  startLogReader,
} from '@latchwork/lock-protocol';
import type { PropertyFixture } from '@latchwork/testing';
import { connectAsync } from 'mqtt';
import { encodeBase64url } from './base64url.js';
import type { KnownLock } from './desired-lock.test-rig.js';

/** The portal's side of one lock's log: gives the right to read it, says from where, and proves what comes. */
export interface LogPortal extends AsyncDisposable {
  readonly messages: LogMessage[];
  readonly records: LogRecord[];
  readonly findings: LogFinding[];
  readonly reader: LogReader;
  /** Whether it answers what comes with how far it has got. */
  answers: boolean;
  /** Gives the gateway a grant over its key. */
  allow(publicKey: Uint8Array, o?: { readonly rights?: readonly Right[]; readonly lifeMs?: number }): Promise<void>;
  /** Says how far it has got. */
  say(change?: Partial<ReadMessage>): Promise<void>;
  /** The log is the gateway's no more. */
  forget(): Promise<void>;
}

const readingRights: readonly Right[] = ['status', 'log'];

/** Connects such a portal to a broker. */
export async function startLogPortal(o: {
  readonly url: string;
  readonly address: GatewayAddress;
  readonly crypto: CryptoProvider;
  readonly property: PropertyFixture;
  readonly lock: KnownLock;
  readonly now: () => number;
}): Promise<LogPortal> {
  const { address, crypto, property, lock, now } = o;
  const client = await connectAsync(o.url, { reconnectPeriod: 0 });
  const tag = new Uint8Array(Buffer.from(lock.tag, 'hex'));
  let reader = startLogReader();
  const portal: LogPortal = {
    ...{ messages: [], records: [], findings: [], answers: true },
    get reader() {
      return reader;
    },
    async allow(publicKey, { rights = readingRights, lifeMs = 3_600_000 } = {}) {
      const { secret, certificate } = property.signer('grant');
      const issuedAt = Math.floor(now() / 1_000);
      const expires = issuedAt + Math.ceil(lifeMs / 1_000);
      const object = signGrant(crypto, secret, {
        ...{ grantId: crypto.randomBytes(8), locks: [tag], issuedAt, notBefore: issuedAt - 60, expires },
        ...{ holderPublicKey: publicKey, role: 'gateway', rights, epoch: property.trust.epoch },
      });
      const grant = { locks: [lock.tag], object: encodeBase64url(object), certificate: encodeBase64url(certificate) };
      const text = encodeGatewayMessage('pass', { v: 1, grants: [{ ...grant, expiresAt: expires * 1_000 }] });
      await client.publishAsync(gatewayTopic(address, 'pass'), text, { qos: 1, retain: true });
    },
    async say(change = {}) {
      const { cursor, newest } = reader;
      const message = {
        ...({ v: 1, deviceId: 'dev_01jd0000000000000000000000' } as const),
        lock: { tag: lock.tag, publicKey: Buffer.from(lock.publicKey).toString('hex') },
        ...{ resets: cursor.resets, seq: cursor.seq, hash: Buffer.from(cursor.hash).toString('hex') },
        ...{ newest: Math.max(newest.seq, cursor.seq), ...change },
      };
      const topic = gatewayTopic(address, { read: lock.tag });
      await client.publishAsync(topic, encodeGatewayMessage('read', message), { qos: 1, retain: true });
    },
    async forget() {
      await client.publishAsync(gatewayTopic(address, { read: lock.tag }), '', { qos: 1, retain: true });
    },
    async [Symbol.asyncDispose]() {
      await client.endAsync(true);
    },
  };
  client.on('message', (_topic, payload) => {
    const message = parseGatewayMessage('log', payload.toString());
    portal.messages.push(message);
    for (const text of message.pages) {
      const bytes = new Uint8Array(Buffer.from(text, 'base64url'));
      const signer = { tag, publicKey: lock.signingPublicKey };
      const reading = readLogReport(crypto, reader, { kind: 'page', bytes, lock: signer, at: now() });
      reader = reading.reader;
      portal.records.push(...reading.records);
      portal.findings.push(...reading.findings);
    }
    // The last answer of a test may find nobody any more.
    if (portal.answers) portal.say().catch(() => undefined);
  });
  await client.subscribeAsync(gatewayTopic(address, { log: '+' }), { qos: 1 });
  return portal;
}
