import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runEncoder } from './encoder-command.js';

let root: string;
let env: Readonly<Record<string, string>>;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'latchwork-encoder-'));
  env = {
    LATCHWORK_PORTAL_URL: 'http://127.0.0.1:9',
    LATCHWORK_API_KEY: 'lw_an-api-key-of-the-house',
    LATCHWORK_PROPERTY_ID: `prop_${'0'.repeat(26)}`,
    LATCHWORK_DATA_DIR: join(root, 'made', 'below'),
  };
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

function terminal() {
  const complaints: string[] = [];
  return { complaints, say: () => undefined, complain: (sentence: string) => complaints.push(sentence) };
}

test.each([[['--enrol', 'Guest']], [['--enroll']], [['--enroll', ' ']], [['--enroll', 'Guest', 'more']], [['now']]])(
  'is not called with %j',
  async (args) => {
    const said = terminal();
    expect(await runEncoder(args, {}, said)).toBe(2);
    expect(said.complaints.join()).toContain('latchwork-gateway encoder --enroll LABEL');
  },
);

test('says everything that is missing at once, and no value of what is there', async () => {
  const said = terminal();
  expect(await runEncoder([], { LATCHWORK_API_KEY: 'hunter2' }, said)).toBe(2);
  expect(said.complaints).toHaveLength(4);
  expect(said.complaints.join()).not.toContain('hunter2');
});

test.each(['http://portal.example', 'http://10.0.0.1:8080'])(
  'sends no API key to %s unencrypted',
  async (portalUrl) => {
    const said = terminal();
    expect(await runEncoder([], { ...env, LATCHWORK_PORTAL_URL: portalUrl }, said)).toBe(2);
    expect(said.complaints).toEqual([expect.stringMatching(/^LATCHWORK_PORTAL_URL must begin with https:/)]);
  },
);

test('a data folder that cannot be made is one sentence', async () => {
  const file = join(root, 'file');
  await writeFile(file, '');
  for (const dataDir of [file, '/proc/latchwork']) {
    const said = terminal();
    expect(await runEncoder([], { ...env, LATCHWORK_DATA_DIR: dataDir }, said)).toBe(1);
    expect(said.complaints).toEqual([expect.stringMatching(/^The data folder .* cannot be made or written: .*\.$/)]);
  }
});

test('the program says in one sentence that the readers cannot be used: nothing installed, or no pcscd', async () => {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=source', main, 'encoder'], {
    cwd: new URL('../..', import.meta.url),
    env: { PATH: process.env['PATH'], ...env, PCSCLITE_CSOCK_NAME: join(root, 'no-pcscd') },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (data) => (stderr += data));
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(stderr).toMatch(/^latchwork-gateway: The readers of cards cannot be used: .*\.\n$/);
  expect(code).toBe(1);
});
