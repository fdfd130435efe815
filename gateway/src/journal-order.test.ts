import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { codeEntry, createDesiredLock, startDesiredPortal } from './desired-lock.test-rig.js';
import { address, crypto, type GatewayRig, startRig } from './gateway.test-rig.js';
import { openJournal } from './journal.js';
import type { MemoryLock } from './memory-central.test-rig.js';

let rig: GatewayRig;
let lock: MemoryLock;
/** What was done to the journal's file and to the lock, in order: `write received+written`, `durable`, `radio 0`. */
let trace: string[];
/** Asked before each fdatasync with what it makes durable; the disk takes as long as the answer. */
let disk: (records: string) => Promise<void> | undefined;
let unwatch: () => void;

const until = (met: () => void): Promise<void> => vi.waitFor(met, { timeout: 30_000, interval: 5 });
const recordsIn = (text: string): string => [...text.matchAll(/"type":"(\w+)"/g)].map(([, type]) => type).join('+');

/** Watches the real calls on files; returns how to stop. Only the journal's lines begin with a checksum and a list. */
async function watchFiles(): Promise<() => void> {
  const probe = await open(new URL(import.meta.url));
  const calls = Object.getPrototypeOf(probe) as Pick<FileHandle, 'datasync'> & {
    write(...args: unknown[]): Promise<unknown>;
  };
  await probe.close();
  const { write, datasync } = calls;
  const unsynced = new WeakMap<object, string>();
  calls.write = async function (...args) {
    const written = await Reflect.apply(write, this, args);
    const text = Buffer.from(args[0] as Uint8Array).toString();
    if (/^[0-9a-f]{8} \[/.test(text)) {
      trace.push(`write ${recordsIn(text)}`);
      unsynced.set(this, recordsIn(text));
    }
    return written;
  };
  calls.datasync = async function () {
    await disk(unsynced.get(this) ?? '');
    await Reflect.apply(datasync, this, []);
    trace.push('durable');
  };
  return () => {
    Object.assign(calls, { write, datasync });
  };
}

/** A disk that keeps one record from being durable until it is told to. */
function holdDisk(type: string): { readonly reached: () => boolean; readonly release: () => void } {
  let isReached = false;
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  disk = (records) => {
    if (!records.split('+').includes(type)) return undefined;
    isReached = true;
    return held;
  };
  return { reached: () => isReached, release: () => release() };
}

beforeEach(async () => {
  trace = [];
  disk = () => undefined;
  unwatch = await watchFiles();
  rig = await startRig();
  lock = rig.central.addLock(rig.property.trust);
  lock.onWrite = (frame) => {
    trace.push(`radio ${frame}`);
    return 'pass';
  };
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
  unwatch();
});

describe('T16: what the journal covers happens after fdatasync has returned', () => {
  test('no frame but the handshake’s first, which asks for nothing, leaves before WRITTEN is durable', async () => {
    const command = rig.command(lock);
    await rig.portal.send(command);
    expect(await rig.portal.result(command.commandId)).toMatchObject({ outcome: 'executed' });
    const written = trace.findIndex((step) => step.startsWith('write') && step.includes('written'));
    expect(written).toBeGreaterThanOrEqual(0);
    const durable = trace.indexOf('durable', written);
    const radio = trace.flatMap((step, at) => (step.startsWith('radio') ? [at] : []));
    expect(trace[radio[0] ?? -1]).toBe('radio 0');
    expect(radio.length).toBeGreaterThan(2);
    expect(radio.slice(1).filter((at) => at < durable)).toEqual([]);
  });

  test('as long as the disk keeps WRITTEN to itself, the lock hears no more, and the bolt does not move', async () => {
    const held = holdDisk('written');
    const command = rig.command(lock);
    await rig.portal.send(command);
    await until(() => expect(held.reached()).toBe(true));
    await rig.portal.settle();
    expect(trace.filter((step) => step.startsWith('radio'))).toEqual(['radio 0']);
    expect(lock.moves).toEqual([]);
    held.release();
    expect(await rig.portal.result(command.commandId)).toMatchObject({ outcome: 'executed' });
    expect(lock.moves).toEqual([command.commandId]);
  });

  test('a command is acknowledged when RECEIVED is durable, and not before', async () => {
    const held = holdDisk('received');
    const command = rig.command(lock);
    await rig.portal.send(command);
    await until(() => expect(held.reached()).toBe(true));
    await rig.portal.settle();
    expect(rig.portal.acks).toEqual([]);
    held.release();
    await rig.portal.result(command.commandId);
    await until(() => expect(rig.portal.acks).toMatchObject([{ commandId: command.commandId }]));
  });

  test('what an earlier run left open is told when its end is durable: two runs never tell two ends', async () => {
    await rig.stopGateway();
    const command = rig.command(lock);
    {
      await using journal = await openJournal({ dataDir: rig.config.dataDir, clock: rig.clock });
      const { commandId, attemptId } = command;
      await journal.append({ type: 'received', commandId, attemptId, tag: lock.tag, at: rig.clock.now() });
      await journal.append({ type: 'written', commandId, at: rig.clock.now() });
    }
    const held = holdDisk('result');
    const starting = rig.startGateway();
    await until(() => expect(held.reached()).toBe(true));
    await rig.portal.settle();
    expect(rig.portal.results).toEqual([]);
    held.release();
    await starting;
    expect(await rig.portal.result(command.commandId)).toMatchObject({ outcome: 'unknown', historical: true });
  });

  test('a set is brought without the journal: each part may come again, so nothing of it is remembered here', async () => {
    const { property, broker, clock } = rig;
    await using portal = await startDesiredPortal({ url: broker.url, address, crypto, property });
    const desired = createDesiredLock({ crypto, property, lock, now: () => clock.now() });
    disk = () => new Promise(() => undefined);
    await portal.desire(desired.publish([codeEntry(crypto, 1, '4711')]));
    expect(await portal.proof(desired)).toMatchObject({ parts: { set: { outcome: 'done' } } });
    expect(trace.filter((step) => !step.startsWith('radio'))).toEqual([]);
  });
});

/** Makes one record durable, then speaks, as to a radio. */
const speaker = `
import { writeSync } from 'node:fs';
import { openJournal } from ${JSON.stringify(new URL('./journal.ts', import.meta.url).href)};
const journal = await openJournal({ dataDir: process.argv.at(-1), clock: { now: () => 0 } });
const commandId = '0000000000000001';
await journal.append({ type: 'received', commandId, attemptId: 'a', tag: 't', at: 0 });
await journal.append({ type: 'written', commandId, at: 0 });
writeSync(1, 'to the radio');
`;

const canTrace = spawnSync('strace', ['-e', 'trace=none', 'true']).status === 0;

test.skipIf(!canTrace)(
  'T16: the kernel is asked for it: pwrite64, fdatasync of the same file, then speech (skipped where strace is not installed)',
  async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'latchwork-order-'));
    const told = join(dataDir, 'calls');
    try {
      const node = ['--import', 'tsx', '--conditions=source', '--input-type=module', '-e', speaker, '--', dataDir];
      const calls = 'trace=pwrite64,fdatasync,write';
      const child: ChildProcess = spawn(
        'strace',
        ['-f', '-y', '-s', '400', '-e', calls, '-o', told, process.execPath, ...node],
        { cwd: new URL('..', import.meta.url), stdio: ['ignore', 'ignore', 'inherit'] },
      );
      expect(await once(child, 'exit')).toEqual([0, null]);
      const lines = (await readFile(told, 'utf8')).split('\n');
      const after = (from: number, what: RegExp): number => {
        const at = lines.findIndex((line, index) => index > from && what.test(line));
        expect(at, `${what}\n${lines.slice(Math.max(0, from)).join('\n')}`).toBeGreaterThan(from);
        return at;
      };
      const written = after(-1, /pwrite64\(\d+<[^>]*journal\.log>, .*\\"written\\"/);
      const synced = after(written, /fdatasync\(\d+<[^>]*journal\.log>/);
      // A call that another thread's cuts in two has its end on a line of its own.
      const returned = /fdatasync\(.*\) += 0$/.test(lines[synced] ?? '')
        ? synced
        : after(synced, /fdatasync resumed>\) += 0$/);
      after(returned, /write\(1<.*>, "to the radio"/);
      expect(lines.findIndex((line) => line.includes('to the radio'))).toBeGreaterThan(returned);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  },
);
