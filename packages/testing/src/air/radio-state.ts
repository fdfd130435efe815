import type { AdvertisingState, ScanState } from './radio.js';

/** Advertising after HCI Reset: off, with the default interval of 1.28 s (Core 5.4, Vol 4, Part E, 7.8.5). */
export function initialAdvertising(): AdvertisingState {
  return {
    enabled: false,
    intervalMs: 1280,
    connectable: true,
    scannable: true,
    ownAddressType: 0,
    data: Buffer.alloc(0),
    scanResponse: Buffer.alloc(0),
  };
}

/** Scanning after HCI Reset: off and passive. */
export function initialScan(): ScanState {
  return { enabled: false, active: false, filterDuplicates: false, reported: new Set() };
}
