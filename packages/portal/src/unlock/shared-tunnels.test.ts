import { randomBytes } from 'node:crypto';
import { encodeGatewayMessage, type GatewayMessageInput } from '@latchwork/contract';
import type { GatewayId } from '@latchwork/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PortalGroup, startPortalGroup } from '../harness/portal-group.test-rig.js';
import {
  missingForPostgres,
  type PostgresCluster,
  startPostgresCluster,
} from '../harness/postgres-cluster.test-rig.js';
import { buildSampleHotel, giveKey, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { connectGateway, type ScriptedGateway } from '../harness/scripted-gateway.test-rig.js';
import type { TestPortal } from '../harness/test-portal.test-rig.js';

const soon = { timeout: 30_000 };

describe.skipIf(missingForPostgres !== '')(`tunnels of portals on one database ${missingForPostgres}`, () => {
  let cluster: PostgresCluster;
  let group: PortalGroup;
  let one: TestPortal;
  let two: TestPortal;
  let three: TestPortal;
  let hotel: SampleHotel;

  beforeAll(async () => {
    cluster = await startPostgresCluster();
    group = await startPortalGroup(cluster);
    [one, two, three] = [await group.start(), await group.start(), await group.start()];
    hotel = await buildSampleHotel(one);
    await giveKey(one, hotel, hotel.people.team.id);
  }, 120_000);
  afterAll(async () => {
    await group?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  const row = () => one.portal.projection.gateways.get(hotel.gateway.gateway.id as GatewayId);
  const phoneAt = (portal: TestPortal) => portal.client(hotel.people.team.token);
  /** A phone whose every request goes to another portal than the one before. */
  const roaming = () => {
    let turn = 0;
    return () => phoneAt([one, three, two][turn++ % 3] ?? one);
  };
  /** Connects the gateway to the second portal, and waits until the first knows. */
  async function connected(): Promise<ScriptedGateway> {
    const gateway = await connectGateway(hotel, two.portal.mqttUrl);
    await expect.poll(() => row()?.hostId, soon).toBe(two.portal.store.peers.self);
    return gateway;
  }
  async function gone(gateway: ScriptedGateway): Promise<void> {
    await gateway[Symbol.asyncDispose]();
    await expect.poll(() => row()?.online, soon).toBe(false);
  }
  const info = randomBytes(20).toString('base64url');
  const frameOf = (sizeBytes: number) => ({
    frame: randomBytes(sizeBytes).toString('base64url'),
    withResponse: false,
  });
  const newCommandId = () => randomBytes(8).toString('hex');
  const tell = async (gateway: ScriptedGateway, message: GatewayMessageInput<'tunnel'>) =>
    await gateway.publish('tunnel', encodeGatewayMessage('tunnel', message));

  async function open(gateway: ScriptedGateway, phone = phoneAt(one)) {
    const opening = phone.tunnels.open({ entranceId: hotel.entrance.id, commandId: newCommandId() });
    const { attemptId } = await gateway.next('tunnel-open');
    await tell(gateway, { v: 1, type: 'opened', attemptId, info, mtu: 247 });
    return { attemptId, tunnel: await opening };
  }

  it('T15: carry frames once and in order, whichever portal each request of a phone reaches', async () => {
    const gateway = await connected();
    const phone = roaming();
    const { attemptId, tunnel } = await open(gateway, phone());
    expect(tunnel).toMatchObject({ id: attemptId, state: 'open', code: null, info, mtu: 247 });
    const fromLock: string[] = [];
    const rounds = 6;
    for (let round = 0; round < rounds; round++) {
      // More than the server of the database takes in one notification, both ways.
      const frames = Array.from({ length: 12 }, () => frameOf(480));
      const given = { attemptId, sent: round * 12, frames, received: fromLock.length };
      const answering = phone().tunnels.exchange(given);
      expect(await gateway.next('tunnel-frames')).toMatchObject({ attemptId, from: round * 12, frames });
      const told = Array.from({ length: 12 }, () => frameOf(480).frame);
      await tell(gateway, { v: 1, type: 'frames', attemptId, from: fromLock.length, frames: told });
      expect(await answering).toEqual({ state: 'open', code: null, frames: told });
      // The reply was lost: asked again, of another portal, the same is told and nothing is carried twice.
      expect(await phone().tunnels.exchange(given)).toEqual({ state: 'open', code: null, frames: told });
      fromLock.push(...told);
    }
    expect(gateway.received.filter(({ type }) => type === 'tunnel-frames')).toHaveLength(rounds);
    expect(gateway.received.filter(({ type }) => type === 'tunnel-open')).toHaveLength(1);
    const word = { outcome: 'executed', code: 'ok', bolt: 'unlocked', batteryPercent: 80, logSeq: 7 } as const;
    expect(await phoneAt(three).tunnels.end({ attemptId, ...word })).toMatchObject({ state: 'confirmed' });
    expect(await gateway.next('tunnel-close')).toMatchObject({ attemptId });
    await gone(gateway);
  });

  it('G41: carry nothing for whoever was removed at another portal, and nothing for anybody else', async () => {
    const gateway = await connected();
    const { housekeeping, owner } = hotel.people;
    await giveKey(one, hotel, housekeeping.id);
    const { attemptId } = await open(gateway, one.client(housekeeping.token));
    const given = { attemptId, sent: 0, frames: [frameOf(40)], received: 0 };
    await expect(phoneAt(one).tunnels.exchange(given)).rejects.toMatchObject({ info: { code: 'not-found' } });
    await three.client(owner.token).members.removeFromProperty({
      ...{ propertyId: hotel.property.id, memberId: housekeeping.id, confirm: 'remove' },
    });
    await gateway.next('tunnel-close');
    await one
      .client(housekeeping.token)
      .tunnels.exchange(given)
      .catch(() => undefined);
    expect(gateway.received.filter(({ type }) => type === 'tunnel-frames')).toEqual([]);
    await gone(gateway);
  });

  it('P-18: open nothing after the deadline, and say so when the gateway goes', async () => {
    const gateway = await connected();
    const { attemptId } = await open(gateway);
    group.clock.advance(10_001);
    const late = { attemptId, sent: 0, frames: [frameOf(40)], received: 0 };
    expect(await phoneAt(three).tunnels.exchange(late)).toMatchObject({ state: 'closed', code: 'deadline-passed' });

    const second = await open(gateway, phoneAt(three));
    const waiting = phoneAt(one).tunnels.exchange({ attemptId: second.attemptId, sent: 0, frames: [], received: 0 });
    await gone(gateway);
    expect(await waiting).toMatchObject({ state: 'closed', code: 'gateway-offline' });
    expect(gateway.received.filter(({ type }) => type === 'tunnel-frames')).toEqual([]);
  });

  it('go on when somebody says to one what it does not understand', async () => {
    const { self, post } = two.portal.store.peers;
    for (const text of ['', '{', '{"type":"ask"}', JSON.stringify({ type: 'answer', id: 'none', tunnel: null })]) {
      await one.portal.store.peers.post.send(self, text);
    }
    await post.send(one.portal.store.peers.self, 'x'.repeat(20_000));
    const gateway = await connected();
    expect((await open(gateway)).tunnel).toMatchObject({ state: 'open' });
    expect(two.log.filter((line) => line.includes('word of another process not understood'))).toHaveLength(3);
    await gone(gateway);
  });
});
