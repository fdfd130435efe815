import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startLoggedGateway, startRig } from '../gateway.test-rig.js';
import { Secret } from '../secret.js';
import { backUp, restore } from './gateway-backup.js';

const recoveryKey = new Secret('correct horse battery staple');

test('a gateway that died is replaced by a restored one: it is known by the same key, unlocks, and repeats no command', async () => {
  await using rig = await startRig();
  const lock = rig.central.addLock(rig.property.trust);
  const { address, dataDir: lost } = rig.config;
  const env = {
    LATCHWORK_ORGANIZATION_ID: address.organizationId,
    LATCHWORK_PROPERTY_ID: address.propertyId,
    LATCHWORK_GATEWAY_ID: address.gatewayId,
    LATCHWORK_GATEWAY_SECRET: rig.config.gatewaySecret.reveal(),
    LATCHWORK_MQTT_URL: rig.config.mqttUrl,
  };
  const { sealed } = await backUp({ dataDir: lost, env, recoveryKey });
  await rig.portal.settle();
  const before = rig.portal.statuses.at(-1);
  expect(before?.publicKey).toMatch(/^[0-9a-f]{64}$/);
  // After the backup it does a last thing, and is lost with its disk.
  const last = rig.command(lock);
  await rig.portal.send(last);
  expect(await rig.portal.result(last.commandId)).toMatchObject({ outcome: 'executed' });
  await rig.stopGateway();
  const dataDir = join(lost, '..', 'replacement');
  await restore({ dataDir, sealed, recoveryKey });
  await rm(lost, { recursive: true });
  rig.portal.results.length = 0;

  const config = { ...rig.config, dataDir };
  await using replacement = await startLoggedGateway({ ...rig, config });
  rig.central.setState('ready');
  await expect.poll(() => replacement.readiness(), { timeout: 30_000 }).toEqual({ broker: true, radio: true });
  const command = rig.command(lock);
  await rig.portal.send(command);
  expect(await rig.portal.result(command.commandId)).toMatchObject({ outcome: 'executed' });
  const after = rig.portal.statuses.at(-1);
  expect(after?.publicKey).toBe(before?.publicKey);
  expect(after?.bootId).not.toBe(before?.bootId);
  expect(rig.portal.results.map(({ commandId }) => commandId)).toEqual([command.commandId]);
  expect(lock.moves).toEqual([last.commandId, command.commandId]);
});
