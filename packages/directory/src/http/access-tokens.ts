import type { DirectoryClock } from '../directory-clock.js';
import { DirectoryError } from '../directory-error.js';
import { parseJsonObject } from './body-bytes.js';
import type { DirectoryHttp, Meaning, Refusal } from './directory-http.js';
import type { Reading } from './reading.js';

/** The bearer tokens of one source, kept as long as they are good. */
export interface AccessTokens {
  /** A token to send; another one than `refused`, where there is another. */
  take(reading: Reading, refused?: string): Promise<string>;
}

/** A form that is sent to a token endpoint (RFC 6749). */
export interface TokenForm {
  readonly url: URL;
  readonly form: Readonly<Record<string, string>>;
}

/** A token is renewed this long before it ends, so that none ends between two hosts whose clocks differ. */
const renewalMs = 5 * 60_000;

/**
 * Keeps tokens that a token endpoint gives. `makeForm` is asked anew for every token, since an assertion ends as well.
 *
 * Credentials that cannot even be signed with are refused ones: `unauthorized`, without a status.
 */
export function createAccessTokens(options: {
  readonly http: DirectoryHttp;
  readonly clock: DirectoryClock;
  readonly makeForm: () => Promise<TokenForm>;
}): AccessTokens {
  const { http, clock, makeForm } = options;
  let kept: { readonly token: string; readonly until: number } | undefined;
  return {
    async take(reading, refused) {
      if (kept && kept.token !== refused && clock.now() < kept.until) return kept.token;
      const { url, form } = await makeForm().catch(() => {
        throw new DirectoryError({ code: 'unauthorized', status: null });
      });
      const askedAt = clock.now();
      const granted = await http(
        {
          url,
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams(form).toString(),
          read: readGrant,
          explain: explainTokenRefusal,
        },
        reading,
      );
      // A token of less than ten minutes is kept for half its life.
      const keptMs = Math.max(granted.livesMs - renewalMs, granted.livesMs / 2);
      kept = { token: granted.token, until: askedAt + keptMs };
      return kept.token;
    },
  };
}

/** A token that never ends and needs nobody to give it. */
export function fixedToken(token: string): AccessTokens {
  return {
    async take() {
      if (!isBearerToken(token)) throw new DirectoryError({ code: 'unauthorized', status: null });
      return token;
    },
  };
}

function readGrant(bytes: Uint8Array): { readonly token: string; readonly livesMs: number } | undefined {
  const reply = parseJsonObject(bytes);
  const token = reply?.['access_token'];
  if (typeof token !== 'string' || !isBearerToken(token)) return undefined;
  const seconds = Number(reply?.['expires_in'] ?? 3600);
  return { token, livesMs: seconds > 0 && seconds < 1e6 ? seconds * 1000 : 3_600_000 };
}

/** Whether a text can stand in an `authorization` header (RFC 6750, 2.1). */
function isBearerToken(text: string): boolean {
  return /^[A-Za-z0-9\-._~+/]+=*$/.test(text);
}

function explainTokenRefusal({ status, body }: Refusal): Meaning | undefined {
  if (body?.['error'] === 'temporarily_unavailable') return { info: { code: 'unreachable', status }, again: true };
  // AADSTS90002: there is no such tenant.
  const codes = body?.['error_codes'];
  const isLost = status === 400 && Array.isArray(codes) && codes.includes(90002);
  if (isLost) return { info: { code: 'not-found', status }, again: false };
  return [400, 401, 403].includes(status) ? { info: { code: 'unauthorized', status }, again: false } : undefined;
}
