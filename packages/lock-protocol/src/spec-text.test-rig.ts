/** A specification with its tables unpadded, so that a test can look for rows whatever the formatter did to them. */
export function withPlainTables(markdown: string): string {
  return markdown
    .split('\n')
    .map((line) => (line.startsWith('|') ? plainRow(line) : line))
    .join('\n');
}

function plainRow(line: string): string {
  const cells = line.slice(1, -1).split('|');
  return `| ${cells.map((cell) => cell.trim().replace(/^:?-+:?$/, '---')).join(' | ')} |`;
}
