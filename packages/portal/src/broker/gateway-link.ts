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
  | { readonly kind: 'time'; readonly gatewayId: GatewayId; readonly message: GatewayMessage<'time'> }
  | {
      readonly kind: 'reported';
      readonly gatewayId: GatewayId;
      readonly tag: string;
      readonly message: GatewayMessage<'reported'>;
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
  /** The gateway asks what its locks shall obey: all of it, and whatever changes from now on. */
  desiring(gatewayId: GatewayId): void;
}

/** What one lock shall obey, as its gateway gets it; `null`: the lock is the gateway's no more. */
export interface DesiredText {
  readonly tag: string;
  readonly text: string | null;
}

/** The portal's way to its gateways: commands at most once, never kept for later; desired states as often as need be. */
export interface GatewayLink {
  /** Whether the gateway is connected and has subscribed to its commands. */
  isReachable(gatewayId: GatewayId): boolean;
  /** Hands a command to the gateway's connection; `false`: it was not reachable and nothing was or will be sent. */
  send(gatewayId: GatewayId, message: GatewayMessageInput<'cmd'>): boolean;
  /** Gives a gateway that has asked the newest state of one lock; one that has not asked yet gets it when it does. */
  desire(gatewayId: GatewayId, desired: DesiredText): void;
}
