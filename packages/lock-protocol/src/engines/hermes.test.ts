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
  /vectors\.test\.ts$|\/(?:noise|p256|crypto-provider|set-box)\.test\.ts$/.test(name),
);

describe.skipIf(!isThere)(`T25: golden vectors in Hermes (${program}${isThere ? '' : ' is missing'})`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchwork-hermes-'));
  let programOf: (name: string) => string;
  let passed = 0;

  beforeAll(async () => {
    programOf = await bundleForHermes(files);
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
    if (isThere) console.log(`Hermes: ${passed} tests of golden vectors passed.`);
  });

  it.each(files)('%s', { timeout: 600_000 }, async (name) => {
    const script = join(folder, 'vectors.js');
    writeFileSync(script, programOf(name));
    const hermes = spawn(program, ['-w', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [printed] = await Promise.all([text(hermes.stdout), once(hermes, 'close')]);
    const report: FileReport = JSON.parse(printed);
    const left = Object.keys(leftToNode[name] ?? {});
    expect(report.failed.filter((failed) => !left.includes(failed.name))).toEqual([]);
    expect(report.failed.map((failed) => failed.name).sort()).toEqual(left.sort());
    expect(report.passed.length).toBeGreaterThan(0);
    passed += report.passed.length;
  });
});
