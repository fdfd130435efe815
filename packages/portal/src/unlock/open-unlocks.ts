import type { OpenLedger } from '../open-ledger.js';
import type { PeerCalls } from '../store/peer-calls.js';
import type { Store } from '../store/store.js';
import { createHandOver } from './hand-over.js';
import { createOwnTunnels, type OwnTunnels } from './own-tunnels.js';
import { createSharedTunnels, type SharedTunnels } from './shared-tunnels.js';
import { createTunnelDesk, type TunnelDesk } from './tunnel-desk.js';
import { createUnlockDesk, type UnlockDesk, type UnlockDeskParts } from './unlock-desk.js';

/** What unlocks stand on. */
export interface UnlocksParts
  extends Pick<UnlockDeskParts, 'signers' | 'hearings' | 'link' | 'clock' | 'identifiers' | 'log' | 'onEnd'> {
  readonly opened: OpenLedger;
  readonly store: Pick<Store, 'peers' | 'attempt'>;
  readonly calls: PeerCalls;
}

/** Unlocks through gateways, and the tunnels of those who unlock by themselves. */
export interface Unlocks {
  readonly desk: UnlockDesk;
  /** Those of gateways that are connected to this process. */
  readonly tunnels: TunnelDesk;
  readonly sharedTunnels: SharedTunnels;
  readonly ownTunnels: OwnTunnels;
  /** Ends what is past its time. */
  sweep(): Promise<void>;
  /** Lets go whoever waits: the portal is about to stop. */
  releaseWaiting(): void;
}

/** Opens them: attempts are taken up as they are committed, here or by another process. */
export function openUnlocks(parts: UnlocksParts): Unlocks {
  const { opened, store, calls, identifiers, link, clock, log } = parts;
  const { projection, ledger } = opened;
  const { self } = store.peers;
  const desk = createUnlockDesk({ ...parts, projection, ledger, self });
  opened.onCommitted(desk.heard);
  opened.onCommitted(createHandOver({ projection, ledger, link, self, clock, log }));
  opened.onReplaced(desk.releaseWaiting);
  const tunnels = createTunnelDesk({ projection, store, ledger, unlocks: desk, link, self, clock, log });
  opened.onCommitted(tunnels.heard);
  const sharedTunnels = createSharedTunnels({ projection, store, ledger, tunnels, calls, clock });
  const ownTunnels = createOwnTunnels({ link, identifiers, clock });
  return {
    ...{ desk, tunnels, sharedTunnels, ownTunnels },
    sweep: async () => {
      tunnels.sweep();
      await desk.sweep();
    },
    releaseWaiting: () => {
      desk.releaseWaiting();
      ownTunnels.endAll();
      sharedTunnels.releaseWaiting();
    },
  };
}
