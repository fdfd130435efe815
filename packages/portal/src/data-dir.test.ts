import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { holdDataDir } from './data-dir.js';
import { PortalError } from './portal-error.js';

const freshDir = () => join(mkdtempSync(join(tmpdir(), 'latchwork-data-dir-')), 'deep', 'down');

function failureOf(attempt: () => unknown): PortalError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof PortalError) return error;
  }
  throw new Error('It did not fail with a PortalError.');
}

describe('the data directory', () => {
  it('is held by one at a time', () => {
    const path = freshDir();
    const held = holdDataDir(path);
    const failure = failureOf(() => holdDataDir(path));
    expect(failure.info).toEqual({ code: 'data-dir-in-use', path, pid: process.pid });
    expect(failure.message).toBe(`The data directory ${path} is in use by the running process ${process.pid}.`);
    held[Symbol.dispose]();
    holdDataDir(path)[Symbol.dispose]();
    expect(existsSync(join(path, 'portal.lock'))).toBe(false);
  });

  it('is taken over from a process that is dead, also when its pid lives again as another', () => {
    const path = freshDir();
    holdDataDir(path)[Symbol.dispose]();
    for (const dead of ['4194303 - 00\n', `${process.pid} another-boot/1 00\n`, 'rubbish', '']) {
      writeFileSync(join(path, 'portal.lock'), dead);
      holdDataDir(path)[Symbol.dispose]();
    }
  });

  it('never takes a lock from a process that lives', () => {
    const path = freshDir();
    holdDataDir(path)[Symbol.dispose]();
    writeFileSync(join(path, 'portal.lock'), '1 - 00\n');
    expect(failureOf(() => holdDataDir(path)).info).toMatchObject({ code: 'data-dir-in-use', pid: 1 });
    expect(readFileSync(join(path, 'portal.lock'), 'utf8')).toBe('1 - 00\n');
  });

  it('makes a secret once, readable by its owner only', () => {
    const held = holdDataDir(freshDir());
    const made = held.secret('operator.key', () => 'the-first');
    expect(made.reveal()).toBe('the-first');
    expect(held.secret('operator.key', () => 'the-second').reveal()).toBe('the-first');
    expect(statSync(join(held.path, 'operator.key')).mode & 0o777).toBe(0o600);
    held[Symbol.dispose]();
  });

  it('that cannot be made is one clear sentence', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'latchwork-data-dir-')), 'file');
    writeFileSync(file, '');
    // A recursive mkdir below /proc, where there is one, never comes back in Node.js 20.
    for (const path of [file, join(file, 'portal'), '/proc/latchwork/portal']) {
      expect(failureOf(() => holdDataDir(path)).message).toBe(`The data directory ${path} cannot be written.`);
    }
  });
});
