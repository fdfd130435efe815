import * as z from 'zod/mini';
import { gatewayId } from '../identifiers.js';
import { gatewayEnrollmentInput, gatewayRenewalInput } from '../inputs/enrollment.js';
import { idempotencyHeaders } from '../inputs/headers.js';
import { operations } from '../operations.js';
import { route } from '../route.js';

/** Makes a code for a gateway's first certificate, or for a new beginning; an earlier code is taken no more. */
export const createEnrollmentCode = route(operations.createEnrollmentCode, {
  summary: 'Make a code with which a gateway enrolls',
  params: z.strictObject({ gatewayId }),
  headers: idempotencyHeaders,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'hub.manage',
});

/** Uses a code up: certifies the gateway's key and ends every certificate it had before. Called by the gateway. */
export const enrollGateway = route(operations.enrollGateway, {
  summary: 'Enroll a gateway with its code',
  body: gatewayEnrollmentInput,
  statuses: [200],
  problems: ['enrollment-code-invalid'],
  auth: 'none',
  action: null,
});

/** Gives a gateway its next certificate; the one it has lasts until its own end. Called by the gateway. */
export const renewGatewayCertificate = route(operations.renewGatewayCertificate, {
  summary: 'Renew the certificate of a gateway',
  body: gatewayRenewalInput,
  statuses: [200],
  problems: ['certificate-refused'],
  auth: 'none',
  action: null,
});
