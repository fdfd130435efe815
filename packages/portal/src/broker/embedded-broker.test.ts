import mqtt from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleHotel, giveKey, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { connectGateway, type ScriptedGateway } from '../harness/scripted-gateway.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;
let hotel: SampleHotel;

beforeAll(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
  await giveKey(test, hotel, hotel.people.team.id);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

/** Asks for an unlock and sees it arrive, so that everything published before it has been dealt with. */
async function roundTrip(gateway: ScriptedGateway): Promise<void> {
  const attempt = await hotel.people.team.client.unlock({ entranceId: hotel.entrance.id, waitSeconds: 0 });
  let command = await gateway.next('unlock');
  while (command.attemptId !== attempt.id) command = await gateway.next('unlock');
  await gateway.report(command, {});
  await hotel.people.team.client.attempts.waitFor(attempt.id);
}

async function closingOf({ client }: ScriptedGateway): Promise<void> {
  await new Promise<void>((resolve) => client.once('close', () => resolve()));
}

describe('the embedded broker', () => {
  it.each([
    ['a wrong secret', { password: 'lwg_wrong' }],
    ['no secret', { password: undefined }],
    ['another client id', { clientId: 'somebody-else' }],
    ['an unknown gateway', { username: 'gw_00000000000000000000000000' }],
  ])('T14: refuses a gateway with %s', async (_, wrong) => {
    const { gateway, secret, mqttUrl } = hotel.gateway;
    const right = { clientId: gateway.id, username: gateway.id, password: secret, reconnectPeriod: 0 };
    await expect(mqtt.connectAsync(mqttUrl, { ...right, ...wrong } as typeof right)).rejects.toThrow();
  });

  it('T14: delivers to a gateway nothing but its own commands, whatever it subscribes to', async () => {
    const { organization, property } = hotel;
    const second = await hotel.people.owner.client.gateways.create({ propertyId: property.id, name: 'Spy' });
    const honest = await connectGateway(hotel);
    const spy = await mqtt.connectAsync(second.mqttUrl, {
      clientId: second.gateway.id,
      username: second.gateway.id,
      password: second.secret,
      reconnectPeriod: 0,
    });
    const overheard: string[] = [];
    spy.on('message', (topic) => overheard.push(topic));
    const own = `olp/v1/${organization.id}/${property.id}/gw/${second.gateway.id}`;
    const filters = [
      '#',
      '$SYS/#',
      'olp/#',
      `${own}/+`,
      honest.address.gatewayId,
      `olp/v1/${organization.id}/${property.id}/gw/${hotel.gateway.gateway.id}/cmd`,
    ];
    for (const filter of filters) await spy.subscribeAsync(filter).catch(() => undefined);
    await roundTrip(honest);
    expect(overheard).toEqual([]);
    await spy.endAsync(true);
    await honest[Symbol.asyncDispose]();
  });

  it('T14: takes a publish in the name of another gateway from nobody', async () => {
    const { organization, property } = hotel;
    const second = await hotel.people.owner.client.gateways.create({ propertyId: property.id, name: 'Liar' });
    const honest = await connectGateway(hotel);
    const liar = await connectGateway({ organization, property, gateway: second });
    const attempt = await hotel.people.team.client.unlock({ entranceId: hotel.entrance.id, waitSeconds: 0 });
    const command = await honest.next('unlock');
    const topic = `olp/v1/${organization.id}/${property.id}/gw/${honest.address.gatewayId}`;
    const result = {
      v: 1,
      type: 'unlock-result',
      eventId: 'x',
      attemptId: attempt.id,
      commandId: command.commandId,
      tag: command.lock.tag,
      outcome: 'executed',
      code: 'ok',
      occurredAt: 1,
      historical: false,
    };
    const closed = closingOf(liar);
    liar.client.publish(`${topic}/evt/${command.lock.tag}`, JSON.stringify(result), { qos: 1 });
    await closed;
    expect(await hotel.people.team.client.attempts.get({ attemptId: attempt.id })).toMatchObject({ state: 'sent' });
    await honest[Symbol.asyncDispose]();
    await liar[Symbol.asyncDispose]();
  });

  it('T15: lets no gateway publish a command, retained or not, and keeps no report for later', async () => {
    for (const [leaf, retain] of [
      ['cmd', true],
      ['cmd', false],
      ['ack', true],
    ] as const) {
      const gateway = await connectGateway(hotel);
      const closed = closingOf(gateway);
      gateway.publish(leaf, '{}', { retain }).catch(() => undefined);
      await closed;
      await gateway[Symbol.asyncDispose]();
    }
    const fresh = await connectGateway(hotel);
    await roundTrip(fresh);
    expect(fresh.received.map(({ type }) => type)).toEqual(['unlock']);
    await fresh[Symbol.asyncDispose]();
  });

  it('drops what is no message and goes on', async () => {
    const gateway = await connectGateway(hotel);
    for (const text of ['', '{', '[]', '{"v":1}', 'x'.repeat(20_000)]) {
      await gateway.publish('ack', text);
      await gateway.publish('challenge', text);
      await gateway.publish({ evt: hotel.device.tag }, text, { qos: 1 });
    }
    await roundTrip(gateway);
    await gateway[Symbol.asyncDispose]();
  });

  it('P-4: tells when a gateway comes, goes and says that it goes', async () => {
    const { client } = hotel.people.installer;
    const { gatewayId } = await client.gateways
      .get({ gatewayId: hotel.gateway.gateway.id })
      .then(({ id }) => ({ gatewayId: id }));
    const { data } = await hotel.people.owner.client.events.list({ propertyId: hotel.property.id, limit: 200 });
    const feed = client.events.follow({ propertyId: hotel.property.id, cursor: data.at(-1)?.cursor ?? '0' });
    const seen: string[] = [];
    const until = async (type: string) => {
      for (;;) {
        const next = await feed.next();
        if (next.done) throw new Error('The feed ended.');
        seen.push(next.value.type);
        if (next.value.type === type) return;
      }
    };
    const gateway = await connectGateway(hotel);
    await until('gateway.online');
    const status = (online: boolean) =>
      JSON.stringify({ v: 1, online, bootId: 'b1', at: Date.now(), version: '1.2.3' });
    await gateway.publish('status', status(true), { qos: 1, retain: true });
    expect(await client.gateways.get({ gatewayId })).toMatchObject({ online: true, version: '1.2.3' });
    await gateway.publish('status', status(false), { qos: 1, retain: true });
    await until('gateway.offline');
    await gateway.publish('status', status(true), { qos: 1, retain: true });
    await until('gateway.online');
    await gateway[Symbol.asyncDispose]();
    await until('gateway.offline');
    expect(await client.gateways.get({ gatewayId })).toMatchObject({ online: false });
    await feed.return();
  });
});
