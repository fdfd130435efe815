// Installs the workspace with the pinned pnpm, from a bare clone, with nothing but Node and npm.
// `node tools/setup.mjs -- ARGS` also runs `pnpm ARGS` afterwards. Plain old syntax on purpose: a too old Node must
// reach the sentence that says so.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const pnpmVersion = manifest.packageManager.replace(/^pnpm@|\+.*$/g, '');

function fail(sentence) {
  console.error(`latchwork: ${sentence}`);
  process.exit(1);
}

const floor = manifest.engines.node.replace('>=', '').split('.').map(Number);
const running = process.versions.node.split('.').map(Number);
if (running[0] < floor[0] || (running[0] === floor[0] && running[1] < floor[1])) {
  fail(`Node ${floor.join('.')} or newer is needed, and this is Node ${process.versions.node}.`);
}
try {
  accessSync(root, constants.W_OK);
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  accessSync(join(root, 'node_modules'), constants.W_OK);
} catch {
  fail(`this folder cannot be written (${root}), and installing and building need to write to it.`);
}

function run(command, args, options) {
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32', ...options });
}

function installedPnpm() {
  return String(run('pnpm', ['--version'], { stdio: 'pipe' }).stdout || '').trim() === pnpmVersion;
}

/** Says what happens in one line, and what the tool said only when it failed. */
function quietly(doing, failure, command, args) {
  console.error(`latchwork: ${doing} …`);
  // CI=true: with no terminal to ask, pnpm replaces a node_modules made with another store instead of failing.
  const env = { ...process.env, CI: 'true' };
  const { status, stdout, stderr } = run(command, args, { stdio: 'pipe', env, maxBuffer: 1 << 28 });
  if (status === 0) return;
  process.stderr.write(`${stdout}${stderr}`);
  fail(`${failure}; the lines above say why.`);
}

/** The install is repeated when the lockfile, a manifest, the Node version or the architecture changes. */
function fingerprint() {
  const hash = createHash('sha256').update(`${process.version} ${process.arch}`);
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json']) {
    const path = join(root, file);
    if (existsSync(path)) hash.update(readFileSync(path));
  }
  return hash.digest('hex');
}

const stamp = join(root, 'node_modules', '.setup-stamp');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== fingerprint()) {
  const pnpm = installedPnpm() ? ['pnpm'] : ['npx', '--yes', `pnpm@${pnpmVersion}`];
  quietly('installing, once', 'installing the dependencies failed', pnpm[0], [
    ...pnpm.slice(1),
    'install',
    '--frozen-lockfile',
  ]);
  writeFileSync(stamp, fingerprint());
}

const dash = process.argv.indexOf('--');
if (dash !== -1) {
  const pnpm = join(root, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs');
  quietly('building', 'the build failed', process.execPath, [pnpm, ...process.argv.slice(dash + 1)]);
}
