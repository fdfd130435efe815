import type { GatewayId } from '@latchwork/core';
import type { CryptoProvider } from '@latchwork/lock-protocol';
import type { PropertySigners } from '../access/property-signers.js';
import type { GatewayLink } from '../broker/gateway-link.js';
import type { Clock } from '../clock.js';
import type { Identifiers } from '../identifiers.js';
import type { Log } from '../log.js';
import type { OpenLedger } from '../open-ledger.js';
import type { Store } from '../store/store.js';
import { createGrantPublishing } from './grant-publishing.js';
import { createLogTaking, type LogTaking } from './log-taking.js';
import { createReadPublishing } from './read-publishing.js';
import { watchForMissing } from './withheld-log.js';

/** What reading the logs of locks stands on. */
export interface LockLogParts {
  readonly opened: OpenLedger;
  readonly store: Pick<Store, 'peers' | 'attemptsOfCommands' | 'lockLogOfCommands'>;
  readonly identifiers: Identifiers;
  readonly signers: PropertySigners;
  readonly crypto: CryptoProvider;
  readonly link: GatewayLink;
  readonly clock: Clock;
  readonly log: Log;
}

/** How the logs of locks come here, whole or with word of what is missing. */
export interface LockLog extends LogTaking {
  /** A gateway asks what it may read, and from where. */
  desiring(gatewayId: GatewayId): void;
  /** Tells a gateway that a lock is not its own any more. */
  withdraw(gatewayId: GatewayId, tag: string): void;
  /** Looks after what is due by now. */
  lookAfter(): Promise<void>;
}

/** Opens it: gateways are told, now and with every commit, from where to read, and get the grants to do so. */
export function openLockLog(parts: LockLogParts): LockLog {
  const { opened, store, signers, identifiers, link, clock, log } = parts;
  const { projection, ledger } = opened;
  const reads = createReadPublishing({ projection, link, clock });
  const grants = createGrantPublishing({ projection, signers, link, clock, log });
  for (const publishing of [reads, grants]) {
    opened.onCommitted(publishing.heard);
    opened.onReplaced(publishing.publishAll);
  }
  return {
    ...createLogTaking({ ...parts, projection, ledger }),
    desiring: (gatewayId) => {
      grants.desiring(gatewayId);
      reads.desiring(gatewayId);
    },
    withdraw: (gatewayId, tag) => link.desire(gatewayId, { leaf: { read: tag }, text: null }),
    lookAfter: async () => {
      grants.renew();
      // Where this process is the one to.
      if (store.peers.lease.isHeld()) await watchForMissing({ projection, ledger, identifiers, clock });
    },
  };
}
