import type { GatewayId, OrganizationId, PropertyId } from '@latchwork/core';
import { ContractError } from './contract-error.js';
import type { GatewayMessageKind } from './gateway-messages.js';

/** Which gateway of which property of which organization a topic belongs to. */
export interface GatewayAddress {
  /** The organization's id. */
  readonly organizationId: OrganizationId;
  /** The property's id. */
  readonly propertyId: PropertyId;
  /** The gateway's id, which is also its user name at the broker. */
  readonly gatewayId: GatewayId;
}

/** Kinds of messages whose topics name a lock. */
export type LockTopicKind = 'evt' | 'desired' | 'reported' | 'read' | 'log';
/** Kinds of messages of which a gateway has one topic. */
export type GatewayTopicKind = Exclude<GatewayMessageKind, LockTopicKind>;

/** A topic taken apart; those that are of one lock name it by the 16 hex characters of its tag. */
export type GatewayTopic =
  | { readonly address: GatewayAddress; readonly kind: GatewayTopicKind }
  | { readonly address: GatewayAddress; readonly kind: LockTopicKind; readonly tag: string };

/** What {@link gatewayTopic} needs besides the address: the kind, and of those of one lock its tag or `+` to subscribe. */
export type GatewayTopicLeaf =
  | GatewayTopicKind
  | { readonly evt: string }
  | { readonly desired: string }
  | { readonly reported: string }
  | { readonly read: string }
  | { readonly log: string };

/** The beginning of all topics of one gateway, `olp/v1/<org>/<prop>/gw/<gateway>`: the subtree its broker account may use. */
export function gatewayTopicPrefix(address: GatewayAddress): string {
  return `olp/v1/${address.organizationId}/${address.propertyId}/gw/${address.gatewayId}`;
}

/** Builds one topic of a gateway, to publish to or to subscribe to. */
export function gatewayTopic(address: GatewayAddress, leaf: GatewayTopicLeaf): string {
  return `${gatewayTopicPrefix(address)}/${typeof leaf === 'string' ? leaf : Object.entries(leaf).flat().join('/')}`;
}

/** What the portal subscribes to, to hear every gateway: one filter per kind, never overlapping. */
export const portalSubscriptions: Readonly<
  Record<Exclude<GatewayMessageKind, 'cmd' | 'desired' | 'pass' | 'read'>, string>
> = {
  ack: 'olp/v1/+/+/gw/+/ack',
  challenge: 'olp/v1/+/+/gw/+/challenge',
  evt: 'olp/v1/+/+/gw/+/evt/+',
  log: 'olp/v1/+/+/gw/+/log/+',
  reported: 'olp/v1/+/+/gw/+/reported/+',
  status: 'olp/v1/+/+/gw/+/status',
  time: 'olp/v1/+/+/gw/+/time',
};

const topicPattern =
  /^olp\/v1\/(org_[0-9a-z]{26})\/(prop_[0-9a-z]{26})\/gw\/(gw_[0-9a-z]{26})\/(?:(cmd|ack|challenge|pass|status|time)|(evt|desired|log|read|reported)\/([0-9a-f]{16}))$/;

/**
 * Takes a topic apart.
 *
 * @throws {@link ContractError} `invalid-topic`, for a topic that is not of this binding.
 */
export function parseGatewayTopic(topic: string): GatewayTopic {
  const match = topicPattern.exec(topic);
  if (!match) throw new ContractError('The topic is not one of a gateway.', { code: 'invalid-topic', topic });
  const [, organizationId, propertyId, gatewayId, kind, lockKind, tag] = match;
  const address = { organizationId, propertyId, gatewayId } as GatewayAddress;
  return tag === undefined
    ? { address, kind: kind as GatewayTopicKind }
    : { address, kind: lockKind as LockTopicKind, tag };
}
