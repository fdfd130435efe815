import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startGateway } from './gateway.js';
import { crypto, type GatewayRig, startRig } from './gateway.test-rig.js';
import { startHttp } from './http.js';
import { createLog } from './log.js';
import { createMetrics } from './metrics.js';

let rig: GatewayRig;

beforeEach(async () => {
  rig = await startRig();
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

async function ask(path: string, method = 'GET'): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`http://127.0.0.1:${rig.gateway.httpPort}${path}`, { method });
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  return { status: response.status, body: isJson ? await response.json() : await response.text() };
}

describe('health', () => {
  test('is alive, and ready with broker and radio', async () => {
    expect(await ask('/healthz')).toEqual({ status: 200, body: { ok: true } });
    expect(await ask('/readyz?from=probe')).toEqual({ status: 200, body: { ready: true, missing: [] } });
  });

  test('says which of the two is missing, and stays alive', async () => {
    rig.central.setState('failed');
    expect(await ask('/readyz')).toEqual({ status: 503, body: { ready: false, missing: ['radio'] } });
    await rig.broker.close();
    await vi.waitFor(
      async () =>
        expect(await ask('/readyz')).toEqual({ status: 503, body: { ready: false, missing: ['broker', 'radio'] } }),
      { timeout: 30_000 },
    );
    expect((await ask('/healthz')).status).toBe(200);
  });

  test('does not miss a radio that is ready before the LAN listens', async () => {
    await rig.stopGateway();
    const { clock, config } = rig;
    const central = () => {
      queueMicrotask(() => rig.central.setState('ready'));
      return rig.central;
    };
    await using gateway = await startGateway(
      { ...config, lan: { host: '127.0.0.1', port: 0 } },
      { central, crypto, clock, log: createLog('silent', { write: () => undefined }), random: () => 0.5 },
    );
    expect(gateway.readiness().radio).toBe(true);
  });

  test('answers everything else in JSON', async () => {
    expect(await ask('/')).toEqual({ status: 404, body: { error: 'not-found' } });
    expect(await ask('/metrics/more')).toEqual({ status: 404, body: { error: 'not-found' } });
    expect(await ask('/healthz', 'POST')).toEqual({ status: 405, body: { error: 'method-not-allowed' } });
  });

  test('every metric has the documented prefix, and every one of our own is documented', async () => {
    const { status, body } = await ask('/metrics');
    expect(status).toBe(200);
    const names = String(body)
      .split('\n')
      .filter((line) => line.startsWith('# TYPE'))
      .map((line) => line.split(' ')[2] ?? '');
    expect(names.filter((name) => !name.startsWith('latchwork_gateway_'))).toEqual([]);
    const guide = await readFile(new URL('../../docs/operator/gateway.md', import.meta.url), 'utf8');
    const documented = [...guide.matchAll(/`(latchwork_gateway_\w+)`/g)].map(([, name]) => name);
    const own = names.filter((name) => !/_(process|nodejs)_/.test(name)).sort();
    expect(documented.sort(), 'docs/operator/gateway.md').toEqual(own);
    expect(own).toEqual([
      'latchwork_gateway_broker_connected',
      'latchwork_gateway_broker_connects_total',
      'latchwork_gateway_commands_received_total',
      'latchwork_gateway_connect_retries_total',
      'latchwork_gateway_errand_seconds',
      'latchwork_gateway_errands_total',
      'latchwork_gateway_journal_bytes',
      'latchwork_gateway_journal_sync_seconds',
      'latchwork_gateway_lan_requests_total',
      'latchwork_gateway_locks_behind',
      'latchwork_gateway_locks_desired',
      'latchwork_gateway_locks_heard',
      'latchwork_gateway_log_pages_total',
      'latchwork_gateway_log_visits_total',
      'latchwork_gateway_messages_ignored_total',
      'latchwork_gateway_outbox_logs',
      'latchwork_gateway_outbox_reports',
      'latchwork_gateway_outbox_results',
      'latchwork_gateway_queue_jobs',
      'latchwork_gateway_radio_ready',
      'latchwork_gateway_radio_violations_total',
      'latchwork_gateway_tunnels_total',
      'latchwork_gateway_unlock_seconds',
      'latchwork_gateway_unlock_span_seconds',
      'latchwork_gateway_unlocks_total',
    ]);
  });

  test('an address that is taken is one clear sentence', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const { registry } = createMetrics();
    const readiness = () => ({ broker: true, radio: true });
    await expect(startHttp({ host: '127.0.0.1', port, readiness, registry })).rejects.toMatchObject({
      info: { code: 'http-address', port },
      message: `The address 127.0.0.1:${port} for health is taken by another program.`,
    });
    await new Promise((resolve) => other.close(resolve));
  });
});
