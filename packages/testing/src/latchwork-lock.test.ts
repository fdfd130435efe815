import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseSetupLabel, performUnlock } from '@latchwork/lock-protocol';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createAir } from './air/air.js';
import { installHciShim } from './hci-shim.js';
import { createVisits } from './lock/lock-visits.test-rig.js';
import { createPropertyFixture } from './lock/property-fixture.js';
import { createOffice } from './lock/property-office.test-rig.js';
import { findPeripheral, type NobleInstance, nobleForks, openLockLink, poweredOn } from './noble-fork.js';
import { serveAir } from './serve-air.js';

const crypto = createNodeCrypto();
const program = fileURLToPath(new URL('./latchwork-lock.ts', import.meta.url));

type Line = Readonly<Record<string, unknown>>;

/** The command in a process of its own. */
interface Command extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string; readonly stdout: string }>;
  /** Waits for a line like this one. */
  line(like: Line): Promise<Line>;
  /** Sends a line and waits for its answer. */
  ask(text: string): Promise<Line>;
}

function start(...args: readonly string[]): Command {
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', program, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const lines: Line[] = [];
  let wake: () => void = () => {};
  let stdout = '';
  let stderr = '';
  let exited = false;
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  createInterface({ input: child.stdout }).on('line', (text) => {
    stdout += `${text}\n`;
    if (text.startsWith('{')) lines.push(JSON.parse(text) as Line);
    wake();
  });
  const ended = once(child, 'close').then(([code]) => {
    exited = true;
    wake();
    return { code: code as number | null, stderr, stdout };
  });
  const take = async (isWanted: (line: Line) => boolean): Promise<Line> => {
    for (;;) {
      const at = lines.findIndex(isWanted);
      const [found] = at === -1 ? [] : lines.splice(at, 1);
      if (found !== undefined) return found;
      if (exited) throw new Error(`the lock has ended: ${stderr}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return {
    child,
    ended,
    line: (like) => take((line) => Object.entries(like).every(([name, value]) => line[name] === value)),
    ask: async (text) => {
      child.stdin.write(`${text}\n`);
      return await take((line) => 'ok' in line);
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchwork-lock-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('latchwork-lock', () => {
  test('tells what it is, answers every line with one, and ends cleanly', async () => {
    await using lock = start('--serve', join(folder, 'hci.sock'), '--suite2');
    const ready = await lock.line({ event: 'ready' });
    expect(ready['p256PublicKey']).toMatch(/^0[23][0-9a-f]{64}$/);
    expect(ready).toMatchObject({ address: 'c0:1a:7c:00:00:01', socket: join(folder, 'hci.sock') });
    expect(await lock.ask('status')).toMatchObject({
      ...{ ok: true, do: 'status', tag: ready['tag'], bolt: 'locked', batteryPercent: 90, clock: 'good', obeys: null },
    });
    for (const garbage of ['open', 'battery 400', '{"do":"unlock"}', '\u0000', 'x'.repeat(5_000)]) {
      expect(await lock.ask(garbage)).toMatchObject({ ok: false });
    }
    expect(await lock.ask('turn unlocked')).toEqual({ ok: true, do: 'turn' });
    expect(await lock.line({ event: 'bolt' })).toMatchObject({ bolt: 'unlocked' });
    expect(await lock.ask('battery 4')).toMatchObject({ ok: true });
    expect(await lock.ask('log')).toMatchObject({
      entries: [{ type: 'boot' }, { type: 'manual' }, { type: 'battery' }],
    });
    await lock.ask('tap uid 04a1b2c3d4e5f6');
    expect(await lock.line({ event: 'card-refused' })).toMatchObject({ code: 'auth' });
    const p256 = '01'.repeat(32);
    const signing = await lock.ask(`tap public-key 04a1b2c3d4e5f6 ${p256}`);
    expect(signing['publicKey']).toBe(
      Buffer.from(crypto.p256KeyPair(Buffer.from(p256, 'hex')).publicKey).toString('hex'),
    );
    expect(await lock.ask(`tap desfire 04a1b2c3d4e5f6 ${'00'.repeat(16)} 1`)).toMatchObject({ ok: true });
    expect(await lock.ask('code 1234')).toMatchObject({ ok: true });
    expect(await lock.ask('quit')).toEqual({ ok: true, do: 'quit' });
    expect(await lock.ended).toMatchObject({ code: 0, stderr: '' });
  });

  test('killed and started again on the same flash, it is the same lock with the same log; label and reset too', async () => {
    const flash = join(folder, 'one.flash');
    const args = ['--serve', join(folder, 'hci.sock'), '--flash', flash] as const;
    let tag: unknown;
    {
      await using lock = start(...args);
      tag = (await lock.line({ event: 'ready' }))['tag'];
      expect(await lock.ask('tamper')).toMatchObject({ ok: true });
      await lock.ask('battery 44');
      const second = await start('--label', '--flash', flash).ended;
      expect(second).toEqual({
        code: 1,
        stdout: '',
        stderr: `latchwork-lock: ${flash} is the flash of a lock that runs, in process ${lock.child.pid}. Two locks on one flash would destroy it; if that process is no lock, remove ${flash}.lock.\n`,
      });
      // Dies in the midst of a write, as the lock, and then as a process.
      expect(await lock.ask('cut-power after 40 bytes')).toMatchObject({ ok: true });
      await lock.ask('tamper');
      expect(await lock.ask('present')).toMatchObject({ ok: false, code: 'power-lost' });
    }
    const { stdout } = await start('--label', '--flash', flash).ended;
    const label = parseSetupLabel(crypto, stdout.trim());
    expect(Buffer.from(label.tag).toString('hex')).toBe(tag);

    await using lock = start(...args);
    expect((await lock.line({ event: 'ready' }))['tag']).toBe(tag);
    const types = ((await lock.ask('log'))['entries'] as readonly Line[]).map(({ type, seq }) => `${seq} ${type}`);
    expect(types).toEqual(['1 boot', '2 tamper', '3 boot', '4 boot']);
    expect((await lock.ask('label'))['label']).toBe(stdout.trim());
    expect(await lock.ask('status')).toMatchObject({ batteryPercent: 44 });
    const reset = await lock.ask('reset');
    expect(reset).toMatchObject({ ok: true });
    expect(reset['tag']).not.toBe(tag);
  });

  test('a script is done first, then stdin', async () => {
    const script = join(folder, 'script');
    await writeFile(script, '# a bad day\n\nbattery 50\nclock restart\nnonsense\n');
    await using lock = start('--serve', join(folder, 'hci.sock'), '--script', script);
    await lock.line({ event: 'ready' });
    expect([
      await lock.line({ do: 'battery' }),
      await lock.line({ do: 'clock' }),
      await lock.line({ ok: false }),
    ]).toEqual([
      { ok: true, do: 'battery' },
      { ok: true, do: 'clock', clock: 'none', utcSeconds: 0 },
      { ok: false, code: 'unknown-command', message: 'There is no such command; help lists them all.' },
    ]);
    expect(await lock.ask('status')).toMatchObject({ batteryPercent: 50, clock: 'none' });
  });

  test.each([
    [[], 2, 'latchwork-lock: give one of --serve, --socket and --adapter, so that the lock is heard somewhere.\n'],
    [['--socket', '/nowhere/at.all'], 1, 'latchwork-lock: there is no socket at /nowhere/at.all.\n'],
    [['--serve', '/nowhere/at.all'], 1, 'latchwork-lock: no socket can be made at /nowhere/at.all.\n'],
    [['--serve', 'x', '--script', '/nowhere/s'], 1, 'latchwork-lock: the script /nowhere/s cannot be read.\n'],
    [['--adapter', '250'], 1, /^latchwork-lock: .*(adapter|HCI socket).*\.\n$/],
  ] as const)('%j is one sentence', async (args, code, stderr) => {
    const run = await start(...args).ended;
    expect([run.code, run.stdout]).toEqual([code, '']);
    expect(run.stderr).toMatch(stderr);
  });

  test('a file that is no flash is one sentence', async () => {
    const flash = join(folder, 'lock.json');
    await writeFile(flash, '{"identity":{}}');
    const run = await start('--serve', join(folder, 'hci.sock'), '--flash', flash).ended;
    expect(run).toEqual({
      code: 1,
      stdout: '',
      stderr: `latchwork-lock: ${flash} is the record of a lock of an earlier version, which kept JSON; remove it to make a new lock.\n`,
    });
  });
});

const fork = nobleForks.find(({ missing }) => missing === undefined);

describe.skipIf(fork === undefined)('a lock in a process of its own, called over noble', () => {
  const air = createAir({ seed: 4 });
  let noble: NobleInstance;
  let uninstall: () => void;

  beforeAll(async () => {
    const adapter = air.addController({ address: '00:1b:dc:00:00:09' });
    uninstall = installHciShim(() => adapter);
    if (fork?.missing !== undefined || fork === undefined) throw new Error('there is no noble');
    noble = fork.open(0);
    await poweredOn(noble);
  });

  afterAll(() => {
    uninstall();
    air.close();
  });

  test('is told its whole life on stdin: its label, a button, cards, a code, a cut and a reset', async () => {
    const socketPath = join(folder, 'air.sock');
    const address = 'c0:00:00:00:00:78';
    await using _served = await serveAir(air, { socketPath, addresses: [address] });
    await using lock = start('--socket', socketPath, '--relock', '3600000');
    await lock.line({ event: 'ready' });
    const { commission, deliver } = createVisits(crypto, noble, address);
    const office = createOffice(crypto);

    const label = String((await lock.ask('label'))['label']);
    expect(await commission(office, label)).toBe('not-admitted');
    await lock.ask('present');
    expect(await commission(office, label)).toBe('ok');
    const [uid, secret] = ['04a1b2c3d4e5f6', '00112233445566778899aabbccddeeff'];
    const set = office.publish([
      { id: 1, credential: { kind: 'aes', uid: Buffer.from(uid, 'hex'), secret: Buffer.from(secret, 'hex') } },
      { id: 2, credential: { kind: 'code', digits: '1234', salt: crypto.randomBytes(16) } },
    ]);
    const { parts } = await deliver(office, { time: office.tellTime, set: set.carried });
    expect(parts).toEqual({ time: { outcome: 'done' }, set: { outcome: 'done' } });
    await lock.ask(`tap ntag424 ${uid} ${secret} 1`);
    expect(await lock.line({ event: 'bolt' })).toMatchObject({ bolt: 'unlocked' });
    await lock.ask('cut-power');
    await lock.ask('power-on');
    await lock.ask(`tap uid ${uid}`);
    expect(await lock.line({ event: 'card-refused' })).toMatchObject({ code: 'card-clone-suspect' });
    await lock.ask('code 1234');
    expect(await lock.line({ event: 'bolt' })).toMatchObject({ bolt: 'unlocked' });
    await lock.ask('reset');
    await lock.ask('code 1234');
    expect(await lock.line({ event: 'card-refused' })).toMatchObject({ code: 'auth' });
    expect(await lock.ask('status')).toMatchObject({ obeys: null, boltMoves: 2 });
  });

  test('opens on an adapter of somebody else’s air, is killed, and answers the same id afterwards', async () => {
    const socketPath = join(folder, 'air.sock');
    await using _served = await serveAir(air, { socketPath, addresses: ['c0:00:00:00:00:77'] });
    const property = createPropertyFixture({ crypto });
    const { rootPublicKey, property: name } = property.trust;
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

    const flash = join(folder, 'lock.flash');
    const commandId = crypto.randomBytes(8);
    const unlock = async (ready: Line): Promise<string> => {
      const peripheral = await findPeripheral(noble, String(ready['address']));
      await peripheral.connectAsync();
      try {
        const answer = await performUnlock({
          crypto,
          link: await openLockLink(peripheral),
          lockPublicKey: Buffer.from(String(ready['publicKey']), 'hex'),
          caller: crypto.x25519KeyPair(),
          command: { commandId, action: 'unlock', ttlMs: 10_000, intent: 'staff' },
          authority: async (challenge) =>
            property.authorize({ tag: Buffer.from(String(ready['tag']), 'hex'), commandId, challenge }),
          now: () => performance.now(),
        });
        return answer.repeated ? `${answer.code} again` : answer.code;
      } finally {
        await peripheral.disconnectAsync();
      }
    };
    {
      await using lock = start('--socket', socketPath, '--flash', flash);
      const ready = await lock.line({ event: 'ready' });
      expect(ready['address']).toBe('c0:00:00:00:00:77');
      await lock.ask(`commission ${hex(rootPublicKey)} ${hex(name)} 1`);
      expect(await unlock(ready)).toBe('ok');
      expect(await lock.line({ event: 'bolt' })).toMatchObject({ bolt: 'unlocked', commandId: hex(commandId) });
      expect(await lock.ask('radio unheard on')).toMatchObject({ ok: false, code: 'no-such-radio' });
    }
    await using lock = start('--socket', socketPath, '--flash', flash);
    expect(await unlock(await lock.line({ event: 'ready' }))).toBe('ok again');
    expect(await lock.ask('status')).toMatchObject({ boltMoves: 1 });
  });
});
