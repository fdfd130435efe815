import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';

/** A JWT taken apart and found to be signed by the given key. */
export interface SignedToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

const parsePart = (part: string): Record<string, unknown> => {
  const content: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
  if (typeof content !== 'object' || content === null) throw new Error('not an object');
  return content as Record<string, unknown>;
};

/** Verifies an RS256 or PS256 token the way a vendor's sign-in does; `undefined` when it is not such a token. */
export function verifySignedToken(token: string, publicKey: KeyObject | string): SignedToken | undefined {
  const parts = token.split('.');
  const [header = '', claims = '', signature = ''] = parts;
  if (parts.length !== 3) return undefined;
  try {
    const read: SignedToken = { header: parsePart(header), claims: parsePart(claims) };
    const algorithm = read.header['alg'];
    if (algorithm !== 'RS256' && algorithm !== 'PS256') return undefined;
    const key = {
      key: typeof publicKey === 'string' ? createPublicKey(publicKey) : publicKey,
      ...(algorithm === 'PS256'
        ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
        : {}),
    };
    const signed = verify('sha256', Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url'));
    return signed ? read : undefined;
  } catch {
    return undefined;
  }
}
