import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type GatewayRig, startRig } from './gateway.test-rig.js';
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

const until = (met: () => void): Promise<void> => vi.waitFor(met, { timeout: 30_000, interval: 5 });

describe('a gateway that stops', () => {
  test('lets the current unlock end, ends what waits, takes nothing more, and says goodbye last', async () => {
    rig.portal.answer = 'silence';
    const current = rig.command(lock);
    const waiting = rig.command(lock);
    await rig.portal.send(current);
    await rig.portal.send(waiting);
    await until(() => expect(rig.portal.acks).toHaveLength(2));
    await until(() => expect(rig.portal.challenges).toHaveLength(1));
    const stopping = rig.stopGateway();
    const late = rig.command(lock);
    await rig.portal.send(late);
    rig.portal.sendToken(rig.portal.challenges[0] ?? expect.unreachable());
    await stopping;
    await rig.portal.settle();
    const outcomes = new Map(rig.portal.results.map((one) => [one.commandId, `${one.outcome} ${one.code}`]));
    expect(outcomes).toEqual(
      new Map([
        [waiting.commandId, 'not-executed gateway-restarted'],
        [current.commandId, 'executed ok'],
      ]),
    );
    expect(rig.portal.acks).toHaveLength(2);
    expect(rig.portal.statuses.at(-1)).toMatchObject({ online: false });
    const last = rig.broker.recorded.filter(({ clientId }) => clientId.startsWith('gw_')).at(-1);
    expect(last?.topic).toMatch(/\/status$/);
  });

  test('gives up an unlock that does not end within its bound, honestly', async () => {
    rig.portal.answer = 'silence';
    const current = rig.command(lock, { ttlMs: 30_000, deadline: rig.clock.now() + 30_000 });
    await rig.portal.send(current);
    await until(() => expect(rig.portal.challenges).toHaveLength(1));
    const stopping = rig.stopGateway();
    await rig.clock.advance(5_000);
    await stopping;
    await rig.portal.settle();
    expect(rig.portal.results).toMatchObject([{ outcome: 'not-executed', code: 'gateway-restarted' }]);
    expect(lock.moves).toEqual([]);
  });

  test('leaves the outcome unknown of an unlock that was written and does not answer', async () => {
    lock.onNotify = () => (lock.moves.length > 0 ? new Promise(() => undefined) : 'pass');
    const current = rig.command(lock, { ttlMs: 30_000, deadline: rig.clock.now() + 30_000 });
    await rig.portal.send(current);
    await until(() => expect(lock.moves).toHaveLength(1));
    const stopping = rig.stopGateway();
    await rig.clock.advance(5_000);
    await stopping;
    await rig.portal.settle();
    expect(rig.portal.results).toMatchObject([{ outcome: 'unknown', code: 'gateway-restarted' }]);
  });

  test('stops without a broker too, and keeps what it could not say', async () => {
    lock.audible = false;
    const command = rig.command(lock);
    await rig.portal.send(command);
    await until(() => expect(rig.portal.acks).toHaveLength(1));
    rig.broker.dropConnections();
    await until(() => expect(rig.gateway.readiness().broker).toBe(false));
    const stopping = rig.stopGateway();
    await rig.clock.advance(8_000);
    await stopping;
    expect(rig.clock.pendingTimers).toBe(0);
  });
});
