import type { AccessBook } from '../directory-access.js';
import type { DirectoryRequest } from '../directory-http.js';
import type { FakeTenant } from '../fake-tenant.js';
import { selfSignedCertificate } from '../self-signed-certificate.js';
import { verifySignedToken } from '../signed-token.js';
import type { BareAnswer } from './google-error.js';

/** A service account with domain-wide delegation, and the admin in whose name it reads. */
export interface GoogleCredentials {
  readonly clientEmail: string;
  /** PKCS #8 PEM. */
  readonly privateKey: string;
  readonly privateKeyId: string;
  readonly adminEmail: string;
  readonly customerId: string;
}

/** What the sign-in needs. */
export interface GoogleSignIn {
  readonly tenant: FakeTenant;
  readonly access: AccessBook;
  readonly clientEmail: string;
  /** An admin who reads and is nobody of the list, so that no edit of people takes the reading away. */
  readonly readerEmail: string;
  readonly loginOrigin: string;
  /** The scopes that the domain has delegated. */
  readonly scopes: ReadonlySet<string>;
}

/** In whose name a token of the built-in reader is. */
export const googleReader = 'reader';

const refusal = (status: number, error: string, description: string): BareAnswer => ({
  status,
  body: { error, error_description: description },
});

/** `POST /token` with a JWT bearer assertion. */
export function signInToGoogle(request: DirectoryRequest, signIn: GoogleSignIn): BareAnswer {
  const { tenant, access } = signIn;
  const form = new URLSearchParams(request.body);
  if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') {
    return refusal(400, 'unsupported_grant_type', 'Invalid grant_type');
  }
  const read = verifySignedToken(form.get('assertion') ?? '', selfSignedCertificate().publicKey);
  if (read === undefined || read.header['alg'] !== 'RS256' || access.secretExpired) {
    return refusal(400, 'invalid_grant', 'Invalid JWT Signature.');
  }
  const { claims } = read;
  if (claims['iss'] !== signIn.clientEmail) return refusal(400, 'invalid_grant', 'Invalid grant: account not found');
  const audience = claims['aud'];
  if (audience !== `${signIn.loginOrigin}/token` && audience !== 'https://oauth2.googleapis.com/token') {
    return refusal(400, 'invalid_grant', 'Invalid JWT: Failed audience check.');
  }
  const nowSeconds = tenant.now() / 1_000;
  const [issued, expires] = [Number(claims['iat']), Number(claims['exp'])];
  if (!(issued <= nowSeconds + 300 && expires > nowSeconds && expires - issued <= 3_600)) {
    const message =
      'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.';
    return refusal(400, 'invalid_grant', message);
  }
  const asked = `${claims['scope'] ?? ''}`.split(' ').filter((scope) => scope !== '');
  if (asked.length === 0) return refusal(400, 'invalid_scope', 'Empty or missing scope not allowed.');
  if (access.revoked || asked.some((scope) => !signIn.scopes.has(scope))) {
    const message =
      'Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.';
    return refusal(401, 'unauthorized_client', message);
  }
  const sub = claims['sub'];
  const subject = [...tenant.people.values()].find(
    ({ email, standing }) =>
      standing !== 'deleted' && typeof sub === 'string' && email?.toLowerCase() === sub.toLowerCase(),
  );
  const reader = sub === signIn.readerEmail && !access.readerDismissed;
  if (sub !== undefined && subject === undefined && !reader)
    return refusal(400, 'invalid_grant', 'Invalid email or User ID');
  if (subject?.standing === 'disabled') return refusal(400, 'invalid_grant', 'Account disabled');
  const token = access.give(
    { permissions: new Set(asked), subject: reader ? googleReader : (subject?.id ?? null) },
    3_599_000,
  );
  return { status: 200, body: { access_token: token, expires_in: 3_599, token_type: 'Bearer' } };
}
