import { gatewayTopic } from '@latchwork/contract';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { address, type GatewayRig, startRig } from './gateway.test-rig.js';
import type { MemoryLock } from './memory-central.test-rig.js';

let rig: GatewayRig;
let lock: MemoryLock;

beforeEach(async () => {
  rig = await startRig();
  lock = rig.central.addLock(rig.property.trust);
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

async function metric(name: string): Promise<string[]> {
  const response = await fetch(`http://127.0.0.1:${rig.gateway.httpPort}/metrics`);
  return (await response.text()).split('\n').filter((line) => line.startsWith(name));
}

describe('an unlock', () => {
  test('opens the lock, and every fact of it is reported once', async () => {
    const command = rig.command(lock);
    await rig.portal.send(command);
    const result = await rig.portal.result(command.commandId);
    expect(result).toEqual({
      v: 1,
      eventId: `${address.gatewayId}:${command.commandId}`,
      type: 'unlock-result',
      attemptId: command.attemptId,
      commandId: command.commandId,
      tag: lock.tag,
      outcome: 'executed',
      code: 'ok',
      bolt: 'unlocked',
      batteryPercent: 77,
      logSeq: expect.any(Number),
      logHead: expect.stringMatching(/^[0-9a-f]{32}$/),
      occurredAt: rig.clock.now(),
      historical: false,
      spansMs: { queue: 0, connect: 0, token: 0, handshake: 0, command: 0 },
    });
    expect(lock.moves).toEqual([command.commandId]);
    await rig.portal.settle();
    const { attemptId, commandId } = command;
    expect(rig.portal.acks).toEqual([{ v: 1, attemptId, commandId, receivedAt: rig.clock.now() }]);
    expect(rig.portal.challenges).toHaveLength(1);
    expect(rig.portal.results).toHaveLength(1);
    expect(await metric('latchwork_gateway_unlocks_total')).toEqual([
      'latchwork_gateway_unlocks_total{outcome="executed",code="ok"} 1',
    ]);
  });

  test('travels on the topics and with the delivery that the binding names', async () => {
    const command = rig.command(lock);
    await rig.portal.send(command);
    await rig.portal.result(command.commandId);
    await rig.portal.settle();
    const sent = rig.broker.recorded.filter(({ clientId }) => clientId === address.gatewayId);
    const shape = sent.map(({ topic, qos, retain }) => ({ topic, qos, retain }));
    expect(shape).toContainEqual({ topic: gatewayTopic(address, 'ack'), qos: 0, retain: false });
    expect(shape).toContainEqual({ topic: gatewayTopic(address, 'challenge'), qos: 0, retain: false });
    expect(shape).toContainEqual({ topic: gatewayTopic(address, { evt: lock.tag }), qos: 1, retain: false });
    expect(shape).toContainEqual({ topic: gatewayTopic(address, 'status'), qos: 1, retain: true });
    expect(new Set(shape.map(({ topic }) => topic)).size).toBe(4);
  });

  test('is refused as the lock refuses it, with the code of the lock', async () => {
    const foreign = rig.central.addLock({ ...rig.property.trust, epoch: 7 });
    const command = rig.command(foreign);
    await rig.portal.send(command);
    expect(await rig.portal.result(command.commandId)).toMatchObject({
      outcome: 'refused',
      code: 'epoch',
      bolt: 'locked',
    });
    expect(foreign.moves).toEqual([]);
  });

  test('T14: does not happen without a token, and says so', async () => {
    for (const [answer, code] of [
      ['revoked', 'token-refused'],
      ['not-pending', 'token-refused'],
      ['unknown-command', 'token-refused'],
      ['deadline-passed', 'deadline-passed'],
    ] as const) {
      rig.portal.answer = answer;
      const command = rig.command(lock);
      await rig.portal.send(command);
      expect(await rig.portal.result(command.commandId)).toMatchObject({ outcome: 'not-executed', code });
    }
    expect(lock.moves).toEqual([]);
  });

  test('T14: a token for another connection or of another command is of no use', async () => {
    rig.portal.answer = (challenge) => {
      rig.portal.sendToken({ ...challenge, challenge: '00'.repeat(8) });
      rig.portal.sendToken({ ...challenge, commandId: '11'.repeat(8) });
      rig.portal.sendToken(challenge);
    };
    const command = rig.command(lock);
    await rig.portal.send(command);
    expect(await rig.portal.result(command.commandId)).toMatchObject({ outcome: 'executed' });
    expect(await metric('latchwork_gateway_messages_ignored_total')).toEqual([
      'latchwork_gateway_messages_ignored_total{reason="not-awaited"} 2',
    ]);
  });

  test('T15: runs once however often the broker delivers it, also after a restart', async () => {
    const command = rig.command(lock);
    rig.broker.tamper = ({ topic }) =>
      topic === gatewayTopic(address, 'cmd') ? { action: 'duplicate', copies: 3 } : { action: 'deliver' };
    await rig.portal.send(command);
    await rig.portal.result(command.commandId);
    rig.broker.tamper = undefined;
    await rig.portal.send(command);
    await rig.restart();
    await rig.portal.send(command);

    const other = rig.command(lock);
    await rig.portal.send(other);
    await rig.portal.result(other.commandId);
    await rig.portal.settle();
    expect(lock.moves).toEqual([command.commandId, other.commandId]);
    expect(rig.portal.results.filter(({ commandId }) => commandId === command.commandId)).toHaveLength(1);
  });

  test('of many goes through one radio, one at a time, and each gets its own answer', async () => {
    const locks = Array.from({ length: 12 }, () => rig.central.addLock(rig.property.trust));
    const commands = locks.map((one) => rig.command(one));
    let most = 0;
    rig.portal.answer = (challenge) => {
      most = Math.max(most, rig.central.busy);
      rig.portal.sendToken(challenge);
    };
    await Promise.all(commands.map((command) => rig.portal.send(command)));
    for (const [index, command] of commands.entries()) {
      expect(await rig.portal.result(command.commandId)).toMatchObject({ outcome: 'executed', tag: locks[index]?.tag });
    }
    expect(locks.map((one) => one.moves.length)).toEqual(locks.map(() => 1));
    expect(most).toBe(1);
  });

  test('is refused when too many wait, and the ones that wait are not disturbed', async () => {
    rig.portal.answer = 'silence';
    const running = rig.command(lock);
    await rig.portal.send(running);
    await vi.waitFor(() => expect(rig.portal.challenges).toHaveLength(1), { timeout: 30_000 });
    const waiting = Array.from({ length: 64 }, () => rig.command(lock));
    const late = rig.command(lock);
    for (const command of [...waiting, late]) {
      await rig.portal.send(command);
    }
    expect(await rig.portal.result(late.commandId)).toMatchObject({ outcome: 'refused', code: 'queue-full' });
    expect(await metric('latchwork_gateway_queue_jobs')).toEqual(['latchwork_gateway_queue_jobs 64']);
    rig.portal.answer = 'token';
    rig.portal.sendToken(rig.portal.challenges[0] ?? expect.unreachable());
    for (const command of [running, ...waiting]) {
      expect(await rig.portal.result(command.commandId)).toMatchObject({ outcome: 'executed' });
    }
  });
});
