// Fails where a test was skipped: in CI every program that a test can need is installed.
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const skipped = report.testResults.flatMap((file) =>
  file.assertionResults.filter(({ status }) => status !== 'passed' && status !== 'failed').map((test) => test.fullName),
);
for (const name of skipped) console.error(`skipped: ${name}`);
if (skipped.length > 0) process.exit(1);
console.log('no test was skipped');
