// P2: a permission decision with its reason, against CASL and against a bare string-keyed table, on the same questions.
import { createCasl, createOurs, createTable, createTerseCasl, findDisagreements } from './permissions/contenders.js';
import { createSample } from './permissions/sample-organization.js';

const rounds = 11;
// Turns of tens of milliseconds: shorter ones measure the compiler's and the collector's threads instead.
const passesPerRound = 4;

const sample = createSample({ members: 10_000, properties: 100, queries: 100_000 });
const ours = createOurs(sample);
const casl = createCasl(sample);
const terseCasl = createTerseCasl(sample);
const table = createTable(sample);
const contenders = [ours, casl, terseCasl, table] as const;

const disagreements = findDisagreements(contenders, sample.queries);
if (disagreements.length > 0) {
  const [first] = disagreements;
  console.error(`The contenders disagree on ${disagreements.length} questions, first on ${JSON.stringify(first)}.`);
  process.exit(1);
}

/** CPU time, not wall time: on a shared machine the clock also counts what others do. */
function nanosecondsPerDecision(run: (typeof ours)['run']): number {
  const before = process.cpuUsage();
  for (let pass = 0; pass < passesPerRound; pass += 1) run(sample.queries);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / (passesPerRound * sample.queries.length);
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

for (const { run } of contenders) for (let warmUp = 0; warmUp < 3; warmUp += 1) nanosecondsPerDecision(run);
const times = Array.from({ length: rounds }, (_, round) => {
  const ns = new Map<string, number>();
  // Each takes every turn about equally often. No forced collection in between: it would leave everybody's caches cold.
  for (let turn = 0; turn < contenders.length; turn += 1) {
    const contender = contenders[(turn + round) % contenders.length] ?? ours;
    ns.set(contender.name, nanosecondsPerDecision(contender.run));
  }
  return ({ name }: { readonly name: string }) => ns.get(name) ?? Number.NaN;
});

const nsOf = (contender: { readonly name: string }) => median(times.map((time) => time(contender)));
const ratio = (one: { readonly name: string }, other: { readonly name: string }) =>
  median(times.map((time) => time(one) / time(other)));
const vsCasl = ratio(casl, ours);
const vsTerseCasl = ratio(terseCasl, ours);
const vsLimit = ratio(ours, table);

console.log(
  `One permission decision: ${sample.memberships.length} members, ${sample.properties.length} properties, ` +
    `${sample.queries.length} questions, ${rounds} interleaved rounds, CPU time; all agree on every question.\n`,
);
for (const [contender, note] of [
  [ours, `decision with reason (${ours.reasonLength()} characters of it read)`],
  [casl, `allow or deny, as its guide has it: ${vsCasl.toFixed(1)} x ours (goal: at least 15)`],
  [terseCasl, `allow or deny, with the fewest rules: ${vsTerseCasl.toFixed(1)} x ours`],
  [table, `allow or deny: ours takes ${vsLimit.toFixed(2)} x this (goal: at most 1.5)`],
] as const) {
  console.log(`${contender.name.padEnd(22)}${nsOf(contender).toFixed(0).padStart(7)} ns   ${note}`);
}
console.log(
  `\n${JSON.stringify({
    bench: 'permissions',
    oursNs: nsOf(ours),
    caslNs: nsOf(casl),
    terseCaslNs: nsOf(terseCasl),
    tableNs: nsOf(table),
    vsCasl,
    vsTerseCasl,
    vsLimit,
  })}`,
);
