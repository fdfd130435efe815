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

/** What holds for the topics of one kind, wherever they are subscribed, permitted or published. */
export interface GatewayTopicTraits {
  /** Who publishes it; the other side listens. */
  readonly from: 'gateway' | 'portal';
  /** Whether a gateway has one of it, or one for each lock. */
  readonly per: 'gateway' | 'lock';
  /** Whether the broker keeps the newest for whoever subscribes later; anything else that was kept is refused. */
  readonly retained: boolean;
  /** With what promise it is published and subscribed: 0 never waits for anybody, 1 is repeated until confirmed. */
  readonly qos: 0 | 1;
}

/** Every kind of topic: what brokers permit, who subscribes to what and which topics there are, all come from this table. */
export const gatewayTopicTraits = {
  cmd: { from: 'portal', per: 'gateway', retained: false, qos: 0 },
  pass: { from: 'portal', per: 'gateway', retained: true, qos: 1 },
  desired: { from: 'portal', per: 'lock', retained: true, qos: 1 },
  read: { from: 'portal', per: 'lock', retained: true, qos: 1 },
  ack: { from: 'gateway', per: 'gateway', retained: false, qos: 0 },
  challenge: { from: 'gateway', per: 'gateway', retained: false, qos: 0 },
  time: { from: 'gateway', per: 'gateway', retained: false, qos: 0 },
  tunnel: { from: 'gateway', per: 'gateway', retained: false, qos: 0 },
  status: { from: 'gateway', per: 'gateway', retained: true, qos: 1 },
  evt: { from: 'gateway', per: 'lock', retained: false, qos: 1 },
  reported: { from: 'gateway', per: 'lock', retained: false, qos: 1 },
  log: { from: 'gateway', per: 'lock', retained: false, qos: 1 },
} as const satisfies Readonly<Record<GatewayMessageKind, GatewayTopicTraits>>;

type Traits = typeof gatewayTopicTraits;
type KindsThat<Wanted extends Partial<GatewayTopicTraits>> = {
  [Kind in GatewayMessageKind]: Traits[Kind] extends Wanted ? Kind : never;
}[GatewayMessageKind];

/** Kinds of messages whose topics name a lock. */
export type LockTopicKind = KindsThat<{ per: 'lock' }>;
/** Kinds of messages of which a gateway has one topic. */
export type GatewayTopicKind = KindsThat<{ per: 'gateway' }>;
/** Kinds of messages that gateways publish. */
export type GatewayReportKind = KindsThat<{ from: 'gateway' }>;
/** Kinds of messages of the portal that are kept for gateways. */
export type GatewayStateKind = KindsThat<{ from: 'portal'; retained: true }>;

const allKinds = Object.keys(gatewayTopicTraits) as readonly GatewayMessageKind[];

/** The kinds of topics with these traits. */
export function gatewayTopicKinds<Wanted extends Partial<GatewayTopicTraits>>(
  wanted: Wanted,
): readonly KindsThat<Wanted>[] {
  const matches = (kind: GatewayMessageKind): kind is KindsThat<Wanted> => {
    const traits: GatewayTopicTraits = gatewayTopicTraits[kind];
    return (Object.keys(wanted) as (keyof GatewayTopicTraits)[]).every((name) => traits[name] === wanted[name]);
  };
  return allKinds.filter(matches);
}

/** A topic taken apart; those that are of one lock name it by the 16 hex characters of its tag. */
export type GatewayTopic =
  | { readonly address: GatewayAddress; readonly kind: GatewayTopicKind }
  | { readonly address: GatewayAddress; readonly kind: LockTopicKind; readonly tag: string };

/** What {@link gatewayTopic} needs besides the address: the kind, and of those of one lock its tag or `+` to subscribe. */
export type GatewayTopicLeaf =
  | GatewayTopicKind
  | { [Kind in LockTopicKind]: { readonly [Name in Kind]: string } }[LockTopicKind];

/** The beginning of all topics of one gateway, `olp/v1/<org>/<prop>/gw/<gateway>`: the subtree its broker account may use. */
export function gatewayTopicPrefix(address: GatewayAddress): string {
  return `olp/v1/${address.organizationId}/${address.propertyId}/gw/${address.gatewayId}`;
}

/** Builds one topic of a gateway, to publish to or to subscribe to. */
export function gatewayTopic(address: GatewayAddress, leaf: GatewayTopicLeaf): string {
  return `${gatewayTopicPrefix(address)}/${typeof leaf === 'string' ? leaf : Object.entries(leaf).flat().join('/')}`;
}

/** All topics of a kind of one gateway, to subscribe to. */
export function gatewayTopicFilter(address: GatewayAddress, kind: GatewayMessageKind): string {
  return `${gatewayTopicPrefix(address)}/${kindFilter(kind)}`;
}

/** What the portal subscribes to, to hear every gateway: one filter per kind, never overlapping. */
export const portalSubscriptions = Object.fromEntries(
  gatewayTopicKinds({ from: 'gateway' }).map((kind) => [kind, `olp/v1/+/+/gw/+/${kindFilter(kind)}`]),
) as Readonly<Record<GatewayReportKind, string>>;

function kindFilter(kind: GatewayMessageKind): string {
  return gatewayTopicTraits[kind].per === 'lock' ? `${kind}/+` : kind;
}

const topicPattern = new RegExp(
  '^olp/v1/(org_[0-9a-z]{26})/(prop_[0-9a-z]{26})/gw/(gw_[0-9a-z]{26})/' +
    `(?:(${gatewayTopicKinds({ per: 'gateway' }).join('|')})|(${gatewayTopicKinds({ per: 'lock' }).join('|')})/([0-9a-f]{16}))$`,
);

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
