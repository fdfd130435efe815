import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { BoltState } from '@latchwork/lock-protocol';
import { createMemoryStore, type FlashGeometry, type FlashStore } from './flash.js';
import { ownFlashFile } from './flash-owner.js';
import { SimulatedLockError } from './lock-error.js';

const magic = Buffer.from('OLP1-flash-file\n', 'latin1');
const headerSizeBytes = magic.length + 8;
const metalSizeBytes = 128;

/** What of a lock stays as it is without power, and is no flash. */
export interface LockMetal {
  readonly bolt: BoltState;
  readonly batteryPercent: number | null;
}

/** A flash in a file, with the metal around it. */
export interface FlashFile extends FlashStore {
  /** As it was kept last; absent in a file that was just made. */
  readonly metal: LockMetal | undefined;
  keepMetal(metal: LockMetal): void;
}

/**
 * Opens a flash in a file, or makes one that is erased: a header with the geometry, the counters of wear, the bytes, and
 * the metal as JSON in a room of its own. Each write stands in the file when it returns, so it outlives the death of the process at any moment; it is not synced to
 * the disk, for no test pulls the plug of the machine.
 *
 * @throws SimulatedLockError `flash-file` for a file that holds no flash of this geometry, `flash-in-use` for one that
 * another lock has.
 */
export function openFlashFile(path: string, geometry: FlashGeometry): FlashFile {
  mkdirSync(dirname(path), { recursive: true });
  const disown = ownFlashFile(path);
  try {
    return openOwnFile(path, geometry, disown);
  } catch (error) {
    disown();
    throw error;
  }
}

function openOwnFile(path: string, geometry: FlashGeometry, disown: () => void): FlashFile {
  const { pageCount, pageSizeBytes } = geometry;
  const store = createMemoryStore(geometry);
  const header = Buffer.alloc(headerSizeBytes);
  magic.copy(header);
  header.writeUInt32BE(pageCount, magic.length);
  header.writeUInt32BE(pageSizeBytes, magic.length + 4);
  const wearAt = headerSizeBytes;
  const bytesAt = wearAt + 4 * pageCount;
  const metalAt = bytesAt + store.bytes.length;
  const roomFor = (metal: string) => Buffer.from(metal.padEnd(metalSizeBytes), 'latin1');

  if (!existsSync(path)) {
    const temporary = `${path}.${process.pid}.tmp`;
    const parts = [header, Buffer.alloc(4 * pageCount), store.bytes, roomFor('')];
    writeFileSync(temporary, Buffer.concat(parts), { mode: 0o600 });
    renameSync(temporary, path);
  }
  const file = openSync(path, 'r+');
  let metal: LockMetal | undefined;
  try {
    const sizeBytes = metalAt + metalSizeBytes;
    const found = Buffer.alloc(Math.min(fstatSync(file).size, sizeBytes + 1));
    readSync(file, found, 0, found.length, 0);
    refuseForeign(path, found);
    if (found.length !== sizeBytes || !found.subarray(0, headerSizeBytes).equals(header)) {
      const parts = `${pageCount} pages of ${pageSizeBytes} bytes`;
      throw new SimulatedLockError(
        { code: 'flash-file', path, reason: 'size' },
        `${path} is a flash of another size than ${parts}: it belongs to another version of the simulated lock.`,
      );
    }
    for (let page = 0; page < pageCount; page += 1) store.wear[page] = found.readUInt32BE(wearAt + 4 * page);
    store.bytes.set(found.subarray(bytesAt, metalAt));
    const kept = found.toString('latin1', metalAt).trim();
    metal = readMetal(path, kept);
  } catch (error) {
    closeSync(file);
    throw error;
  }
  return {
    ...store,
    metal,
    keepMetal: (next) => void writeSync(file, roomFor(JSON.stringify(next)), 0, metalSizeBytes, metalAt),
    keep: (at, sizeBytes) => void writeSync(file, store.bytes, at, sizeBytes, bytesAt + at),
    keepWear(page) {
      const counter = Buffer.alloc(4);
      counter.writeUInt32BE(store.wear[page] ?? 0);
      writeSync(file, counter, 0, 4, wearAt + 4 * page);
    },
    close() {
      closeSync(file);
      disown();
    },
  };
}

const bolts: readonly unknown[] = ['unknown', 'locked', 'unlocked', 'held-open'] satisfies readonly BoltState[];

function readMetal(path: string, kept: string): LockMetal | undefined {
  if (kept === '') return undefined;
  try {
    const metal = JSON.parse(kept);
    const { batteryPercent } = metal;
    const isBattery = batteryPercent === null || (batteryPercent >= 0 && batteryPercent <= 100);
    if (bolts.includes(metal.bolt) && isBattery) return metal;
  } catch {
    // Told below, as what is JSON and says nothing.
  }
  throw new SimulatedLockError(
    { code: 'flash-file', path, reason: 'metal' },
    `${path} is damaged behind its flash, where the bolt and the batteries stand.`,
  );
}

function refuseForeign(path: string, found: Buffer): void {
  if (found.subarray(0, magic.length).equals(magic)) return;
  const isRecord = found[0] === 0x7b;
  throw new SimulatedLockError(
    { code: 'flash-file', path, reason: isRecord ? 'record' : 'foreign' },
    isRecord
      ? `${path} is the record of a lock of an earlier version, which kept JSON; remove it to make a new lock.`
      : `${path} is no flash of a simulated lock.`,
  );
}
