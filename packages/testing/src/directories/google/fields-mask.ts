/** Which fields of an answer a `fields` parameter leaves in: `true` for everything below. */
export type FieldsMask = true | ReadonlyMap<string, FieldsMask>;

/** Reads a partial-response mask such as `nextPageToken,users(id,name/fullName)`; throws on what is none. */
export function parseFieldsMask(text: string): FieldsMask {
  let at = 0;
  const name = (): string => {
    const match = /^[A-Za-z0-9_*]+/.exec(text.slice(at));
    if (match === null) throw new Error(`Invalid field selection ${text}`);
    at += match[0].length;
    return match[0];
  };
  const path = (): readonly [string, FieldsMask] => {
    const field = name();
    if (text[at] === '/') {
      at += 1;
      return [field, new Map([path()])];
    }
    if (text[at] !== '(') return [field, true];
    at += 1;
    const inner = list();
    if (text[at] !== ')') throw new Error(`Invalid field selection ${text}`);
    at += 1;
    return [field, inner];
  };
  const list = (): FieldsMask => {
    const fields = new Map<string, FieldsMask>();
    for (;;) {
      const [field, below] = path();
      const known = fields.get(field);
      fields.set(field, known instanceof Map && below instanceof Map ? new Map([...known, ...below]) : below);
      if (text[at] !== ',') break;
      at += 1;
    }
    return fields.get('*') ?? fields;
  };
  const mask = list();
  if (at < text.length) throw new Error(`Invalid field selection ${text}`);
  return mask;
}

/** What a mask leaves of a value; whatever is not named is gone, `nextPageToken` too (idp-scim-sync#87). */
export function applyFieldsMask(value: unknown, mask: FieldsMask): unknown {
  if (mask === true || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => applyFieldsMask(item, mask));
  return Object.fromEntries(
    Object.entries(value).flatMap(([field, inner]) => {
      const below = mask.get(field);
      return below === undefined ? [] : [[field, applyFieldsMask(inner, below)]];
    }),
  );
}
