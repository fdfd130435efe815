import { base64url, decodeJwt, importPKCS8, SignJWT } from 'jose';
import type { DirectoryClock } from '../directory-clock.js';
import { type AccessTokens, createAccessTokens } from '../http/access-tokens.js';
import type { DirectoryHttp } from '../http/directory-http.js';

/** What an app registration in Microsoft Entra proves itself with. */
export type GraphCredential =
  | { readonly type: 'secret'; readonly clientSecret: string }
  /** PEM; the key is PKCS #8 and RSA, as Entra demands. */
  | { readonly type: 'certificate'; readonly certificate: string; readonly privateKey: string };

/** An assertion is used at once, so it lives no longer than two clocks may differ. */
const assertionSeconds = 300;

/** Gets tokens for Microsoft Graph as the app itself (client credentials). */
export function createGraphTokens(options: {
  readonly http: DirectoryHttp;
  readonly clock: DirectoryClock;
  readonly loginUrl: string;
  /** What Graph is called there: `https://graph.microsoft.com/.default` and its like. */
  readonly scope: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly credential: GraphCredential;
}): AccessTokens {
  const { http, clock, loginUrl, scope, tenantId, clientId, credential } = options;
  const url = new URL(`${loginUrl.replace(/\/+$/, '')}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`);
  return createAccessTokens({
    http,
    clock,
    async makeForm() {
      const proof =
        credential.type === 'secret'
          ? { client_secret: credential.clientSecret }
          : {
              client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
              client_assertion: await signAssertion(credential, { clientId, audience: url.href, now: clock.now() }),
            };
      return { url, form: { grant_type: 'client_credentials', client_id: clientId, scope, ...proof } };
    },
  });
}

/** The client assertion that Entra asks for: PS256, the certificate named by its SHA-256 (RFC 7515, 4.1.8). */
async function signAssertion(
  credential: Extract<GraphCredential, { readonly type: 'certificate' }>,
  claims: { readonly clientId: string; readonly audience: string; readonly now: number },
): Promise<string> {
  const signingKey = await importPKCS8(credential.privateKey, 'PS256');
  const thumbprint = await crypto.subtle.digest('SHA-256', decodeCertificate(credential.certificate));
  const now = Math.floor(claims.now / 1000);
  return await new SignJWT({})
    .setProtectedHeader({ alg: 'PS256', typ: 'JWT', 'x5t#S256': base64url.encode(new Uint8Array(thumbprint)) })
    .setIssuer(claims.clientId)
    .setSubject(claims.clientId)
    .setAudience(claims.audience)
    .setJti(crypto.randomUUID())
    .setIssuedAt(now)
    .setNotBefore(now)
    .setExpirationTime(now + assertionSeconds)
    .sign(signingKey);
}

function decodeCertificate(pem: string): Uint8Array<ArrayBuffer> {
  const base64 = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/.exec(pem)?.[1];
  if (base64 === undefined) throw new TypeError('This is no certificate in PEM.');
  return Uint8Array.from(atob(base64.replace(/\s+/g, '')), (character) => character.charCodeAt(0));
}

/** The tenant that a token was given for, where the token says so; it is Graph's to read, so it need not. */
export function tenantOfToken(token: string): string | undefined {
  try {
    const { tid } = decodeJwt(token);
    return typeof tid === 'string' && tid !== '' ? tid : undefined;
  } catch {
    return undefined;
  }
}
