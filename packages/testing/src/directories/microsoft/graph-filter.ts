/** A condition out of `$filter`. `advanced` ones need `ConsistencyLevel: eventual` and `$count`. */
export interface GraphFilter {
  readonly matches: (entity: Readonly<Record<string, unknown>>) => boolean;
  readonly advanced: boolean;
}

const tokenPattern = /\s*(?:('(?:[^']|'')*')|([A-Za-z][\w/]*)|(-?\d+(?:\.\d+)?)|([(),]))/y;

/** Reads the part of OData's `$filter` that Graph has for users; throws a sentence about what it cannot read. */
export function parseGraphFilter(text: string): GraphFilter {
  const tokens: string[] = [];
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < text.trimEnd().length) {
    const match = tokenPattern.exec(text);
    if (match === null) throw new Error(`Invalid filter clause: ${text}`);
    tokens.push(match[0].trim());
  }
  let at = 0;
  let advanced = false;
  const next = (): string => tokens[at++] ?? '';
  const expect = (token: string): void => {
    if (next() !== token) throw new Error(`Invalid filter clause: '${token}' expected in ${text}`);
  };
  const literal = (): unknown => {
    const token = next();
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
    if (token === 'true' || token === 'false') return token === 'true';
    if (token === 'null') return null;
    if (token !== '' && Number.isFinite(Number(token))) return Number(token);
    throw new Error(`Invalid filter clause: ${text}`);
  };
  const fold = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : (value ?? null));

  type Condition = GraphFilter['matches'];
  const comparison = (): Condition => {
    const name = next();
    if (name === '(') {
      const inner = either();
      expect(')');
      return inner;
    }
    if (name === 'not') {
      advanced = true;
      const inner = comparison();
      return (entity) => !inner(entity);
    }
    if (name.toLowerCase() === 'startswith' || name.toLowerCase() === 'endswith') {
      expect('(');
      const property = next();
      expect(',');
      const wanted = String(fold(literal()));
      expect(')');
      const ends = name.toLowerCase() === 'endswith';
      advanced ||= ends;
      return (entity) => {
        const value = String(fold(entity[property]) ?? '');
        return ends ? value.endsWith(wanted) : value.startsWith(wanted);
      };
    }
    const operator = next();
    if (operator === 'in') {
      expect('(');
      const wanted = [fold(literal())];
      while (tokens[at] === ',') {
        next();
        wanted.push(fold(literal()));
      }
      expect(')');
      return (entity) => wanted.includes(fold(entity[name]));
    }
    if (operator !== 'eq' && operator !== 'ne') throw new Error(`Invalid filter clause: ${text}`);
    const wanted = fold(literal());
    if (operator === 'ne') advanced = true;
    return (entity) => (fold(entity[name]) === wanted) === (operator === 'eq');
  };
  const both = (): Condition => {
    const first = comparison();
    if (tokens[at] !== 'and') return first;
    next();
    const second = both();
    return (entity) => first(entity) && second(entity);
  };
  const either = (): Condition => {
    const first = both();
    if (tokens[at] !== 'or') return first;
    next();
    const second = either();
    return (entity) => first(entity) || second(entity);
  };
  const matches = either();
  if (at < tokens.length) throw new Error(`Invalid filter clause: ${text}`);
  return { matches, advanced };
}
