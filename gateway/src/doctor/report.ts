import type { Finding } from './finding.js';

const labels = { ok: 'ok', warning: 'warning', failure: 'FAILURE' } as const;
const labelWidth = 8;
const checkWidth = 18;

function count(findings: readonly Finding[], verdict: Finding['verdict']): number {
  return findings.filter((finding) => finding.verdict === verdict).length;
}

/** The findings for a person at a terminal: one line each, below it the command that mends it. */
export function reportText(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ check, verdict, sentence, remedy }) => [
    `${labels[verdict].padEnd(labelWidth)} ${check.padEnd(checkWidth)} ${sentence}`,
    ...(remedy === null ? [] : [`${' '.repeat(labelWidth + 1)}mend it with: ${remedy}`]),
  ]);
  const summary = `${count(findings, 'failure')} failed, ${count(findings, 'warning')} to look at, ${count(findings, 'ok')} in order.`;
  return `${[...lines, summary].join('\n')}\n`;
}

/** The findings for a program: one JSON object on one line. */
export function reportJson(findings: readonly Finding[]): string {
  return `${JSON.stringify({ ok: count(findings, 'failure') === 0, findings })}\n`;
}
