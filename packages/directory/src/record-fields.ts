/** Longer than any honest name; whatever is longer was not said. */
const longestText = 1024;
/** RFC 5321, 4.5.3.1. */
const longestAddress = 320;
/** Further addresses of one user that are taken in. */
const mostAliases = 500;
const longestId = 256;

/** Reads a directory's id; compared to the letter, so nothing about it is put right. It has to fit in a path. */
export function readId(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '' || value.length > longestId) return undefined;
  return /[\p{Cc}\p{Cs}]|^\.{1,2}$/u.test(value) ? undefined : value;
}

/**
 * Reads a name or the like: `undefined` where nothing usable was said, `null` where it was said to be empty. Line
 * breaks and other control characters become spaces, halves of a surrogate pair the replacement character.
 */
export function readText(value: unknown): string | null | undefined {
  if (value === null) return null;
  if (typeof value !== 'string' || value.length > longestText) return undefined;
  const text = value
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/\p{Cs}/gu, '\uFFFD')
    .trim();
  return text === '' ? null : text;
}

/** Reads a mail address as it is written; whether it is one is decided elsewhere. */
export function readAddress(value: unknown): string | null | undefined {
  const address = readText(value);
  return typeof address === 'string' && address.length > longestAddress ? undefined : address;
}

/** Reads further addresses; the user's own one and repeats are left out. */
export function readAliases(values: Iterable<unknown>, own: string | null | undefined): readonly string[] {
  const aliases = new Map<string, string>();
  for (const value of values) {
    const address = readAddress(value);
    if (typeof address !== 'string' || aliases.size === mostAliases) continue;
    const written = address.toLowerCase();
    if (written !== own?.toLowerCase() && !aliases.has(written)) aliases.set(written, address);
  }
  return [...aliases.values()];
}

/** Leaves out what was not said. */
export function said<Fields extends object>(
  fields: Fields,
): { readonly [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  const kept: Record<string, unknown> = {};
  for (const name in fields) {
    if (fields[name] !== undefined) kept[name] = fields[name];
  }
  return kept as { readonly [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };
}
