import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { decideAccount, lookAsTheService } from './account-check.js';
import { decideAdapter } from './adapter-check.js';
import { decideDaemon } from './bluetoothd-check.js';
import { decideBroker } from './broker-check.js';
import { decideClock } from './clock-check.js';
import { decideConfiguration } from './configuration-check.js';
import { type DataFolderFacts, decideDataFolder, decideDisk } from './data-folder-check.js';
import { decideHealth } from './health-check.js';
import { decideJournal } from './journal-check.js';
import { decideLibrary } from './library-check.js';
import { reportJson, reportText } from './report.js';
import { decideRights } from './rights-check.js';
import { decideSwitch } from './switch-check.js';

const guide = await readFile(new URL('../../../docs/operator/gateway-install.md', import.meta.url), 'utf8');

const folder: DataFolderFacts = {
  path: '/var/lib/latchwork-gateway',
  account: 'latchwork-gateway',
  state: 'there',
  mode: 0o700,
  probe: { wrote: true, syncMs: 3.4 },
  freeBytes: 73_112 * 1_048_576,
  freeFiles: 1_000_000,
  fileSystem: 0xef53,
};

/** What was found on the machine of which the guide tells. */
const findings = [
  ...decideConfiguration([]),
  ...decideAccount({ uid: 998, name: 'latchwork-gateway' }),
  ...decideDataFolder(folder),
  ...decideDisk(folder),
  ...decideJournal({ path: '/var/lib/latchwork-gateway/journal.log', state: 'absent' }),
  ...decideHealth({ http: { host: '127.0.0.1', port: 8_081 }, holder: null, answer: 'silent' }),
  ...decideBroker({ host: '127.0.0.1', port: 18_839, encrypted: false, portalUrl: null, outcome: { type: 'let-in' } }),
  ...decideClock({ synchronized: 'unknown', compared: null }),
  ...decideLibrary({ fork: 'abandonware', state: 'loads' }),
  ...decideAdapter({ adapters: null, readable: true, usbControllers: [], wanted: 0, power: 'unknown' }),
  ...decideSwitch({ switches: [], adapter: 0 }),
  ...decideRights({ effective: 1n << 13n, underSystemd: false, unitFile: '' }),
  ...decideDaemon('not-running'),
];

test('the guide shows what the doctor says, and how it is called', () => {
  expect(guide).toContain(`\`\`\`text\n${reportText(findings)}\`\`\`\n`);
  expect(guide).toContain(`\`\`\`sh\n${lookAsTheService}\n\`\`\`\n`);
});

test('the guide explains every check', () => {
  // The gateway of the guide has a secret, and so no certificate.
  for (const check of [...findings.map(({ check }) => check), 'certificate'])
    expect(guide).toContain(`| \`${check}\` `);
});

test('a program reads the findings from one line', () => {
  const text = reportJson(findings);
  expect(text.indexOf('\n')).toBe(text.length - 1);
  expect(JSON.parse(text)).toEqual({ ok: false, findings });
  expect(JSON.parse(reportJson(findings.filter(({ verdict }) => verdict !== 'failure')))).toMatchObject({ ok: true });
});
