import { randomBytes } from 'node:crypto';
import type { GatewayId } from '@latchwork/core';
import { createUidCard } from '@latchwork/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type PortalGroup, startPortalGroup } from '../harness/portal-group.test-rig.js';
import {
  missingForPostgres,
  type PostgresCluster,
  startPostgresCluster,
} from '../harness/postgres-cluster.test-rig.js';
import { createRealLock, fitRealLock, heldUntil, type RealLock } from '../harness/real-lock.test-rig.js';
import { relayTunnel } from '../harness/relayed-tunnel.test-rig.js';
import { buildSampleHotel, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { connectGateway, type ScriptedGateway } from '../harness/scripted-gateway.test-rig.js';
import type { TestPortal } from '../harness/test-portal.test-rig.js';

describe.skipIf(missingForPostgres !== '')(`a card at a lock of another portal's gateway ${missingForPostgres}`, () => {
  let cluster: PostgresCluster;
  let group: PortalGroup;
  let asked: TestPortal;
  let connected: TestPortal;
  let hotel: SampleHotel;
  let lock: RealLock;
  let deviceId: string;
  let gateway: ScriptedGateway;

  beforeAll(async () => {
    cluster = await startPostgresCluster();
    group = await startPortalGroup(cluster);
    [asked, connected] = [await group.start(), await group.start()];
    hotel = await buildSampleHotel(asked);
    lock = createRealLock(group.clock);
    deviceId = await fitRealLock(lock, hotel);
    gateway = await connectGateway(hotel, connected.portal.mqttUrl);
    const host = () => asked.portal.projection.gateways.get(hotel.gateway.gateway.id as GatewayId)?.hostId;
    await vi.waitUntil(() => host() === connected.portal.store.peers.self, { timeout: 60_000 });
  }, 120_000);
  afterAll(async () => {
    await gateway?.[Symbol.asyncDispose]();
    await group?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  const enroll = async (o: { readonly label: string; readonly waitSeconds?: number }, signal?: AbortSignal) =>
    await asked
      .client(hotel.people.installer.token)
      .keyCards.enrollAtLock({ deviceId, technology: 'uid', ...o }, signal && { signal });

  it('G35: is read by that one, and enrolled by the one that was asked', async () => {
    const card = createUidCard(Uint8Array.from([4, ...randomBytes(6)]));
    const relaying = relayTunnel({ gateway, lock });
    const enrolled = await heldUntil(lock, card, enroll({ label: 'M1 204' }));
    expect(enrolled).toMatchObject({ label: 'M1 204', technology: 'uid', state: 'in-stock' });
    await relaying;
  });

  it('says so when none came in time', async () => {
    const relaying = relayTunnel({ gateway, lock });
    await expect(enroll({ label: 'M1 205', waitSeconds: 1 })).rejects.toMatchObject({
      info: { code: 'key-card-not-read', reason: 'no-card' },
    });
    await relaying;
  });

  it('lets the lock go when the caller gives up', async () => {
    const leaving = new AbortController();
    const enrolling = enroll({ label: 'M1 206', waitSeconds: 50 }, leaving.signal);
    enrolling.catch(() => undefined);
    await gateway.next('tunnel-open');
    leaving.abort();
    await gateway.next('tunnel-close');
    await expect(enrolling).rejects.toMatchObject({ info: { code: 'aborted' } });
  });

  it('says that no gateway is there when that portal stops', async () => {
    const enrolling = enroll({ label: 'M1 207', waitSeconds: 50 });
    enrolling.catch(() => undefined);
    await gateway.next('tunnel-open');
    await connected.portal[Symbol.asyncDispose]();
    await expect(enrolling).rejects.toMatchObject({ info: { code: 'gateway-offline' } });
  });
});
