import type { GatewayMessage } from '@latchwork/contract';
import type { GatewayId } from '@latchwork/core';
import type { CryptoProvider } from '@latchwork/lock-protocol';
import { completeSigners, type PropertySigners } from '../access/property-signers.js';
import type { Sealer } from '../access/sealer.js';
import type { GatewayLink } from '../broker/gateway-link.js';
import type { Clock } from '../clock.js';
import { endReplaced } from '../credentials/credential-succession.js';
import type { Identifiers } from '../identifiers.js';
import type { LogArrival } from '../lock-log/log-taking.js';
import { type LockLog, openLockLog } from '../lock-log/open-lock-log.js';
import type { Log } from '../log.js';
import type { OpenLedger } from '../open-ledger.js';
import { every } from '../periodic-task.js';
import type { Store } from '../store/store.js';
import { createDesiredPublishing } from './desired-publishing.js';
import { createDrivenWords } from './driven-word.js';
import { createLockReports, type LockReportArrival, type LockReports } from './lock-reports.js';
import { expireRevocations, isSpent } from './revocation-progress.js';
import { createSetDesk } from './set-desk.js';
import { createTimeDesk } from './time-desk.js';

/** What the portal's side of the locks stands on. */
export interface LocksParts {
  readonly opened: OpenLedger;
  readonly store: Pick<Store, 'peers' | 'attemptsOfCommands' | 'lockLogOfCommands'>;
  readonly identifiers: Identifiers;
  readonly signers: PropertySigners;
  readonly sealer: Sealer;
  readonly crypto: CryptoProvider;
  readonly link: GatewayLink;
  readonly clock: Clock;
  readonly log: Log;
}

/** Everything by which the locks come to obey what was decided, and prove it. */
export interface Locks extends AsyncDisposable {
  readonly lockLog: Pick<LockLog, 'take'>;
  readonly reports: Pick<LockReports, 'brought'>;
  /** A gateway asks what its locks shall obey, and from where to read their logs. */
  desiring(gatewayId: GatewayId): void;
  /** A gateway asks for the time, for a lock. */
  time(gatewayId: GatewayId, message: GatewayMessage<'time'>): void;
  reported(arrival: LockReportArrival): Promise<void>;
  /** A gateway tells what it hears, with what locks of other makers said. */
  heard(gatewayId: GatewayId, status: GatewayMessage<'status'>): Promise<void>;
  /** A gateway has read the log of a lock. */
  logged(arrival: LogArrival): Promise<void>;
  /** Plans for every lock that is due, and ends revocations of what has run out; runs by itself, too. */
  plan(): Promise<void>;
}

const planEveryMs = 5_000;

/** Opens it: properties get the signing keys that they lack, and every lock is looked into. */
export async function openLocks(parts: LocksParts): Promise<Locks> {
  const { opened, store, signers, sealer, crypto, link, clock, log } = parts;
  const { projection, ledger } = opened;
  await completeSigners({ projection, ledger, signers });
  const publishing = createDesiredPublishing({ projection, link });
  const desk = createSetDesk({ projection, ledger, signers, sealer, crypto, clock, log });
  const reports = createLockReports({ projection, ledger, identifiers: parts.identifiers, crypto, log });
  const timeDesk = createTimeDesk({ projection, signers, link, clock, log });
  const lockLog = openLockLog(parts);
  opened.onCommitted(publishing.heard);
  opened.onCommitted(desk.heard);
  opened.onReplaced(() => {
    publishing.publishAll();
    desk.lookAtAll();
  });
  desk.lookAtAll();
  /** Where this process is the one to. */
  const expire = async () => {
    if (!store.peers.lease.isHeld()) return;
    const isDue = projection.revocations
      .group('open')
      .some(({ locks }) => locks.some((lock) => isSpent(lock, clock.now())));
    if (isDue) await ledger.write((draft) => expireRevocations(draft, projection));
  };
  const plan = async () => {
    await desk.catchUp();
    await expire();
    if (await endReplaced({ projection, ledger })) await desk.catchUp();
    await lockLog.lookAfter();
  };
  const planning = every(planEveryMs, plan, log);
  return {
    lockLog,
    reports,
    desiring: (gatewayId) => {
      publishing.desiring(gatewayId);
      lockLog.desiring(gatewayId);
    },
    time: timeDesk,
    reported: async (arrival) => {
      const taking = await reports.reported(arrival);
      // It was not there when the lock was removed, and goes on with what it has on its disk.
      if (taking === 'foreign') publishing.withdraw(arrival.gatewayId, arrival.tag);
    },
    heard: createDrivenWords({ projection, ledger, clock }),
    logged: async (arrival) => {
      if ((await lockLog.arrived(arrival)) === 'foreign') lockLog.withdraw(arrival.gatewayId, arrival.tag);
    },
    plan,
    [Symbol.asyncDispose]: async () => {
      await desk[Symbol.asyncDispose]();
      await planning[Symbol.asyncDispose]();
    },
  };
}
