import type { Device } from '@latchwork/contract';

/** What Home Assistant is told of a lock once, so that it makes entities of it (its MQTT discovery), by topic. */
export type Discovery = ReadonlyMap<string, object>;

/** Where the bridge says what. */
export interface Topics {
  /** `online`, or `offline` by the bridge's own last will. */
  readonly bridge: string;
  /** JSON of {@link LockState}, kept by the broker. */
  state(deviceId: string): string;
  /** Whether a gateway has the lock within reach, `online` or `offline`. */
  reach(deviceId: string): string;
  /** Commands of Home Assistant; never kept. */
  command(deviceId: string): string;
  /** JSON of what became of the last command. */
  result(deviceId: string): string;
  /** Of which every command topic is one. */
  readonly commands: string;
}

/** The topics of a property's bridge: each property has its own, so that several bridges get along at one broker. */
export function topicsOf(o: { readonly prefix: string; readonly propertyId: string }): Topics {
  const below = `${o.prefix}/${o.propertyId}`;
  return {
    bridge: `${below}/bridge`,
    state: (deviceId) => `${below}/${deviceId}/state`,
    reach: (deviceId) => `${below}/${deviceId}/reach`,
    command: (deviceId) => `${below}/${deviceId}/set`,
    result: (deviceId) => `${below}/${deviceId}/result`,
    commands: `${below}/+/set`,
  };
}

/** What Home Assistant calls a lock's device, and what the ids of its entities begin with. */
export const objectIdOf = (deviceId: string): string => `latchwork_${deviceId}`;

/** Of a discovery topic which lock it is of; `undefined`: none of a bridge like this one. */
export function deviceIdIn(topic: string): string | undefined {
  return /\/latchwork_(dev_[0-9a-z]+)(?:_[a-z_]+)?\/config$/.exec(topic)?.[1];
}

/**
 * What makes a lock's entities. The state of the bolt is never assumed: Home Assistant waits for what the lock itself has said. No
 * command is kept by the broker, so none reaches a door late.
 */
export function discoveryOf(
  { id, name }: Pick<Device, 'id' | 'name'>,
  o: {
    readonly doorName: string;
    readonly topics: Topics;
    readonly discoveryPrefix: string;
    /** The topics' node, by which the property's bridge knows its own. */
    readonly propertyId: string;
  },
): Discovery {
  const { topics, discoveryPrefix, propertyId } = o;
  const objectId = objectIdOf(id);
  const shared = {
    device: { identifiers: [objectId], name: o.doorName, model: name, manufacturer: 'Latchwork' },
    origin: { name: 'Latchwork', sw_version: '0.1.0' },
    availability: [{ topic: topics.bridge }],
  };
  const state = { ...shared, state_topic: topics.state(id), json_attributes_topic: topics.result(id) };
  const topic = (component: string, part = '') =>
    `${discoveryPrefix}/${component}/${propertyId}/${objectId}${part}/config`;
  return new Map<string, object>([
    [
      topic('lock'),
      {
        ...state,
        ...{ unique_id: objectId, name: null, command_topic: topics.command(id), qos: 0, retain: false },
        ...{ optimistic: false, payload_lock: 'LOCK', payload_unlock: 'UNLOCK' },
        ...{ state_locked: 'LOCKED', state_unlocked: 'UNLOCKED', payload_reset: 'None' },
        value_template: '{{ value_json.bolt }}',
        ...{ availability: [{ topic: topics.bridge }, { topic: topics.reach(id) }], availability_mode: 'all' },
      },
    ],
    [
      topic('sensor', '_battery'),
      {
        ...{ ...shared, state_topic: topics.state(id), unique_id: `${objectId}_battery` },
        ...{ device_class: 'battery', unit_of_measurement: '%', entity_category: 'diagnostic' },
        value_template: '{{ value_json.battery }}',
      },
    ],
    [
      topic('sensor', '_heard'),
      {
        ...{ ...shared, state_topic: topics.state(id), unique_id: `${objectId}_heard`, name: 'Last heard' },
        ...{ device_class: 'timestamp', entity_category: 'diagnostic' },
        value_template: '{{ value_json.heardAt }}',
      },
    ],
    [
      topic('binary_sensor', '_problem'),
      {
        ...{ ...shared, state_topic: topics.state(id), unique_id: `${objectId}_problem`, name: 'Problem' },
        ...{ device_class: 'problem', entity_category: 'diagnostic' },
        ...{ value_template: '{{ value_json.problem }}', payload_on: 'ON', payload_off: 'OFF' },
      },
    ],
  ]);
}
