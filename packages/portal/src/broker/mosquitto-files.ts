import { gatewayTopicKinds, gatewayTopicTraits } from '@latchwork/contract';

/** Names of the files of a mosquitto that serves gateways, beside one another in one folder. */
export const mosquittoFileNames = {
  configuration: 'mosquitto.conf',
  permissions: 'gateways.acl',
  authority: 'gateways-ca.pem',
  revocations: 'gateways.crl',
  certificate: 'server.pem',
  privateKey: 'server.key',
  bridgeCertificate: 'bridge.pem',
  bridgePrivateKey: 'bridge.key',
} as const;

/** As whom a mosquitto signs in at the one that it is a bridge to: user name, client id and common name. */
export const bridgeUser = 'latchwork-bridge';

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
  const users = [portalUser, bridgeUser].map((user) => `\nuser ${user}\ntopic readwrite olp/v1/#\n`);
  return `${lines.join('\n')}\n${users.join('')}`;
}

/**
 * What follows in the configuration of a mosquitto near gateways that is a bridge to the one of the portal. Each topic goes one
 * way, so that nothing comes back; with the promise that it has everywhere, so that no command waits for a bridge.
 */
export function mosquittoBridge(to: { readonly host: string; readonly port: number; readonly folder: string }): string {
  const topics = gatewayTopicKinds({}).map((kind) => {
    const { from, per, qos } = gatewayTopicTraits[kind];
    const topic = `olp/v1/+/+/gw/+/${per === 'lock' ? `${kind}/+` : kind}`;
    return `topic ${topic} ${from === 'gateway' ? 'out' : 'in'} ${qos}`;
  });
  return `
connection latchwork
address ${to.host.includes(':') ? `[${to.host}]` : to.host}:${to.port}
bridge_cafile ${to.folder}/${mosquittoFileNames.authority}
bridge_certfile ${to.folder}/${mosquittoFileNames.bridgeCertificate}
bridge_keyfile ${to.folder}/${mosquittoFileNames.bridgePrivateKey}
remote_clientid ${bridgeUser}
cleansession false
notifications false
keepalive_interval 15
restart_timeout 1 15
${topics.join('\n')}
`;
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
