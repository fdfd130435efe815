import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingMosquitto, startMosquitto, type TestMosquitto } from '../harness/mosquitto.test-rig.js';
import { buildSampleHotel, giveKey, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { connectGateway, type ScriptedGateway } from '../harness/scripted-gateway.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

const soon = { timeout: 30_000 };

describe.skipIf(missingMosquitto !== '')(`a broker by its URL ${missingMosquitto}`, () => {
  let broker: TestMosquitto;
  let test: TestPortal;
  let hotel: SampleHotel;
  let url: string;

  beforeAll(async () => {
    broker = await startMosquitto(
      ({ port, folder }) =>
        `listener ${port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\npersistence true\npersistence_location ${folder}/\nautosave_interval 1\nautosave_on_changes true\n`,
    );
    url = `mqtt://127.0.0.1:${broker.port}`;
    test = await startTestPortal({
      config: {
        broker: { url, publicUrl: url, username: 'latchwork-portal', password: undefined, caFile: undefined },
      },
    });
    hotel = await buildSampleHotel(test);
    await giveKey(test, hotel, hotel.people.team.id);
  });
  afterAll(async () => {
    await test?.[Symbol.asyncDispose]();
    await broker?.[Symbol.asyncDispose]();
  });

  const isOnline = async () =>
    (await hotel.people.installer.client.gateways.get({ gatewayId: hotel.gateway.gateway.id })).online;
  const status = (online: boolean, bootId = 'b1') => JSON.stringify({ v: 1, online, bootId, at: Date.now() });

  /** Connects the gateway, which says that it is there. */
  async function arrive(): Promise<ScriptedGateway> {
    const gateway = await connectGateway(hotel);
    await gateway.publish('status', status(true), { qos: 1, retain: true });
    await expect.poll(isOnline, soon).toBe(true);
    return gateway;
  }
  async function leave(gateway: ScriptedGateway): Promise<void> {
    await gateway.publish('status', status(false), { qos: 1, retain: true });
    await gateway[Symbol.asyncDispose]();
    await expect.poll(isOnline, soon).toBe(false);
  }

  it('hands an unlock to a gateway and hears its end', async () => {
    expect(hotel.gateway.mqttUrl).toBe(url);
    const gateway = await arrive();
    const attempt = await hotel.people.team.client.unlock({ entranceId: hotel.entrance.id, waitSeconds: 0 });
    const command = await gateway.next('unlock');
    expect(command.attemptId).toBe(attempt.id);
    await gateway.ack(command);
    await gateway.challenge(command, '0102030405060708');
    expect(await gateway.next('token')).toMatchObject({ commandId: command.commandId });
    await gateway.report(command, {});
    expect(await hotel.people.team.client.attempts.waitFor(attempt.id)).toMatchObject({ state: 'confirmed' });
    await leave(gateway);
  });
});
