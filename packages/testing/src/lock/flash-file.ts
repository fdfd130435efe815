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
import { createMemoryStore, type FlashGeometry, type FlashStore } from './flash.js';
import { SimulatedLockError } from './lock-error.js';

const magic = Buffer.from('OLP1-flash-file\n', 'latin1');
const headerSizeBytes = magic.length + 8;

/**
 * Opens a flash in a file, or makes one that is erased: a header with the geometry, the counters of wear, the bytes. Each
 * write stands in the file when it returns, so it outlives the death of the process at any moment; it is not synced to
 * the disk, for no test pulls the plug of the machine.
 *
 * @throws SimulatedLockError `flash-file` for a file that holds no flash of this geometry.
 */
export function openFlashFile(path: string, geometry: FlashGeometry): FlashStore {
  const { pageCount, pageSizeBytes } = geometry;
  const store = createMemoryStore(geometry);
  const header = Buffer.alloc(headerSizeBytes);
  magic.copy(header);
  header.writeUInt32BE(pageCount, magic.length);
  header.writeUInt32BE(pageSizeBytes, magic.length + 4);
  const wearAt = headerSizeBytes;
  const bytesAt = wearAt + 4 * pageCount;

  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true });
    const temporary = `${path}.${process.pid}.tmp`;
    writeFileSync(temporary, Buffer.concat([header, Buffer.alloc(4 * pageCount), store.bytes]), { mode: 0o600 });
    renameSync(temporary, path);
  }
  const file = openSync(path, 'r+');
  try {
    const sizeBytes = bytesAt + store.bytes.length;
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
    store.bytes.set(found.subarray(bytesAt));
  } catch (error) {
    closeSync(file);
    throw error;
  }
  return {
    ...store,
    keep: (at, sizeBytes) => void writeSync(file, store.bytes, at, sizeBytes, bytesAt + at),
    keepWear(page) {
      const counter = Buffer.alloc(4);
      counter.writeUInt32BE(store.wear[page] ?? 0);
      writeSync(file, counter, 0, 4, wearAt + 4 * page);
    },
    close: () => closeSync(file),
  };
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
