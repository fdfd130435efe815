import type { LockLink } from '@latchwork/lock-protocol';
import type { Link } from './radio/central.js';

/** A connection as the protocol's callers use it; INFO has been read already. */
export function lockLinkOf(link: Link): LockLink {
  return {
    mtu: link.mtu,
    readInfo: async () => link.info,
    write: (frame, o) => link.write(frame, o),
    onFrame: (listener) => link.onNotify(listener),
    closed: link.closed,
  };
}
