import type { GatewayId, OrganizationId, PropertyId } from '@latchwork/core';
import { describe, expect, it } from 'vitest';
import { ContractError } from './contract-error.js';
import {
  type GatewayTopicLeaf,
  gatewayTopic,
  gatewayTopicPrefix,
  parseGatewayTopic,
  portalSubscriptions,
} from './gateway-topics.js';

const address = {
  organizationId: 'org_01jd0000000000000000000000' as OrganizationId,
  propertyId: 'prop_01jd0000000000000000000000' as PropertyId,
  gatewayId: 'gw_01jd0000000000000000000000' as GatewayId,
};
const tag = 'a1a2a3a4a5a6a7a8';
const prefix = 'olp/v1/org_01jd0000000000000000000000/prop_01jd0000000000000000000000/gw/gw_01jd0000000000000000000000';

/** MQTT 3.1.1 §4.7: `+` stands for exactly one level. */
function matches(filter: string, topic: string): boolean {
  const levels = topic.split('/');
  const wanted = filter.split('/');
  return wanted.length === levels.length && wanted.every((level, index) => level === '+' || level === levels[index]);
}

describe('topics of a gateway', () => {
  it('are built below the prefix that its broker account is limited to', () => {
    expect(gatewayTopicPrefix(address)).toBe(prefix);
    expect(gatewayTopic(address, 'cmd')).toBe(`${prefix}/cmd`);
    expect(gatewayTopic(address, { evt: tag })).toBe(`${prefix}/evt/${tag}`);
  });

  it('are taken apart into what they were built from', () => {
    for (const kind of ['cmd', 'ack', 'challenge', 'pass', 'status', 'time'] as const) {
      expect(parseGatewayTopic(gatewayTopic(address, kind))).toStrictEqual({ address, kind });
    }
    for (const kind of ['evt', 'desired', 'reported', 'read', 'log'] as const) {
      const topic = gatewayTopic(address, { [kind]: tag } as unknown as GatewayTopicLeaf);
      expect(topic).toBe(`${prefix}/${kind}/${tag}`);
      expect(parseGatewayTopic(topic)).toStrictEqual({ address, kind, tag });
    }
  });

  it('reach the portal through exactly one of its subscriptions, so nothing arrives twice; what it says itself through none', () => {
    const filters = Object.values(portalSubscriptions);
    for (const leaf of ['ack', 'challenge', 'status', 'time', { evt: tag }, { reported: tag }, { log: tag }] as const) {
      expect(filters.filter((filter) => matches(filter, gatewayTopic(address, leaf)))).toHaveLength(1);
    }
    for (const leaf of ['cmd', 'pass', { desired: tag }, { read: tag }] as const) {
      expect(filters.filter((filter) => matches(filter, gatewayTopic(address, leaf)))).toHaveLength(0);
    }
  });

  it.each([
    '',
    '$SYS/broker/uptime',
    `${prefix}/cmd/more`,
    `${prefix}/evt`,
    `${prefix}/evt/${tag.toUpperCase()}`,
    `${prefix}/evt/+`,
    `x${prefix}/cmd`,
    `${prefix}/unknown`,
    prefix.replace('gw/gw_', 'gw/dev_'),
  ])('%j is none of them', (topic) => {
    expect(() => parseGatewayTopic(topic)).toThrow(ContractError);
  });
});
