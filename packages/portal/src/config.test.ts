import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parsePortalConfig } from './config.js';
import { PortalError } from './portal-error.js';

describe('the portal configuration', () => {
  it('starts with nothing set', () => {
    expect(parsePortalConfig({ HOME: '/root' })).toEqual({
      http: { host: '127.0.0.1', port: 8080 },
      mqtt: { host: '127.0.0.1', port: 18830, tlsHosts: [], publicUrl: undefined },
      publicUrl: undefined,
      lockLogKeptMs: 400 * 86_400_000,
      webhookNetworks: [],
      mail: { smtpUrl: undefined, from: 'Latchwork <latchwork@localhost>', appDownloadUrl: undefined },
      signIn: { trustedProxies: [], returnUrls: [], providers: {} },
      directories: {
        reviewLifetimeMs: 30 * 60_000,
        graphUrl: 'https://graph.microsoft.com/v1.0',
        microsoftLoginUrl: 'https://login.microsoftonline.com',
        googleDirectoryUrl: 'https://admin.googleapis.com/admin/directory/v1',
        googleTokenUrl: 'https://oauth2.googleapis.com/token',
      },
      dataDir: './data/portal',
      databaseUrl: undefined,
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

  it('has its own broker speak plain text on loopback alone, unless told that it may', () => {
    const at = (env: Record<string, string>) => parsePortalConfig(env).mqtt;
    const unprotected = expect.objectContaining({ info: { code: 'broker-unprotected', host: '10.1.2.3' } });
    expect(() => at({ LATCHWORK_MQTT_HOST: '10.1.2.3' })).toThrow(unprotected);
    expect(at({ LATCHWORK_MQTT_HOST: '127.0.0.2' }).host).toBe('127.0.0.2');
    expect(at({ LATCHWORK_MQTT_HOST: '10.1.2.3', LATCHWORK_MQTT_ALLOW_PLAIN: 'yes' })).toMatchObject({ tlsHosts: [] });
    const tlsHosts = ['gateways.example.com', '10.1.2.3'];
    expect(at({ LATCHWORK_MQTT_HOST: '0.0.0.0', LATCHWORK_MQTT_TLS_HOSTS: tlsHosts.join(', ') })).toMatchObject({
      tlsHosts,
    });
    expect(() => at({ LATCHWORK_MQTT_TLS_HOSTS: 'https://gateways.example.com' })).toThrow('must be host names');
    const everywhere = { LATCHWORK_MQTT_HOST: '0.0.0.0', LATCHWORK_MQTT_ALLOW_PLAIN: 'yes' };
    expect(() => at(everywhere)).toThrow('LATCHWORK_MQTT_PUBLIC_URL must say');
    const publicUrl = 'mqtt://10.1.2.3:18830';
    expect(at({ ...everywhere, LATCHWORK_MQTT_PUBLIC_URL: publicUrl })).toMatchObject({ publicUrl });
    const plainTold = { LATCHWORK_MQTT_TLS_HOSTS: 'a.example', LATCHWORK_MQTT_PUBLIC_URL: 'mqtt://a.example' };
    expect(() => at(plainTold)).toThrow('must begin with mqtts://');
  });

  it('takes a provider of single sign-on with both halves of its registration or not at all', () => {
    const env = { LATCHWORK_GOOGLE_CLIENT_ID: 'id', LATCHWORK_GOOGLE_CLIENT_SECRET: 'hush' };
    const { google, microsoft_365 } = parsePortalConfig(env).signIn.providers;
    expect(google).toMatchObject({ clientId: 'id', issuer: 'https://accounts.google.com' });
    expect(microsoft_365).toBeUndefined();
    expect(() => parsePortalConfig({ LATCHWORK_MICROSOFT_CLIENT_ID: 'id' })).toThrow('go together');
    expect(() => parsePortalConfig({ ...env, LATCHWORK_GOOGLE_ISSUER: 'http://idp.example' })).toThrow('https');
  });

  it('sends browsers only to origins and private schemes', () => {
    const list = (text: string) => parsePortalConfig({ LATCHWORK_SIGN_IN_RETURN_URLS: text }).signIn.returnUrls;
    expect(list('https://desk.example, com.example.app:')).toEqual(['https://desk.example', 'com.example.app:']);
    for (const wrong of ['javascript:', 'https://desk.example/path', 'desk.example', 'data:', 'https://*.example']) {
      expect(() => list(wrong), wrong).toThrow('LATCHWORK_SIGN_IN_RETURN_URLS');
    }
  });

  it('believes proxies by address and network', () => {
    const list = (text: string) => parsePortalConfig({ LATCHWORK_TRUSTED_PROXIES: text }).signIn.trustedProxies;
    expect(list('127.0.0.1, 10.0.0.0/8,::1')).toEqual(['127.0.0.1', '10.0.0.0/8', '::1']);
    for (const wrong of ['proxy', '10.0.0.0/33', '10.0.0.0/8/8']) expect(() => list(wrong), wrong).toThrow();
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
