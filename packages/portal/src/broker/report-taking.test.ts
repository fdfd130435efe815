import { gatewayTopic } from '@latchwork/contract';
import { encodeId, type GatewayId, type Instant, type OrganizationId, type PropertyId } from '@latchwork/core';
import mqtt from 'mqtt';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { tokenHash } from '../access/bearer-token.js';
import type { Projection } from '../store/projection.js';
import { startEmbeddedBroker } from './embedded-broker.js';

const madeAt = 0 as Instant;
const gatewayId: GatewayId = encodeId('gateway', madeAt, new Uint8Array(10));
const propertyId: PropertyId = encodeId('property', madeAt, new Uint8Array(10));
const organizationId: OrganizationId = encodeId('organization', madeAt, new Uint8Array(10));
const address = { organizationId, propertyId, gatewayId };

it('T16: a report that could not be taken is not acknowledged and comes again; no number of them stops the broker', async () => {
  let failures = 150;
  const taken: string[] = [];
  await using broker = await startEmbeddedBroker({
    fresh: async () => undefined,
    host: '127.0.0.1',
    port: 0,
    tls: undefined,
    clock: { now: () => madeAt },
    // The two tables that the broker reads.
    projection: {
      gateways: new Map([[gatewayId, { id: gatewayId, propertyId, secretHash: tokenHash('secret') }]]),
      properties: new Map([[propertyId, { id: propertyId, organizationId }]]),
    } as unknown as Projection,
    listener: {
      connection: () => undefined,
      desiring: () => undefined,
      report: async ({ kind }) => {
        failures -= 1;
        if (failures >= 0) throw new Error('the store is away');
        taken.push(kind);
      },
    },
    log: pino({ level: 'silent' }),
  });
  const status = JSON.stringify({ v: 1, online: true, bootId: 'b1', at: 1 });
  let acknowledged = 0;
  for (let tries = 1; acknowledged === 0; tries += 1) {
    const client = await mqtt.connectAsync(broker.url, {
      clientId: gatewayId,
      username: gatewayId,
      password: 'secret',
      reconnectPeriod: 0,
    });
    const closed = new Promise<false>((resolve) => client.once('close', () => resolve(false)));
    const published = client.publishAsync(gatewayTopic(address, 'status'), status, { qos: 1 }).then(() => true);
    published.catch(() => undefined);
    if (await Promise.race([published, closed])) acknowledged = tries;
    await client.endAsync(true);
  }
  expect(acknowledged).toBe(151);
  expect(taken).toEqual(['status']);
});
