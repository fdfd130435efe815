import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import type { Clock } from '../clock.js';
import type { PortalConfig } from '../config.js';
import type { Ledger } from '../ledger.js';
import type { Log } from '../log.js';
import type { Lease } from '../store/lease.js';
import type { Projection } from '../store/projection.js';
import type { BrokerAuthority } from './broker-authority.js';
import { startEmbeddedBroker } from './embedded-broker.js';
import type { GatewayBroker } from './gateway-broker.js';
import type { GatewayListener } from './gateway-link.js';
import type { BrokerIdentity } from './outside-connection.js';

/** What the broker stands on. */
export interface BrokerParts {
  readonly config: Pick<PortalConfig, 'mqtt' | 'broker'>;
  readonly projection: Projection;
  readonly ledger: Pick<Ledger, 'fresh'>;
  readonly authority: BrokerAuthority;
  readonly listener: GatewayListener;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly log: Log;
}

/** PEM: who certifies the broker to those who connect to it, besides those that everybody trusts. */
export async function brokerAuthorityOf(
  { broker }: Pick<PortalConfig, 'broker'>,
  authority: BrokerAuthority,
): Promise<string> {
  return broker?.caFile === undefined ? await authority.certificate() : await readFile(broker.caFile, 'utf8');
}

/**
 * Opens the way to the gateways: the portal's own broker, or another one.
 *
 * @throws PortalError `address-unavailable`
 */
export async function openBroker(parts: BrokerParts): Promise<GatewayBroker> {
  const { config, projection, ledger, authority, listener, lease, clock, log } = parts;
  const { broker } = config;
  if (broker === undefined) {
    const { tlsHosts, ...at } = config.mqtt;
    const tls = tlsHosts.length === 0 ? undefined : { hosts: tlsHosts, authority };
    return await startEmbeddedBroker({ ...at, tls, projection, fresh: ledger.fresh, listener, clock, log });
  }
  // An MQTT client takes time to load, and most portals need none.
  const { startOutsideBroker } = await import('./outside-broker.js');
  const { url, publicUrl, username, password } = broker;
  const hasTls = /^(?:mqtts|wss):/.test(url);
  const isCertified = hasTls && password === undefined;
  const identityOf = async (name: string): Promise<BrokerIdentity> =>
    isCertified
      ? await authority.certifyOwn(name)
      : { username, ...(password === undefined ? {} : { password: password.reveal() }) };
  return startOutsideBroker({
    url,
    publicUrl,
    clientId: username,
    identity: async () => await identityOf(username),
    identityAs: identityOf,
    authorities: async () => {
      if (!hasTls) return undefined;
      return [...rootCertificates, await brokerAuthorityOf(config, authority)];
    },
    ...{ projection, listener, lease, clock, log },
  });
}
