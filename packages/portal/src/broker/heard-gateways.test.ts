import { encodeId, type GatewayId, type Instant } from '@latchwork/core';
import { expect, it } from 'vitest';
import { createTestClock } from '../harness/test-portal.test-rig.js';
import { createHeardGateways } from './heard-gateways.js';

const gatewayId: GatewayId = encodeId('gateway', 0 as Instant, new Uint8Array(10));

function heardAt() {
  const clock = createTestClock();
  const told: string[] = [];
  const heard = createHeardGateways({
    clock,
    listener: {
      connection: ({ connected }) => told.push(connected ? 'online' : 'offline'),
      desiring: () => told.push('desiring'),
      report: async () => undefined,
    },
  });
  const say = (online: boolean, bootId = 'b1') => heard.status(gatewayId, { v: 1, online, bootId, at: 0 });
  return { clock, told, heard, say };
}

it('P-4: a gateway is there from its first word until it is silent for two heartbeats and a half', () => {
  const { clock, told, heard, say } = heardAt();
  say(true);
  say(true);
  expect(told).toEqual(['online', 'desiring']);
  clock.advance(74_999);
  heard.look(true);
  expect(heard.isOnline(gatewayId)).toBe(true);
  clock.advance(1);
  heard.look(true);
  expect(told).toEqual(['online', 'desiring', 'offline']);
  heard.look(true);
  expect(told).toHaveLength(3);
});

it('P-4: without the broker nobody is known to be there after 20 s; a shorter interruption changes nothing', () => {
  const { clock, told, heard, say } = heardAt();
  say(true);
  heard.lost();
  clock.advance(19_999);
  heard.look(false);
  expect(told).toEqual(['online', 'desiring']);
  heard.look(true);
  heard.lost();
  clock.advance(10_000);
  // Tried again, in vain.
  heard.lost();
  clock.advance(9_999);
  heard.look(false);
  expect(told).toEqual(['online', 'desiring']);
  clock.advance(1);
  heard.look(false);
  expect(told.at(-1)).toBe('offline');
});

it('P-4: the will of an earlier run says nothing, and nobody is told after the portal has stopped', () => {
  const { told, heard, say } = heardAt();
  say(true, 'b2');
  say(false, 'b1');
  expect(heard.isOnline(gatewayId)).toBe(true);
  heard.stop();
  say(false, 'b2');
  expect(heard.isOnline(gatewayId)).toBe(false);
  expect(told).toEqual(['online', 'desiring']);
});
