import { sign } from 'node:crypto';
import type { FakeDirectory } from './fake-directory.js';

/** A token of a fake directory, and asking it for a path with that token. */
export interface SignedIn {
  readonly token: string;
  readonly headers: Readonly<Record<string, string>>;
  ask(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

const encoded = (content: unknown): string => Buffer.from(JSON.stringify(content)).toString('base64url');

/** The form that each make's sign-in takes. */
function formOf(directory: FakeDirectory): URLSearchParams | undefined {
  const { credentials, urls } = directory;
  if ('clientSecret' in credentials) {
    return new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: credentials.clientId,
      client_secret: credentials.clientSecret,
      scope: 'https://graph.microsoft.com/.default',
    });
  }
  if (!('clientEmail' in credentials)) return undefined;
  const at = Math.floor(Date.now() / 1_000);
  const scopes = ['user', 'group'].map((name) => `https://www.googleapis.com/auth/admin.directory.${name}.readonly`);
  const claims = {
    iss: credentials.clientEmail,
    sub: credentials.adminEmail,
    scope: scopes.join(' '),
    aud: urls.token,
    iat: at,
    exp: at + 3_600,
  };
  const signed = `${encoded({ alg: 'RS256', typ: 'JWT' })}.${encoded(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), credentials.privateKey).toString('base64url');
  return new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: `${signed}.${signature}`,
  });
}

/** Signs in by hand, so that a test of faults has nobody else's retries in it. */
export async function signedIn(directory: FakeDirectory): Promise<SignedIn> {
  const body = formOf(directory);
  let token = 'token' in directory.credentials ? directory.credentials.token : '';
  if (body !== undefined) {
    const answer = await directory.fetch(directory.urls.token, { method: 'POST', body });
    token = ((await answer.json()) as { access_token: string }).access_token;
  }
  const headers = { authorization: `Bearer ${token}` };
  return {
    token,
    headers,
    ask: (path, more) => directory.fetch(`${directory.urls.base}${path}`, { headers: { ...headers, ...more } }),
  };
}
