import { createHash, randomBytes } from 'node:crypto';

/** What a bearer token is for; the prefix lets people and scanners recognize a leaked one. */
export type TokenKind = 'session' | 'app-secret' | 'account-setup' | 'gateway' | 'scim' | 'phone';

const prefixes: Readonly<Record<TokenKind, string>> = {
  session: 'lws_',
  'app-secret': 'lwc_',
  'account-setup': 'lwi_',
  gateway: 'lwg_',
  scim: 'lwd_',
  phone: 'lwp_',
};

/** Makes a token of 256 random bits; it is shown once and only its {@link tokenHash} is kept. */
export function makeToken(kind: TokenKind): string {
  return `${prefixes[kind]}${randomBytes(32).toString('base64url')}`;
}

/** What the store keeps of a token: enough to recognize it, useless to whoever reads it. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
