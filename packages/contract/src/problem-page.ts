import type { ProblemCode } from './problem.js';
import { problemExtras } from './problem.js';
import { problemTable } from './problem-table.js';

/** How to write the page anew after a change of the union. */
export const regenerateCommand =
  'UPDATE_DOCS=1 npx vitest run packages/contract/src/problem-page.test.ts && npx biome check --write docs/integrator';

/** Writes docs/integrator/problems.md: every code of the union, so that none is missing there. */
export function printProblemPage(): string {
  const rows = (Object.keys(problemTable) as ProblemCode[]).map((code) => {
    const { status, title, when } = problemTable[code];
    const members = Object.keys(problemExtras[code]).map((name) => `\`${name}\``);
    return `| \`${code}\` | ${status} | ${title} | ${when} | ${members.join(', ')} |`;
  });
  return `<!-- Generated from packages/contract/src. Make it again with: ${regenerateCommand} -->

# Problems

Every failed call answers with an RFC 9457 problem, \`application/problem+json\`:
\`type\` (\`urn:latchwork:problem:<code>\`), \`code\`, \`title\`, \`status\`, \`detail\`, and the members named below.
The set of codes is closed; a new code comes with a new minor version. In the client the same code stands in
\`error.info.code\`, besides \`network\`, \`timeout\`, \`aborted\` and \`invalid-response\`, which never travel.

| Code | Status | Title | When | Members |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}
