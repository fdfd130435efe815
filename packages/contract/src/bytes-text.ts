import * as z from 'zod/mini';

/** Schema of short fixed bytes as lowercase hex: tags, nonces, command ids, public keys. */
export function hexBytes(sizeBytes: number): z.ZodMiniString<string> {
  return z.string().check(z.regex(new RegExp(`^[0-9a-f]{${sizeBytes * 2}}$`)));
}

/** Schema of a signed object as base64url without padding, at most `maxChars` characters. */
export function base64urlBytes(maxChars: number): z.ZodMiniString<string> {
  return z.string().check(z.regex(/^[A-Za-z0-9_-]+$/), z.maxLength(maxChars));
}
