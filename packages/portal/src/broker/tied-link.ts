import type { GatewayLink } from './gateway-link.js';

/** A link for those who are made before the broker: it reaches nobody until it is tied to the broker's own. */
export interface TiedLink extends GatewayLink {
  tie(link: GatewayLink): void;
}

/** Creates it, tied to nothing. */
export function createTiedLink(): TiedLink {
  let tied: GatewayLink = { isReachable: () => false, send: () => false, desire: () => undefined };
  return {
    tie: (link) => {
      tied = link;
    },
    isReachable: (gatewayId) => tied.isReachable(gatewayId),
    send: (gatewayId, message) => tied.send(gatewayId, message),
    desire: (gatewayId, state) => tied.desire(gatewayId, state),
  };
}
