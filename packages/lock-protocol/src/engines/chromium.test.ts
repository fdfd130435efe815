import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leftToNode } from './left-to-node.test-rig.js';
import type { FileReport } from './suite-in-engine.test-rig.js';
import { bundleTests, testFiles } from './test-bundle.test-rig.js';

const program = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const isThere = existsSync(program);

describe.skipIf(!isThere)(`T25: in Chromium (${program}${isThere ? '' : ' is missing'})`, () => {
  let browser: Browser;
  let page: Page;
  let passed = 0;

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: program,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
    });
    page = await browser.newPage();
    await page.addScriptTag({ content: await bundleTests(testFiles), type: 'module' });
    await page.waitForFunction('globalThis.runTestFile');
  });

  afterAll(async () => {
    if (browser === undefined) return;
    console.log(`Chromium ${browser.version()}: ${passed} tests of lock-protocol passed. Left to Node.js:`);
    for (const [file, tests] of Object.entries(leftToNode)) {
      for (const [name, reason] of Object.entries(tests)) console.log(`  ${file}: ${name} (${reason})`);
    }
    await browser.close();
  });

  it.each(testFiles)('%s', { timeout: 300_000 }, async (name) => {
    const report = await page.evaluate<FileReport>(`runTestFile(${JSON.stringify(name)})`);
    const left = Object.keys(leftToNode[name] ?? {});
    expect(report.failed.filter((failed) => !left.includes(failed.name))).toEqual([]);
    expect(report.failed.map((failed) => failed.name).sort()).toEqual(left.sort());
    expect(report.passed.length + left.length).toBeGreaterThan(0);
    passed += report.passed.length;
  });
});
