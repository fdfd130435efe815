import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDataDir } from '../data-dir.js';
import { loadGatewayKeys } from '../gateway-keys.js';
import { Secret } from '../secret.js';
import { runBackup } from './backup-command.js';
import { backUp, restore } from './gateway-backup.js';
import { makeRecoveryKey, openText, sealText } from './sealed-file.js';

const crypto = createNodeCrypto();
const recoveryKey = new Secret(makeRecoveryKey());
const gatewaySecret = 'the-secret-of-this-gateway';
const env = {
  LATCHWORK_GATEWAY_SECRET: gatewaySecret,
  LATCHWORK_MQTT_URL: 'mqtts://broker.example',
  LATCHWORK_ADAPTER: '1',
};

let root: string;
let old: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'latchwork-backup-'));
  old = join(root, 'old');
  await using dataDir = await openDataDir(old);
  await loadGatewayKeys(dataDir.path, crypto);
  await writeFile(join(old, 'enrollment.json'), '{"v":1}\n', { mode: 0o600 });
  await writeFile(join(old, 'drivers.json'), '{}\n', { mode: 0o600 });
  await writeFile(join(old, 'journal.log'), 'what it was doing\n', { mode: 0o600 });
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const refusal = async (call: Promise<unknown>): Promise<unknown> =>
  await call.then(
    () => undefined,
    (error: { readonly info?: unknown }) => error.info,
  );
const sealedNow = async () => (await backUp({ dataDir: old, env, recoveryKey })).sealed;

describe('a backup', () => {
  test('makes an empty folder the gateway that it was: its keys and its settings, and nothing of what it was doing', async () => {
    const replacement = join(root, 'new');
    const { files, settings } = await restore({ dataDir: replacement, sealed: await sealedNow(), recoveryKey });
    expect(files).toEqual(['gateway-x25519.secret', 'enrollment.json', 'drivers.json']);
    expect(settings).toEqual(['LATCHWORK_GATEWAY_SECRET', 'LATCHWORK_MQTT_URL']);
    expect((await readdir(replacement)).sort()).toEqual([
      'drivers.json',
      'enrollment.json',
      'gateway-x25519.secret',
      'restored.env',
    ]);
    const [before, after] = [await loadGatewayKeys(old, crypto), await loadGatewayKeys(replacement, crypto)];
    expect(after).toEqual(before);
    expect(await readFile(join(replacement, 'restored.env'), 'utf8')).toBe(
      `LATCHWORK_GATEWAY_SECRET=${gatewaySecret}\nLATCHWORK_MQTT_URL=mqtts://broker.example\n`,
    );
    for (const file of await readdir(replacement)) {
      expect((await stat(join(replacement, file))).mode & 0o777, file).toBe(0o600);
    }
  });

  test('is taken while the gateway runs, and holds nothing that can be read', async () => {
    await using _running = await openDataDir(old);
    const sealed = await sealedNow();
    const secrets = [gatewaySecret, (await readFile(join(old, 'gateway-x25519.secret'), 'utf8')).trim(), 'enrollment'];
    for (const secret of secrets) {
      for (const encoding of ['utf8', 'base64', 'base64url', 'hex'] as const) {
        expect(sealed).not.toContain(Buffer.from(secret).toString(encoding).replace(/=+$/, '').slice(2, -2));
      }
    }
    expect(await sealedNow()).not.toBe(sealed);
  });

  test('is opened by its recovery key as a hand types it, and by no other; any byte that is changed shows', async () => {
    const sealed = await sealText('who it is', recoveryKey);
    const typed = recoveryKey.reveal().toUpperCase().replaceAll('-', ' ');
    expect(await openText(sealed, new Secret(` ${typed}\n`))).toBe('who it is');
    const unreadable = { code: 'backup-unreadable' };
    expect(await refusal(openText(sealed, new Secret(makeRecoveryKey())))).toEqual(unreadable);
    const { sealed: body, ...rest } = JSON.parse(sealed);
    for (const at of [0, Math.floor(body.length / 2), body.length - 2]) {
      const changed = `${body.slice(0, at)}${body[at] === 'A' ? 'B' : 'A'}${body.slice(at + 1)}`;
      expect(await refusal(openText(JSON.stringify({ ...rest, sealed: changed }), recoveryKey)), `${at}`).toEqual(
        unreadable,
      );
    }
    for (const text of [
      '',
      'null',
      '{}',
      '{"format":"latchwork-gateway-backup","v":2}',
      JSON.stringify({ ...rest, sealed: 'AA' }),
    ]) {
      expect(await refusal(openText(text, recoveryKey)), text).toEqual(unreadable);
    }
  });

  test('of a gateway that never enrolled needs the settings that say who it is', async () => {
    await rm(join(old, 'enrollment.json'));
    expect(await refusal(backUp({ dataDir: old, env, recoveryKey }))).toEqual({
      code: 'backup-nameless',
      missing: ['LATCHWORK_ORGANIZATION_ID', 'LATCHWORK_PROPERTY_ID', 'LATCHWORK_GATEWAY_ID'],
    });
    const ids = { LATCHWORK_ORGANIZATION_ID: 'org_1', LATCHWORK_PROPERTY_ID: 'prop_1', LATCHWORK_GATEWAY_ID: 'gw_1' };
    const whole = { ...env, ...ids };
    expect((await backUp({ dataDir: old, env: whole, recoveryKey })).settings).toHaveLength(5);
  });

  test('of a folder without a gateway is none', async () => {
    expect(await refusal(backUp({ dataDir: join(root, 'nowhere'), env, recoveryKey }))).toMatchObject({
      code: 'backup-nothing',
    });
  });
});

describe('a restore', () => {
  test('never writes over another gateway, and leaves its folder as it was', async () => {
    const other = join(root, 'other');
    await using dataDir = await openDataDir(other);
    await loadGatewayKeys(dataDir.path, crypto);
    await dataDir[Symbol.asyncDispose]();
    const before = await readFile(join(other, 'gateway-x25519.secret'), 'utf8');
    const sealed = await sealedNow();
    expect(await refusal(restore({ dataDir: other, sealed, recoveryKey }))).toMatchObject({ code: 'restore-occupied' });
    expect(await readdir(other)).toEqual(['gateway-x25519.secret']);
    expect(await readFile(join(other, 'gateway-x25519.secret'), 'utf8')).toBe(before);
  });

  test('is refused while a gateway runs there', async () => {
    const replacement = join(root, 'new');
    await using _running = await openDataDir(replacement);
    const sealed = await sealedNow();
    expect(await refusal(restore({ dataDir: replacement, sealed, recoveryKey }))).toMatchObject({
      code: 'data-dir-in-use',
    });
  });

  test('that broke off is done again, and done twice changes nothing', async () => {
    const replacement = join(root, 'new');
    const sealed = await sealedNow();
    await restore({ dataDir: replacement, sealed, recoveryKey });
    await rm(join(replacement, 'enrollment.json'));
    await restore({ dataDir: replacement, sealed, recoveryKey });
    await restore({ dataDir: replacement, sealed, recoveryKey });
    expect((await readdir(replacement)).sort()).toEqual([
      'drivers.json',
      'enrollment.json',
      'gateway-x25519.secret',
      'restored.env',
    ]);
  });
});

describe('the commands', () => {
  const call = async (
    command: 'backup' | 'restore',
    args: readonly string[],
    settings: Readonly<Record<string, string>>,
  ) => {
    const said: string[] = [];
    const complaints: string[] = [];
    const speech = { say: (text: string) => said.push(text), complain: (text: string) => complaints.push(text) };
    return { code: await runBackup(command, args, { env: settings, ...speech }), said: said.join('\n'), complaints };
  };

  test('show the recovery key once, and with it the replacement is the gateway', async () => {
    const file = join(root, 'gateway.backup');
    const made = await call('backup', [file], { LATCHWORK_DATA_DIR: old });
    expect(made.code).toBe(0);
    const shown = /recovery key.*: (\S+)$/.exec(made.said)?.[1] ?? '';
    expect(shown).toMatch(/^([2-9a-hjkmnp-z]{4}-){6}[2-9a-hjkmnp-z]{4}$/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const into = { LATCHWORK_DATA_DIR: join(root, 'new'), LATCHWORK_RECOVERY_KEY: shown };
    expect(await call('restore', [file], into)).toMatchObject({ code: 0, complaints: [] });
    expect(await loadGatewayKeys(join(root, 'new'), crypto)).toEqual(await loadGatewayKeys(old, crypto));
  });

  test('with a key of one’s own show none, write over no backup, and repeat no secret in what they complain of', async () => {
    const file = join(root, 'gateway.backup');
    const own = { LATCHWORK_DATA_DIR: old, LATCHWORK_RECOVERY_KEY: 'correct horse battery staple' };
    const made = await call('backup', [file], own);
    expect(made).toMatchObject({ code: 0, complaints: [] });
    expect(made.said).toBe(`Sealed in ${file}: gateway-x25519.secret, enrollment.json, drivers.json.`);
    const before = await readFile(file, 'utf8');
    const again = await call('backup', [file], own);
    expect(again).toMatchObject({ code: 1, said: '', complaints: [expect.stringContaining('written over nothing')] });
    expect(await readFile(file, 'utf8')).toBe(before);
    const wrong = await call('restore', [file], { ...own, LATCHWORK_RECOVERY_KEY: 'another horse altogether' });
    expect(wrong).toMatchObject({ code: 1, said: '' });
    expect(wrong.complaints.join()).not.toContain('horse');
  });

  test.each([
    ['no file', 'backup', [], {}],
    ['two files', 'backup', ['a', 'b'], {}],
    ['a key that is too short', 'backup', ['a'], { LATCHWORK_RECOVERY_KEY: 'short' }],
    ['no key', 'restore', ['a'], {}],
  ] as const)('called wrongly, with %s, say how they are called', async (_, command, args, settings) => {
    const called = await call(command, args, { LATCHWORK_DATA_DIR: old, ...settings });
    expect(called).toMatchObject({ code: 2, said: '' });
    expect(called.complaints).toHaveLength(1);
  });

  test('a file that is not there is a complaint, not a crash', async () => {
    const called = await call('restore', [join(root, 'none')], {
      LATCHWORK_DATA_DIR: old,
      LATCHWORK_RECOVERY_KEY: 'x'.repeat(16),
    });
    expect(called).toMatchObject({ code: 1, complaints: [expect.stringContaining('ENOENT')] });
  });
});
