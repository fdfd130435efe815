/** A UUID as ATT carries it, least significant byte first: two bytes for `180f`, sixteen for a full one. Throws on others. */
export function encodeUuid(uuid: string): Buffer {
  const hex = uuid.replaceAll('-', '').toLowerCase();
  if (!/^([0-9a-f]{4}|[0-9a-f]{32})$/.test(hex)) throw new RangeError(`not a UUID: ${uuid}`);
  return Buffer.from(hex, 'hex').reverse();
}

/** Tells whether two spellings name the same UUID. */
export function isSameUuid(a: string, b: string): boolean {
  return encodeUuid(a).equals(encodeUuid(b));
}
