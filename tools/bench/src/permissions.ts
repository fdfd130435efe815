// P2: a permission decision with its reason, against CASL and against a bare string-keyed table, on the same questions.
import { createCasl, createOurs, createTable, findDisagreements } from './permissions/contenders.js';
import { createSample } from './permissions/sample-organization.js';

const rounds = 15;
const passesPerRound = 3;

const sample = createSample({ members: 10_000, properties: 100, queries: 50_000 });
const ours = createOurs(sample);
const casl = createCasl(sample);
const table = createTable(sample);
const contenders = [ours, casl, table];

const disagreements = findDisagreements(contenders, sample.queries);
if (disagreements.length > 0) {
  console.error(
    `The contenders disagree on ${disagreements.length} questions, first on ${JSON.stringify(disagreements[0])}.`,
  );
  process.exit(1);
}

function nanosecondsPerDecision(run: (queries: typeof sample.queries) => number): number {
  const start = process.hrtime.bigint();
  for (let pass = 0; pass < passesPerRound; pass += 1) run(sample.queries);
  return Number(process.hrtime.bigint() - start) / (passesPerRound * sample.queries.length);
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

for (const { run } of contenders) nanosecondsPerDecision(run);
const times = Array.from({ length: rounds }, (_, round) => {
  const measured = { ours: 0, casl: 0, table: 0 };
  const order = [
    () => (measured.ours = nanosecondsPerDecision(ours.run)),
    () => (measured.casl = nanosecondsPerDecision(casl.run)),
    () => (measured.table = nanosecondsPerDecision(table.run)),
  ];
  // Each goes first, second and last equally often, and nobody pays for another's garbage.
  for (let turn = 0; turn < order.length; turn += 1) {
    globalThis.gc?.();
    order[(turn + round) % order.length]?.();
  }
  return measured;
});

const result = {
  bench: 'permissions',
  oursNs: median(times.map((time) => time.ours)),
  caslNs: median(times.map((time) => time.casl)),
  tableNs: median(times.map((time) => time.table)),
  vsCasl: median(times.map((time) => time.casl / time.ours)),
  vsLimit: median(times.map((time) => time.ours / time.table)),
};

const line = (name: string, ns: number, note: string) =>
  console.log(`${name.padEnd(22)}${ns.toFixed(0).padStart(8)} ns   ${note}`);
console.log(
  `One permission decision: ${sample.memberships.length} members, ${sample.properties.length} properties, ` +
    `${sample.queries.length} questions, ${rounds} interleaved rounds; all contenders agree on every question.\n`,
);
line(ours.name, result.oursNs, 'decision with reason');
line(casl.name, result.caslNs, `allow or deny; ${result.vsCasl.toFixed(1)} x ours (goal: at least 15)`);
line(table.name, result.tableNs, `allow or deny; ours is ${result.vsLimit.toFixed(2)} x this (goal: at most 1.5)`);
console.log(`\n${ours.reasonLength()} characters of reasons read.`);
console.log(JSON.stringify(result));
