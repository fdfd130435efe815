// P5: what the published packages weigh in a browser, beside two SDKs of the same trade. `npm run bench -- size`
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Bundle, bundle } from './size/bundle.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const built = spawnSync(
  process.execPath,
  ['node_modules/pnpm/bin/pnpm.cjs', '--filter', '@latchwork/client...', 'run', 'build'],
  { cwd: root, encoding: 'utf8' },
);
if (built.status !== 0) {
  console.error(built.stdout + built.stderr);
  process.exit(1);
}

const everythingOf = (name: string) => `export * from '${name}';`;
const core = await bundle(everythingOf('@latchwork/core'));
const client = await bundle(everythingOf('@latchwork/client'));
const sdk = await bundle(everythingOf('@latchwork/core') + everythingOf('@latchwork/client'));
const oauth = await bundle(everythingOf('@latchwork/client/oauth'));
const ky = await bundle(`export { default } from 'ky';`);
const seam = await bundle(`export { Seam } from 'seam';`);
const stripe = await bundle(`export { default } from 'stripe';`);

function row(label: string, { gzipKb, text }: Bundle, note = ''): void {
  const kb = (value: number) => value.toFixed(1).padStart(8);
  console.log(`  ${label.padEnd(44)}${kb(text.length / 1000)}${kb(gzipKb)}  ${note}`);
}

console.log(`kB of 1000 bytes, bundled by esbuild from the built packages ${' '.repeat(5)}min     gzip`);
row('core, its whole main entry', core, 'goal: at most 6');
row('client, its whole main entry', client, 'with ky, zod/mini, contract');
row('core and client together', sdk, 'goal: at most 20');
row('seam, its class Seam', seam);
row('stripe, its default export', stripe);
console.log('  beside the main entries');
row('client/oauth, alone', oauth, 'with oauth4webapi');
row('ky, alone', ky);
console.log('\nwhere the minified bytes of core and client together come from');
for (const [name, bytes] of [...sdk.minifiedBytes].sort(([, one], [, other]) => other - one)) {
  if (bytes > 0) console.log(`  ${name.padEnd(44)}${(bytes / 1000).toFixed(1).padStart(8)}`);
}
console.log(
  JSON.stringify({
    bench: 'size',
    coreKb: core.gzipKb,
    sdkKb: sdk.gzipKb,
    clientKb: client.gzipKb,
    seamKb: seam.gzipKb,
    stripeKb: stripe.gzipKb,
    oauthKb: oauth.gzipKb,
    kyKb: ky.gzipKb,
  }),
);
