import type { GatewayId, Instant } from '@latchwork/core';
import type { Sealer } from '../access/sealer.js';
import type { Clock } from '../clock.js';
import type { Ledger } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import type { CertificateAuthority, OwnCertificate } from './certificate-authority.js';

/** The installation's own certificate authority for its broker, made when it is first needed and kept sealed. */
export interface BrokerAuthority {
  /** PEM. */
  certificate(): Promise<string>;
  /**
   * Certifies a gateway's key for the time that certificates are given.
   *
   * @throws TypeError for a request that is none, or is not signed with its own key.
   */
  certifyGateway(gatewayId: GatewayId, request: string): Promise<GatewayCertificate>;
  /** A new key for somebody of the portal's own: itself, or the broker under a host. */
  certifyOwn(commonName: string, hosts?: readonly string[]): Promise<OwnCertificate>;
  /** PEM of the list of certificates that are not to be believed any more. */
  revocationList(): Promise<string>;
}

/** A gateway's certificate, and the row to be kept of it. */
export interface GatewayCertificate {
  readonly pem: string;
  readonly row: Row<'gatewayCertificate'>;
}

const onlyId = 'gateways';
const sealedAs = 'broker_authority/gateways';
const dayMs = 24 * 60 * 60 * 1000;
/** Of a gateway; it asks for the next when a third of this is left. */
const gatewayLifetimeMs = 90 * dayMs;
const ownLifetimeMs = 365 * dayMs;

/** Creates it over the kept row. */
export function createBrokerAuthority(parts: {
  readonly projection: Projection;
  readonly ledger: Ledger;
  readonly sealer: Sealer;
  readonly clock: Clock;
}): BrokerAuthority {
  const { projection, ledger, sealer, clock } = parts;
  let opening: Promise<CertificateAuthority> | undefined;

  const open = async (): Promise<CertificateAuthority> => {
    // Not needed by an installation whose gateways sign in with secrets, and long to load.
    const { makeAuthority, openAuthority } = await import('./certificate-authority.js');
    if (projection.brokerAuthorities.get(onlyId) === undefined) {
      const made = await makeAuthority(clock.now());
      await ledger.write((draft) => {
        // Of several portals, the first makes it.
        if (projection.brokerAuthorities.get(onlyId) !== undefined) return;
        draft.insert('brokerAuthority', {
          id: onlyId,
          certificate: made.certificate,
          secretSealed: sealer.seal(made.secret, sealedAs),
          createdAt: draft.now,
        });
      });
    }
    const row = projection.brokerAuthorities.get(onlyId);
    if (row === undefined) throw new TypeError('The authority was not kept.');
    return await openAuthority({ certificate: row.certificate, secret: sealer.open(row.secretSealed, sealedAs) });
  };
  const opened = async (): Promise<CertificateAuthority> => {
    opening ??= open().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return await opening;
  };

  return {
    certificate: async () => (await opened()).certificate,
    certifyGateway: async (gatewayId, request) => {
      const authority = await opened();
      const notBefore = clock.now();
      const notAfter = (notBefore + gatewayLifetimeMs) as Instant;
      const party = { commonName: gatewayId, use: { kind: 'client' as const }, notBefore, notAfter };
      const { pem, serial, fingerprint } = await authority.certify(request, party);
      return { pem, row: { serial, gatewayId, fingerprint, notBefore, notAfter, revokedAt: null } };
    },
    certifyOwn: async (commonName, hosts) => {
      const authority = await opened();
      const notBefore = clock.now();
      return await authority.certifyNew({
        commonName,
        use: hosts === undefined ? { kind: 'client' } : { kind: 'server', hosts },
        notBefore,
        notAfter: (notBefore + ownLifetimeMs) as Instant,
      });
    },
    revocationList: async () => {
      const authority = await opened();
      const now = clock.now();
      const revoked = projection.gatewayCertificates
        .all()
        .flatMap(({ serial, revokedAt, notAfter }) =>
          revokedAt !== null && notAfter > now ? [{ serial, revokedAt }] : [],
        );
      return await authority.revocationList(revoked, now);
    },
  };
}
