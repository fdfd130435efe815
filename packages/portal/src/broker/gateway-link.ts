import type {
  GatewayMessage,
  GatewayMessageInput,
  GatewayReportKind,
  GatewayStateKind,
  GatewayTopicLeaf,
  LockTopicKind,
} from '@latchwork/contract';
import type { GatewayId } from '@latchwork/core';

/** What a gateway says to the portal, in the order in which it arrives. */
export type GatewayReport = {
  [Kind in GatewayReportKind]: {
    readonly kind: Kind;
    readonly gatewayId: GatewayId;
    readonly message: GatewayMessage<Kind>;
  } & (Kind extends LockTopicKind ? { readonly tag: string } : unknown);
}[GatewayReportKind];

/** A gateway's connection came up, ready for commands, or went down. */
export interface GatewayConnection {
  readonly gatewayId: GatewayId;
  readonly connected: boolean;
}

/** Hears of gateways. A report is acknowledged to its gateway only after the promise resolves. */
export interface GatewayListener {
  report(report: GatewayReport): Promise<void>;
  connection(change: GatewayConnection): void;
  /** The gateway asks for what is kept for it: all of it, and whatever changes from now on. */
  desiring(gatewayId: GatewayId): void;
}

/** On which of a gateway's topics a state is: what a lock shall obey, how far its log was read, and the gateway's grants. */
export type StateLeaf = Extract<
  GatewayTopicLeaf,
  GatewayStateKind | { [Kind in GatewayStateKind]: { readonly [Name in Kind]: string } }[GatewayStateKind]
>;

/** Of which kind a state is. */
export function stateKindOf(leaf: StateLeaf): GatewayStateKind {
  return (typeof leaf === 'string' ? leaf : Object.keys(leaf)[0]) as GatewayStateKind;
}

/** The newest state of a topic, as its gateway gets it; `null`: the lock is the gateway's no more. */
export interface StateText {
  readonly leaf: StateLeaf;
  readonly text: string | null;
}

/** The portal's way to its gateways: commands at most once, never kept for later; desired states as often as need be. */
export interface GatewayLink {
  /** Whether the gateway is connected and has subscribed to its commands. */
  isReachable(gatewayId: GatewayId): boolean;
  /** Hands a command to the gateway's connection; `false`: it was not reachable and nothing was or will be sent. */
  send(gatewayId: GatewayId, message: GatewayMessageInput<'cmd'>): boolean;
  /** Gives a gateway that has asked the newest state of one topic; one that has not asked yet gets it when it does. */
  desire(gatewayId: GatewayId, state: StateText): void;
}
