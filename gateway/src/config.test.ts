import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parseConfig } from './config.js';
import { GatewayError } from './gateway-error.js';

const secret = 'an-honest-secret-of-a-gateway';
const complete = {
  LATCHWORK_GATEWAY_ID: 'gw_01jd0000000000000000000000',
  LATCHWORK_GATEWAY_SECRET: secret,
  LATCHWORK_ORGANIZATION_ID: 'org_01jd0000000000000000000000',
  LATCHWORK_PROPERTY_ID: 'prop_01jd0000000000000000000000',
  LATCHWORK_MQTT_URL: 'mqtt://127.0.0.1:1883',
  LATCHWORK_DATA_DIR: '/var/lib/latchwork-gateway',
};

function faultsOf(env: Record<string, string | undefined>): readonly string[] {
  try {
    parseConfig(env);
  } catch (error) {
    if (error instanceof GatewayError && error.info.code === 'config') {
      return error.info.faults;
    }
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  test('has sensible defaults for everything that need not be said', () => {
    expect(parseConfig({ ...complete, PATH: '/bin', LATCHWORK_NOBLE: '' })).toMatchObject({
      http: { host: '127.0.0.1', port: 8081 },
      lan: null,
      noble: 'abandonware',
      logLevel: 'info',
    });
  });

  test('reports every fault at once, each naming its variable', () => {
    const faults = faultsOf({
      ...complete,
      LATCHWORK_GATEWAY_ID: 'prop_01jd0000000000000000000000',
      LATCHWORK_GATEWAY_SECRET: undefined,
      LATCHWORK_MQTT_URL: 'http://broker',
      LATCHWORK_HTTP_PORT: '70000',
      LATCHWORK_NOBLE: 'bluez',
      LATCHWORK_ADAPTER: 'hci0',
      LATCHWORK_LOG_LEVEL: 'loud',
    });
    expect(faults).toHaveLength(7);
    for (const [index, name] of [
      'LATCHWORK_GATEWAY_ID',
      'LATCHWORK_GATEWAY_SECRET',
      'LATCHWORK_MQTT_URL',
      'LATCHWORK_HTTP_PORT',
      'LATCHWORK_NOBLE',
      'LATCHWORK_ADAPTER',
      'LATCHWORK_LOG_LEVEL',
    ].entries()) {
      expect(faults[index]).toMatch(new RegExp(`^${name} .*\\.$`));
    }
  });

  test('the LAN is off until it has a port', () => {
    expect(parseConfig({ ...complete, LATCHWORK_LAN_PORT: '8443' }).lan).toEqual({ host: '0.0.0.0', port: 8443 });
    expect(parseConfig({ ...complete, LATCHWORK_LAN_HOST: '10.0.0.7' }).lan).toBeNull();
    expect(faultsOf({ ...complete, LATCHWORK_LAN_PORT: '-1' })).toEqual([
      'LATCHWORK_LAN_PORT must be a port number, or 0 to switch the LAN off.',
    ]);
  });

  test('an empty environment lists everything that is required', () => {
    expect(faultsOf({})).toEqual([
      'LATCHWORK_GATEWAY_ID is required.',
      'LATCHWORK_GATEWAY_SECRET is required.',
      'LATCHWORK_ORGANIZATION_ID is required.',
      'LATCHWORK_PROPERTY_ID is required.',
      'LATCHWORK_MQTT_URL is required.',
      'LATCHWORK_DATA_DIR is required.',
    ]);
  });

  test('a password in the URL is refused and not repeated', () => {
    const [fault, ...others] = faultsOf({ ...complete, LATCHWORK_MQTT_URL: 'mqtt://gw:hunter2hunter2@broker' });
    expect(others).toEqual([]);
    expect(fault).toContain('must not carry a user or a password');
    expect(fault).not.toContain('hunter2');
  });

  test('port 0 switches health and metrics off', () => {
    expect(parseConfig({ ...complete, LATCHWORK_HTTP_PORT: '0' }).http).toBeNull();
  });

  test('the secret cannot be printed by accident, and can be used on purpose', () => {
    const config = parseConfig(complete);
    const printed = [
      inspect(config, { depth: 9, showHidden: true }),
      JSON.stringify(config),
      `${config.gatewaySecret}`,
      Object.values(config.gatewaySecret).join(),
    ];
    expect(printed.join('\n')).not.toContain(secret);
    expect(JSON.parse(JSON.stringify(config)).gatewaySecret).toBe('[secret]');
    expect(config.gatewaySecret.reveal()).toBe(secret);
  });

  test('no fault repeats a value', () => {
    const env = Object.fromEntries(Object.keys(complete).map((name) => [name, `wrong-${name.length}`]));
    expect(faultsOf({ ...env, LATCHWORK_GATEWAY_SECRET: 'short-1' }).join(' ')).not.toMatch(/wrong-|short-1/);
  });
});
