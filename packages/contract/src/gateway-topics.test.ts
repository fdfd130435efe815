import type { GatewayId, OrganizationId, PropertyId } from '@latchwork/core';
import { describe, expect, it } from 'vitest';
import { ContractError } from './contract-error.js';
import { type GatewayMessageKind, gatewayMessageSchemas } from './gateway-messages.js';
import {
  type GatewayTopicLeaf,
  gatewayTopic,
  gatewayTopicFilter,
  gatewayTopicKinds,
  gatewayTopicPrefix,
  gatewayTopicTraits,
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
    for (const kind of gatewayTopicKinds({ per: 'gateway' })) {
      expect(parseGatewayTopic(gatewayTopic(address, kind))).toStrictEqual({ address, kind });
    }
    for (const kind of gatewayTopicKinds({ per: 'lock' })) {
      const topic = gatewayTopic(address, { [kind]: tag } as unknown as GatewayTopicLeaf);
      expect(topic).toBe(`${prefix}/${kind}/${tag}`);
      expect(parseGatewayTopic(topic)).toStrictEqual({ address, kind, tag });
    }
  });

  it('reach the portal through exactly one of its subscriptions, so nothing arrives twice; what it says itself through none', () => {
    const filters = Object.values(portalSubscriptions);
    const counts = Object.keys(gatewayMessageSchemas).map((kind) => {
      const topic = gatewayTopicFilter(address, kind as GatewayMessageKind).replace('+', tag);
      return [kind, filters.filter((filter) => matches(filter, topic)).length];
    });
    expect(Object.fromEntries(counts)).toEqual({
      ...{ ack: 1, challenge: 1, evt: 1, log: 1, reported: 1, status: 1, time: 1, tunnel: 1 },
      ...{ cmd: 0, desired: 0, pass: 0, read: 0 },
    });
  });

  it('T15: of what a gateway says only its status waits for whoever comes later; no command does, or with any promise', () => {
    expect(gatewayTopicKinds({ from: 'gateway', retained: true })).toEqual(['status']);
    expect(gatewayTopicKinds({ from: 'portal', retained: false })).toEqual(['cmd']);
    expect(gatewayTopicTraits.cmd).toMatchObject({ qos: 0 });
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
