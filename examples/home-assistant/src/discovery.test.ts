import { expect, test } from 'vitest';
import { deviceIdIn, discoveryOf, topicsOf } from './discovery.js';

const topics = topicsOf({ prefix: 'p', propertyId: 'prop_1' });
const device = { id: 'dev_1', name: 'Lock 7' } as Parameters<typeof discoveryOf>[0];
const configs = discoveryOf(device, { doorName: 'Room 7', topics, discoveryPrefix: 'h', propertyId: 'prop_1' });
const shared = {
  device: { identifiers: ['latchwork_dev_1'], name: 'Room 7', model: 'Lock 7', manufacturer: 'Latchwork' },
  origin: { name: 'Latchwork', sw_version: '0.1.0' },
  state_topic: 'p/prop_1/dev_1/state',
};
const bridge = { topic: 'p/prop_1/bridge' };

test('Home Assistant is told of a lock and three entities beside it, in its own words', () => {
  expect(Object.fromEntries(configs)).toEqual({
    'h/lock/prop_1/latchwork_dev_1/config': {
      ...shared,
      name: null,
      unique_id: 'latchwork_dev_1',
      availability: [bridge, { topic: 'p/prop_1/dev_1/reach' }],
      availability_mode: 'all',
      command_topic: 'p/prop_1/dev_1/set',
      json_attributes_topic: 'p/prop_1/dev_1/result',
      optimistic: false,
      qos: 0,
      retain: false,
      payload_lock: 'LOCK',
      payload_unlock: 'UNLOCK',
      payload_reset: 'None',
      state_locked: 'LOCKED',
      state_unlocked: 'UNLOCKED',
      value_template: '{{ value_json.bolt }}',
    },
    'h/sensor/prop_1/latchwork_dev_1_battery/config': {
      ...shared,
      unique_id: 'latchwork_dev_1_battery',
      availability: [bridge],
      device_class: 'battery',
      unit_of_measurement: '%',
      entity_category: 'diagnostic',
      value_template: '{{ value_json.battery }}',
    },
    'h/sensor/prop_1/latchwork_dev_1_heard/config': {
      ...shared,
      unique_id: 'latchwork_dev_1_heard',
      name: 'Last heard',
      availability: [bridge],
      device_class: 'timestamp',
      entity_category: 'diagnostic',
      value_template: '{{ value_json.heardAt }}',
    },
    'h/binary_sensor/prop_1/latchwork_dev_1_problem/config': {
      ...shared,
      unique_id: 'latchwork_dev_1_problem',
      name: 'Problem',
      availability: [bridge],
      device_class: 'problem',
      entity_category: 'diagnostic',
      payload_on: 'ON',
      payload_off: 'OFF',
      value_template: '{{ value_json.problem }}',
    },
  });
});

test('each of these topics names its lock, and no other does', () => {
  expect([...configs.keys()].map(deviceIdIn)).toEqual(Array(4).fill('dev_1'));
  for (const other of ['h/lock/prop_1/door/config', 'h/lock/prop_1/latchwork_dev_1/state', 'h/lock/dev_1/config', '']) {
    expect(deviceIdIn(other)).toBeUndefined();
  }
});
