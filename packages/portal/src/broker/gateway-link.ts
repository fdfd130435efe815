import type { GatewayMessage, GatewayMessageInput } from '@latchwork/contract';
import type { GatewayId } from '@latchwork/core';

/** What a gateway says to the portal, in the order in which it arrives. */
export type GatewayReport =
  | { readonly kind: 'ack'; readonly gatewayId: GatewayId; readonly message: GatewayMessage<'ack'> }
  | { readonly kind: 'challenge'; readonly gatewayId: GatewayId; readonly message: GatewayMessage<'challenge'> }
  | {
      readonly kind: 'evt';
      readonly gatewayId: GatewayId;
      readonly tag: string;
      readonly message: GatewayMessage<'evt'>;
    }
  | { readonly kind: 'status'; readonly gatewayId: GatewayId; readonly message: GatewayMessage<'status'> };

/** A gateway's connection came up, ready for commands, or went down. */
export interface GatewayConnection {
  readonly gatewayId: GatewayId;
  readonly connected: boolean;
}

/** Hears of gateways. A report is acknowledged to its gateway only after the promise resolves. */
export interface GatewayListener {
  report(report: GatewayReport): Promise<void>;
  connection(change: GatewayConnection): void;
}

/** The portal's way to its gateways: commands at most once, never kept for later. */
export interface GatewayLink {
  /** Whether the gateway is connected and has subscribed to its commands. */
  isReachable(gatewayId: GatewayId): boolean;
  /** Hands a command to the gateway's connection; `false`: it was not reachable and nothing was or will be sent. */
  send(gatewayId: GatewayId, message: GatewayMessageInput<'cmd'>): boolean;
}
