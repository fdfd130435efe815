import {
  encodeGatewayMessage,
  type GatewayMessageInput,
  gatewayTopic,
  type LockLogEntry,
  type PassMessage,
  parseGatewayMessage,
  parseGatewayTopic,
  type ReadMessage,
} from '@latchwork/contract';
import type { DeviceId } from '@latchwork/core';
import { type Delivery, decodeReceipt, type KeyPair } from '@latchwork/lock-protocol';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import type { Write } from '../store/store.js';
import { type CarriedToken, createRealLock, fitRealLock, parcelOf, type RealLock } from './real-lock.test-rig.js';
import { buildSampleHotel, giveKey, type SampleHotel } from './sample-hotel.test-rig.js';
import { connectGateway, type ScriptedGateway } from './scripted-gateway.test-rig.js';
import { startTestPortal, type TestPortal } from './test-portal.test-rig.js';

const crypto = createNodeCrypto();
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'));
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** Whether the gateway reports the end of an unlock, says nothing, or never reaches the lock. */
export type UnlockFate = 'reported' | 'unreported' | 'unreached';

/** A hotel whose door has a lock of the protocol's own machine, and whose gateway does what the test says. */
export interface LogHotel extends AsyncDisposable {
  readonly test: TestPortal;
  readonly hotel: SampleHotel;
  readonly lock: RealLock;
  readonly entranceId: string;
  readonly deviceId: string;
  readonly gateway: ScriptedGateway;
  readonly keys: KeyPair;
  /** The newest grants that the gateway was given that pass. */
  pass(passes?: (message: PassMessage) => boolean): Promise<PassMessage>;
  /** The newest word on the reading of the lock's log that passes. */
  read(passes?: (message: ReadMessage) => boolean): Promise<ReadMessage>;
  /** Reads the lock's log as its gateway, from where the portal has it or from elsewhere. */
  fetch(after?: number): Promise<Delivery>;
  /** Brings the lock the portal's time over the connection, as its gateway. */
  tellTime(): Promise<void>;
  /** Has the gateway bring pages; resolves when the portal has taken them. */
  bring(pages: readonly Uint8Array[], change?: Partial<GatewayMessageInput<'log'>>): Promise<void>;
  /** Has the housekeeper unlock. @returns the id of the attempt and of its command. */
  unlock(
    fate: UnlockFate,
    change?: Partial<GatewayMessageInput<'evt'>>,
  ): Promise<{ readonly attemptId: string; readonly commandId: string }>;
  /** Gives a guest a door code, of which the lock has not heard yet. */
  giveCode(): Promise<{
    readonly credentialId: string;
    readonly keyId: string;
    readonly holderId: string;
    readonly digits: string;
  }>;
  /** Gives a guest a Key on a phone, which has its grant. */
  givePhone(): Promise<{
    readonly credentialId: string;
    readonly keyId: string;
    readonly holderId: string;
    readonly keys: KeyPair;
    readonly grant: CarriedToken;
  }>;
  /** Puts on record that some of the entries so far were found to be gone for good. */
  loseEntries(): Promise<void>;
  /** The lock's log as its owner reads it, newest first. */
  log(): Promise<readonly LockLogEntry[]>;
  /** Brings the lock what is desired of it, and its receipts back. @returns how far its log had got. */
  deliver(): Promise<{ readonly newest: number }>;
  /** Events of the property since the last time, of the types that begin so. */
  events(prefix: string): Promise<readonly Record<string, unknown>[]>;
}

/** Opens it; the gateway has told its public key. */
export async function openLogHotel(): Promise<LogHotel> {
  const test = await startTestPortal();
  const hotel = await buildSampleHotel(test);
  const { client } = hotel.people.organization_owner;
  const lock = createRealLock(test.clock);
  const deviceId = await fitRealLock(lock, hotel);
  const entranceId = hotel.entrance.id;
  const propertyId = hotel.property.id;
  await giveKey(test, hotel, hotel.people.housekeeping.id);
  const gateway = await connectGateway(hotel);
  const topic = (leaf: Parameters<typeof gatewayTopic>[1]) => gatewayTopic(gateway.address, leaf);
  const passes: PassMessage[] = [];
  const reads: ReadMessage[] = [];
  const looks = new Set<() => void>();
  gateway.client.on('message', (name, payload) => {
    const parsed = parseGatewayTopic(name);
    const text = payload.toString();
    if (parsed.kind === 'pass') passes.push(parseGatewayMessage('pass', text));
    if (parsed.kind === 'read' && text !== '') reads.push(parseGatewayMessage('read', text));
    for (const look of looks) look();
  });
  await gateway.client.subscribeAsync([topic('pass'), topic({ read: '+' })], { qos: 1 });
  const keys = crypto.x25519KeyPair();
  const status = { v: 1, online: true, bootId: 'b1', at: test.clock.now(), publicKey: hexOf(keys.publicKey) } as const;
  await gateway.publish('status', encodeGatewayMessage('status', status), { qos: 1, retain: true });

  const newest = async <Message>(from: readonly Message[], isIt: (message: Message) => boolean): Promise<Message> =>
    await new Promise((resolve) => {
      const look = () => {
        const found = from.at(-1);
        if (found === undefined || !isIt(found)) return;
        looks.delete(look);
        resolve(found);
      };
      looks.add(look);
      look();
    });
  let brought = 0;
  let cursor: string | undefined;
  const giveGuestKey = async () => {
    const { id: holderId } = await client.guests.create({ propertyId, name: 'Ingrid Visser' });
    const startsAt = new Date(test.clock.now() - 1000).toISOString();
    const key = await client.keys.create({ propertyId, holderId, entranceIds: [entranceId], startsAt, endsAt: null });
    return { keyId: key.id, holderId };
  };
  const opened: LogHotel = {
    ...{ test, hotel, lock, entranceId, deviceId, gateway, keys },
    pass: async (isIt = ({ grants }) => grants.length > 0) => await newest(passes, isIt),
    read: async (isIt = () => true) =>
      await newest(reads, (message) => message.lock.tag === lock.keys.tag && isIt(message)),
    fetch: async (after) => {
      const { seq } = await opened.read();
      const grant = (await opened.pass()).grants[0];
      if (grant === undefined) throw new Error('The gateway has no grant.');
      const shown = { grant: bytesOf(grant.object), certificate: bytesOf(grant.certificate) };
      return await lock.visit({ log: { after: after ?? seq }, shown }, keys);
    },
    tellTime: async () => {
      const time = async (nonce: Uint8Array) => {
        const ask = encodeGatewayMessage('time', { v: 1, tag: lock.keys.tag, challenge: hexOf(nonce) });
        await gateway.publish('time', ask);
        const { token, certificate } = await gateway.next('time-token');
        return { object: bytesOf(token), certificate: bytesOf(certificate) };
      };
      const { parts } = await lock.visit({ time }, keys);
      if (parts.time?.outcome !== 'done') throw new Error('The lock took no time.');
    },
    bring: async (pages, change = {}) => {
      brought += 1;
      const message = {
        ...({ v: 1, eventId: `b1:${brought}`, deviceId, outcome: 'done', occurredAt: test.clock.now() } as const),
        pages: pages.map((page) => Buffer.from(page).toString('base64url')),
        ...change,
      };
      await gateway.publish({ log: lock.keys.tag }, encodeGatewayMessage('log', message), { qos: 1 });
    },
    unlock: async (fate, change = {}) => {
      const attempt = await hotel.people.housekeeping.client.unlock({ entranceId, waitSeconds: 0 });
      let command = await gateway.next('unlock');
      while (command.attemptId !== attempt.id) command = await gateway.next('unlock');
      await gateway.ack(command);
      const token = async (challenge: string) => {
        await gateway.challenge(command, challenge);
        return await gateway.next('token');
      };
      if (fate === 'unreached') await token('00'.repeat(8));
      else {
        const { code, bolt, logSeq, logHead } = await lock.unlock(command.commandId, token);
        const outcome = code === 'ok' ? 'executed' : 'refused';
        const told = { outcome, code, bolt, logSeq, logHead: hexOf(logHead), occurredAt: test.clock.now() } as const;
        if (fate === 'reported') await gateway.report(command, { ...told, ...change });
      }
      return { attemptId: attempt.id, commandId: command.commandId };
    },
    givePhone: async () => {
      const { keyId, holderId } = await giveGuestKey();
      const { id: credentialId } = await client.credentials.create({ keyId, kind: 'smart_key' });
      const { code } = await client.credentials.createPhoneCode({ credentialId });
      const own = crypto.x25519KeyPair();
      const { locks, certificate } = await test.client().phones.activate({ code, publicKey: hexOf(own.publicKey) });
      const token = locks[0]?.grant;
      if (token == null || certificate === null) throw new Error('The phone has no grant.');
      return { credentialId, keyId, holderId, keys: own, grant: { token: token.object, certificate } };
    },
    giveCode: async () => {
      const { keyId, holderId } = await giveGuestKey();
      const digits = '271828';
      const { id: credentialId } = await client.credentials.create({ keyId, kind: 'door_code', entranceId, digits });
      await test.portal.planLocks();
      return { credentialId, keyId, holderId, digits };
    },
    loseEntries: async () => {
      const row = test.portal.projection.lockReaders.get(deviceId as DeviceId);
      if (row === undefined) throw new Error('Nothing was read yet.');
      const write: Write = { op: 'update', table: 'lockReader', row: { ...row, lostAt: test.clock.now() } };
      await test.portal.store.commit([write]);
      test.portal.projection.apply([write]);
    },
    log: async () => (await client.devices.listLog({ deviceId, limit: 200 })).data,
    deliver: async () => {
      const row = test.portal.projection.lockDesired.get(deviceId as DeviceId);
      if (row === undefined) throw new Error('The lock was told nothing.');
      const { receipts } = await lock.visit(parcelOf(parseGatewayMessage('desired', row.message)));
      const report = {
        ...({ v: 1, eventId: `b1:${lock.keys.tag}:1`, deviceId, standing: row.standing, parts: {} } as const),
        receipts: receipts.map((receipt) => Buffer.from(receipt).toString('base64url')),
        ...{ occurredAt: test.clock.now(), nextTryAt: null },
      };
      await gateway.publish({ reported: lock.keys.tag }, encodeGatewayMessage('reported', report), { qos: 1 });
      return { newest: Math.max(...receipts.map((receipt) => decodeReceipt(receipt).seq)) };
    },
    events: async (prefix) => {
      const { data } = await client.events.list({
        propertyId,
        limit: 200,
        ...(cursor === undefined ? {} : { cursor }),
      });
      cursor = data.at(-1)?.cursor ?? cursor;
      return data.filter(({ type }) => type.startsWith(prefix));
    },
    [Symbol.asyncDispose]: async () => {
      await gateway[Symbol.asyncDispose]();
      await test[Symbol.asyncDispose]();
    },
  };
  return opened;
}
