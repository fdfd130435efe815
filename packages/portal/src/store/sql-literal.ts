/**
 * An SQL literal of what drizzle hands to a driver.
 *
 * @throws RangeError for a value that SQL text cannot carry: a number that is not finite, a character of code 0.
 */
export function literal(value: unknown): string {
  return written(value, { none: 'null', text: (text) => `'${quotesDoubled(text)}'` });
}

/**
 * One literal of many values of one type, as an array.
 *
 * @throws RangeError as {@link literal}
 */
export function arrayLiteral(type: string, values: readonly unknown[]): string {
  return `'{${values.map((value) => written(value, arrayElement)).join(',')}}'::${type}[]`;
}

/**
 * One line of what `copy` reads.
 *
 * @throws RangeError as {@link literal}
 */
export function copyLine(values: readonly unknown[]): string {
  return `${values.map((value) => written(value, copyField)).join('\t')}\n`;
}

/** How a place writes what is not written the same everywhere. */
interface Writing {
  readonly none: string;
  readonly text: (text: string) => string;
}

const arrayElement: Writing = {
  none: 'null',
  text: (text) => `"${quotesDoubled(/["\\]/.test(text) ? text.replaceAll(/["\\]/g, '\\$&') : text)}"`,
};

const copyEscapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const copyField: Writing = {
  none: '\\N',
  text: (text) =>
    /[\\\n\r\t]/.test(text) ? text.replaceAll(/[\\\n\r\t]/g, (character) => copyEscapes[character] ?? '') : text,
};

function written(value: unknown, { none, text }: Writing): string {
  switch (typeof value) {
    case 'string':
      if (value.includes('\0')) throw new RangeError('A text with a character of code 0 cannot be stored.');
      return text(value);
    case 'number':
      if (!Number.isFinite(value)) throw new RangeError('A number that is not finite cannot be stored.');
      return String(value);
    case 'boolean':
      return String(value);
    default:
      if (value === null || value === undefined) return none;
      throw new RangeError(`A ${typeof value} cannot be stored.`);
  }
}

function quotesDoubled(text: string): string {
  return text.includes("'") ? text.replaceAll("'", "''") : text;
}
