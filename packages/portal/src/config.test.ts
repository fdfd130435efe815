import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parsePortalConfig } from './config.js';
import { PortalError } from './portal-error.js';

describe('the portal configuration', () => {
  it('starts with nothing set', () => {
    expect(parsePortalConfig({ HOME: '/root' })).toEqual({
      http: { host: '127.0.0.1', port: 8080 },
      mqtt: { host: '127.0.0.1', port: 18830 },
      publicUrl: undefined,
      mail: { smtpUrl: undefined, from: 'Latchwork <latchwork@localhost>', appDownloadUrl: undefined },
      dataDir: './data/portal',
      logLevel: 'info',
      operatorKey: undefined,
      sealingKey: undefined,
    });
  });

  it('reports every fault together and repeats no value', () => {
    const faulty = () =>
      parsePortalConfig({
        LATCHWORK_HTTP_PORT: '80x80',
        LATCHWORK_MQTT_PORT: '70000',
        LATCHWORK_LOG_LEVEL: 'chatty',
        LATCHWORK_OPERATOR_KEY: 'hunter2-is-short',
        LATCHWORK_SEALING_KEY: 'not-hex-at-all',
      });
    expect(faulty).toThrow(PortalError);
    try {
      faulty();
    } catch (error) {
      const { info, message } = error as PortalError;
      expect(info.code === 'config' && info.faults).toHaveLength(5);
      expect(message).toContain('LATCHWORK_HTTP_PORT must be a port number');
      expect(message).toContain('LATCHWORK_LOG_LEVEL must be one of');
      expect(message).not.toMatch(/hunter2|not-hex/);
    }
  });

  it('keeps secrets unprintable', () => {
    const config = parsePortalConfig({
      LATCHWORK_OPERATOR_KEY: 'operator-key-0123456789abcdef',
      LATCHWORK_SEALING_KEY: 'AB'.repeat(32),
    });
    expect(config.operatorKey?.reveal()).toBe('operator-key-0123456789abcdef');
    expect(config.sealingKey?.reveal()).toBe('ab'.repeat(32));
    const printed = `${inspect(config, { depth: 9, showHidden: true })} ${JSON.stringify(config)} ${config.operatorKey}`;
    expect(printed).not.toMatch(/0123456789abcdef|abab/);
  });
});
