import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../config.js';
import { GatewayError } from '../gateway-error.js';
import { lookAsTheService } from './account-check.js';
import { editSettings } from './remedy.js';

const gatewayFolder = fileURLToPath(new URL('../..', import.meta.url));
const unit = await readFile(join(gatewayFolder, 'latchwork-gateway.service'), 'utf8');

function settings(name: string): readonly string[] {
  return unit.split('\n').flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []));
}

describe('the systemd unit', () => {
  test('comes with the package', async () => {
    const manifest = JSON.parse(await readFile(join(gatewayFolder, 'package.json'), 'utf8')) as { files: string[] };
    expect(manifest.files).toContain('latchwork-gateway.service');
  });

  test('gives the one right that the radio needs, and the doctor looks with the same', () => {
    expect(settings('AmbientCapabilities')).toEqual(['CAP_NET_RAW']);
    expect(settings('CapabilityBoundingSet')).toEqual(['CAP_NET_RAW']);
    expect(settings('NoNewPrivileges')).toEqual(['yes']);
    for (const name of ['User', 'EnvironmentFile', 'AmbientCapabilities']) {
      expect(lookAsTheService).toContain(`--property=${name}=${settings(name)[0]} `);
    }
    for (const variable of settings('Environment').flatMap((line) => line.replace('%S', '/var/lib').split(' '))) {
      expect(lookAsTheService).toContain(`--setenv=${variable} `);
    }
    expect(editSettings).toContain(settings('EnvironmentFile')[0]);
  });

  test('leaves the gateway what it works with: Bluetooth sockets, the network of the machine, compiled JavaScript', () => {
    expect(settings('RestrictAddressFamilies')[0]?.split(' ')).toEqual(
      expect.arrayContaining(['AF_BLUETOOTH', 'AF_INET', 'AF_INET6', 'AF_UNIX']),
    );
    for (const name of ['PrivateNetwork', 'PrivateUsers', 'MemoryDenyWriteExecute', 'ProcSubset']) {
      expect(settings(name)).toEqual([]);
    }
  });

  test('sets variables that the gateway reads, in a folder that is its own', () => {
    const variables = settings('Environment').flatMap((line) => line.split(' '));
    const env = Object.fromEntries(variables.map((variable) => variable.split('=') as [string, string]));
    expect(env['LATCHWORK_DATA_DIR']).toBe(`%S/${settings('StateDirectory')[0]}`);
    expect(settings('StateDirectoryMode')).toEqual(['0700']);
    try {
      parseConfig(env);
      expect.unreachable();
    } catch (error) {
      // What the unit sets is neither missing nor wrong.
      const faults = error instanceof GatewayError && error.info.code === 'config' ? error.info.faults : [];
      expect(faults).toHaveLength(5);
      expect(faults.join(' ')).not.toMatch(/DATA_DIR|ADAPTER/);
    }
  });

  test('starts it again for ever, but not with a configuration that is wrong', () => {
    expect(settings('Restart')).toEqual(['on-failure']);
    expect(settings('RestartPreventExitStatus')).toEqual(['2']);
    expect(settings('StartLimitIntervalSec')).toEqual(['0']);
    expect(Number(settings('TimeoutStopSec')[0])).toBeGreaterThan(10);
  });
});

const analyze = ['/usr/bin/systemd-analyze', '/bin/systemd-analyze'].find((file) => existsSync(file));

describe.skipIf(analyze === undefined)('by systemd itself (skipped where systemd is not installed)', () => {
  test('the unit is verified and little exposed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latchwork-unit-'));
    try {
      const file = join(folder, 'latchwork-gateway.service');
      // systemd looks whether programs are there; hciconfig need not be where tests run.
      await writeFile(file, unit.replace('/usr/bin/hciconfig', '/usr/bin/env'));
      const verified = spawnSync(analyze ?? '', ['verify', '--man=no', file], { encoding: 'utf8' });
      expect(verified.stderr).not.toContain('latchwork-gateway');
      expect(verified.status).toBe(0);
      const security = spawnSync(analyze ?? '', ['security', '--no-pager', '--offline=true', '--threshold=25', file], {
        encoding: 'utf8',
      });
      expect(security.stderr).toBe('');
      expect(security.stdout).toContain('Overall exposure level');
      expect(security.status).toBe(0);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
