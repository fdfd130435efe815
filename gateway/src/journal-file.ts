import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError } from './gateway-error.js';
import {
  applyRecord,
  decodeLine,
  encodeLine,
  type JournalEntry,
  type JournalRecord,
  journalHeader,
  recordsOf,
} from './journal-record.js';

/**
 * How the file ended when it was read: `clean`; `torn` when the last line broke off, as a crash leaves it; `damaged` when
 * the last line is whole but its checksum fails, so that an acknowledged record may be lost in it.
 */
export type JournalTail = 'clean' | 'torn' | 'damaged';

/** What a journal file held. */
export interface JournalContent {
  readonly entries: Map<string, JournalEntry>;
  readonly tail: JournalTail;
  /** Bytes up to the end of the last valid line. */
  readonly validBytes: number;
}

const newline = 0x0a;
/** How many zeros are written at once. */
const zeroBlock = Buffer.alloc(65_536);
/** Records per line of a compacted file, so that one bad sector spoils little. */
const recordsPerLine = 256;

/**
 * Reads a journal's bytes. Zeros at the end are room for later lines, which hold none.
 *
 * Only the last line may be invalid: each line is one durable write, and the next is not begun before it is durable. An
 * invalid line with anything behind it is therefore damage to acknowledged records.
 *
 * @throws {@link GatewayError} `journal-corrupt` or `journal-version`.
 */
export function readJournal(file: Buffer, path: string): JournalContent {
  const bytes = file.subarray(0, file.findLastIndex((byte) => byte !== 0) + 1);
  const entries = new Map<string, JournalEntry>();
  let offset = 0;
  let line = 1;
  for (; offset < bytes.length; line += 1) {
    const end = bytes.indexOf(newline, offset);
    const content = end === -1 ? undefined : decodeLine(bytes.subarray(offset, end));
    const isLast = end === -1 || end === bytes.length - 1;
    if (line > 1 && content === undefined && isLast) {
      return { entries, tail: end === -1 ? 'torn' : 'damaged', validBytes: offset };
    }
    const accepted = line === 1 ? acceptHeader(content, path) : acceptRecords(entries, content);
    if (!accepted) {
      throw corrupt(path, line, offset);
    }
    offset = end + 1;
  }
  if (line === 1) {
    throw corrupt(path, 1, 0);
  }
  return { entries, tail: 'clean', validBytes: offset };
}

function acceptHeader(content: unknown, path: string): boolean {
  const header = content as Partial<typeof journalHeader> | undefined;
  if (header?.format !== journalHeader.format) {
    return false;
  }
  if (header.version !== journalHeader.version) {
    throw new GatewayError(
      { code: 'journal-version', path },
      `The journal ${path} was written by another version of the gateway.`,
    );
  }
  return true;
}

function acceptRecords(entries: Map<string, JournalEntry>, content: unknown): boolean {
  if (!Array.isArray(content)) {
    return false;
  }
  // The checksum vouches for the shape: only this program writes these lines.
  for (const record of content as JournalRecord[]) {
    const entry = applyRecord(entries.get(record.commandId), record);
    if (entry === undefined) {
      return false;
    }
    entries.set(record.commandId, entry);
  }
  return true;
}

function corrupt(path: string, line: number, offset: number): GatewayError {
  return new GatewayError(
    { code: 'journal-corrupt', path, line, offset },
    `The journal ${path} is damaged at line ${line} (byte ${offset}); it was left as it is, move it away to start anew.`,
  );
}

/** An open journal file: what it holds, and a handle to write behind its last valid line. */
export interface JournalFile extends JournalContent {
  readonly path: string;
  readonly handle: FileHandle;
}

/** Opens the folder's journal, making it where there is none, and wipes out what a crash left behind its last valid line. */
export async function openJournalFile(dataDir: string, roomBytes: number): Promise<JournalFile> {
  const path = join(dataDir, 'journal.log');
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') {
      return undefined;
    }
    throw error;
  });
  if (bytes === undefined) {
    const made = await replaceJournalFile(path, [], roomBytes);
    return { entries: new Map(), tail: 'clean', validBytes: made.sizeBytes, path, handle: made.handle };
  }
  const content = readJournal(bytes, path);
  const handle = await open(path, 'r+');
  if (content.tail !== 'clean') {
    await handle.truncate(content.validBytes);
    await writeZeros(handle, content.validBytes, roomBytes);
    await handle.sync();
  }
  return { ...content, path, handle };
}

/**
 * Puts a new journal with just these entries in the place of the old one; a crash leaves the old or the new, whole. The
 * file has room already, `roomBytes` or twice its content: an append that does not make a file longer is durable sooner.
 */
export async function replaceJournalFile(
  path: string,
  entries: Iterable<JournalEntry>,
  roomBytes: number,
): Promise<{ readonly handle: FileHandle; readonly sizeBytes: number; readonly roomBytes: number }> {
  const next = `${path}.next`;
  const records = [...entries].flatMap(recordsOf);
  const lines = [encodeLine(journalHeader)];
  for (let first = 0; first < records.length; first += recordsPerLine) {
    lines.push(encodeLine(records.slice(first, first + recordsPerLine)));
  }
  const bytes = Buffer.concat(lines);
  const room = Math.max(roomBytes, bytes.length * 2);
  await rm(next, { force: true });
  const handle = await open(next, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await writeZeros(handle, bytes.length, room);
    await handle.sync();
    await rename(next, path);
    await syncFolder(path);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return { handle, sizeBytes: bytes.length, roomBytes: room };
}

async function writeZeros(handle: FileHandle, from: number, to: number): Promise<void> {
  for (let at = from; at < to; ) {
    at += (await handle.write(zeroBlock, 0, Math.min(zeroBlock.length, to - at), at)).bytesWritten;
  }
}

/** Makes a rename in the folder durable; Windows has no way to and needs none. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') {
    return;
  }
  const folder = await open(join(path, '..'), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
