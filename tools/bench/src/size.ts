// P5, P10: what the published packages weigh in a browser, beside two SDKs of the same trade. `npm run bench -- size`
import { buildPackages } from './size/build-packages.js';
import { type Bundle, bundle } from './size/bundle.js';
import { callerProgram } from './size/caller-program.js';

buildPackages('@latchwork/client...', '@latchwork/lock-protocol');

const everythingOf = (...names: readonly string[]) => names.map((name) => `export * from '${name}';`).join('');
const core = await bundle(everythingOf('@latchwork/core'));
const client = await bundle(everythingOf('@latchwork/client'));
const sdk = await bundle(everythingOf('@latchwork/core', '@latchwork/client'));
// For a program that also wants to check replies by the contract's own schemas, which the client does not hold.
const schemas = `export { operations, parseRouteReply } from '@latchwork/contract';`;
const sdkWithSchemas = await bundle(everythingOf('@latchwork/core', '@latchwork/client') + schemas);
const caller = await bundle(callerProgram);
const protocol = await bundle(`export { performUnlock, openVisit } from '@latchwork/lock-protocol';`);
const beside = [
  ['core/explain', await bundle(everythingOf('@latchwork/core/explain'))],
  ['core/people', await bundle(everythingOf('@latchwork/core/people'))],
  ['core/workplace', await bundle(everythingOf('@latchwork/core/workplace'))],
  ['client/oauth, with oauth4webapi', await bundle(everythingOf('@latchwork/client/oauth'))],
  ['client/webhooks, with standardwebhooks', await bundle(everythingOf('@latchwork/client/webhooks'))],
  ['ky', await bundle(`export { default } from 'ky';`)],
  ['zod/mini, one object of two strings', await bundle(zodProgram())],
] as const;
const seam = await bundle(`export { Seam } from 'seam';`);
const stripe = await bundle(`export { default } from 'stripe';`);

function zodProgram(): string {
  return `import * as z from 'zod/mini'; const one = z.object({ id: z.string(), name: z.string() });
    export const read = (value) => z.safeParse(one, value);`;
}

function row(label: string, { gzipKb, text }: Bundle, note = ''): void {
  const kb = (value: number) => value.toFixed(1).padStart(8);
  console.log(`  ${label.padEnd(48)}${kb(text.length / 1000)}${kb(gzipKb)}  ${note}`);
}

console.log(`kB of 1000 bytes, bundled by esbuild from the built packages     min    gzip`);
row('core, its whole main entry', core, 'goal: at most 6');
row('client, its whole main entry', client, 'with ky; every call of the API');
row('core and client together', sdk, 'goal: at most 20');
row("the same, with zod/mini and the replies' schemas", sdkWithSchemas, 'for a program that imports them');
row("lock-protocol, a caller's part of it", caller, 'performUnlock, openVisit and the portable cryptography');
row('the same without the cryptography', protocol);
row('seam, its class Seam', seam);
row('stripe, its default export', stripe);
console.log('\nThe client checks replies by shapes that the build prints from the contract, so it holds no zod.');
console.log('\nnot in it, each alone');
for (const [label, measured] of beside) row(label, measured);
console.log('\nwhere the minified bytes of core and client together come from');
for (const [name, bytes] of [...sdk.minifiedBytes].sort(([, one], [, other]) => other - one)) {
  if (bytes > 0) console.log(`  ${name.padEnd(48)}${(bytes / 1000).toFixed(1).padStart(8)}`);
}
console.log(
  JSON.stringify({
    bench: 'size',
    coreKb: core.gzipKb,
    sdkKb: sdk.gzipKb,
    clientKb: client.gzipKb,
    sdkWithSchemasKb: sdkWithSchemas.gzipKb,
    seamKb: seam.gzipKb,
    stripeKb: stripe.gzipKb,
    bundleKb: caller.gzipKb,
  }),
);
