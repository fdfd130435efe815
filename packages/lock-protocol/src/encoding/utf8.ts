/**
 * UTF-8 bytes of a text, for engines with no `TextEncoder`; `undefined` when the text has a lone surrogate and so no
 * encoding.
 */
export function encodeUtf8(text: string): Uint8Array | undefined {
  const bytes: number[] = [];
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    if (point >= 0xd800 && point <= 0xdfff) return undefined;
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), continuation(point, 0));
    else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), continuation(point, 6), continuation(point, 0));
    else bytes.push(0xf0 | (point >> 18), continuation(point, 12), continuation(point, 6), continuation(point, 0));
  }
  return Uint8Array.from(bytes);
}

function continuation(point: number, shift: number): number {
  return 0x80 | ((point >> shift) & 0x3f);
}

/** Text of UTF-8 bytes (RFC 3629); `undefined` for overlong forms, surrogates, and anything else that is not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  let text = '';
  let at = 0;
  while (at < bytes.length) {
    const first = bytes[at] ?? 0;
    const size = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (size === 0 || at + size > bytes.length) return undefined;
    let point = size === 1 ? first : first & (0x7f >> size);
    for (const byte of bytes.subarray(at + 1, at + size)) {
      if ((byte & 0xc0) !== 0x80) return undefined;
      point = (point << 6) | (byte & 0x3f);
    }
    if (!isShortestScalar(point, size)) return undefined;
    text += String.fromCodePoint(point);
    at += size;
  }
  return text;
}

function isShortestScalar(point: number, size: number): boolean {
  if (size === 3) return point >= 0x800 && (point < 0xd800 || point > 0xdfff);
  if (size === 4) return point >= 0x10000 && point <= 0x10ffff;
  return true;
}
