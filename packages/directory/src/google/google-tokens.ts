import { importPKCS8, SignJWT } from 'jose';
import type { DirectoryClock } from '../directory-clock.js';
import { type AccessTokens, createAccessTokens } from '../http/access-tokens.js';
import type { DirectoryHttp } from '../http/directory-http.js';

/** A service account that may act for an administrator (domain-wide delegation). */
export interface GoogleCredential {
  /** The service account's own address, `client_email` of its JSON file. */
  readonly clientEmail: string;
  /** PEM, PKCS #8: `private_key` of its JSON file. */
  readonly privateKey: string;
  /** The administrator for whom it reads. */
  readonly adminEmail: string;
}

/** Google takes no assertion that lives longer. */
const assertionSeconds = 3600;

/** Gets tokens with one scope: a scope that nobody delegated has the whole request refused, so none is asked too many. */
export function createGoogleTokens(options: {
  readonly http: DirectoryHttp;
  readonly clock: DirectoryClock;
  readonly tokenUrl: string;
  readonly credential: GoogleCredential;
  readonly scope: string;
}): AccessTokens {
  const { http, clock, tokenUrl, credential, scope } = options;
  const url = new URL(tokenUrl);
  return createAccessTokens({
    http,
    clock,
    async makeForm() {
      const signingKey = await importPKCS8(credential.privateKey, 'RS256');
      const now = Math.floor(clock.now() / 1000);
      const assertion = await new SignJWT({ scope })
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
        .setIssuer(credential.clientEmail)
        .setSubject(credential.adminEmail)
        .setAudience(url.href)
        .setIssuedAt(now)
        .setExpirationTime(now + assertionSeconds)
        .sign(signingKey);
      return { url, form: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion } };
    },
  });
}
