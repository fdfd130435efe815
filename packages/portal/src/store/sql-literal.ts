/**
 * An SQL literal of what drizzle hands to a driver.
 *
 * @throws RangeError for a value that SQL text cannot carry: a number that is not finite, a character of code 0.
 */
export function literal(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `'${quotesDoubled(value)}'`;
    case 'number':
      return finite(value);
    case 'boolean':
      return String(value);
    default:
      if (value === null || value === undefined) return 'null';
      throw new RangeError(`A ${typeof value} cannot be stored.`);
  }
}

/**
 * One literal of many values of one type, as an array.
 *
 * @throws RangeError as {@link literal}
 */
export function arrayLiteral(type: string, values: readonly unknown[]): string {
  return `'{${values.map(arrayElement).join(',')}}'::${type}[]`;
}

function arrayElement(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `"${quotesDoubled(/["\\]/.test(value) ? value.replaceAll(/["\\]/g, '\\$&') : value)}"`;
    case 'number':
      return finite(value);
    case 'boolean':
      return String(value);
    default:
      if (value === null || value === undefined) return 'null';
      throw new RangeError(`A ${typeof value} cannot be stored.`);
  }
}

function quotesDoubled(text: string): string {
  if (text.includes('\0')) throw new RangeError('A text with a character of code 0 cannot be stored.');
  return text.includes("'") ? text.replaceAll("'", "''") : text;
}

function finite(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError('A number that is not finite cannot be stored.');
  return String(value);
}
