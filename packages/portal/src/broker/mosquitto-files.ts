import { gatewayTopicKinds, gatewayTopicTraits } from '@latchwork/contract';

/** Names of the files of a mosquitto that serves gateways, beside one another in one folder. */
export const mosquittoFileNames = {
  configuration: 'mosquitto.conf',
  permissions: 'gateways.acl',
  authority: 'gateways-ca.pem',
  revocations: 'gateways.crl',
  certificate: 'server.pem',
  privateKey: 'server.key',
} as const;

/**
 * The permissions, for every broker that reads mosquitto's files: each gateway has its own topics, by the common name of its
 * certificate (`%u`), and the portal has all. They come from the contract's one table, so that no topic can be forgotten.
 */
export function mosquittoPermissions(portalUser: string): string {
  const lines = gatewayTopicKinds({}).map((kind) => {
    const { from, per } = gatewayTopicTraits[kind];
    const right = from === 'gateway' ? 'write' : 'read';
    return `pattern ${right} olp/v1/+/+/gw/%u/${per === 'lock' ? `${kind}/+` : kind}`;
  });
  return `${lines.join('\n')}\n\nuser ${portalUser}\ntopic readwrite olp/v1/#\n`;
}

/** The configuration: mutual TLS alone, client ids that are the certificates' names, and a memory for what must arrive. */
export function mosquittoConfiguration(at: { readonly port: number; readonly folder: string }): string {
  const file = (name: keyof typeof mosquittoFileNames) => `${at.folder}/${mosquittoFileNames[name]}`;
  return `listener ${at.port}
cafile ${file('authority')}
crlfile ${file('revocations')}
certfile ${file('certificate')}
keyfile ${file('privateKey')}
require_certificate true
use_identity_as_username true
use_username_as_clientid true
allow_anonymous false
acl_file ${file('permissions')}

# What portal and gateways say is small and wants to go at once.
set_tcp_nodelay true
max_keepalive 120

# Reports wait for a portal that is away; nothing that has no promise waits for anybody.
persistence true
persistence_location ${at.folder}/
autosave_interval 30
persistent_client_expiration 14d
max_queued_messages 100000
max_inflight_messages 100
queue_qos0_messages false
`;
}
