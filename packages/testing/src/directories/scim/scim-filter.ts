const clause = /^\s*([A-Za-z][\w.:]*(?:\[[^\]]*\](?:\.\w+)?)?)\s+eq\s+("(?:[^"\\]|\\.)*"|true|false|null|-?\d+)\s*$/i;
const selector = /^(\w+)\[\s*(\w+)\s+eq\s+("(?:[^"\\]|\\.)*")\s*\](?:\.(\w+))?$/i;

type Resource = Readonly<Record<string, unknown>>;

const field = (from: unknown, name: string): unknown => {
  if (typeof from !== 'object' || from === null) return undefined;
  return Object.entries(from).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
};

/** The values that an attribute path names in a resource. */
function valuesAt(resource: Resource, path: string): readonly unknown[] {
  const chosen = selector.exec(path);
  if (chosen !== null) {
    const [, list = '', by = '', wanted = '""', sub] = chosen;
    const items = field(resource, list);
    if (!Array.isArray(items)) return [];
    const matching = items.filter((item) => field(item, by) === JSON.parse(wanted));
    return matching.map((item) => field(item, sub ?? 'value'));
  }
  let values: readonly unknown[] = [resource];
  for (const name of path.split('.')) {
    values = values.flatMap((value) => {
      const inner = field(value, name);
      return Array.isArray(inner) ? inner : [inner];
    });
  }
  return values;
}

/** Reads `eq` clauses joined by `and`, which is what directories use; throws on any other filter (RFC 7644, 3.4.2.2). */
export function parseScimFilter(text: string): (resource: Resource) => boolean {
  const clauses = text.split(/\s+and\s+(?=(?:[^"]*"[^"]*")*[^"]*$)/i).map((part) => {
    const match = clause.exec(part);
    if (match === null) throw new Error(`The filter is not supported: ${part}`);
    const [, path = '', literal = 'null'] = match;
    return { path, wanted: JSON.parse(literal.startsWith('"') ? literal : literal.toLowerCase()) as unknown };
  });
  const exact = new Set(['id', 'externalid']);
  return (resource) =>
    clauses.every(({ path, wanted }) =>
      valuesAt(resource, path).some((value) =>
        typeof value === 'string' && typeof wanted === 'string' && !exact.has(path.toLowerCase())
          ? value.toLowerCase() === wanted.toLowerCase()
          : (value ?? null) === wanted,
      ),
    );
}
