import type { Client } from '@latchwork/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { problemOf } from '../harness/failed-call.test-rig.js';
import {
  buildSampleHotel,
  giveKey,
  lockKeys,
  type SampleHotel,
  samplePassword,
} from '../harness/sample-hotel.test-rig.js';
import { connectGateway } from '../harness/scripted-gateway.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;
let hotel: SampleHotel;

beforeAll(async () => {
  test = await startTestPortal();
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});
beforeEach(async () => {
  test.clock.advance(600_000);
  hotel = await buildSampleHotel(test);
});

const owner = () => hotel.people.organization_owner.client;
const at = () => ({ propertyId: hotel.property.id });

/** A session on the dashboard from a time when the member had another role. */
async function dashboardFromBefore(memberId: string, email: string, role: 'housekeeping' | 'installer') {
  const setRole = async (to: 'team' | 'housekeeping' | 'installer') => {
    const { version } = await owner().members.get({ memberId });
    await owner().members.setAssignment({ ...at(), memberId, role: to, version });
  };
  await setRole('team');
  const signedIn = await test.client().sessions.create({ email, password: samplePassword, channel: 'dashboard' });
  await setRole(role);
  return test.client(signedIn.token);
}

/** Every read and some writes of a property. */
function dashboardCalls(client: Client): Readonly<Record<string, () => Promise<unknown>>> {
  return {
    entrances: () => client.entrances.list(at()),
    entrance: () => client.entrances.get({ entranceId: hotel.entrance.id }),
    devices: () => client.devices.list(at()),
    device: () => client.devices.get({ deviceId: hotel.device.id }),
    gateways: () => client.gateways.list(at()),
    keys: () => client.keys.list(at()),
    events: () => client.events.list(at()),
    attempts: () => client.attempts.list({ entranceId: hotel.entrance.id }),
    members: () => client.members.list(at()),
    'allowed apps': () => client.integratedApps.list(at()),
    'new entrance': () => client.entrances.create({ ...at(), name: 'Sauna' }),
    'new gateway': () => client.gateways.create({ ...at(), name: 'Air' }),
    'remove lock': () => client.devices.remove({ deviceId: hotel.device.id }),
  };
}

describe('Housekeeping', () => {
  it('G32: does not sign in to the dashboard, and is told of the app', async () => {
    const { email } = hotel.people.housekeeping;
    const session = { email, password: samplePassword, channel: 'dashboard' } as const;
    const refused = await problemOf(test.client().sessions.create(session));
    expect(refused).toMatchObject({ code: 'channel-not-allowed', explanation: expect.stringContaining('Portal app') });
  });

  it('G32: does nothing on the dashboard, not even reading, with a session from before she was Housekeeping', async () => {
    const { id, email } = hotel.people.housekeeping;
    await giveKey(test, hotel, id);
    const dashboard = await dashboardFromBefore(id, email, 'housekeeping');
    for (const [name, call] of Object.entries(dashboardCalls(dashboard))) {
      const { code } = await problemOf(call());
      expect(['forbidden', 'channel-not-allowed'], name).toContain(code);
    }
    expect((await dashboard.keys.listMine()).data).toEqual([]);
    expect(await problemOf(dashboard.properties.list({ organizationId: hotel.organization.id }))).toMatchObject({
      code: 'forbidden',
    });
  });

  it('G32, G33: lists her own Keys on the app and no one else’s, and of the doors the names of her own', async () => {
    const own = await giveKey(test, hotel, hotel.people.housekeeping.id);
    await giveKey(test, hotel, hotel.people.team.id);
    const other = await owner().entrances.create({ ...at(), name: 'Cellar' });
    const { client } = hotel.people.housekeeping;
    expect((await client.keys.listMine()).data).toEqual([own]);
    expect((await client.keys.list(at())).data).toEqual([own]);
    expect((await client.entrances.list(at())).data.map(({ id }) => id)).toEqual([hotel.entrance.id]);
    expect(await problemOf(client.entrances.get({ entranceId: other.id }))).toMatchObject({ code: 'not-found' });
    for (const call of [client.devices.list(at()), client.members.list(at()), client.integratedApps.list(at())]) {
      expect(await problemOf(call)).toMatchObject({ code: 'forbidden' });
    }
  });

  it('G33: opens her assigned door with the Portal app; the same call from the dashboard is refused and on record', async () => {
    const { id, email, client } = hotel.people.housekeeping;
    const key = await giveKey(test, hotel, id);
    await using gateway = await connectGateway(hotel);
    const asked = await client.unlock({ entranceId: hotel.entrance.id });
    expect(asked).toMatchObject({ state: 'sent', keyId: key.id, channel: 'portal_app' });
    await gateway.report(await gateway.next('unlock'), { outcome: 'executed', code: 'ok' });

    const dashboard = await dashboardFromBefore(id, email, 'housekeeping');
    const refused = await problemOf(dashboard.unlock({ entranceId: hotel.entrance.id }));
    expect(refused).toMatchObject({ code: 'unlock-refused', because: 'channel-not-allowed' });
    expect(gateway.received).toHaveLength(1);
    const { data } = await owner().events.list({ ...at(), limit: 200 });
    expect(data.findLast(({ type }) => type === 'unlock.denied')).toMatchObject({
      because: 'channel-not-allowed',
      channel: 'dashboard',
      holderId: id,
    });
  });

  it('G33: opens no door that no Key of hers covers', async () => {
    await giveKey(test, hotel, hotel.people.housekeeping.id);
    const other = await owner().entrances.create({ ...at(), name: 'Cellar' });
    await owner().devices.create({ ...at(), kind: 'lock', name: 'C', entranceId: other.id, ...lockKeys() });
    const refused = await problemOf(hotel.people.housekeeping.client.unlock({ entranceId: other.id }));
    expect(refused).toMatchObject({ code: 'unlock-refused', because: 'no-key' });
  });
});

describe('an Installer', () => {
  it('G34: sees the devices with their doors, and nothing about guests, Keys or people', async () => {
    await giveKey(test, hotel, hotel.people.team.id);
    const unused = await owner().entrances.create({ ...at(), name: 'Without a lock' });
    const { client } = hotel.people.installer;
    expect((await client.devices.list(at())).data).toEqual([hotel.device]);
    expect(await client.gateways.get({ gatewayId: hotel.gateway.gateway.id })).toEqual(hotel.gateway.gateway);
    expect((await client.entrances.list(at())).data).toEqual([hotel.entrance]);
    expect(await problemOf(client.entrances.get({ entranceId: unused.id }))).toMatchObject({ code: 'not-found' });
    for (const [name, call] of Object.entries({
      keys: client.keys.list(at()),
      members: client.members.list(at()),
      apps: client.integratedApps.list(at()),
      'new entrance': client.entrances.create({ ...at(), name: 'X' }),
      organization: client.members.listOfOrganization({ organizationId: hotel.organization.id }),
    })) {
      expect(await problemOf(call), name).toMatchObject({ code: 'forbidden' });
    }
    const { data } = await client.events.list({ ...at(), limit: 200 });
    expect(data.length).toBeGreaterThan(0);
    for (const { type } of data) expect(type).toMatch(/^(device|gateway)\./);
    const names = ['Olga', ...Object.values(hotel.people).map(({ email }) => email)];
    for (const name of names) expect(JSON.stringify(data)).not.toContain(name);
    expect((await client.attempts.list({ entranceId: hotel.entrance.id })).data).toEqual([]);
  });

  it('G34: does nothing on the dashboard either, with a session from before', async () => {
    const { id, email } = hotel.people.installer;
    const dashboard = await dashboardFromBefore(id, email, 'installer');
    for (const [name, call] of Object.entries(dashboardCalls(dashboard))) {
      const { code } = await problemOf(call());
      expect(['forbidden', 'channel-not-allowed'], name).toContain(code);
    }
  });

  it('G35: adds and removes locks and gateways; the tag is free again, the Keys of the door stay', async () => {
    const key = await giveKey(test, hotel, hotel.people.housekeeping.id);
    const { client } = hotel.people.installer;
    await client.devices.remove({ deviceId: hotel.device.id });
    expect(await problemOf(client.devices.get({ deviceId: hotel.device.id }))).toMatchObject({ code: 'not-found' });
    expect(await problemOf(client.devices.remove({ deviceId: hotel.device.id }))).toMatchObject({ code: 'not-found' });
    const without = await problemOf(hotel.people.housekeeping.client.unlock({ entranceId: hotel.entrance.id }));
    expect(without).toMatchObject({ code: 'unlock-refused', because: 'no-lock' });
    const { name, tag, publicKey, identityPublicKey } = hotel.device;
    const lock = { kind: 'lock', name, tag, publicKey, identityPublicKey, entranceId: hotel.entrance.id } as const;
    const again = await client.devices.create({ ...at(), ...lock });
    expect(again.id).not.toBe(hotel.device.id);
    expect((await hotel.people.housekeeping.client.keys.listMine()).data).toEqual([key]);

    const { gateway } = await client.gateways.create({ ...at(), name: 'Goki Air' });
    await client.gateways.remove({ gatewayId: gateway.id });
    expect((await client.gateways.list(at())).data.map(({ id }) => id)).not.toContain(gateway.id);
    const { data } = await client.events.list({ ...at(), limit: 200 });
    expect(data.map(({ type }) => type)).toEqual(expect.arrayContaining(['device.removed', 'gateway.removed']));
    expect(data.find(({ type }) => type === 'device.removed')).toMatchObject({
      actor: { memberId: hotel.people.installer.id },
      entranceId: hotel.entrance.id,
    });
  });

  it.each(['team', 'housekeeping'] as const)('G29, G35: %s adds and removes none', async (role) => {
    const { client } = hotel.people[role];
    for (const call of [
      client.devices.remove({ deviceId: hotel.device.id }),
      client.gateways.remove({ gatewayId: hotel.gateway.gateway.id }),
      client.devices.create({ ...at(), kind: 'lock', name: 'X', entranceId: hotel.entrance.id, ...lockKeys() }),
    ]) {
      expect(await problemOf(call)).toMatchObject({ code: 'forbidden', because: 'role-lacks-action' });
    }
  });

  it('G35: a removed gateway is cut off at once and does not come back; one in the middle of an unlock stays', async () => {
    await giveKey(test, hotel, hotel.people.housekeeping.id);
    const gateway = await connectGateway(hotel);
    const { client } = hotel.people.installer;
    await hotel.people.housekeeping.client.unlock({ entranceId: hotel.entrance.id });
    const command = await gateway.next('unlock');
    const ids = { gatewayId: hotel.gateway.gateway.id, deviceId: hotel.device.id };
    expect(await problemOf(client.gateways.remove(ids))).toMatchObject({ code: 'conflict' });
    expect(await problemOf(client.devices.remove(ids))).toMatchObject({ code: 'conflict' });
    await gateway.report(command, { outcome: 'executed', code: 'ok' });

    const closed = new Promise<void>((resolve) => void gateway.client.once('close', () => resolve()));
    await client.gateways.remove(ids);
    await closed;
    await expect(connectGateway(hotel)).rejects.toThrow('Not authorized');
    const refused = await problemOf(hotel.people.housekeeping.client.unlock({ entranceId: hotel.entrance.id }));
    expect(refused).toMatchObject({ code: 'gateway-offline' });
    await gateway[Symbol.asyncDispose]();
  });
});
