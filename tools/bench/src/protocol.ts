// P10, P11: what an unlock and a set cost on the air, and each side's processor time beside the bare cryptography.
// `npm run bench -- protocol [--rounds 2000]`
import { parseArgs } from 'node:util';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { createPortableCrypto } from '@latchwork/lock-protocol/portable';
import { measureCpu } from './protocol/cpu.js';
import { measureSets, measureUnlock, type OnAir } from './protocol/on-air.js';
import { createProperty } from './protocol/property.js';
import { buildPackages } from './size/build-packages.js';
import { bundle } from './size/bundle.js';
import { callerProgram } from './size/caller-program.js';

const { values } = parseArgs({ options: { rounds: { type: 'string' } } });
const rounds = Number(values.rounds ?? 2000);
const mtus = [23, 185, 247];
const property = createProperty(createNodeCrypto());

const errands: OnAir[] = [];
for (const mtu of mtus) {
  for (const by of ['token', 'grant'] as const) {
    for (const isCached of [true, false]) errands.push(await measureUnlock(property, { by, isCached, mtu }));
  }
  errands.push(...(await measureSets(property, mtu)));
}

const messagesOf = ({ toLock, toCaller }: OnAir) => toLock.length + toCaller.length;
const sumOf = (sizes: readonly number[]) => sizes.reduce((sum, size) => sum + size, 0);
console.log(
  'on the air, from message 1 on                        messages   bytes in them   frames and their bytes at MTU',
);
console.log(`${' '.repeat(84)}${mtus.map((mtu) => String(mtu).padStart(14)).join('')}`);
for (const errand of new Set(errands.map((one) => one.errand))) {
  const [first, ...others] = errands.filter((one) => one.errand === errand);
  if (!first) continue;
  const frames = [first, ...others].map((one) => `${one.frames} / ${one.bytes}`.padStart(14)).join('');
  const messages = String(messagesOf(first)).padStart(10);
  console.log(
    `  ${errand.padEnd(50)}${messages}${String(sumOf(first.toLock) + sumOf(first.toCaller)).padStart(16)}      ${frames}`,
  );
}
const cached = errands.filter(({ errand }) => errand.endsWith('cached'));
const messages = Math.max(...cached.map(messagesOf));
const m3Bytes = Math.max(...cached.map(({ toLock }) => toLock[1] ?? Number.NaN));
console.log(
  `\nunlock with a cached certificate: ${messages} messages (goal 4), message 3 of ${m3Bytes} bytes (goal 241)`,
);

const cpu = [
  ...measureCpu(createProperty(createNodeCrypto()), { crypto: createNodeCrypto(), rounds }),
  ...measureCpu(createProperty(createPortableCrypto()), {
    crypto: createPortableCrypto(),
    rounds: Math.ceil(rounds / 10),
  }),
];
console.log(
  `\nprocessor time of one unlock, medians of ${rounds} rounds (portable: a tenth) that take turns, in microseconds`,
);
console.log('  provider  side      protocol      bare     ratio   asked of the provider');
for (const { provider, side, protocolMicroseconds, bareMicroseconds, ratio, asked, must } of cpu) {
  const figures = [protocolMicroseconds, bareMicroseconds].map((value) => value.toFixed(0).padStart(10)).join('');
  const operations = (Object.keys(asked) as (keyof typeof asked)[])
    .map((name) => `${asked[name]}${asked[name] === must[name] ? '' : ` (must: ${must[name]})`} ${name}`)
    .join(', ');
  console.log(`  ${provider.padEnd(10)}${side.padEnd(8)}${figures}${ratio.toFixed(2).padStart(10)}   ${operations}`);
}
const vsBareCrypto = Math.round(Math.max(...cpu.map(({ ratio }) => ratio)) * 1000) / 1000;

buildPackages('@latchwork/lock-protocol');
const { gzipKb: bundleKb } = await bundle(callerProgram);
console.log(`\nthe caller's part in a browser, with its cryptography, minified and gzipped: ${bundleKb.toFixed(1)} kB`);
console.log(JSON.stringify({ bench: 'protocol', messages, m3Bytes, vsBareCrypto, bundleKb }));
