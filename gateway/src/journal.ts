import type { FileHandle } from 'node:fs/promises';
import type { Clock } from './clock.js';
import { GatewayError } from './gateway-error.js';
import { type JournalTail, openJournalFile, replaceJournalFile } from './journal-file.js';
import { applyRecord, encodeLine, type JournalEntry, type JournalRecord } from './journal-record.js';

/** How a journal is opened. */
export interface JournalOptions {
  /** The folder, which this process must own alone. */
  readonly dataDir: string;
  readonly clock: Pick<Clock, 'now'>;
  /** How long a finished command's id is remembered; far longer than any deadline. */
  readonly rememberMs?: number;
  /** Most finished ids remembered, whatever their age. */
  readonly rememberCount?: number;
  /** The file is rewritten when it would grow past this and past twice what it must keep. */
  readonly compactAboveBytes?: number;
  /** Told how long each durable write took. */
  readonly onSync?: (tookMs: number) => void;
}

/** The gateway's memory of commands: what is in it has happened or may happen, what is not must not. */
export interface Journal extends AsyncDisposable {
  /** How the file ended when it was opened. */
  readonly tail: JournalTail;
  /** Entries as they were when the file was opened, in the order of arrival. */
  readonly atOpen: readonly JournalEntry[];
  /** What is known of a command, records under way to the disk included. */
  find(commandId: string): JournalEntry | undefined;
  /** How many commands are not published yet. */
  readonly openCount: number;
  readonly sizeBytes: number;
  /**
   * Appends records; resolves when they are durable (fdatasync). Calls made while a write is under way share the next
   * one, and records become durable in the order of the calls.
   *
   * @throws {@link GatewayError} `journal-write-failed`, then for every later call too; `journal-closed` after disposal.
   */
  append(...records: readonly JournalRecord[]): Promise<void>;
  /** Resolves when the disk refused a record: the journal takes none any more, and the gateway must stop. */
  readonly failed: Promise<GatewayError>;
}

interface Waiting {
  readonly records: readonly JournalRecord[];
  readonly resolve: () => void;
  readonly reject: (error: GatewayError) => void;
}

/** Opens the journal of a data folder, cutting off a torn tail. @throws {@link GatewayError} `journal-corrupt`, `journal-version`. */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { clock, rememberMs = 3_600_000, rememberCount = 50_000, compactAboveBytes = 262_144, onSync } = options;
  const opened = await openJournalFile(options.dataDir, compactAboveBytes);
  const { entries, path, tail } = opened;
  const atOpen = [...entries.values()];
  let handle: FileHandle = opened.handle;
  let sizeBytes = opened.validBytes;
  let compactAbove = compactAboveBytes;
  let openCount = atOpen.filter((entry) => !entry.published).length;
  let waiting: Waiting[] = [];
  let flushing: Promise<void> | undefined;
  let broken: GatewayError | undefined;
  let reportFailure: (error: GatewayError) => void;
  const failed = new Promise<GatewayError>((resolve) => {
    reportFailure = resolve;
  });

  function apply(record: JournalRecord): void {
    const before = entries.get(record.commandId);
    const after = applyRecord(before, record);
    if (after === undefined) {
      throw new TypeError(`A ${record.type} record follows no received one.`);
    }
    entries.set(record.commandId, after);
    openCount += Number(!after.published) - Number(before !== undefined && !before.published);
  }

  function forgetOld(): void {
    const oldest = clock.now() - rememberMs;
    let spare = entries.size - openCount - rememberCount;
    for (const entry of entries.values()) {
      if (entry.published && (entry.receivedAt < oldest || spare > 0)) {
        entries.delete(entry.commandId);
        spare -= 1;
      }
    }
  }

  async function compact(): Promise<void> {
    forgetOld();
    const old = handle;
    const made = await replaceJournalFile(path, entries.values(), compactAboveBytes);
    ({ handle, sizeBytes, roomBytes: compactAbove } = made);
    await old.close();
  }

  async function write(batch: readonly Waiting[]): Promise<void> {
    const line = encodeLine(batch.flatMap((one) => one.records));
    if (sizeBytes + line.length > compactAbove) {
      // The entries already hold this batch, so the new file makes it durable.
      await compact();
      return;
    }
    for (let done = 0; done < line.length; ) {
      done += (await handle.write(line, done, line.length - done, sizeBytes + done)).bytesWritten;
    }
    await handle.datasync();
    sizeBytes += line.length;
  }

  async function flush(): Promise<void> {
    while (waiting.length > 0 && broken === undefined) {
      const batch = waiting;
      waiting = [];
      const startedAt = performance.now();
      try {
        await write(batch);
      } catch (cause) {
        // After a failed write or sync nobody knows what the disk holds; going on could lose an acknowledged record.
        broken = new GatewayError({ code: 'journal-write-failed', path }, `The journal ${path} cannot be written.`, {
          cause,
        });
        for (const one of [...batch, ...waiting]) {
          one.reject(broken);
        }
        waiting = [];
        reportFailure(broken);
        break;
      }
      onSync?.(performance.now() - startedAt);
      for (const one of batch) {
        one.resolve();
      }
    }
    flushing = undefined;
  }

  if (sizeBytes > compactAbove) {
    await compact();
  }

  return {
    tail,
    atOpen,
    failed,
    find: (commandId) => entries.get(commandId),
    get openCount() {
      return openCount;
    },
    get sizeBytes() {
      return sizeBytes;
    },
    append(...records) {
      if (broken !== undefined) {
        return Promise.reject(broken);
      }
      for (const record of records) {
        apply(record);
      }
      const durable = new Promise<void>((resolve, reject) => {
        waiting.push({ records, resolve, reject });
      });
      flushing ??= flush();
      return durable;
    },
    async [Symbol.asyncDispose]() {
      await flushing;
      broken ??= new GatewayError({ code: 'journal-closed', path }, `The journal ${path} is closed.`);
      await handle.close();
    },
  };
}
