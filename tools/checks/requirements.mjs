// Every requirement that is said to be met stands in the name of a passing test, and where its user meets it: in a test
// of a program that is reached over its API (`atTheDoor`), not only in a unit of the core.
import { readFileSync } from 'node:fs';

const range = (letter, first, last) =>
  Array.from({ length: last - first + 1 }, (_, index) => `${letter}${first + index}`);
const claimed = [...range('S', 1, 40), ...range('G', 1, 54), ...['C2', 'C3', 'C5', 'C7']];
const atTheDoor = /\/(packages\/portal|packages\/client|examples\/[^/]+)\//;

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const names = report.testResults
  .filter((file) => atTheDoor.test(file.name))
  .flatMap((file) => file.assertionResults.filter(({ status }) => status === 'passed').map(({ fullName }) => fullName));
const shown = new Set(names.flatMap((name) => name.match(/\b[SGC]\d{1,2}\b/g) ?? []));
const missing = claimed.filter((number) => !shown.has(number));
if (missing.length > 0) {
  console.error(`in the name of no passing test at the API: ${missing.join(', ')}`);
  process.exit(1);
}
console.log(`${claimed.length} requirements, each in the name of a passing test at the API`);
