import * as z from 'zod/mini';
import { gatewayId, organizationId, propertyId } from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';
import { timestamp } from '../wire-values.js';

/** A code with which one gateway gets its first certificate, once, until it ends; shown only here. */
export const enrollmentCode = z.object({ gatewayId, code: z.string(), expiresAt: timestamp });
/** {@link enrollmentCode} as data. */
export type EnrollmentCode = ReadonlyData<z.output<typeof enrollmentCode>>;

/** A gateway's certificate, and who certifies its broker besides those that everybody trusts; both PEM. */
export const gatewayCertificate = z.object({
  certificate: z.string(),
  authority: z.string(),
  expiresAt: timestamp,
});
/** {@link gatewayCertificate} as data. */
export type GatewayCertificate = ReadonlyData<z.output<typeof gatewayCertificate>>;

/**
 * Everything that a gateway needs to begin. `secret` is its password where the broker takes no certificates, and `null`
 * where it does; every earlier one is taken no more.
 */
export const gatewayEnrollment = z.extend(gatewayCertificate, {
  organizationId,
  propertyId,
  gatewayId,
  mqttUrl: z.string(),
  secret: z.nullable(z.string()),
});
/** {@link gatewayEnrollment} as data. */
export type GatewayEnrollment = ReadonlyData<z.output<typeof gatewayEnrollment>>;
