import { type FaultWords, retryAfterOf } from '../directory-faults.js';
import type { DirectoryAnswer } from '../directory-http.js';

/** An answer without saying to what it is one. */
export type BareAnswer = Omit<DirectoryAnswer, 'operation'>;

/** An error as Graph words it. */
export function graphError(
  status: number,
  error: { readonly code: string; readonly message: string },
  headers: Readonly<Record<string, string>> = {},
): BareAnswer {
  const id = '00000000-0000-4000-a000-000000000000';
  return {
    status,
    headers: { 'request-id': id, 'client-request-id': id, ...headers },
    body: {
      error: {
        ...error,
        innerError: { date: '2026-01-01T00:00:00', 'request-id': id, 'client-request-id': id },
      },
    },
  };
}

/** A request that Graph does not understand. */
export const graphBadRequest = (message: string, code = 'Request_BadRequest'): BareAnswer =>
  graphError(400, { code, message });

/** How Graph words throttling and refusals. */
export const graphWords: FaultWords = {
  throttle(fault, now) {
    const headers = retryAfterOf(fault, now);
    if (fault.as === 'unavailable-503') {
      return graphError(503, { code: 'serviceNotAvailable', message: 'The service is unavailable.' }, headers);
    }
    return graphError(
      429,
      { code: 'TooManyRequests', message: 'Too many requests.' },
      {
        ...headers,
        'x-ms-throttle-limit-percentage': '1.6',
        'x-ms-throttle-scope': 'Tenant_Application/Read/00000000-0000-4000-a000-000000000000',
        'x-ms-throttle-information': 'ResourceUnitLimitExceeded',
      },
    );
  },
  unauthorized: () =>
    graphError(
      401,
      { code: 'InvalidAuthenticationToken', message: 'Lifetime validation failed, the token is expired.' },
      { 'www-authenticate': 'Bearer realm="", error="invalid_token"' },
    ),
  forbidden: () =>
    graphError(403, {
      code: 'Authorization_RequestDenied',
      message: 'Insufficient privileges to complete the operation.',
    }),
};
