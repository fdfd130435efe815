import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** A program whose lines and measurements an operator reads. */
interface Program {
  readonly name: 'gateway' | 'portal';
  readonly sources: URL;
  /** What its metrics are called by before their own names, where the source leaves that out. */
  readonly metricPrefix: string;
}

interface LogLine {
  readonly program: Program['name'];
  readonly level: string;
  readonly msg: string;
  readonly fields: readonly string[];
}

interface Metric {
  readonly program: Program['name'];
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

const programs: readonly Program[] = [
  { name: 'gateway', sources: new URL('../../gateway/src/', import.meta.url), metricPrefix: 'latchwork_gateway_' },
  { name: 'portal', sources: new URL('../../packages/portal/src/', import.meta.url), metricPrefix: '' },
];
const levels = ['trace', 'debug', 'info', 'warn', 'error'];

/** How to write the page anew. */
export const regenerateCommand =
  'UPDATE_DOCS=1 npx vitest run tools/docs/reference.test.ts && npx biome check --write docs/operator';

/** Writes docs/operator/logs-and-metrics.md from the sources: every constant message and every metric of both programs. */
export function printReference(): string {
  const found = programs.map((program) => readProgram(program));
  const lines = unique(found.flatMap((one) => one.lines));
  const metrics = found.flatMap((one) => one.metrics).sort(by(({ name }) => name));
  const code = (text: string) => `\`${text}\``;
  const lineRows = lines.map(
    ({ program, msg, level, fields }) => `| ${code(msg)} | ${program} | ${level} | ${fields.map(code).join(', ')} |`,
  );
  const metricRows = metrics.map(
    ({ program, name, help, labels }) => `| ${code(name)} | ${program} | ${labels.map(code).join(', ')} | ${help} |`,
  );
  return `<!-- Generated from the sources of both programs. Make it again with: ${regenerateCommand} -->

# Log lines and metrics

Every line is JSON with a constant \`msg\`, so that a search for one finds all of its kind; values stand in fields. \`level\` is a
number: 10 trace, 20 debug, 30 info, 40 warn, 50 error. Fields are those that are named where the line is written,
and where fields differ from time to time, all of them. None holds a secret, a token, digits, or a card's number.

## Log lines

| \`msg\` | program | level | fields |
|---|---|---|---|
${lineRows.join('\n')}

## Metrics

Besides these, both have the usual metrics of a Node.js process.

| name | program | labels | what it measures |
|---|---|---|---|
${metricRows.join('\n')}
`;
}

function readProgram(program: Program): { readonly lines: readonly LogLine[]; readonly metrics: readonly Metric[] } {
  const lines: LogLine[] = [];
  const metrics: Metric[] = [];
  for (const file of filesIn(program.sources)) {
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node)) {
        lines.push(...logLineOf(program, node));
        metrics.push(...gaugeOf(program, node));
      }
      if (ts.isNewExpression(node)) metrics.push(...metricOf(program, node));
      node.forEachChild(visit);
    };
    visit(source);
  }
  return { lines, metrics };
}

function filesIn(folder: URL): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.ts$/.test(path) && !/\.(test|test-rig|test-d|d)\.ts$/.test(path))
    .sort()
    .map((path) => fileURLToPath(new URL(path, folder)));
}

/** `log.warn({ fields }, 'message')` or `log.warn('message')`, whatever the log is called by. */
function logLineOf(program: Program, { expression, arguments: given }: ts.CallExpression): readonly LogLine[] {
  if (!ts.isPropertyAccessExpression(expression) || !levels.includes(expression.name.text)) return [];
  if (!/(^|\.)log$/.test(expression.expression.getText())) return [];
  const [first, second] = given;
  const said = second ?? first;
  const messages = said === undefined ? [] : constantsOf(said);
  if (messages.length === 0) throw new Error(`A log line has no constant message: ${expression.getText()}`);
  const fields = second === undefined || first === undefined ? [] : fieldsOf(first);
  return messages.map((msg) => ({ program: program.name, level: expression.name.text, msg, fields }));
}

/** One text, or one of two. */
function constantsOf(node: ts.Expression): readonly string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  return ts.isConditionalExpression(node) ? [...constantsOf(node.whenTrue), ...constantsOf(node.whenFalse)] : [];
}

/** The names that are written there; what is spread from elsewhere is told by its own name, if it has one. */
function fieldsOf(node: ts.Expression): readonly string[] {
  if (!ts.isObjectLiteralExpression(node)) return [];
  return node.properties.flatMap((property) => {
    if (!ts.isSpreadAssignment(property)) return [property.name.getText()];
    return ts.isObjectLiteralExpression(property.expression) ? fieldsOf(property.expression) : [];
  });
}

function metricOf(program: Program, { expression, arguments: given }: ts.NewExpression): readonly Metric[] {
  const [options] = given ?? [];
  const isMetric = ['Counter', 'Gauge', 'Histogram'].includes(expression.getText());
  if (!isMetric || options === undefined || !ts.isObjectLiteralExpression(options)) return [];
  const optionOf = (wanted: string) => {
    const property = options.properties.find((one) => one.name?.getText() === wanted);
    return property !== undefined && ts.isPropertyAssignment(property) ? property.initializer : undefined;
  };
  const [name, help, labels] = [optionOf('name'), optionOf('help'), optionOf('labelNames')];
  const said = name && (ts.isCallExpression(name) ? name.arguments[0] : name);
  if (said === undefined || help === undefined || !ts.isStringLiteralLike(said) || !ts.isStringLiteralLike(help))
    return [];
  const labelNames = labels !== undefined && ts.isArrayLiteralExpression(labels) ? labels.elements : [];
  return [
    {
      ...{
        program: program.name,
        help: help.text,
        name: `${ts.isCallExpression(name ?? said) ? program.metricPrefix : ''}${said.text}`,
      },
      labels: labelNames.flatMap((label) => (ts.isStringLiteralLike(label) ? [label.text] : [])),
    },
  ];
}

/** `gauge('name', 'what it measures', …)`: what the gateway reads only when it is asked. */
function gaugeOf(program: Program, { expression, arguments: given }: ts.CallExpression): readonly Metric[] {
  const [name, help] = given;
  if (expression.getText() !== 'gauge' || name === undefined || help === undefined) return [];
  if (!ts.isStringLiteralLike(name) || !ts.isStringLiteralLike(help)) return [];
  return [{ program: program.name, name: `${program.metricPrefix}${name.text}`, help: help.text, labels: [] }];
}

/** Of lines that are said in several places, one row with all that it may carry. */
function unique(lines: readonly LogLine[]): readonly LogLine[] {
  const rows = new Map<string, LogLine>();
  for (const line of lines) {
    const key = `${line.msg}\n${line.program}`;
    const known = rows.get(key);
    const join = (a: string, b: string) => [...new Set([...a.split(', '), b])].join(', ');
    const fields = [...new Set([...(known?.fields ?? []), ...line.fields])].sort();
    rows.set(key, { ...line, level: known === undefined ? line.level : join(known.level, line.level), fields });
  }
  return [...rows.values()].sort(by(({ msg, program }) => `${msg}\n${program}`));
}

function by<Item>(textOf: (item: Item) => string): (a: Item, b: Item) => number {
  return (a, b) => (textOf(a) < textOf(b) ? -1 : textOf(a) > textOf(b) ? 1 : 0);
}
