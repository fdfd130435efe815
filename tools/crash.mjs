// `npm run crash -- sync --kills 100` kills a portal that often while it carries over a directory of 10,000 changes;
// `npm run crash -- gateway --kills 1000` kills a gateway while doors are opened and 240 cards are brought to 20 locks.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const tests = {
  sync: 'packages/portal/src/directory/sync-crash.test.ts',
  gateway: 'tools/chaos/src/gateway-kills.test.ts',
};
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string', default: '100' },
    changes: { type: 'string', default: '10000' },
    cards: { type: 'string', default: '240' },
  },
});
const test = tests[positionals[0]];
if (test === undefined) {
  console.error(`latchwork: name what to kill: ${Object.keys(tests).join(', ')} (npm run crash -- sync --kills 100).`);
  process.exit(2);
}
const { status } = spawnSync(join(root, 'node_modules/.bin/vitest'), ['run', test], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    LATCHWORK_KILLS: values.kills,
    LATCHWORK_CRASH_CHANGES: values.changes,
    LATCHWORK_CRASH_CARDS: values.cards,
  },
});
process.exit(status ?? 1);
