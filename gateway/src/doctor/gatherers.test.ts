import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDataDir } from '../data-dir.js';
import { startHttp } from '../http.js';
import { openJournalFile } from '../journal-file.js';
import { gatherAdapters, readPower } from './adapter-check.js';
import { gatherDaemon } from './bluetoothd-check.js';
import { gatherClock } from './clock-check.js';
import { gatherDataFolder } from './data-folder-check.js';
import { gatherHealth } from './health-check.js';
import { gatherJournal } from './journal-check.js';
import { findLibrary, gatherLibrary } from './library-check.js';
import type { MachineRoots } from './machine.js';
import { gatherRights } from './rights-check.js';
import { gatherSwitches } from './switch-check.js';

let root: string;
let roots: MachineRoots;
const path = process.env['PATH'];
const closing: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'latchwork-doctor-'));
  roots = { sys: join(root, 'sys'), proc: join(root, 'proc'), run: join(root, 'run') };
});

afterEach(async () => {
  process.env['PATH'] = path;
  for (const close of closing.splice(0)) await close();
  await rm(root, { recursive: true, force: true });
});

/** Lays out files under a folder of the test; what ends with a slash becomes an empty folder. */
async function layOut(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name);
    await mkdir(name.endsWith('/') ? file : join(file, '..'), { recursive: true });
    if (!name.endsWith('/')) await writeFile(file, text);
  }
}

/** Makes programs of this name that print this, the only ones found. */
async function install(programs: Readonly<Record<string, string>>): Promise<void> {
  const bin = join(root, 'bin');
  await mkdir(bin, { recursive: true });
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(bin, name), 0o755);
  }
  process.env['PATH'] = bin;
}

async function listenHttp(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

const hciconfigDown = `echo 'hci1:	Type: Primary  Bus: USB
	BD Address: 00:1A:7D:DA:71:13  ACL MTU: 310:10  SCO MTU: 64:8
	DOWN 
	RX bytes:574 acl:0 sco:0 events:30 errors:0'`;

describe('adapters', () => {
  test('are the hciN of sysfs; the first, or the named one, is asked whether it is up', async () => {
    await layOut(roots.sys, {
      'class/bluetooth/hci10/': '',
      'class/bluetooth/hci1/': '',
      'class/bluetooth/hci1:64/': '',
    });
    await install({ hciconfig: `[ "$1" = hci1 ] && ${hciconfigDown} || printf 'hci10:\\n\\tUP RUNNING \\n'` });
    expect(await gatherAdapters(roots, null)).toMatchObject({ adapters: [1, 10], readable: true, power: 'down' });
    expect(await gatherAdapters(roots, 10)).toMatchObject({ adapters: [1, 10], power: 'up' });
    expect(await gatherAdapters(roots, 3)).toMatchObject({ adapters: [1, 10], wanted: 3, power: 'unknown' });
  });

  test('without hciconfig nobody says whether they are up', async () => {
    await layOut(roots.sys, { 'class/bluetooth/hci0/': '' });
    await install({});
    expect(await gatherAdapters(roots, 0)).toMatchObject({ power: 'no-hciconfig' });
  });

  test('a controller that the kernel does not drive is found on USB', async () => {
    await layOut(roots.sys, {
      'bus/usb/devices/1-2/idVendor': '8087\n',
      'bus/usb/devices/1-2/idProduct': '0029\n',
      'bus/usb/devices/1-2:1.0/bInterfaceClass': 'e0\n',
      'bus/usb/devices/1-2:1.0/bInterfaceSubClass': '01\n',
      'bus/usb/devices/1-2:1.0/bInterfaceProtocol': '01\n',
      'bus/usb/devices/1-3/idVendor': '046d\n',
      'bus/usb/devices/1-3:1.0/bInterfaceClass': '03\n',
      'bus/usb/devices/1-3:1.0/bInterfaceSubClass': '01\n',
      'bus/usb/devices/1-3:1.0/bInterfaceProtocol': '01\n',
    });
    expect(await gatherAdapters(roots, null)).toEqual({
      adapters: null,
      readable: true,
      usbControllers: ['8087:0029'],
      wanted: null,
      power: 'unknown',
    });
  });

  test('the flags of hciconfig are read where they stand', () => {
    expect(readPower('hci0:\tType: Primary\n\tUP RUNNING PSCAN \n')).toBe('up');
    expect(readPower("hci0:\tType: Primary\n\tDOWN \n\tName: 'UP'\n")).toBe('down');
    expect(readPower("Can't get device info: No such device\n")).toBe('unknown');
  });
});

test('switches of Bluetooth are told from others, and unreadable ones from those that are on', async () => {
  await layOut(roots.sys, {
    'class/rfkill/rfkill0/type': 'wlan\n',
    'class/rfkill/rfkill0/soft': '1\n',
    'class/rfkill/rfkill1/type': 'bluetooth\n',
    'class/rfkill/rfkill1/name': 'hci0\n',
    'class/rfkill/rfkill1/soft': '1\n',
    'class/rfkill/rfkill1/hard': '0\n',
    'class/rfkill/rfkill2/type': 'bluetooth\n',
    'class/rfkill/rfkill2/name': 'tpacpi_bluetooth_sw\n',
    'class/rfkill/rfkill2/hard': '1\n',
  });
  expect(await gatherSwitches(roots)).toEqual([
    { name: 'hci0', soft: true, hard: false },
    { name: 'tpacpi_bluetooth_sw', soft: null, hard: true },
  ]);
  expect(await gatherSwitches({ ...roots, sys: join(root, 'nowhere') })).toEqual([]);
});

describe('processes', () => {
  test('bluetoothd is found among them', async () => {
    await layOut(roots.proc, { '1/comm': 'systemd\n', '812/comm': 'bluetoothd\n', meminfo: '' });
    expect(await gatherDaemon(roots)).toBe('running');
    await rm(join(roots.proc, '812'), { recursive: true });
    expect(await gatherDaemon(roots)).toBe('not-running');
    await rm(join(roots.proc, '1'), { recursive: true });
    expect(await gatherDaemon(roots)).toBe('hidden');
  });

  test('the effective rights are read of the ambient, bounding and other ones', async () => {
    const unit = { underSystemd: false, unitFile: '/unit' };
    await layOut(roots.proc, { 'self/status': 'Name:\tnode\nCapPrm:\t0000000000000000\nCapEff:\t0000000000002000\n' });
    expect(await gatherRights(roots, unit)).toEqual({ ...unit, effective: 0x2000n });
    await rm(join(roots.proc, 'self'), { recursive: true });
    expect(await gatherRights(roots, unit)).toMatchObject({ effective: null });
  });
});

describe('the native part of the library', () => {
  test.each([
    ['loads', 'module.exports = class {};'],
    ['not-built', "require('./build/Release/bluetooth_hci_socket.node');"],
    [
      'other-node',
      "throw new Error('was compiled against a different Node.js version using NODE_MODULE_VERSION 108');",
    ],
    ['broken', 'process.abort();'],
  ])('%s', async (state, source) => {
    const folder = join(root, 'socket');
    await layOut(folder, { 'index.js': source });
    expect(await gatherLibrary('abandonware', folder)).toMatchObject({ fork: 'abandonware', state });
  });

  test('is found beside the library that is installed here, and missed where there is none', async () => {
    expect(findLibrary('stoprocent')).toMatch(/@stoprocent\/bluetooth-hci-socket$/);
    expect(await gatherLibrary('stoprocent', findLibrary('stoprocent'))).toEqual({
      fork: 'stoprocent',
      state: 'loads',
    });
    expect(await gatherLibrary('abandonware', null)).toEqual({ fork: 'abandonware', state: 'not-installed' });
  });
});

describe('the clock', () => {
  test('is asked of systemd-timesyncd, then of timedatectl', async () => {
    await install({ timedatectl: 'echo no' });
    expect(await gatherClock(roots, null)).toEqual({ synchronized: 'no', compared: null });
    await layOut(roots.run, { 'systemd/timesync/synchronized': '' });
    expect(await gatherClock(roots, 'mqtt://127.0.0.1:1')).toEqual({ synchronized: 'yes', compared: null });
    await rm(roots.run, { recursive: true });
    await install({ timedatectl: 'echo yes; exit 1' });
    expect(await gatherClock(roots, null)).toEqual({ synchronized: 'unknown', compared: null });
    await install({ timedatectl: 'echo yes' });
    expect(await gatherClock(roots, null)).toEqual({ synchronized: 'yes', compared: null });
  });

  test('is compared with that of the broker’s web server', async () => {
    const server = createServer((_, response) => {
      response.writeHead(404, { date: new Date(Date.now() - 3_600_000).toUTCString() });
      response.end();
    });
    const port = await listenHttp(server);
    await install({});
    const { compared } = await gatherClock(roots, `ws://127.0.0.1:${port}/mqtt`);
    expect(compared?.host).toBe(`127.0.0.1:${port}`);
    // The server cuts its time to whole seconds; the rest is what asking took.
    const uncertaintyMs = compared?.uncertaintyMs ?? 0;
    expect(Math.abs((compared?.aheadMs ?? 0) - 3_600_000)).toBeLessThanOrEqual(uncertaintyMs);
  });
});

describe('health', () => {
  test('a gateway is told from nobody and from another program', async () => {
    const nobody = createServer();
    const free = await listenHttp(nobody);
    await closing.pop()?.();
    expect(await gatherHealth(null, { host: '127.0.0.1', port: free })).toMatchObject({
      holder: null,
      answer: 'silent',
    });

    const other = await listenHttp(createServer((_, response) => response.end('{"ready":"maybe"}')));
    expect(await gatherHealth(null, { host: '127.0.0.1', port: other })).toMatchObject({ answer: 'other-program' });

    const readiness = { broker: true, radio: false };
    const gateway = await startHttp({
      host: '127.0.0.1',
      port: 0,
      readiness: () => readiness,
      registry: new Registry(),
    });
    closing.push(async () => await gateway[Symbol.asyncDispose]());
    const asked = { host: '0.0.0.0', port: gateway.port };
    expect((await gatherHealth(null, asked)).answer).toEqual({ missing: ['radio'] });
    readiness.radio = true;
    expect((await gatherHealth(null, asked)).answer).toEqual({ missing: [] });
  });

  test('the living holder of the data folder is named, a dead one not', async () => {
    const folder = join(root, 'data');
    const held = await openDataDir(folder);
    expect(await gatherHealth(folder, null)).toMatchObject({ holder: process.pid });
    await held[Symbol.asyncDispose]();
    expect(await gatherHealth(folder, null)).toMatchObject({ holder: null });
    await writeFile(join(folder, 'gateway.lock'), JSON.stringify({ pid: process.pid, startedAt: '1', machineRun: '' }));
    expect(await gatherHealth(folder, null)).toMatchObject({ holder: null });
  });
});

describe('the data folder', () => {
  test('is written to durably and left as it was', async () => {
    const folder = join(root, 'data');
    await mkdir(folder, { mode: 0o750 });
    expect(await gatherDataFolder(folder, 'me')).toMatchObject({
      path: folder,
      state: 'there',
      mode: 0o750,
      probe: { wrote: true, syncMs: expect.any(Number) },
    });
    expect(await readdir(folder)).toEqual([]);
  });

  test('is not made; what is in its way is told', async () => {
    await writeFile(join(root, 'file'), '');
    const deep = join(root, 'a/b/c');
    expect(await gatherDataFolder(deep, 'me')).toMatchObject({ state: 'missing', parent: root, writable: true });
    expect(await gatherDataFolder(join(root, 'file'), 'me')).toMatchObject({ state: 'not-a-folder' });
    expect(await gatherDataFolder(join(root, 'file/data'), 'me')).toMatchObject({ state: 'not-a-folder' });
    await symlink('loop', join(root, 'loop'));
    expect(await gatherDataFolder(join(root, 'loop'), 'me')).toMatchObject({ state: 'unreadable' });
    expect(await gatherDataFolder(null, 'me')).toMatchObject({ state: 'not-set' });
    expect(await readdir(root)).toEqual(['file', 'loop']);
  });
});

test('a journal is read as a start would, and left as it is', async () => {
  const folder = join(root, 'data');
  await mkdir(folder);
  const state = async () => (await gatherJournal(folder)).state;
  expect(await state()).toBe('absent');
  await (await openJournalFile(folder, 4_096)).handle.close();
  expect(await state()).toBe('readable');
  await writeFile(join(folder, 'journal.log'), 'no journal\nat all\n');
  expect(await state()).toBe('damaged');
  await rm(join(folder, 'journal.log'));
  await mkdir(join(folder, 'journal.log'));
  expect(await state()).toBe('unreadable');
});
