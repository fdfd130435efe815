import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@latchwork/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { childrenOf, settingsIn } from './test-world.js';

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [program, ...args], { env: { ...process.env, ...env } });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const ended: Promise<Run> = once(child, 'close').then(([code]) => ({ code, stdout, stderr }));
  const tooSoon = ended.then(() => {
    throw new Error(`the demo has ended: ${stderr}`);
  });
  tooSoon.catch(() => undefined);
  const said = async (text: string) => {
    while (!stdout.includes(text)) await Promise.race([once(child.stdout, 'data'), tooSoon]);
    return stdout;
  };
  return { child, ended, said };
}

describe('npm start', () => {
  let folder: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchwork-demo-'));
    const settings = await settingsIn(join(folder, 'data'));
    env = {
      LATCHWORK_DATA_DIR: settings.dataDir,
      LATCHWORK_HTTP_PORT: String(settings.httpPort),
      LATCHWORK_MQTT_PORT: String(settings.mqttPort),
      LATCHWORK_GATEWAY_HTTP_PORT: String(settings.gatewayPort),
    };
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const lastLine = ({ stdout }: Run) => JSON.parse(stdout.trim().split('\n').at(-1) ?? '');

  test('--once opens the right door, keeps the wrong one shut, and says so in one JSON object', async () => {
    const run = await start(['--once'], env).ended;
    expect([run.code, run.stderr]).toEqual([0, '']);
    expect(run.stdout).toContain('no key for this entrance');
    const timelineMs = {
      accepted: 0,
      sent: expect.any(Number),
      acknowledged: expect.any(Number),
      confirmed: expect.any(Number),
    };
    expect(lastLine(run)).toEqual({ unlocked: true, refused: true, timelineMs });
  });

  test('a second start on the same data continues with what was there', async () => {
    const before = await readFile(join(folder, 'data/demo.json'), 'utf8');
    const run = await start(['--once'], env).ended;
    expect(run.code).toBe(0);
    expect(lastLine(run)).toMatchObject({ unlocked: true, refused: true });
    expect(await readFile(join(folder, 'data/demo.json'), 'utf8')).toBe(before);
  });

  const hasCurl = spawnSync('curl', ['--version']).error === undefined;
  test.skipIf(!hasCurl)('prints a line that works as pasted (skipped where curl is not installed)', async () => {
    const { child, ended, said } = start([], env);
    const text = await said('Ctrl-C ends everything');
    const line = text.split('\n').find((each) => each.includes('curl ')) ?? '';
    const pasted = spawn('sh', ['-c', line.trim()]);
    let answer = '';
    pasted.stdout.on('data', (chunk) => {
      answer += chunk;
    });
    await once(pasted, 'close');
    expect(JSON.parse(answer)).toMatchObject({ state: 'confirmed', code: 'ok' });
    await said('attempt.confirmed');
    child.kill('SIGINT');
    expect((await ended).code).toBe(0);
  });

  test.skipIf(!hasCurl)(
    'prints lines that bring in a whole directory (skipped where curl is not installed)',
    async () => {
      const { child, ended, said } = start([], env);
      const text = await said('Ctrl-C ends everything');
      const lines = text.split('\n').map((line) => line.trim());
      const from = lines.findIndex((line) => line.startsWith("API='"));
      const pasted = spawn('sh', ['-c', lines.slice(from, from + 5).join('\n')]);
      let answer = '';
      pasted.stdout.on('data', (chunk) => {
        answer += chunk;
      });
      await once(pasted, 'close');
      const [rows, run] = answer.trim().split('\n');
      expect(JSON.parse(rows ?? '').data).toHaveLength(3);
      expect(JSON.parse(run ?? '')).toMatchObject({ state: 'applied', counts: { new: 40 } });
      await said('@seaview-office.example: ');
      child.kill('SIGINT');
      expect((await ended).code).toBe(0);
    },
  );

  test('prints the mails of the portal; the link of the visitor’s own works', async () => {
    const { child, ended, said } = start([], env);
    const text = await said('Ctrl-C ends everything');
    const mail = text.slice(text.indexOf('Mail to you@seaview.example'));
    expect(mail).toContain('invited to the team of Seaview');
    expect(text).toContain('it makes you a General Manager');
    expect(text).toContain(join(folder, 'data/demo.json'));
    const link = new URL(/http:\S+#token=\S+/.exec(mail)?.[0] ?? '');
    expect((await fetch(link)).status).toBe(200);
    const visitor = createClient({ baseUrl: link.origin });
    const token = link.hash.replace('#token=', '');
    const { member } = await visitor.accountSetups.complete({ token, name: 'Vera', password: 'doors of the sea 2026' });
    expect(member).toMatchObject({ email: 'you@seaview.example', state: 'active' });
    child.kill('SIGINT');
    expect((await ended).code).toBe(0);
  });

  test('keeps running until Ctrl-C, which ends every process it started', async () => {
    const { child, ended, said } = start([], env);
    await said('Ctrl-C ends everything');
    const programs = await childrenOf(child.pid);
    const below = await Promise.all(programs.map(childrenOf));
    expect(programs).toHaveLength(2);
    expect(below.flat()).toHaveLength(1);
    child.kill('SIGINT');
    expect((await ended).code).toBe(0);
    for (const pid of [...programs, ...below.flat()]) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('no token, secret or password stands in a log', async () => {
    const data = join(folder, 'data');
    const memory = JSON.parse(await readFile(join(data, 'demo.json'), 'utf8'));
    const operatorKey = (await readFile(join(data, 'portal/operator.key'), 'utf8')).trim();
    const secrets = [operatorKey, memory.gatewaySecret, memory.owner.password, memory.housekeeper.password];
    const logs = (await readdir(data)).filter((name) => name.endsWith('.log'));
    expect(logs).toHaveLength(2);
    for (const name of logs) {
      const text = await readFile(join(data, name), 'utf8');
      expect(text.length).toBeGreaterThan(0);
      for (const secret of secrets) expect(text).not.toContain(secret);
      expect(text).not.toMatch(/lws_|lwk_|lwi_|Bearer /);
    }
  });

  test('a used port is one clear sentence and a non-zero exit', async () => {
    const server = createServer().listen(Number(env['LATCHWORK_HTTP_PORT']), '127.0.0.1');
    await once(server, 'listening');
    const run = await start(['--once'], env).ended;
    server.close();
    expect(run.code).toBe(1);
    expect(run.stderr.trim()).toMatch(
      /^latchwork: port \d+ on 127\.0\.0\.1 is already in use; set LATCHWORK_HTTP_PORT/,
    );
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
  });

  test('a folder that cannot be written is one clear sentence and a non-zero exit', async () => {
    const run = await start(['--once'], { ...env, LATCHWORK_DATA_DIR: join(program, 'data') }).ended;
    expect(run.code).toBe(1);
    expect(run.stderr.trim()).toMatch(/^latchwork: the data folder .* cannot be written; set LATCHWORK_DATA_DIR/);
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
  });

  test.each(['demo.json', 'locks/lock-101.flash'])(
    'a damaged %s is one clear sentence and a non-zero exit',
    async (file) => {
      const path = join(folder, 'data', file);
      const before = await readFile(path);
      await writeFile(path, 'garbage');
      const run = await start(['--once'], env).ended;
      await writeFile(path, before);
      expect([run.code, run.stderr]).toEqual([
        1,
        `latchwork: ${path} is damaged; remove the data folder to start anew.\n`,
      ]);
    },
  );

  test('a demo that lost its memory says so in one sentence', async () => {
    const path = join(folder, 'data/demo.json');
    const before = await readFile(path, 'utf8');
    await writeFile(path, '{}');
    const run = await start(['--once'], env).ended;
    await writeFile(path, before);
    expect([run.code, run.stderr.trim().split('\n')]).toEqual([
      1,
      ['latchwork: the mail to olivia@seaview.example was lost; remove the data folder to start anew.'],
    ]);
  });

  test('another demo on the same data is refused, and the first one goes on; killed, it leaves no process behind', async () => {
    const { child, ended, said } = start([], env);
    await said('Ctrl-C ends everything');
    const elsewhere = await settingsIn(join(folder, 'data'));
    const second = await start(['--once'], {
      ...env,
      LATCHWORK_HTTP_PORT: String(elsewhere.httpPort),
      LATCHWORK_MQTT_PORT: String(elsewhere.mqttPort),
      LATCHWORK_GATEWAY_HTTP_PORT: String(elsewhere.gatewayPort),
    }).ended;
    expect([second.code, second.stderr]).toEqual([
      1,
      `latchwork: another npm start is running on the data folder ${join(folder, 'data')}; stop it first.\n`,
    ]);
    const programs = await childrenOf(child.pid);
    const below = (await Promise.all(programs.map(childrenOf))).flat();
    expect([programs.length, below.length]).toEqual([2, 1]);
    child.kill('SIGKILL');
    await ended;
    const gone = (pid: number) => {
      try {
        return process.kill(pid, 0) && false;
      } catch {
        return true;
      }
    };
    await expect.poll(() => [...programs, ...below].every(gone), { timeout: 30_000 }).toBe(true);
  });

  test.skipIf(process.platform !== 'linux')(
    'a folder that takes no folder, such as /proc, is one clear sentence',
    async () => {
      const run = await start(['--once'], { ...env, LATCHWORK_DATA_DIR: '/proc/x/y' }).ended;
      expect([run.code, run.stderr]).toEqual([
        1,
        'latchwork: the data folder /proc/x/y cannot be written; set LATCHWORK_DATA_DIR to one that can.\n',
      ]);
    },
  );

  test('an argument that means nothing is one clear sentence', async () => {
    const run = await start(['--twice'], env).ended;
    expect([run.code, run.stderr]).toEqual([
      1,
      'latchwork: --twice is not understood; npm start takes --once or nothing.\n',
    ]);
  });

  test('a port that is none is one clear sentence and a non-zero exit', async () => {
    const run = await start(['--once'], { ...env, LATCHWORK_MQTT_PORT: 'eighty' }).ended;
    expect([run.code, run.stderr.trim()]).toEqual([
      1,
      'latchwork: LATCHWORK_MQTT_PORT is "eighty", which is not a port (1 to 65535).',
    ]);
  });
});
