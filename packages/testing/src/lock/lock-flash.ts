import type { FirmwareWrite, LogWrite, SetWrite } from '@latchwork/lock-protocol';
import { type Flash, type FlashGeometry, isErased } from './flash.js';
import { SimulatedLockError } from './lock-error.js';
import { decodeLockRecord, encodeLockRecord, type LockRecord } from './lock-record.js';
import { logPageCount, openLogPages } from './log-pages.js';
import { openRecordSlots } from './record-slots.js';

const recordPagesPerSlot = 8;
const firstRecordPage = 1;
const firstLogPage = firstRecordPage + 2 * recordPagesPerSlot;

const firstSetPage = firstLogPage + logPageCount;
const setPagesPerBank = 16;
const firstFirmwarePage = firstSetPage + 2 * setPagesPerBank;
const firmwarePagesPerSlot = 16;

/** The flash of a simulated lock: the maker's mark, two slots of records, the log, two banks for the set, two slots for firmware. */
export const lockFlashGeometry: FlashGeometry = {
  pageSizeBytes: 2_048,
  pageCount: firstFirmwarePage + 2 * firmwarePagesPerSlot,
};

/** Bytes of one bank of the set. */
export const setBankSizeBytes = setPagesPerBank * lockFlashGeometry.pageSizeBytes;

/** Bytes of one slot for firmware. */
export const firmwareSlotSizeBytes = firmwarePagesPerSlot * lockFlashGeometry.pageSizeBytes;

/** What a lock has in its flash. After a cut at any byte the old or the new of each is found. */
export interface LockFlash {
  readonly record: LockRecord;
  readonly logSegments: readonly Uint8Array[];
  /** Both banks of the set, as they stand. */
  readonly setBanks: readonly Uint8Array[];
  saveRecord(record: LockRecord): void;
  writeLog(writes: readonly LogWrite[]): void;
  writeSet(writes: readonly SetWrite[]): void;
  /** Both slots for firmware, as they stand. */
  readonly firmwareSlots: readonly [Uint8Array, Uint8Array];
  writeFirmware(write: FirmwareWrite): void;
}

const makersMark = Buffer.from('OLP1-simulated-lock-1', 'latin1');

/**
 * Opens a lock's flash. In one that carries no maker's mark no lock was made yet, or its making was cut short: it is
 * erased, and what `make` gives becomes the first record. The mark comes last.
 *
 * @throws SimulatedLockError `flash-damaged` when a lock was made there and has no whole record left: with an empty memory
 * it would obey old commands again.
 */
export function openLockFlash(flash: Flash, make: () => LockRecord): LockFlash {
  const isMade = Buffer.from(flash.read(0, makersMark.length)).equals(makersMark);
  if (!isMade) {
    for (let page = 0; page < flash.pageCount; page += 1) {
      if (!isErased(flash.read(page * flash.pageSizeBytes, flash.pageSizeBytes))) flash.erase(page);
    }
  }
  const slots = openRecordSlots(flash, { firstPage: firstRecordPage, pagesPerSlot: recordPagesPerSlot });
  const log = openLogPages(flash, firstLogPage);
  let record = slots.newest === undefined ? undefined : decodeLockRecord(slots.newest);
  if (!isMade) {
    record = make();
    slots.write(encodeLockRecord(record));
    flash.program(0, makersMark);
  }
  if (record === undefined) {
    throw new SimulatedLockError({ code: 'flash-damaged' }, 'The flash of the lock holds no whole record any more.');
  }
  let newest = record;
  return {
    get record() {
      return newest;
    },
    get logSegments() {
      return log.segments;
    },
    saveRecord(next) {
      slots.write(encodeLockRecord(next));
      newest = next;
    },
    writeLog: (writes) => log.write(writes),
    get setBanks() {
      return [0, 1].map((bank) => flash.read(addressOfBank(bank), setBankSizeBytes));
    },
    writeSet(writes) {
      for (const write of writes) {
        if (!('erase' in write)) flash.program(addressOfBank(write.bank) + write.offset, write.bytes);
        else erasePages(flash, firstSetPage + write.bank * setPagesPerBank, setPagesPerBank);
      }
    },
    get firmwareSlots() {
      const slotAt = (slot: number) => flash.read(addressOfFirmware(slot), firmwareSlotSizeBytes);
      return [slotAt(0), slotAt(1)] as const;
    },
    writeFirmware(write) {
      if (!write.erase) flash.program(addressOfFirmware(write.slot) + write.offset, write.bytes);
      else erasePages(flash, firstFirmwarePage + write.slot * firmwarePagesPerSlot, firmwarePagesPerSlot);
    },
  };
}

function addressOfBank(bank: number): number {
  return firstSetPage * lockFlashGeometry.pageSizeBytes + bank * setBankSizeBytes;
}

function addressOfFirmware(slot: number): number {
  return firstFirmwarePage * lockFlashGeometry.pageSizeBytes + slot * firmwareSlotSizeBytes;
}

function erasePages(flash: Flash, first: number, count: number): void {
  for (let page = first; page < first + count; page += 1) flash.erase(page);
}
