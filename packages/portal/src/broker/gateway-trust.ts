import type { GatewayId } from '@latchwork/core';
import type { Draft } from '../ledger.js';
import type { Projection } from '../store/projection.js';

/** Ends a gateway's certificates, and a code by which it would get one. */
export function endGatewayTrust(
  draft: Draft,
  projection: Pick<Projection, 'gatewayCertificates' | 'gatewayEnrollments'>,
  gatewayId: GatewayId,
): void {
  for (const certificate of projection.gatewayCertificates.group(gatewayId)) {
    if (certificate.revokedAt === null) draft.update('gatewayCertificate', { ...certificate, revokedAt: draft.now });
  }
  const enrollment = projection.gatewayEnrollments.get(gatewayId);
  if (enrollment !== undefined) draft.delete('gatewayEnrollment', enrollment);
}
