// The last lines of CI: what lock-protocol ran in Node.js (its other engines print theirs), and the runner's own count.
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const ofProtocol = report.testResults
  .filter(({ name }) => /lock-protocol\/src\/(?!engines\/)/.test(name))
  .flatMap(({ assertionResults }) => assertionResults);
const passed = ofProtocol.filter(({ status }) => status === 'passed').length;
console.log(`Node.js ${process.version}: ${passed} tests of lock-protocol passed.`);
console.log(`${report.numPassedTests} passed, ${report.numFailedTests} failed`);
