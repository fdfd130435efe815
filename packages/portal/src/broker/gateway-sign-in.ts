import { timingSafeEqual, type X509Certificate } from 'node:crypto';
import { type GatewayId, type Instant, isId } from '@latchwork/core';
import { tokenHash } from '../access/bearer-token.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';

/** What a connection shows of who it is. */
export interface GatewayProof {
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** What it was certified with, as TLS has checked it. */
  readonly certificate: X509Certificate | undefined;
}

type Known = Pick<Projection, 'gateways' | 'gatewayCertificates'>;

/** The gateway that signs in with its id, which is its client id too, and its secret. */
export function gatewayBySecret(known: Known, { clientId, username, password }: GatewayProof): GatewayId | undefined {
  const gateway = isId('gateway', username) ? known.gateways.get(username) : undefined;
  const given = Buffer.from(tokenHash(password ?? ''));
  const kept = Buffer.from(gateway?.secretHash ?? tokenHash(''));
  const right = given.length === kept.length && timingSafeEqual(given, kept);
  return right && clientId === gateway?.id ? gateway.id : undefined;
}

/** The gateway whose certificate was shown, under its own client id: one that the portal gave it and has not ended since. */
export function gatewayByCertificate(
  known: Known,
  { clientId, certificate }: GatewayProof,
  now: Instant,
): GatewayId | undefined {
  if (certificate === undefined) return undefined;
  const row = known.gatewayCertificates.get(certificate.serialNumber.toLowerCase());
  const fingerprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase();
  if (row === undefined || row.fingerprint !== fingerprint || !isGood(row, now)) return undefined;
  return clientId === row.gatewayId ? known.gateways.get(row.gatewayId)?.id : undefined;
}

function isGood({ revokedAt, notAfter }: Row<'gatewayCertificate'>, now: Instant): boolean {
  return revokedAt === null && notAfter > now;
}
