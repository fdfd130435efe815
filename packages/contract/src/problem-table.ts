import { keyProblemTable } from './key-problem-table.js';
import { type ProblemCode, type ProblemDetails, type ProblemOf, problemType } from './problem.js';
import type { ProblemRow } from './problem-row.js';

/** Status, title and occasion of every problem, by its code. */
export const problemTable = {
  'invalid-request': {
    status: 400,
    title: 'The request does not fit the contract',
    when: 'A field is missing, malformed or unknown; `issues` names each one. Nothing was done.',
  },
  'idempotency-key-required': {
    status: 400,
    title: 'This call needs an Idempotency-Key',
    when: 'The route acts on a door and was called without the header. Nothing was done.',
  },
  unauthenticated: {
    status: 401,
    title: 'Nobody is signed in',
    when: 'The bearer token is missing, unknown, expired or ended.',
  },
  'sign-in-failed': {
    status: 401,
    title: 'Signing in failed',
    when: 'The e-mail address, the password or the code is wrong; also for an account that does not exist, is not set up or signs in in another way, so that nobody can find out which.',
  },
  forbidden: {
    status: 403,
    title: 'Not allowed',
    when: 'The member sees the resource but may not do this; `because` has the reason of the decision, `whoCould` who may.',
  },
  'role-level-not-manageable': {
    status: 403,
    title: 'Your role may not give or take that role',
    when: 'The grant ceiling covers neither; `actor` is your role there, `target` the one too high, `whoCould` who could (G54).',
  },
  'plan-required': {
    status: 403,
    title: 'The plan does not include this',
    when: 'Such as single sign-on below the Pro plan (S11, S12).',
  },
  'license-required': {
    status: 403,
    title: 'A license is needed on this channel',
    when: 'The mobile booking app and the web reservation portal take an active license, whatever the role (S39).',
  },
  'channel-not-allowed': {
    status: 403,
    title: 'Not allowed on this channel',
    when: 'The member may not sign in or act on this channel, such as Housekeeping on the dashboard (G32).',
  },
  'scope-missing': {
    status: 403,
    title: 'The token does not cover this call',
    when: 'An API key or an app calls what its scopes leave out; `scope` names the one it needs.',
  },
  'unlock-refused': {
    status: 403,
    title: 'The door may not be opened',
    when: 'The decision refused the unlock. The denied attempt is stored and stands in the event feed (P-17).',
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    when: 'There is no such thing, or the caller may not know that there is (G10).',
  },
  'method-not-allowed': {
    status: 405,
    title: 'The path does not take this method',
    when: 'The `Allow` header lists the methods it takes.',
  },
  conflict: {
    status: 409,
    title: 'Something that exists is in the way',
    when: 'Such as an e-mail address or a lock tag in use; `field` names the field of the request.',
  },
  'organization-required': {
    status: 409,
    title: 'This is one property, not an organization',
    when: 'Invite within the property, or ask the operator to set it up as an organization (G4, G5).',
  },
  'scheme-not-in-use': {
    status: 409,
    title: 'The organization does not use this role scheme',
    when: '`scheme` is off; its settings can switch it on.',
  },
  'email-in-use': {
    status: 409,
    title: 'This address belongs to a member, or to an open invitation, already',
    when: 'Whose it is stands in `memberId` and `state` if the caller may see that member; edit that one, or remove the invitation and invite again. The rows of `batch-refused` have neither.',
  },
  'scheme-in-use': {
    status: 409,
    title: 'Members still have a role in this scheme',
    when: 'A scheme is switched off once nobody, invited people included, has a role in it.',
  },
  'not-a-user': {
    status: 409,
    title: 'The member has no place in the workplace',
    when: 'Desk, license and deactivation belong to workplace users.',
  },
  'desk-taken': { status: 409, title: 'The desk is assigned to somebody else', when: 'A desk has one user (S5).' },
  'desk-reserved': {
    status: 409,
    title: 'The desk is reserved within that period',
    when: '`startsAt` and `endsAt` are the first reservation in the way; for whom it is stays untold.',
  },
  'holder-not-licensed': {
    status: 409,
    title: 'The desk is for somebody who may not use it',
    when: 'Only active users with an active license sit at reserved desks (S39).',
  },
  'reservation-ended': {
    status: 409,
    title: 'The reservation has ended',
    when: 'It was cancelled, or its period is over; make a new one.',
  },
  ...keyProblemTable,
  'license-shortfall': {
    status: 409,
    title: 'There are not enough licenses',
    when: '`needed` is more than `available`; open invitations hold a license too (S31). Nothing was done.',
  },
  'last-of-role': {
    status: 409,
    title: 'Nobody able to sign in would be left with that role',
    when: 'The last Organization Owner, Owner of a single property, or Admin stays until there is another (P-20).',
  },
  'state-not-fitting': {
    status: 409,
    title: 'The membership is in another state',
    when: 'Such as reactivating a member who is active; `state` says where it stands.',
  },
  'invitation-not-open': {
    status: 409,
    title: 'There is no open invitation',
    when: 'It was accepted, removed or replaced before.',
  },
  'invitation-not-covered': {
    status: 409,
    title: 'Whoever made this offer could not make it any more',
    when: 'Their own role changed since; ask for a new invitation (P-21).',
  },
  'webhook-url-not-allowed': {
    status: 422,
    title: 'Webhooks are not sent to this address',
    when: 'It is not https, carries a password, or names an address of a private network that the operator has not allowed.',
  },
  'webhook-endpoint-disabled': {
    status: 409,
    title: 'The webhook endpoint is disabled',
    when: 'Enable it first; nothing is sent to it meanwhile.',
  },
  'integration-exists': {
    status: 409,
    title: 'There is an integration of this directory already',
    when: 'An organization has one of each kind (S20); `integrationId` names it.',
  },
  'integration-not-authorized': {
    status: 409,
    title: 'The directory has not let the portal in',
    when: 'Authorize the integration first; when the consent was taken back, give new credentials (S19, S21). Nobody is removed for it.',
  },
  'integration-kind-not-fitting': {
    status: 409,
    title: 'Not for a directory of this kind',
    when: 'A directory that pushes is not read, and one that is read does not push.',
  },
  'credentials-of-other-kind': {
    status: 422,
    title: 'These credentials are for another directory',
    when: 'An integration stays with its kind of directory; add another one instead.',
  },
  'credentials-unreadable': {
    status: 422,
    title: 'The certificate or private key cannot be read',
    when: 'Both are expected as PEM, the private key in PKCS #8 and without a passphrase.',
  },
  'address-not-allowed': {
    status: 422,
    title: 'The portal does not ask this address',
    when: 'It is not https, carries a password, or names an address of a private network that the operator has not allowed.',
  },
  'directory-unreadable': {
    status: 502,
    title: 'The directory could not be read',
    when: '`fault` says why. Nobody is removed for it.',
  },
  'review-not-ready': {
    status: 409,
    title: 'The review is not ready',
    when: 'It is still being read, or reading failed; look at it again, or start another.',
  },
  'review-not-found': {
    status: 422,
    title: 'There is no such review of this integration',
    when: 'It has ended or expired; start another.',
  },
  'row-unknown': {
    status: 422,
    title: 'Somebody chosen is not on the list',
    when: 'Only rows of this review that can be chosen (S16); `rowIds` names up to a hundred that are not.',
  },
  'selection-not-allowed': {
    status: 409,
    title: 'Automatic sync takes everybody',
    when: 'While it is on, or to switch it on, nobody can be left out (S35).',
  },
  'plan-stale': {
    status: 409,
    title: 'Something changed since this plan was made',
    when: 'Plan again and look at it; `planId` is what the same choice would be called now, `null` when the plan is not known.',
  },
  'plan-held': {
    status: 409,
    title: 'This plan takes a second look',
    when: '`held` says why. By hand it can be carried out with `confirmRemovals`, typed by a person; automatically never.',
  },
  'automatic-sync-off': {
    status: 409,
    title: 'Automatic sync is off',
    when: 'Choose users in a review instead, or switch automatic sync on.',
  },
  'idempotency-key-in-use': {
    status: 409,
    title: 'The first request with this Idempotency-Key is still running',
    when: 'Ask again later with the same key and the same request.',
  },
  'organization-required-to-sign-in': {
    status: 409,
    title: 'Say which organization to sign in to',
    when: 'The person is a member of several; give one of `organizations` as `organizationId`.',
  },
  'sso-required': {
    status: 409,
    title: 'This member signs in with a provider, not with a password',
    when: '`method` says with which (S11, S12). Open the set-up link in a browser, or begin with `startSso`.',
  },
  'setup-token-invalid': {
    status: 410,
    title: 'The set-up link is used up or expired',
    when: 'The invitation has to be removed and sent again (G18, G52).',
  },
  'enrollment-code-invalid': {
    status: 410,
    title: 'The code of the gateway is used up or expired',
    when: 'Each code is good once and for an hour. Make another for the gateway and type that.',
  },
  'certificate-refused': {
    status: 403,
    title: 'The certificate of the gateway is taken no more',
    when: 'It has ended, was revoked with its gateway or by a new enrollment, or the request is not signed with its key. Enroll the gateway anew.',
  },
  'invitation-expired': {
    status: 410,
    title: 'The invitation has expired',
    when: 'Its link is no good any more (P-23). Whoever invited removes or replaces it; that works however long ago it expired (G52).',
  },
  'version-stale': {
    status: 412,
    title: 'Somebody else changed it in the meantime',
    when: 'Read it again, see whether the edit still makes sense, and send it with `currentVersion` (G23).',
  },
  'payload-too-large': {
    status: 413,
    title: 'The body is too large',
    when: 'It has more bytes than the call takes, 65,536 for most; nothing of it was kept.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body is not JSON',
    when: 'The `Content-Type` has to be `application/json`.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'This Idempotency-Key belongs to another request',
    when: 'The same key came before with another path or body. Nothing was done.',
  },
  'batch-refused': {
    status: 422,
    title: 'Rows of the batch cannot be done, so nothing was',
    when: '`rows` names each one at fault. No mail was sent (G11).',
  },
  'email-immutable': {
    status: 422,
    title: 'An e-mail address cannot be changed',
    when: 'Remove the invitation or the member and invite again, or replace the invitation (G19, G53).',
  },
  'email-invalid': { status: 422, title: 'This is no e-mail address', when: 'An address of an invitation (G14).' },
  'email-repeated': {
    status: 422,
    title: 'The same address stands in an earlier row with another offer',
    when: '`firstRow` is that row; equal rows are one (G14).',
  },
  'nobody-invited': { status: 422, title: 'Nobody is named', when: 'The list of invitees is empty (G14).' },
  'property-missing': {
    status: 422,
    title: 'No property is named',
    when: 'Whoever is no Organization Owner needs at least one property with a role (G7).',
  },
  'property-not-found': {
    status: 422,
    title: 'There is no such property',
    when: 'Or the caller may not know that there is (G10).',
  },
  'assignment-repeated': {
    status: 422,
    title: 'The same property is named twice',
    when: 'A member has one role on a property.',
  },
  'owner-with-assignments': {
    status: 422,
    title: 'An Organization Owner takes no role on a property',
    when: 'The flag reaches every property; roles beside it would contradict it (G15).',
  },
  'period-invalid': {
    status: 422,
    title: 'The period is not valid',
    when: 'It ends before it starts, or is longer than 31 days, or than 92 for insights.',
  },
  'period-past': {
    status: 422,
    title: 'The period begins in the past',
    when: 'What has passed cannot be reserved, and what has begun cannot begin otherwise.',
  },
  'desk-not-found': { status: 422, title: 'There is no such desk', when: 'It never was, or was removed.' },
  'confirmation-required': {
    status: 422,
    title: 'Type remove to confirm',
    when: '`confirm` has to be exactly `remove` (G39). Nothing was changed.',
  },
  'version-required': {
    status: 428,
    title: 'This call needs an If-Match',
    when: 'An edit names the version that the caller has seen, as `If-Match: "7"`. Nothing was done.',
  },
  'password-too-common': {
    status: 422,
    title: 'This password is too easy to guess',
    when: 'It is among the most used ones (`common`), or little more than a name or address of its owner (`personal`).',
  },
  'return-url-not-allowed': {
    status: 422,
    title: 'The portal does not send browsers there',
    when: 'The operator lists the origins and schemes that `returnTo` may have.',
  },
  'rate-limited': {
    status: 429,
    title: 'Too many requests',
    when: 'Ask again after the seconds in `Retry-After`.',
  },
  internal: {
    status: 500,
    title: 'The portal failed',
    when: 'A fault on our side; the log has it under the request id.',
  },
  'sso-unavailable': {
    status: 503,
    title: 'Signing in with this provider is not possible here now',
    when: 'The portal is not registered with the provider, or the provider does not answer.',
  },
  'gateway-offline': {
    status: 503,
    title: 'No gateway can reach the lock now',
    when: 'The command was not sent and will not be sent later (P-18).',
  },
  unavailable: {
    status: 503,
    title: 'The portal does not serve right now',
    when: 'It starts or stops, or its database is away. Ask again after the seconds in `Retry-After`; with an idempotency key nothing happens twice.',
  },
  'deadline-passed': {
    status: 504,
    title: 'The deadline passed before the command was sent',
    when: 'The command was not sent and will not be sent later (P-18).',
  },
} as const satisfies Record<ProblemCode, ProblemRow>;

/** Builds a problem from its code; status, title and type come from {@link problemTable}, `detail` defaults to the title. */
export function createProblem<Code extends ProblemCode>(code: Code, details: ProblemDetails<Code>): ProblemOf<Code> {
  const { status, title } = problemTable[code];
  // The extras of one code are exactly what its member of the union adds; the index loses that link.
  return {
    type: problemType(code),
    code,
    title,
    status,
    detail: title,
    ...(details as object),
  } as unknown as ProblemOf<Code>;
}
