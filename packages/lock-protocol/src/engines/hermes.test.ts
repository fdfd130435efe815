import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleForHermes } from './hermes-bundle.test-rig.js';
import { leftToNode } from './left-to-node.test-rig.js';
import type { FileReport } from './suite-in-engine.test-rig.js';
import { testFiles } from './test-bundle.test-rig.js';

const program = process.env['HERMES'] ?? '/usr/local/bin/hermes';
const isThere = existsSync(program);

/** All golden vectors, on the portable provider, with the interpreter of Hermes: the other tests would take it hours. */
const files = testFiles.filter((name) =>
  /vectors\.test\.ts$|^(?:noise|p256|crypto-provider|set-box)\.test\.ts$/.test(name),
);

describe.skipIf(!isThere)(`T25: golden vectors in Hermes (${program}${isThere ? '' : ' is missing'})`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchwork-hermes-'));
  let reports: readonly FileReport[] = [];

  beforeAll(async () => {
    writeFileSync(join(folder, 'vectors.js'), await bundleForHermes(files));
    const hermes = spawn(program, ['-w', join(folder, 'vectors.js')], { stdio: ['ignore', 'pipe', 'pipe'] });
    const [printed, complained] = await Promise.all([text(hermes.stdout), text(hermes.stderr), once(hermes, 'close')]);
    expect(complained).toBe('');
    reports = printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  }, 600_000);

  afterAll(() => {
    rmSync(folder, { recursive: true });
    const passed = reports.reduce((sum, report) => sum + report.passed.length, 0);
    if (isThere) console.log(`Hermes: ${passed} tests of golden vectors passed.`);
  });

  it.each(files)('%s', (name) => {
    const report = reports[files.indexOf(name)];
    const left = Object.keys(leftToNode[name] ?? {});
    expect(report?.failed.filter((failed) => !left.includes(failed.name))).toEqual([]);
    expect(report?.failed.map((failed) => failed.name).sort()).toEqual(left.sort());
    expect(report?.passed.length).toBeGreaterThan(0);
  });
});
