import { type FaultWords, retryAfterOf } from '../directory-faults.js';
import type { DirectoryAnswer } from '../directory-http.js';

/** An answer without saying to what it is one. */
export type BareAnswer = Omit<DirectoryAnswer, 'operation'>;

/** An error as Google's APIs word it. */
export function googleError(
  code: number,
  message: string,
  reason: { readonly domain: string; readonly reason: string; readonly status?: string },
  headers: Readonly<Record<string, string>> = {},
): BareAnswer {
  const { status, ...why } = reason;
  return {
    status: code,
    headers: { 'content-type': 'application/json; charset=UTF-8', ...headers },
    body: { error: { code, message, errors: [{ message, ...why }], ...(status === undefined ? {} : { status }) } },
  };
}

/** A request that Google does not understand. */
export const googleBadRequest = (message: string, reason = 'invalid'): BareAnswer =>
  googleError(400, message, { domain: 'global', reason });

/** A customer, group or user that is not there. */
export const googleNotFound = (what: string): BareAnswer =>
  googleError(404, `Resource Not Found: ${what}`, { domain: 'global', reason: 'notFound' });

/** How Google words throttling and refusals: rate limits arrive as 403 (Directory API, limits and quotas). */
export const googleWords: FaultWords = {
  throttle(fault, now) {
    const headers = retryAfterOf(fault, now);
    switch (fault.as) {
      case 'rate-403':
        return googleError(
          403,
          'User Rate Limit Exceeded',
          { domain: 'usageLimits', reason: 'userRateLimitExceeded' },
          headers,
        );
      case 'quota-403':
        return googleError(403, 'Quota exceeded', { domain: 'usageLimits', reason: 'quotaExceeded' }, headers);
      case 'unavailable-503':
        return googleError(503, 'Backend Error', { domain: 'global', reason: 'backendError' }, headers);
      default:
        return googleError(
          429,
          'Rate Limit Exceeded',
          { domain: 'usageLimits', reason: 'rateLimitExceeded', status: 'RESOURCE_EXHAUSTED' },
          headers,
        );
    }
  },
  unauthorized: () =>
    googleError(
      401,
      'Request had invalid authentication credentials.',
      { domain: 'global', reason: 'authError', status: 'UNAUTHENTICATED' },
      { 'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"' },
    ),
  forbidden: () =>
    googleError(403, 'Not Authorized to access this resource/api', { domain: 'global', reason: 'forbidden' }),
};
