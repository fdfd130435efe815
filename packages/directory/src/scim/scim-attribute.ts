/** Reads an attribute of a resource. Names of attributes are compared without case (RFC 7643, 2.1). */
export function readAttribute(resource: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(resource, name)) return resource[name];
  const wanted = name.toLowerCase();
  const written = Object.keys(resource).find(
    (candidate) => candidate.length === wanted.length && candidate.toLowerCase() === wanted,
  );
  return written === undefined ? undefined : resource[written];
}

/** Reads a boolean, which many write as a string. */
export function readBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return undefined;
  const word = value.trim().toLowerCase();
  return word === 'true' ? true : word === 'false' ? false : undefined;
}
