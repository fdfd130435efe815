import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { encodeGatewayMessage, gatewayTopic, gatewayTopicPrefix, type UnlockCommand } from '@latchwork/contract';
import { startTestBroker } from '@latchwork/testing';
import mqtt from 'mqtt';
import { ended, isOk, reply, root, tsx, until } from '../world/processes.js';
import type { World } from './world.js';

/** Commands that were taken, journaled twice and answered in a second, and messages that a raw client sent back. */
export interface Throughput {
  readonly gatewayPerSecond: number;
  readonly echoPerSecond: number;
}

/** As many as may wait for the radio. */
const underWay = 64;

/**
 * Sends a gateway commands that are late already, which it journals and answers without its radio, and a raw client the
 * same bytes by the same broker.
 */
export async function measureThroughput(world: World, count: number): Promise<Throughput> {
  await using broker = await startTestBroker();
  const client = await mqtt.connectAsync(broker.url);
  const late = (): string => {
    const now = Date.now();
    const command: UnlockCommand = {
      ...{ v: 1, type: 'unlock', commandId: randomBytes(8).toString('hex'), action: 'unlock', intent: 'staff' },
      attemptId: 'att_01jd0000000000000000000000' as UnlockCommand['attemptId'],
      entranceId: 'ent_01jd0000000000000000000000' as UnlockCommand['entranceId'],
      deviceId: 'dev_01jd0000000000000000000000' as UnlockCommand['deviceId'],
      lock: { tag: '00'.repeat(8), publicKey: '09'.padEnd(64, '0') },
      ...{ deadline: now, ttlMs: 0, sentAt: now },
    };
    return encodeGatewayMessage('cmd', command);
  };
  const perSecond = async (to: string): Promise<number> => {
    const start = performance.now();
    let sent = 0;
    let answered = 0;
    await new Promise<void>((resolve) => {
      const send = () => {
        sent += 1;
        client.publish(to, late(), { qos: 0 });
      };
      const onAnswer = () => {
        answered += 1;
        if (sent < count) send();
        if (answered < count) return;
        client.off('message', onAnswer);
        resolve();
      };
      client.on('message', onAnswer);
      while (sent < underWay) send();
    });
    return count / ((performance.now() - start) / 1_000);
  };

  await client.subscribeAsync([`${gatewayTopicPrefix(world.address)}/evt/+`, 'echo/evt'], { qos: 1 });
  const gateway = world.startGateway({ mqttUrl: broker.url });
  gateway.stdout?.resume();
  await until(() => isOk(`${world.gatewayUrl}/readyz`));
  const echo = fork(join(root, 'tools/bench/src/gateway/echo.ts'), [broker.url, 'echo/cmd', 'echo/evt'], {
    execArgv: [...tsx],
  });
  world.processes.adopt(echo);
  await reply(echo, 'ready');
  const gatewayPerSecond = await perSecond(gatewayTopic(world.address, 'cmd'));
  const echoPerSecond = await perSecond('echo/cmd');
  await ended(gateway);
  await client.endAsync();
  return { gatewayPerSecond, echoPerSecond };
}
