import type { Actor, LogMessage } from '@latchwork/contract';
import type { DeviceId, GatewayId, Instant } from '@latchwork/core';
import {
  type CryptoProvider,
  decodeLogEntry,
  type LogFinding,
  type LogReader,
  type LogRecord,
  readLogReport,
} from '@latchwork/lock-protocol';
import { watchLockClock } from '../alarms/lock-clock.js';
import type { Clock } from '../clock.js';
import type { Identifiers } from '../identifiers.js';
import type { Draft, Ledger } from '../ledger.js';
import type { Log } from '../log.js';
import type { Projection } from '../store/projection.js';
import type { Reader, Row } from '../store/store.js';
import { type CommandEntry, reachOf, tellFound, tellNotFound, unprovenAttempts } from './attempt-truth.js';
import { createAccounting, instantOf } from './entry-account.js';
import { recordEntries } from './entry-record.js';
import { clearMended, recordFindings } from './finding-record.js';
import { observeLock } from './lock-observation.js';
import { newReaderRow, openReader, storeReader } from './stored-reader.js';
import { stillTold } from './told-head.js';
import { noLongerMissing } from './withheld-log.js';

/** What a gateway brought of a lock's log, and under which tag. */
export interface LogArrival {
  readonly gatewayId: GatewayId;
  readonly tag: string;
  readonly message: LogMessage;
}

/** What somebody brought of a lock's log. */
export interface BroughtPages {
  readonly deviceId: DeviceId;
  /** As the lock gave them. */
  readonly pages: readonly Uint8Array[];
  /** Who brought them. */
  readonly carrier: Actor;
  /** What the carrier says that the lock said of itself. */
  readonly observed?: LogMessage['observed'];
  /** The carrier's account, when it is a gateway's. */
  readonly reading?: Row<'lockReader'>['lastReading'];
}

/** Takes what is brought of locks' logs. */
export interface LogTaking {
  /** Takes what a gateway read; `foreign`: the lock is none of its property (any more). */
  arrived(arrival: LogArrival): Promise<'taken' | 'foreign'>;
  /** Takes pages from whomever: they count by the lock's signature and by nothing else. */
  take(brought: BroughtPages): Promise<void>;
}

/** What it stands on. */
export interface LogTakingParts {
  readonly projection: Projection;
  readonly store: Pick<Reader, 'attemptsOfCommands' | 'lockLogOfCommands'>;
  readonly ledger: Pick<Ledger, 'write'>;
  readonly identifiers: Identifiers;
  readonly crypto: CryptoProvider;
  readonly clock: Clock;
  readonly log: Log;
}

/** What pages come to, on top of what was known of the log. */
interface Reading {
  readonly reader: LogReader;
  readonly records: readonly Found[];
  readonly findings: readonly LogFinding[];
}

interface Found {
  readonly resets: number;
  readonly record: LogRecord;
}

/**
 * Creates it. Signatures are verified outside of any commit, and what they prove is written only if the row is still the one that it
 * continues: nothing is taken twice, and nothing that the lock did not sign is taken at all (T11).
 */
export function createLogTaking(parts: LogTakingParts): LogTaking {
  const { projection, store, ledger, crypto, clock, log } = parts;

  const read = (
    device: Row<'device'>,
    row: Row<'lockReader'> | undefined,
    o: Pick<BroughtPages, 'pages'> & { readonly at: Instant },
  ) => {
    const lock = { publicKey: bytesOf(device.identityPublicKey), tag: bytesOf(device.tag) };
    let reading: Reading = { reader: openReader(row), records: [], findings: [] };
    for (const bytes of o.pages) {
      const { reader, records, findings } = readLogReport(crypto, reading.reader, {
        kind: 'page',
        bytes,
        lock,
        at: o.at,
      });
      const { resets } = reader.cursor;
      reading = {
        reader,
        records: [...reading.records, ...records.map((record) => ({ resets, record }))],
        findings: [...reading.findings, ...findings],
      };
    }
    return reading;
  };

  /** The attempts whose commands are named, and what is known of the commands of those whose end the lock has not told. */
  const look = async (deviceId: DeviceId, { records }: Reading) => {
    const named = records.flatMap(({ record: { entry } }) => (entry === undefined ? [] : [hexOf(entry.commandId)]));
    const open = unprovenAttempts(projection, deviceId);
    const [attempts, earlier] = await Promise.all([
      store.attemptsOfCommands(deviceId, named),
      store.lockLogOfCommands(
        deviceId,
        open.map(({ commandId }) => commandId),
      ),
    ]);
    return { attempts: new Map([...attempts, ...open].map((one) => [one.commandId, one])), earlier };
  };

  const write = (
    draft: Draft,
    o: {
      readonly brought: BroughtPages;
      readonly device: Row<'device'>;
      readonly base: Row<'lockReader'> | undefined;
      readonly reading: Reading;
      readonly known: Awaited<ReturnType<typeof look>>;
    },
  ): void => {
    const { brought, device, base, reading, known } = o;
    const { carrier } = brought;
    const before = base ?? newReaderRow(device, draft.now);
    const isLoss = reading.findings.some(({ code }) => losing.has(code));
    const read: Row<'lockReader'> = {
      ...before,
      reader: storeReader(reading.reader),
      lostAt: isLoss ? draft.now : before.lostAt,
      lastReading: brought.reading ?? before.lastReading,
      updatedAt: draft.now,
    };
    const row = noLongerMissing(draft, parts, { ...read, told: stillTold(before.told, read, draft.now) });
    draft[base === undefined ? 'insert' : 'update']('lockReader', row);
    const accountOf = createAccounting({ projection, crypto, device, attempts: known.attempts });
    recordEntries(draft, {
      ...{ device, carrier },
      entries: reading.records.map((found) => ({ ...found, account: accountOf(found.record) })),
    });
    recordFindings(draft, parts, { device, carrier, findings: reading.findings });
    if (reading.findings.length === 0 && reading.records.length > 0) clearMended(draft, parts, device);
    const commands = [
      ...known.earlier.flatMap(storedCommand),
      ...reading.records.flatMap((one) => commandOf(one, draft.now)),
    ];
    tellFound(
      draft,
      projection,
      commands.flatMap((command) => {
        const attempt = known.attempts.get(hexOf(command.entry.commandId));
        return attempt === undefined ? [] : [{ attempt, command }];
      }),
    );
    const found = new Set(commands.map(({ entry }) => hexOf(entry.commandId)));
    tellNotFound(draft, projection, { deviceId: device.id, reach: reachOf(row), found });
    const { observed, reading: account } = brought;
    const records = reading.records.map(({ record }) => record);
    watchLockClock(draft, parts, { device, records });
    observeLock(draft, {
      device,
      records,
      ...(observed === undefined || account == null
        ? {}
        : { observed: { ...observed, observedAt: account.occurredAt } }),
    });
  };

  const take = async (brought: BroughtPages): Promise<void> => {
    const { deviceId } = brought;
    for (;;) {
      const device = projection.devices.get(deviceId);
      if (device === undefined) return;
      const base = projection.lockReaders.get(deviceId);
      const reading = read(device, base, { pages: brought.pages, at: clock.now() });
      const known = await look(deviceId, reading);
      const isDone = await ledger.write((draft) => {
        if (projection.devices.get(deviceId) !== device || projection.lockReaders.get(deviceId) !== base) return false;
        write(draft, { brought, device, base, reading, known });
        return true;
      });
      if (!isDone) continue;
      for (const finding of reading.findings) log.warn({ deviceId, ...finding }, 'log of a lock is not whole');
      return;
    }
  };

  return {
    take,
    arrived: async ({ gatewayId, tag, message }) => {
      const gateway = projection.gateways.get(gatewayId);
      const device = projection.devices.get(message.deviceId);
      if (gateway === undefined || device?.propertyId !== gateway.propertyId || device.tag !== tag) {
        log.warn({ gatewayId, deviceId: message.deviceId }, 'log of a foreign lock dropped');
        return 'foreign';
      }
      const { outcome, code, occurredAt, observed } = message;
      await take({
        deviceId: device.id,
        pages: message.pages.map((page) => new Uint8Array(Buffer.from(page, 'base64url'))),
        carrier: { kind: 'gateway', gatewayId },
        ...(observed === undefined ? {} : { observed }),
        reading: { outcome, ...(code === undefined ? {} : { code }), occurredAt: occurredAt as Instant },
      });
      return 'taken';
    },
  };
}

/** Findings after which entries are missing for good. */
const losing: ReadonlySet<LogFinding['code']> = new Set(['overwritten', 'withheld', 'erased', 'reset', 'fork']);

function commandOf({ resets, record: { entry } }: Found, now: Instant): readonly CommandEntry[] {
  if (entry === undefined || !boltTypes.has(entry.type)) return [];
  return [{ resets, entry, occurredAt: Math.min(instantOf(entry) ?? now, now) as Instant }];
}

function storedCommand(row: Row<'lockLog'>): readonly CommandEntry[] {
  const entry = decodeLogEntry(bytesOf(row.entry));
  if (entry === undefined || !boltTypes.has(entry.type)) return [];
  return [{ resets: row.resets, entry, occurredAt: row.occurredAt ?? row.receivedAt }];
}

const boltTypes: ReadonlySet<string> = new Set(['unlock', 'lock', 'hold-open']);

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
