import { X509Certificate } from 'node:crypto';
import type { AccessBook } from '../directory-access.js';
import type { DirectoryRequest } from '../directory-http.js';
import { selfSignedCertificate } from '../self-signed-certificate.js';
import { verifySignedToken } from '../signed-token.js';
import type { BareAnswer } from './graph-error.js';

/** An app registration with a secret and a certificate. */
export interface MicrosoftCredentials {
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The certificate that is registered for the app, PEM. */
  readonly certificate: string;
  /** The key to it, PKCS #8 PEM. */
  readonly privateKey: string;
}

/** What the sign-in needs. */
export interface MicrosoftSignIn {
  readonly credentials: Pick<MicrosoftCredentials, 'tenantId' | 'clientId' | 'clientSecret'>;
  readonly access: AccessBook;
  readonly loginOrigin: string;
  readonly now: () => number;
  /** What the app was given consent for. */
  readonly permissions: readonly string[];
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

const refusal = (status: number, error: string, code: number, message: string): BareAnswer => ({
  status,
  headers: { 'cache-control': 'no-store, no-cache' },
  body: {
    error,
    error_description: `AADSTS${code}: ${message} Trace ID: 00000000-0000-4000-a000-000000000000 Correlation ID: 00000000-0000-4000-a000-000000000000 Timestamp: 2026-01-01 00:00:00Z`,
    error_codes: [code],
    timestamp: '2026-01-01 00:00:00Z',
    trace_id: '00000000-0000-4000-a000-000000000000',
    correlation_id: '00000000-0000-4000-a000-000000000000',
    error_uri: `https://login.microsoftonline.com/error?code=${code}`,
  },
});

/** Whether an assertion is by the registered certificate, for this sign-in, now, and names the app. */
function provesApp(assertion: string, signIn: MicrosoftSignIn, tokenUrl: string): boolean {
  const registered = selfSignedCertificate();
  const read = verifySignedToken(assertion, new X509Certificate(registered.certificate).publicKey);
  if (read === undefined) return false;
  const { header, claims } = read;
  const { clientId } = signIn.credentials;
  const nowSeconds = signIn.now() / 1_000;
  const thumbprint = header['x5t#S256'] ?? header['x5t'];
  const known = thumbprint === registered.thumbprint || thumbprint === sha1Thumbprint(registered.certificate);
  const meant = claims['aud'] === tokenUrl || claims['aud'] === tokenUrl.replace('http:', 'https:');
  const inTime = Number(claims['exp']) > nowSeconds && Number(claims['nbf'] ?? 0) <= nowSeconds + 300;
  return known && meant && inTime && claims['iss'] === clientId && claims['sub'] === clientId && 'jti' in claims;
}

const sha1Thumbprint = (certificate: string): string =>
  Buffer.from(new X509Certificate(certificate).fingerprint.replaceAll(':', ''), 'hex').toString('base64url');

/** `POST /{tenant}/oauth2/v2.0/token`, client credentials with a secret or a certificate. */
export function signInToMicrosoft(request: DirectoryRequest, signIn: MicrosoftSignIn): BareAnswer {
  const { credentials, access } = signIn;
  const [, tenant = ''] = request.url.pathname.split('/');
  const form = new URLSearchParams(request.body);
  if (tenant !== credentials.tenantId) {
    return refusal(400, 'invalid_request', 90002, `Tenant '${tenant}' not found.`);
  }
  if (form.get('grant_type') !== 'client_credentials') {
    return refusal(400, 'unsupported_grant_type', 70003, 'The app requested an unsupported grant type.');
  }
  if (form.get('client_id') !== credentials.clientId) {
    return refusal(400, 'unauthorized_client', 700016, 'Application was not found in the directory.');
  }
  if (!/\/\.default$/.test(form.get('scope') ?? '')) {
    return refusal(400, 'invalid_scope', 1002012, 'The provided value for scope is not valid.');
  }
  const assertion = form.get('client_assertion');
  if (assertion !== null) {
    const tokenUrl = `${signIn.loginOrigin}${request.url.pathname}`;
    const proven = form.get('client_assertion_type') === assertionType && provesApp(assertion, signIn, tokenUrl);
    if (!proven) return refusal(401, 'invalid_client', 700027, 'Client assertion failed signature validation.');
  } else if (form.get('client_secret') !== credentials.clientSecret) {
    return refusal(401, 'invalid_client', 7000215, 'Invalid client secret provided.');
  }
  if (access.secretExpired) {
    return refusal(401, 'invalid_client', 7000222, 'The provided client secret keys for app are expired.');
  }
  if (access.revoked) {
    return refusal(
      400,
      'unauthorized_client',
      7000229,
      'The client application is missing service principal in the tenant.',
    );
  }
  const lifeSeconds = 3_599;
  const token = access.give({ permissions: new Set(signIn.permissions), subject: null }, lifeSeconds * 1_000);
  return {
    status: 200,
    headers: { 'cache-control': 'no-store, no-cache', pragma: 'no-cache' },
    body: { token_type: 'Bearer', expires_in: lifeSeconds, ext_expires_in: lifeSeconds, access_token: token },
  };
}

/** `GET /{tenant}/v2.0/.well-known/openid-configuration` */
export function microsoftDiscovery(request: DirectoryRequest, signIn: MicrosoftSignIn): BareAnswer {
  const [, tenant = ''] = request.url.pathname.split('/');
  const authority = `${signIn.loginOrigin}/${tenant}`;
  return {
    status: 200,
    body: {
      token_endpoint: `${authority}/oauth2/v2.0/token`,
      authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
      jwks_uri: `${authority}/discovery/v2.0/keys`,
      issuer: `${authority}/v2.0`,
      response_types_supported: ['code'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
    },
  };
}
