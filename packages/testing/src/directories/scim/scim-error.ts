import { type FaultWords, retryAfterOf } from '../directory-faults.js';
import type { DirectoryAnswer } from '../directory-http.js';

/** An answer without saying to what it is one. */
export type BareAnswer = Omit<DirectoryAnswer, 'operation'>;

/** The content type of SCIM's answers (RFC 7644, 8.1). */
export const scimJson = 'application/scim+json;charset=utf-8';

/** An error as RFC 7644 (3.12) words it. */
export function scimError(
  status: number,
  detail: string,
  scimType?: string,
  headers: Readonly<Record<string, string>> = {},
): BareAnswer {
  return {
    status,
    headers: { 'content-type': scimJson, ...headers },
    body: {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: `${status}`,
      ...(scimType === undefined ? {} : { scimType }),
      detail,
    },
  };
}

/** How a SCIM server words throttling and refusals. */
export const scimWords: FaultWords = {
  throttle(fault, now) {
    const headers = retryAfterOf(fault, now);
    return fault.as === 'unavailable-503'
      ? scimError(503, 'Service unavailable', undefined, headers)
      : scimError(429, 'Too many requests', undefined, headers);
  },
  unauthorized: () => scimError(401, 'Authorization failure', undefined, { 'www-authenticate': 'Bearer' }),
  forbidden: () => scimError(403, 'Operation is not permitted based on the supplied authorization.'),
};
