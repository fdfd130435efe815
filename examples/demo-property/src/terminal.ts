/** What the demo prints: plain lines for people, nothing that a machine should parse but the last line of `--once`. */
export interface Terminal {
  title(text: string): void;
  line(text: string): void;
  row(label: string, text: string): void;
}

/** Writes to a stream, in color where the stream is a terminal. */
export function createTerminal(stream: NodeJS.WriteStream): Terminal {
  const color = stream.isTTY === true && process.env['NO_COLOR'] === undefined;
  const paint = (code: string, text: string) => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  return {
    title: (text) => stream.write(`\n${paint('1', text)}\n`),
    line: (text) => stream.write(`  ${text}\n`),
    row: (label, text) => stream.write(`  ${paint('2', label.padEnd(14))}${text}\n`),
  };
}
